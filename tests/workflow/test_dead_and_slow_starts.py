"""Starts that die or are slow: another start takes over after a minute, and exactly one becomes a run."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

from chalicelib.domain.runs import leases
from chalicelib.execution.starts import start
from chalicelib.store.tables.runs import ExecutionItem, ServerLeaseItem
from chalicelib.store.transactions import ConditionFailed
from chalicelib.store.writes.runs import new_executions
from local.client_hooks import Crash
from local.cloud import LocalCloud
from local.invocation import Invocation
from tests.waiting import eventually
from tests.workflow.drills import Drills, Refused, Server, at_once

EXECUTION, MANAGEMENT = "execution-handler", "data-management-handler"


def dead_start(drills: Drills, plan_id: str, **body: Any) -> str:
    """Makes a start die with its leases, before it is visible; returns its id."""
    drills.cloud.runtime.crash_next(EXECUTION, service="dynamodb", operation="BatchWriteItem")
    event = {"operation": "start_execution", "body": {"planId": plan_id, "mode": "DRILL", **body}}
    assert drills.cloud.runtime.invoke(EXECUTION, event).function_error
    return drills.holders()[f"plan#{plan_id}"]


def let_patience_pass(drills: Drills, start_id: str) -> None:
    """Makes the leases of the start look a minute older."""
    for key, holder in drills.holders().items():
        if holder == start_id:
            item = ServerLeaseItem.get(key)
            item.update([ServerLeaseItem.taken_at.set(item.taken_at - leases.START_PATIENCE)])


def ask(drills: Drills, plan_id: str, **body: Any) -> Any:
    return drills.ask(EXECUTION, "start_execution", planId=plan_id, **{"mode": "DRILL", **body})


def require_one_run(drills: Drills, plan_id: str, servers: list[Server], execution_id: str) -> None:
    run = drills.ended(execution_id)
    assert run.status == "COMPLETED"
    assert all(len(run.launches_of(server)) == 1 for server in servers)
    listed = drills.query_all("list_executions", planId=plan_id)
    assert [item["executionId"] for item in listed] == [execution_id]


# --- starts that have died ---


@pytest.mark.parametrize("key", ["", "the same key"])
def test_a_dead_start_holds_its_plan_for_a_minute_and_the_answer_says_until_when(drills: Drills, key: str) -> None:
    servers = drills.servers()
    plan_id = drills.plan({"servers": servers})
    body = {"idempotencyKey": f"{key} {plan_id}"} if key else {}
    dead = dead_start(drills, plan_id, **body)
    refused = ask(drills, plan_id, **body)
    taken_at = ServerLeaseItem.get(f"plan#{plan_id}").taken_at
    assert (refused.status, refused.code, refused.details["executionId"]) == (409, "AlreadyRunning", dead)
    free_after = datetime.fromisoformat(refused.details["freeAfter"])
    assert timedelta(0) <= free_after - (taken_at + timedelta(minutes=1)) < timedelta(seconds=1)
    assert f"after {free_after:%H:%M:%S} UTC" in refused.message
    let_patience_pass(drills, dead)
    answer = ask(drills, plan_id, **body)
    require_one_run(drills, plan_id, servers, answer["execution"]["executionId"])
    again = drills.ask("query-handler", "get_execution", executionId=dead)
    assert isinstance(again, Refused)


def test_what_a_dead_start_has_left_is_removed_when_it_can_no_longer_write(drills: Drills) -> None:
    plan_id = drills.plan({"servers": drills.servers()})
    dead = dead_start(drills, plan_id)
    announced = ExecutionItem.get(dead).termination_due_at
    let_patience_pass(drills, dead)
    drills.run(plan_id)
    left = ExecutionItem.get(dead)
    assert (left.abandoned, left.termination_due_at) == (True, announced)
    drills.cloud.scheduler.run_now("drill-cleanup")
    assert ExecutionItem.count(dead) == 1, "its function may still be alive"
    left.update([ExecutionItem.termination_due_at.set(datetime.now(UTC) - timedelta(seconds=1))])
    drills.cloud.scheduler.run_now("drill-cleanup")
    assert ExecutionItem.count(dead) == 0


def test_a_start_that_died_before_it_was_announced_cannot_be_announced_later(drills: Drills) -> None:
    plan_id = drills.plan({"servers": drills.servers()})
    ServerLeaseItem(key=f"plan#{plan_id}", execution_id="exec-dead", taken_at=datetime(2026, 1, 1, tzinfo=UTC)).save()
    drills.run(plan_id)
    left = ExecutionItem.get("exec-dead")
    assert left.abandoned
    assert left.termination_due_at - datetime.now(UTC) > timedelta(minutes=15)
    with pytest.raises(ConditionFailed):
        new_executions.announce_execution("exec-dead", datetime.now(UTC))
    left.delete()


def test_one_of_several_starts_that_take_over_at_once_wins(drills: Drills) -> None:
    servers = drills.servers(2)
    plan_id = drills.plan({"servers": servers})
    let_patience_pass(drills, dead_start(drills, plan_id))
    answers = at_once(*[partial(ask, drills, plan_id)] * 4)
    (won,) = [answer for answer in answers if not isinstance(answer, Refused)]
    winner = won["execution"]["executionId"]
    refused = [answer for answer in answers if isinstance(answer, Refused)]
    assert {(answer.status, answer.code) for answer in refused} == {(409, "AlreadyRunning")}
    assert {answer.details["executionId"] for answer in refused} == {winner}
    require_one_run(drills, plan_id, servers, winner)


def test_a_change_to_a_plan_that_a_dead_start_holds_says_when_the_plan_is_free(drills: Drills) -> None:
    """A change to a plan cannot abandon a start, and waits until it is certainly dead."""
    plan_id = drills.plan({"servers": drills.servers()})
    dead = dead_start(drills, plan_id)
    let_patience_pass(drills, dead)
    refused = drills.ask(MANAGEMENT, "delete_recovery_plan", planId=plan_id)
    free_after = ServerLeaseItem.get(f"plan#{plan_id}").taken_at + leases.ABANDONED_AFTER + timedelta(seconds=1)
    assert refused.code == "InUse"
    assert f"a start in progress ({dead})" in refused.message
    assert f"{free_after:%H:%M:%S} UTC" in refused.message
    drills.run(plan_id)
    assert not isinstance(drills.ask(MANAGEMENT, "delete_recovery_plan", planId=plan_id), Refused)


# --- starts that are slow and live on ---


class HeldBack:
    """Holds the first start at a write until it is released."""

    def __init__(self, operation: str, attribute: str) -> None:
        self._operation, self._attribute = operation, attribute
        self._arrived, self._free = threading.Event(), threading.Event()

    def due(self, invocation: Invocation, _: str, operation: str, params: Mapping[str, Any]) -> Crash | None:
        here = operation == self._operation and self._attribute in str(params)
        if here and invocation.function == EXECUTION and not self._arrived.is_set():
            self._arrived.set()
            assert self._free.wait(60)
        return None

    def wait_until_there(self) -> None:
        assert self._arrived.wait(60)

    def let_go(self) -> None:
        self._free.set()


@contextmanager
def held_back(cloud: LocalCloud, operation: str, attribute: str) -> Iterator[HeldBack]:
    held = HeldBack(operation, attribute)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cloud.runtime.crashes, "due", held.due)
        yield held


SLOW_AT = {
    "leases": ("TransactWriteItems", "server-leases"),
    "announcement": ("TransactWriteItems", "termination_queue"),
    "records": ("BatchWriteItem", "wave-runs"),
    "header": ("TransactWriteItems", "initiated_by"),
}
slow_at = pytest.mark.parametrize("where", SLOW_AT)


@slow_at
@pytest.mark.parametrize("same_key", [False, True])
def test_a_slow_start_that_lost_its_turn_never_becomes_a_run(
    drills: Drills, monkeypatch: pytest.MonkeyPatch, where: str, same_key: bool
) -> None:
    monkeypatch.setattr(leases, "START_PATIENCE", timedelta(0))
    servers = drills.servers(2)
    plan_id = drills.plan({"servers": servers})
    keys = [f"1 {plan_id}", f"1 {plan_id}" if same_key else f"2 {plan_id}"]
    with held_back(drills.cloud, *SLOW_AT[where]) as held:

        def second() -> Any:
            held.wait_until_there()
            try:
                return ask(drills, plan_id, idempotencyKey=keys[1])
            finally:
                held.let_go()

        slow, quick = at_once(partial(ask, drills, plan_id, idempotencyKey=keys[0]), second)
    winner = quick["execution"]["executionId"]
    if same_key:
        assert (slow["execution"]["executionId"], slow["repeated"]) == (winner, True)
    else:
        assert (slow.status, slow.code, slow.details["executionId"]) == (409, "AlreadyRunning", winner)
    require_one_run(drills, plan_id, servers, winner)


def test_a_slow_start_frees_its_own_leases_and_names_the_holder_of_the_others(
    drills: Drills, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two plans with a group in common."""
    monkeypatch.setattr(leases, "START_PATIENCE", timedelta(0))
    shared, own = drills.servers(), drills.servers()
    group = drills.group(shared)
    plans = [
        drills.manage("create_recovery_plan", name=f"Sharing {group} {number}", waves=waves)["planId"]
        for number, waves in enumerate([[_wave(1, group), _wave(2, drills.group(own))], [_wave(1, group)]])
    ]
    with held_back(drills.cloud, *SLOW_AT["header"]) as held:

        def second() -> Any:
            held.wait_until_there()
            try:
                return ask(drills, plans[1])
            finally:
                held.let_go()

        slow, quick = at_once(partial(ask, drills, plans[0]), second)
    winner = quick["execution"]["executionId"]
    assert (slow.status, slow.code, slow.details["executionId"]) == (409, "ServersBusy", winner)
    mine = {key for key in drills.holders() if key == f"plan#{plans[0]}" or own[0].server_id in key}
    assert mine == set()
    require_one_run(drills, plans[1], shared, winner)


