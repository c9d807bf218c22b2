"""Starts that die after any write: the same request starts once, and the clean-up removes the rest."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from chalicelib.store.tables.runs import ExecutionItem, ServerRunItem
from chalicelib.store.writes.runs import new_executions
from tests.workflow.crash_matrix.deaths import Deaths, Point
from tests.workflow.crash_matrix.stage import Stage
from tests.workflow.crash_matrix.stories_of_runs import require_one_launch
from tests.workflow.crash_matrix.stories_of_starts import A_START
from tests.workflow.drills import Drills

AT_ONCE = 6
POINTS = [point for point in A_START.points if point.when == "after" and point.site != "pipeline>audit.close_entry"]
"""Excludes the end of the audit entry, the last write of a call: the run's first task may write its own before."""


def test_a_start_that_dies_at_any_write_can_be_repeated_with_its_key_and_leaves_nothing(
    drills: Drills, deaths: Deaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Other starts may abandon it after a while; here that is at once."""
    for place, name, value in (*A_START.settings, (new_executions, "RECORDS_ABANDONED_AFTER", timedelta(0))):
        monkeypatch.setattr(place, name, value)
    runs: dict[str, str] = {}
    left_by_others = _unseen_headers()

    def die(point: Point) -> None:
        stage = Stage(drills, deaths, [point])
        servers = drills.servers()
        plan_id = stage.plan({"servers": servers})
        body = stage.a_start(plan_id)
        died = drills.cloud.runtime.invoke("execution-handler", {"operation": "start_execution", "body": body})
        assert died.function_error
        assert stage.struck == [point]
        run = drills.ended(drills.start(plan_id, idempotencyKey=body["idempotencyKey"]))
        assert run.wave_statuses == ["COMPLETED"]
        require_one_launch(run, servers)
        (listed,) = drills.query("list_executions", planId=plan_id)["items"]
        assert listed["executionId"] == run.execution_id
        runs.update((server.server_id, run.execution_id) for server in servers)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        tried = zip(POINTS, pool.map(_failure_of(die), POINTS), strict=True)
        failures = {str(point): error for point, error in tried if error}
    assert not failures
    written = {item.execution_id for item in ServerRunItem.scan() if item.source_server_id in runs}
    assert written > set(runs.values()), "some died with records written"
    drills.cloud.scheduler.run_now("drill-cleanup")
    left = [item for item in ServerRunItem.scan() if item.source_server_id in runs]
    assert sorted((item.source_server_id, item.execution_id) for item in left) == sorted(runs.items())
    assert _unseen_headers() <= left_by_others


def _unseen_headers() -> set[str]:
    return {str(item.execution_id) for item in ExecutionItem.scan() if not item.status}


def _failure_of(die: Callable[[Point], None]) -> Callable[[Point], str]:
    """Several points are tried at once; one that fails must not hide the others."""

    def tried(point: Point) -> str:
        try:
            die(point)
        except AssertionError as error:
            return str(error)[:500] or repr(error)
        return ""

    return tried
