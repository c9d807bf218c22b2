"""How long it takes to apply launch settings to 100 servers, beside the time that DRS's request rates allow."""

import time
import uuid
from typing import Any

from benchmarks.call_counter import counted_calls
from benchmarks.inventory_runs import fill_places
from benchmarks.metric import Measured, Metric
from chalicelib.domain.estate.accounts import Place
from chalicelib.operations.launch_applies import ApplyOutcome
from drs_emulator.settings import Rate, Throttling
from local.cloud import LocalCloud
from local.demo.rest import RestClient

SERVERS = 100
ALLOWANCE = 1.1
_FUNCTION = "data-management-handler"
_WANTED = {"copyTags": False, "launchDisposition": "STOPPED", "monitoring": True}


def measure() -> Measured:
    """Applies settings that differ in DRS and in EC2, and applies them again when nothing differs."""
    with LocalCloud(speed=1.0, seed=3, seeded=False) as cloud:
        ((place, server_ids),) = fill_places(cloud, 1, SERVERS).items()
        group_id = _make_group(cloud, place, server_ids)
        time.sleep(_seconds_to_refill())
        changed, calls = _apply(cloud, group_id, ApplyOutcome.APPLIED)
        time.sleep(_seconds_to_refill())
        unchanged, _ = _apply(cloud, group_id, ApplyOutcome.UNCHANGED)
    rates = Throttling()
    reads, writes = _least_seconds(rates.reads), _least_seconds(rates.writes)
    return Measured(
        metrics=(
            Metric(
                name="apply.seconds", value=round(changed, 1), unit="s", target=round(max(reads, writes) * ALLOWANCE, 1)
            ),
            Metric(name="apply.unchanged-seconds", value=round(unchanged, 1), unit="s"),
            Metric(name="apply.calls-a-server", value=round(calls / SERVERS, 1), unit="calls"),
        )
    )


def _make_group(cloud: LocalCloud, place: Place, server_ids: list[str]) -> str:
    """A group of these servers, with settings; returns its id."""
    body = {"accountId": place.account_id, "region": place.region, "sourceServerIds": server_ids}
    client = RestClient(cloud.api_url, lambda: cloud.sign_in("DRSPlanManager"))
    content = {"name": "All servers", **body, "launchDefaults": _WANTED}
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
