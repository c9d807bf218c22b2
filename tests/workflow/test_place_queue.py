"""Several executions in one account and Region: one order for all that waits there, and it is said behind what."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.domain.estate import quotas
from chalicelib.store.tables.launches import PlaceLineItem
from local.aws_calls import AwsCall
from tests.waiting import eventually
from tests.workflow.drills import WEST, Drills, Run, Server

RECOVERY = {"mode": "RECOVERY", "reason": "us-west-2 is failing"}


@pytest.fixture
def full(drills: Drills, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A place with room for two servers, where another job has taken it. Yields what keeps that job from its end."""
    others = drills.servers(2, account=WEST)
    monkeypatch.setattr(quotas, "SERVERS_IN_JOBS", 2)
    fault = drills.fault("LAUNCH_STUCK", *others)
    drills.drs(WEST).start_recovery(
        sourceServers=[{"sourceServerID": server.server_id} for server in others], isDrill=True
    )
    yield fault
    drills.cloud.emulator.remove_fault(fault)
    assert _lines() == [], "what does not wait any more is not in line"


def test_a_recovery_goes_before_drills_and_the_urgent_plan_before_the_other(drills: Drills, full: str) -> None:
    servers = {name: drills.servers(2, account=WEST) for name in ("drill", "plain", "urgent")}
    plans = {name: drills.plan({"servers": mine}) for name, mine in servers.items()}
    drills.manage("update_recovery_plan", **_with_priority(drills, plans["urgent"], 1))
    started = {name: drills.start(plan, **({} if name == "drill" else RECOVERY)) for name, plan in plans.items()}
    eventually(lambda: "and 1 more wave" in _waits(drills, started["drill"]))
    eventually(lambda: "behind wave 1 'Wave 1' of the RECOVERY of '" in _waits(drills, started["plain"]))
    eventually(lambda: "used up" in _waits(drills, started["urgent"]))
    drills.cloud.emulator.remove_fault(full)
    runs = {name: drills.ended(execution) for name, execution in started.items()}
    assert {run.status for run in runs.values()} == {"COMPLETED"}
    first = {name: _launched_at(runs[name], servers[name]) for name in servers}
    assert first["urgent"] < first["plain"] < first["drill"]
    assert all(len(run.launches_of(server)) == 1 for name, run in runs.items() for server in servers[name])


def test_a_wave_that_died_in_line_holds_up_nobody(drills: Drills, full: str) -> None:
    """A recovery that is cancelled leaves the line; one whose function never came back is soon ignored."""
    (server,) = drills.servers(1, account=WEST)
    cancelled = drills.start(drills.plan({"servers": drills.servers(2, account=WEST)}), **RECOVERY)
    eventually(lambda: len(_lines()) == 1)
    (line,) = _lines()
    drills.ask("execution-handler", "cancel_execution", executionId=cancelled)
    assert drills.ended(cancelled).status == "CANCELLED"
    assert _lines() == []
    line.execution_id, line.line = "exec-that-died", "exec-that-died#001"
    line.fresh_until = datetime.now(UTC) + timedelta(minutes=10)
    line.save()
    waits = drills.start(drills.plan({"servers": [server]}))
    drills.cloud.emulator.remove_fault(full)
    eventually(lambda: "behind wave 1" in _waits(drills, waits))
    line.update([PlaceLineItem.fresh_until.set(datetime.now(UTC))])
    assert drills.ended(waits).status == "COMPLETED"
    line.delete()


def test_calls_of_a_look_do_not_grow_with_the_waves_that_wait(drills: Drills, full: str) -> None:
    few, many = (
        drills.plan(*({"servers": drills.servers(1, account=WEST), "dependsOn": []} for _ in range(waves)))
        for waves in (1, 6)
    )
    first = drills.start(few)
    eventually(lambda: len(_lines()) == 1)
    alone = _calls_of_a_look(drills)
    second = drills.start(many)
    eventually(lambda: len(_lines()) == 7)
    together = _calls_of_a_look(drills)
    drills.cloud.emulator.remove_fault(full)
    assert together == pytest.approx(alone, abs=1.5), "and the same for a wave behind six others"
    assert {drills.ended(first).status, drills.ended(second).status} == {"COMPLETED"}


def _calls_of_a_look(drills: Drills) -> float:
    """DynamoDB's and DRS's calls by the functions that launch, for each call of them; each has one audit entry."""
    calls: Counter[str] = Counter()

    def see(call: AwsCall, function: str | None) -> None:
        if function == "execution-handler" and call.service in {"dynamodb", "drs"}:
            is_audit = "audit-logs" in str(call.params.get("TableName"))
            calls["audit" if is_audit else "others"] += 1

    stop = drills.cloud.front.observe(see)
    eventually(lambda: calls["audit"] >= 20)
    stop()
    return calls["others"] / calls["audit"]


def _lines() -> list[PlaceLineItem]:
    return list(PlaceLineItem.scan(consistent_read=True))


def _waits(drills: Drills, execution_id: str) -> str:
    (wave,) = drills.query("get_execution", executionId=execution_id)["waves"]
    return str((wave["waitingFor"] or {}).get("text", ""))


def _launched_at(run: Run, servers: list[Server]) -> datetime:
    return min(datetime.fromisoformat(job["creationDateTime"]) for server in servers for job in run.launches_of(server))


def _with_priority(drills: Drills, plan_id: str, priority: int) -> dict[str, object]:
    plan = drills.query("get_recovery_plan", planId=plan_id)
    fields = ("name", "waves", "version")
    return {"planId": plan_id, "priority": priority, **{field: plan[field] for field in fields}}
