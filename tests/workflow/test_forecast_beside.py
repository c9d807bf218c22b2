"""A forecast through REST while another execution loads the place: preflight, forecast and timeline say the same."""

from collections.abc import Iterator
from typing import Any

import pytest

from chalicelib.domain.estate import quotas
from local.cloud import INVENTORY_SYNC, LocalCloud
from tests.integration.conftest import RestClient
from tests.preflights import checked
from tests.waiting import eventually
from tests.workflow.drills import WEST, Drills

RECOVERY = {"mode": "RECOVERY", "reason": "us-west-2 is failing"}
ROOM = 2
"""The servers that may be in jobs at the place in this story."""


@pytest.fixture
def admin(cloud: LocalCloud) -> RestClient:
    return RestClient(cloud.api_url, cloud.sign_in("DRSOrchestrationAdmin"))


@pytest.fixture
def loaded(drills: Drills, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, str]]:
    """A recovery of three servers that takes the whole place and waits with the third; what keeps it from its end."""
    monkeypatch.setattr(quotas, "SERVERS_IN_JOBS", ROOM)
    servers = drills.servers(ROOM + 1, account=WEST)
    fault = drills.fault("LAUNCH_STUCK", *servers)
    execution_id = drills.start(drills.plan({"servers": servers}), **RECOVERY)
    eventually(lambda: _counts(drills, execution_id) == (ROOM, 1))
    yield execution_id, fault
    drills.cloud.emulator.remove_fault(fault)


def test_what_is_beside_a_plan_agrees_with_preflight_and_timeline(
    drills: Drills, admin: RestClient, loaded: tuple[str, str]
) -> None:
    other_id, fault = loaded
    servers = drills.servers(2, account=WEST)
    plan_id = drills.plan({"servers": servers})
    assert drills.cloud.scheduler.run_now(INVENTORY_SYNC).function_error is None
    other = admin.get(f"/executions/{other_id}").body["execution"]

    forecast = admin.get(f"/recovery-plans/{plan_id}/forecast").body
    (beside,) = forecast["beside"]
    assert beside == {
        "executionId": other_id,
        "planName": other["planName"],
        "mode": "RECOVERY",
        "launchingCount": ROOM,
        "waitingCount": 1,
    }
    assert forecast["serverCount"] == 2
    assert forecast["waves"][0]["queuedSeconds"] > 0
    assert forecast["p50Seconds"] > forecast["criticalPathSeconds"], "it waits for the quota"
    (place,) = forecast["places"]
    assert (place["accountId"], place["boundByServersSeconds"] > 0) == (WEST, True)

    behind = f"behind wave 1 'Wave 1' of the {beside['mode']} of '{beside['planName']}'"
    found = checked(admin, plan_id, mode="DRILL")["result"]["findings"]
    (finding,) = (each for each in found if each["code"] == "WOULD_QUEUE")
    assert f"allow only {ROOM - beside['launchingCount']} more now; 2 would wait" in finding["reason"]
    assert f"in the queue, {behind}. Its next launch is expected within 5 minutes." in finding["reason"]

    started = admin("POST", f"/recovery-plans/{plan_id}/execute", {"mode": "DRILL", "reason": "test"}).body
    execution_id = started["execution"]["executionId"]
    (queued,) = eventually(lambda: _queued(admin, execution_id))
    assert behind in queued["message"], "the one that the forecast names"
    drills.cloud.emulator.remove_fault(fault)
    first, second = drills.ended(other_id), drills.ended(execution_id)
    assert (first.status, second.status) == ("COMPLETED", "COMPLETED")
    assert _last_began(first.jobs) < _last_began(second.jobs), "the order that was forecast"
    assert all(len(second.launches_of(server)) == 1 for server in servers)
    assert admin.get(f"/recovery-plans/{plan_id}/forecast").body["beside"] == []


def _counts(drills: Drills, execution_id: str) -> tuple[int, int]:
    (wave,) = drills.query("get_execution", executionId=execution_id)["waves"]
    return wave["counts"]["launching"], wave["counts"]["notStarted"]


def _queued(admin: RestClient, execution_id: str) -> list[Any]:
    lines = admin.all_items(f"/executions/{execution_id}/events")
    return [line for line in lines if line["kind"] == "SERVERS_QUEUED"][:1]


def _last_began(jobs: list[Any]) -> str:
    return max(str(job["creationDateTime"]) for job in jobs)