@pytest.mark.parametrize("round_", range(3))
def test_starts_that_all_take_over_from_each_other_are_one_run_at_most(
    drills: Drills, monkeypatch: pytest.MonkeyPatch, round_: int
) -> None:
    """Without patience each start abandons the others wherever they are."""
    monkeypatch.setattr(leases, "START_PATIENCE", timedelta(0))
    servers = drills.servers(2)
    plan_id = drills.plan({"servers": servers})
    answers = at_once(*[partial(ask, drills, plan_id)] * 5)
    won = [answer["execution"]["executionId"] for answer in answers if not isinstance(answer, Refused)]
    assert {answer.status for answer in answers if isinstance(answer, Refused)} <= {409}
    assert [item["executionId"] for item in drills.query_all("list_executions", planId=plan_id)] == won
    assert len(won) <= 1
    for winner in won:
        require_one_run(drills, plan_id, servers, winner)
    eventually(lambda: not [key for key in drills.holders() if plan_id in key])


def test_a_start_whose_last_answer_is_lost_has_started(drills: Drills, monkeypatch: pytest.MonkeyPatch) -> None:
    """DynamoDB has written the execution, so its leases are not freed."""
    servers = drills.servers()
    plan_id = drills.plan({"servers": servers})

    def written_without_an_answer(*arguments: Any) -> None:
        new_executions.create_execution(*arguments)
        raise ReadTimeoutError(endpoint_url="https://dynamodb.example")

    with monkeypatch.context() as patch:
        patch.setattr(start, "create_execution", written_without_an_answer)
        answer = ask(drills, plan_id)
    require_one_run(drills, plan_id, servers, answer["execution"]["executionId"])


def test_a_start_that_cannot_write_gives_back_what_it_held(drills: Drills, monkeypatch: pytest.MonkeyPatch) -> None:
    plan_id = drills.plan({"servers": drills.servers()})

    def not_written(*_: Any) -> None:
        raise ReadTimeoutError(endpoint_url="https://dynamodb.example")

    with monkeypatch.context() as patch:
        patch.setattr(start, "create_execution", not_written)
        refused = ask(drills, plan_id, idempotencyKey=plan_id)
    assert isinstance(refused, Refused)
    assert f"plan#{plan_id}" not in drills.holders()
    assert drills.run(plan_id, idempotencyKey=plan_id).status == "COMPLETED"


def _wave(number: int, group: str) -> dict[str, Any]:
    return {"number": number, "name": f"Wave {number}", "protectionGroupIds": [group]}
