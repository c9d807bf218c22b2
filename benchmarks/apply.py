"""How long it takes to apply launch settings to 100 servers, beside the time that DRS's request rates allow."""

import time
import uuid
from typing import Any

from benchmarks.call_counter import counted_calls
from benchmarks.inventory_runs import fill_places
from benchmarks.metric import Measured, Metric, median_metric
from chalicelib.domain.estate.accounts import Place
from chalicelib.operations.launch_applies import ApplyOutcome
from drs_emulator.settings import Rate, Throttling
from local.cloud import LocalCloud
from local.demo.rest import RestClient

SERVERS = 100
REGIONS = 3
"""Each has its own request rates, so each is a sample. The SDK's pauses after a refusal are random."""

ALLOWANCE = 1.1
_FUNCTION = "data-management-handler"
_WANTED = {"copyTags": False, "launchDisposition": "STOPPED", "monitoring": True}


def measure() -> Measured:
    """Applies settings that differ in DRS and in EC2, and applies them again when nothing differs."""
    with LocalCloud(speed=1.0, seed=3, seeded=False) as cloud:
        places = fill_places(cloud, REGIONS, SERVERS)
        group_ids = [_make_group(cloud, place, server_ids) for place, server_ids in places.items()]
        time.sleep(_seconds_to_refill())
        changed, calls = zip(*(_apply(cloud, each, ApplyOutcome.APPLIED) for each in group_ids), strict=True)
        time.sleep(_seconds_to_refill())
        unchanged, _ = zip(*(_apply(cloud, each, ApplyOutcome.UNCHANGED) for each in group_ids), strict=True)
    rates = Throttling()
    reads, writes = _least_seconds(rates.reads), _least_seconds(rates.writes)
    return Measured(
        metrics=(
            median_metric("apply.seconds", changed, "s", target=round(max(reads, writes) * ALLOWANCE, 1), digits=1),
            median_metric("apply.unchanged-seconds", unchanged, "s", digits=1),
            Metric(name="apply.calls-a-server", value=round(max(calls) / SERVERS, 1), unit="calls"),
        )
    )


def _make_group(cloud: LocalCloud, place: Place, server_ids: list[str]) -> str:
    """A group of these servers, with settings; returns its id."""
    body = {"accountId": place.account_id, "region": place.region, "sourceServerIds": server_ids}
    client = RestClient(cloud.api_url, lambda: cloud.sign_in("DRSPlanManager"))
    content = {"name": f"All servers of {place}", **body, "launchDefaults": _WANTED}
    made = client.post("/protection-groups", content, dict[str, Any], idempotency_key=str(uuid.uuid4()))
    return str(made["groupId"])


def _apply(cloud: LocalCloud, group_id: str, expected: ApplyOutcome) -> tuple[float, int]:
    event = {"operation": "apply_launch_settings", "body": {"groupId": group_id}}
    with counted_calls(cloud, _FUNCTION) as counter:
        began = time.monotonic()
        result = cloud.runtime.invoke(_FUNCTION, event)
        seconds = time.monotonic() - began
    if result.function_error or result.value["statusCode"] != 200:
        raise RuntimeError(f"The settings were not applied: {result.payload.decode()}")
    if result.value["body"]["counts"] != {expected: SERVERS}:
        raise RuntimeError(f"Not every server is {expected}: {result.value['body']['statement']}")
    return seconds, counter.total


def _least_seconds(rate: Rate) -> float:
    """How long DRS takes at least for a request for each server."""
    return (SERVERS - rate.burst) / rate.per_second


def _seconds_to_refill() -> float:
    """How long to wait until requests that came before no longer count."""
    rates = Throttling()
    return max(rate.burst / rate.per_second for rate in (rates.reads, rates.writes))
