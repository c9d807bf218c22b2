"""Forecasts of random plans are the recorded ones: making a forecast faster must not change its answer."""

import hashlib
from random import Random

import msgspec
import pytest

from benchmarks.forecast import a_plan_of
from chalicelib.domain.launches.forecast import forecast_plan

RECORDED = {
    (1, 1, 0): (1472.7, 2029.8, "c8060b11f022acac"),
    (30, 4, 1): (3844.5, 4457.0, "961e85647e337cc5"),
    (120, 6, 2): (4209.2, 4827.3, "6dd6bf93d4ef5c92"),
    (300, 12, 3): (14274.5, 15441.5, "4939e8d206ebc046"),
    (300, 3, 4): (2651.2, 3227.8, "2bf3366222a34421"),
    (600, 20, 5): (18951.5, 20165.8, "e3a074ccd93b8c91"),
    (1100, 8, 6): (10673.8, 11748.1, "dd57c32c6324525e"),
}
"""P50, P90 and a digest of the whole answer, by servers, waves and seed. Record them again only for a new answer."""


@pytest.mark.parametrize(("servers", "waves", "seed"), RECORDED)
def test_a_forecast_is_the_recorded_one(servers: int, waves: int, seed: int) -> None:
    plan, launched = a_plan_of(servers, waves, seed)
    plan = msgspec.structs.replace(
        plan,
        rto_minutes=60 if seed % 2 else None,
        waves=tuple(msgspec.structs.replace(wave, delay_seconds=30 * (wave.number % 3)) for wave in plan.waves),
    )
    forecast = forecast_plan(plan, launched, Random(seed))
    digest = hashlib.sha256(msgspec.json.encode(forecast)).hexdigest()[:16]
    assert (forecast.p50_seconds, forecast.p90_seconds, digest) == RECORDED[servers, waves, seed]
