"""Starts that die at any call, tasks that run twice or come late: the same end, and no server is launched twice.

Deaths at each write of the execution side are the matrix's (``tests/workflow/crash_matrix``).
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from chalicelib.domain.runs import leases
from chalicelib.operations.tasks import TokenTask
from chalicelib.store.tables.runs import ExecutionItem, ServerRunItem
from chalicelib.store.writes.runs import new_executions
from local.cloud import LocalCloud
from tests.waiting import eventually
from tests.workflow.drills import WEST, Drills, Run, Server
from tests.workflow.interference import Interference, Point

AT_ONCE = 6
WAITING = "AWAITING_APPROVAL"


@pytest.fixture
def interference(cloud: LocalCloud) -> Iterator[Interference]:
    with Interference(cloud).installed() as installed:
        yield installed


class Rehearsed:
    """A small plan over two accounts, and what must have come of it."""

    def __init__(self, drills: Drills) -> None:
        self.servers: list[Server] = [*drills.servers(), *drills.servers(1, account=WEST), *drills.servers()]
        self.plan_id = drills.plan({"servers": self.servers[:2]}, {"servers": self.servers[2:]})

    def require_success(self, run: Run) -> None:
        assert (run.status, run.wave_statuses) == ("COMPLETED", ["COMPLETED", "COMPLETED"])
        for server in self.servers:
            assert len(run.launches_of(server)) == 1


@pytest.fixture(scope="session")
def known_points() -> list[Point]:
    return []


@pytest.fixture
def points(drills: Drills, interference: Interference, known_points: list[Point]) -> list[Point]:
    """Every point at which a start writes, found by watching an undisturbed one.

    A call begins and ends by writing to the audit log, so dying after one write is dying before the next.
    """
    if not known_points:
        rehearsed = Rehearsed(drills)
        rehearsed.require_success(drills.run(rehearsed.plan_id, idempotencyKey=rehearsed.plan_id))
        written = [Point(task, call) for task, call in interference.writes(rehearsed.plan_id)]
        known_points += [point for point in written if point.task == "start_execution"]
    return known_points


def test_a_launch_that_was_claimed_and_never_sent_is_told_until_it_is_certain(
    drills: Drills, until_certain: Callable[[], None]
) -> None:
    (server,) = drills.servers()
    drills.cloud.runtime.crash_next("execution-handler", service="drs", operation="StartRecovery")
    execution = drills.start(drills.plan({"servers": [server]}))
    eventually(lambda: Run(drills, execution).kinds("JOB_UNCERTAIN"))
    until_certain()
    run = drills.ended(execution)
    assert run.status == "COMPLETED"
    assert len(run.launches_of(server)) == 1
    kinds = [event["kind"] for event in run.events if event["kind"].startswith("JOB_")]
    assert kinds == ["JOB_UNCERTAIN", "JOB_REFUSED", "JOB_STARTED", "JOB_ENDED"]
    assert "UTC, the launch is requested again" in run.kinds("JOB_UNCERTAIN")[0]["message"]
    told = run.kinds("JOB_REFUSED")[0]["message"]
    assert told.startswith("The launch of 1 server in 222233334444/us-east-1 never reached DRS: ")
    assert told.endswith("the function that claimed it has ended. They stay queued.")


def test_a_later_launch_of_a_wave_that_was_never_sent_is_told_once(
    drills: Drills, until_certain: Callable[[], None]
) -> None:
    """DRS throttles one place at first, so that its servers are asked for after a look; there the function dies."""
    east, west = drills.servers(), drills.servers(1, account=WEST)
    drills.fault("THROTTLE", match={"operation": "StartRecovery", "account": WEST}, times=1)
    drills.cloud.runtime.crash_next("execution-handler", service="drs", operation="StartRecovery", nth=3)
    execution = drills.start(drills.plan({"servers": [*east, *west]}))
    eventually(lambda: Run(drills, execution).kinds("JOB_UNCERTAIN"))
    until_certain()
    run = drills.ended(execution)
    assert run.status == "COMPLETED"
    assert [len(run.launches_of(server)) for server in (*east, *west)] == [1, 1]
    (line,) = run.kinds("JOB_UNCERTAIN")
    assert line["message"].startswith("The launch of 1 server in 333344445555/")


def test_a_start_that_dies_at_any_write_can_be_repeated_with_its_key_and_leaves_nothing(
    drills: Drills, interference: Interference, points: list[Point], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once others may abandon it; here that is at once."""
    monkeypatch.setattr(leases, "START_PATIENCE", timedelta(0))
    monkeypatch.setattr(new_executions, "RECORDS_ABANDONED_AFTER", timedelta(0))
    runs: dict[str, str] = {}
    left_by_others = _headers_that_nobody_sees()

    def die(point: Point) -> None:
        rehearsed = Rehearsed(drills)
        interference.kill(rehearsed.plan_id, point)
        body = {"planId": rehearsed.plan_id, "mode": "DRILL", "idempotencyKey": rehearsed.plan_id}
        died = drills.cloud.runtime.invoke("execution-handler", {"operation": "start_execution", "body": body})
        assert died.function_error
        assert interference.struck[rehearsed.plan_id] == point
        run = drills.run(rehearsed.plan_id, idempotencyKey=rehearsed.plan_id)
        rehearsed.require_success(run)
        listed = drills.query("list_executions", planId=rehearsed.plan_id)["items"]
        assert [execution["executionId"] for execution in listed] == [run.execution_id]
        runs.update((server.server_id, run.execution_id) for server in rehearsed.servers)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        failures = {
            point: error for point, error in zip(points, pool.map(_failure_of(die), points), strict=True) if error
        }
    assert not failures
    written = {item.execution_id for item in ServerRunItem.scan() if item.source_server_id in runs}
    assert written > set(runs.values()), "some died with records written"
    drills.cloud.scheduler.run_now("drill-cleanup")
    left = [item for item in ServerRunItem.scan() if item.source_server_id in runs]
    assert sorted((item.source_server_id, item.execution_id) for item in left) == sorted(runs.items())
    assert _headers_that_nobody_sees() <= left_by_others


