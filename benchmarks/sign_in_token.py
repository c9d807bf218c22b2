"""Verifying a sign-in token, which every command by REST costs, once the keys of the user pool are known."""

import time
from datetime import UTC, datetime

from benchmarks.metric import Measured, median_metric
from chalicelib.calls.sign_in import person_of_token
from local.cloud import LocalCloud

TARGET_MILLISECONDS = 3.0
ROUNDS = 500


def measure() -> Measured:
    """Verifies one token again and again. The first time, which fetches the keys, is not measured."""
    with LocalCloud(seeded=False) as cloud:
        token, now = cloud.sign_in("DRSOperator"), datetime.now(UTC)
        person_of_token(token, now)
        samples = []
        for _ in range(ROUNDS):
            began = time.perf_counter()
            person_of_token(token, now)
            samples.append((time.perf_counter() - began) * 1_000)
    return Measured(metrics=(median_metric("token.verified", samples, "ms", target=TARGET_MILLISECONDS),))