def test_a_run_whose_tasks_are_all_delivered_twice_at_once_is_the_same_run(
    drills: Drills, interference: Interference
) -> None:
    rehearsed = Rehearsed(drills)
    interference.deliver_twice(rehearsed.plan_id)
    rehearsed.require_success(drills.run(rehearsed.plan_id))


def test_a_token_that_comes_late_does_not_take_the_place_of_a_later_one(drills: Drills) -> None:
    """Its function was slow to end; Step Functions has asked again since. Nobody has to wait for the watchdog."""
    plan_id = drills.plan({"servers": drills.servers(), "approvalRequired": True})
    execution_id = drills.start(plan_id)
    eventually(lambda: drills.query("get_execution", executionId=execution_id)["waves"][0]["status"] == WAITING)
    of_wave = {"executionId": execution_id, "planId": plan_id, "waveNumber": 1}
    an_hour_ago = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
    drills.task("await_wave_release", **of_wave, taskToken="an-old-token", enteredAt=an_hour_ago, retryCount=3)
    drills.ask("execution-handler", "approve_wave", executionId=execution_id, waveNumber=1)
    assert drills.ended(execution_id).status == "COMPLETED"


def test_tokens_of_a_wave_are_in_the_order_in_which_they_were_asked_for() -> None:
    entered = datetime(2026, 1, 2, 3, 4, 5, 678_000, tzinfo=UTC)

    def asked(entered_at: datetime | None, retry_count: int = 0) -> str:
        task = TokenTask(
            execution_id="e", plan_id="p", wave_number=1, task_token="t", entered_at=entered_at, retry_count=retry_count
        )
        return task.asked

    later = entered + timedelta(milliseconds=1)
    assert asked(entered) < asked(entered, 2) < asked(entered, 10) < asked(later)
    assert asked(entered.astimezone(timezone(timedelta(hours=5)))) == asked(entered)
    assert asked(None) == ""


def test_tasks_that_come_late_change_nothing(drills: Drills) -> None:
    rehearsed = Rehearsed(drills)
    run = drills.run(rehearsed.plan_id)
    look = {
        "job_status": "COMPLETED",
        "wave_completed": True,
        "launched_count": 0,
        "failed_count": 2,
        "server_changes": [{"source_server_id": rehearsed.servers[0].server_id, "status": "FAILED", "error": "late"}],
    }
    of_run = {"executionId": run.execution_id}
    of_wave = {**of_run, "planId": rehearsed.plan_id, "waveNumber": 1}
    drills.task("begin_execution", **of_run)
    drills.task("await_wave_release", **of_wave, taskToken="an-old-token")
    drills.task("start_wave", **of_wave)
    drills.task("update_wave_completion_status", **of_wave, status="COMPLETED", waveData=look)
    drills.task("complete_wave", **of_wave, status="TIMED_OUT")
    drills.task("complete_wave", **of_wave, error={"Error": "States.Timeout", "Cause": "late"})
    drills.task("await_operator_decision", **of_wave, taskToken="an-old-token")
    drills.task("finalize_execution", **of_run)
    drills.task("fail_execution", **of_run, error={"Error": "late", "Cause": "late"})
    again = Run(drills, run.execution_id)
    assert (again.detail, again.servers, again.events) == (run.detail, run.servers, run.events)
    rehearsed.require_success(again)


def test_a_run_whose_machine_broke_ends_with_what_is_known(drills: Drills) -> None:
    """What Step Functions sends when it gives the run up, while a wave is under way."""
    (server,) = drills.servers()
    drills.fault("LAUNCH_STUCK", server)
    execution = drills.start(drills.plan({"servers": [server]}, {"servers": drills.servers()}))
    while not drills.jobs_with(server):
        pass
    broken = {"executionId": execution, "error": {"Error": "States.Runtime", "Cause": "a bad path"}}
    first = drills.task("fail_execution", **broken)
    assert (first["over"], first["status"]) == (False, "IN_PROGRESS"), (
        "its job is still open in DRS",
        Run(drills, execution).events,
    )
    assert execution in drills.holders().values(), "and until its end nobody else may launch the server"
    drills.cloud.emulator.clear_faults()
    eventually(lambda: drills.task("fail_execution", **broken)["over"])
    run = drills.ended(execution)
    assert (run.status, run.wave_statuses) == ("PARTIAL", ["FAILED", "CANCELLED"])
    assert run.server(server)["status"] == "LAUNCHED"
    assert "a bad path" in run.reason


def _headers_that_nobody_sees() -> set[str]:
    return {str(item.execution_id) for item in ExecutionItem.scan() if not item.status}


def _failure_of(die: Any) -> Any:
    """Several points are tried at once; one that fails must not hide the others."""

    def tried(point: Point) -> str:
        try:
            die(point)
        except AssertionError as error:
            return str(error)[:500] or repr(error)
        return ""

    return tried
