"""The dashboard's first page: what runs and waits is read at once, figures are kept by the sync of the inventory."""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.domain.estate.figures import FigureName
from chalicelib.domain.runs.counts import ServerCounts
from chalicelib.domain.runs.records import Execution, ExecutionStatus, Mode
from chalicelib.ids import new_id
from chalicelib.store.tables.configuration import RecoveryPlanItem
from chalicelib.store.tables.figures import FiguresItem
from chalicelib.store.tables.runs import EXECUTIONS, WAVE_RUNS, ExecutionItem, WaveRunItem
from local.cloud import LocalCloud
from tests.observed import REST, calls_of
from tests.unit.domain.records import a_wave, an_execution

from .conftest import EAST, REGION_OF, WEST, RestClient

Make = Callable[..., Any]
PARTS = {"running", "decisions", "estate", "syncs", "outcomes", "drills", "notices", "evidence"}
KEPT = PARTS - {"running", "decisions", "notices", "evidence"}
NOW = datetime.now(UTC).replace(microsecond=0)


@pytest.fixture
def stored() -> Iterator[Callable[..., Execution]]:
    """Stores executions until the test is over."""
    made: list[Execution] = []

    def store(**fields: Any) -> Execution:
        run = an_execution(**{"execution_id": new_id("exec"), "plan_id": new_id("plan"), "started_at": NOW, **fields})
        EXECUTIONS.to_item(run).save()
        made.append(run)
        return run

    yield store
    for run in made:
        ExecutionItem(execution_id=run.execution_id).delete()


def test_running_executions_and_open_decisions_are_read_at_once(admin: RestClient, stored: Make) -> None:
    counts = ServerCounts(launching=2, launched=1)
    run = stored(status=ExecutionStatus.IN_PROGRESS, server_count=3, counts=counts)
    wave = a_wave(execution_id=run.execution_id, approval_required=True)
    item = WAVE_RUNS.to_item(wave, status="AWAITING_APPROVAL", decision_queue="OPEN", decision_since=NOW)
    item.save()
    try:
        page = admin.get("/dashboard").body
    finally:
        WaveRunItem(execution_id=run.execution_id, wave_number=wave.wave_number).delete()
    assert set(page) == PARTS
    (shown,) = (each for each in page["running"]["data"]["items"] if each["executionId"] == run.execution_id)
    assert (shown["counts"]["launching"], shown["counts"]["launched"]) == (2, 1)
    (decision,) = (each for each in page["decisions"]["data"]["items"] if each["executionId"] == run.execution_id)
    assert (decision["kind"], decision["allowed"]) == ("APPROVAL", True)
    assert page["running"]["asOf"] >= NOW.isoformat()[:19]


def test_the_sync_of_the_inventory_keeps_the_figures(
    admin: RestClient, stored: Make, sync: Make, new_plan: Make, new_group: Make, new_servers: Make
) -> None:
    plan = new_plan([new_group(sourceServerIds=list(new_servers(1, state="STOPPED")))["groupId"]])
    sync()
    before = admin.get("/dashboard").body["outcomes"]["data"]
    counts = ServerCounts(validated=3)
    ended = {"ended_at": NOW, "server_count": 3, "counts": counts, "plan_id": plan["planId"]}
    stored(status=ExecutionStatus.COMPLETED, **ended)
    stored(status=ExecutionStatus.FAILED, mode=Mode.RECOVERY, **ended)
    stored(status=ExecutionStatus.COMPLETED, **{**ended, "started_at": NOW - timedelta(days=91)})
    sync()
    page = admin.get("/dashboard").body
    assert {name: page[name]["problem"] for name in PARTS} == dict.fromkeys(PARTS, "")
    assert {name: bool(page[name]["asOf"]) for name in PARTS} == dict.fromkeys(PARTS, True)
    assert _ended(page["outcomes"]["data"]) - _ended(before) == {"DRILL COMPLETED": 1, "RECOVERY FAILED": 1}
    assert page["outcomes"]["data"]["leftOverInstances"] == before["leftOverInstances"] + 3
    (drills,) = (each for each in page["drills"]["data"]["plans"] if each["planId"] == plan["planId"])
    assert datetime.fromisoformat(drills["lastDrillAt"]) == NOW
    places = {(each["accountId"], each["region"]) for each in page["estate"]["data"]["servers"]["places"]}
    assert {(EAST, REGION_OF[EAST]), (WEST, REGION_OF[WEST])} <= places
    assert {(each["accountId"], each["region"]) for each in page["estate"]["data"]["capacity"]} == places
    (inventory,) = (run for run in page["syncs"]["data"]["runs"] if run["kind"] == "source-server-inventory")
    assert inventory["outcome"] == "COMPLETED"


def test_a_last_drill_is_known_after_its_record_was_deleted(
    admin: RestClient, stored: Make, sync: Make, new_plan: Make, new_group: Make, new_servers: Make
) -> None:
    plan = new_plan([new_group(sourceServerIds=list(new_servers(1, state="STOPPED")))["groupId"]])
    run = stored(status=ExecutionStatus.COMPLETED, ended_at=NOW, plan_id=plan["planId"])
    sync()
    ExecutionItem(execution_id=run.execution_id).delete()
    sync()
    plans = admin.get("/dashboard").body["drills"]["data"]["plans"]
    assert [each["lastDrillAt"] is None for each in plans if each["planId"] == plan["planId"]] == [False]


def test_figures_that_cannot_be_kept_stay_with_the_reason_and_do_not_fail_the_sync(
    admin: RestClient, sync: Make, new_plan: Make, new_group: Make, new_servers: Make
) -> None:
    plan = new_plan([new_group(sourceServerIds=list(new_servers(1, state="STOPPED")))["groupId"]])
    sync()
    before = admin.get("/dashboard").body
    item = RecoveryPlanItem.get(plan["planId"])
    RecoveryPlanItem(plan_id=plan["planId"]).update([RecoveryPlanItem.name.remove()])
    try:
        assert sync()["outcome"] == "COMPLETED"
        after = admin.get("/dashboard").body
    finally:
        item.save()
    assert after["drills"]["problem"]
    assert after["drills"]["data"] == before["drills"]["data"]
    assert after["drills"]["asOf"] == before["drills"]["asOf"]
    assert after["estate"]["asOf"] > before["estate"]["asOf"]
    assert {after[name]["problem"] for name in KEPT - {"drills"}} == {""}
    sync()
    assert admin.get("/dashboard").body["drills"]["problem"] == ""


def test_a_part_that_cannot_be_read_does_not_empty_the_others(admin: RestClient, stored: Make, sync: Make) -> None:
    sync()
    run = stored(status=ExecutionStatus.PAUSED)
    ExecutionItem(execution_id=run.execution_id).update([ExecutionItem.initiated_by.remove()])
    FiguresItem(name=FigureName.SYNCS).update([FiguresItem.value.set("no JSON")])
    page = admin.get("/dashboard").body
    assert (page["running"]["data"], page["syncs"]["data"]) == (None, None)
    assert "initiated_by" in page["running"]["problem"]
    assert "next sync" in page["syncs"]["problem"]
    assert {page[name]["problem"] for name in PARTS - {"running", "syncs"}} == {""}
    FiguresItem(name=FigureName.SYNCS).delete()
    assert "run it" in admin.get("/dashboard").body["syncs"]["problem"]
    sync()
    assert admin.get("/dashboard").body["syncs"]["problem"] == ""


def test_the_page_costs_eight_calls_whatever_there_is(admin: RestClient, cloud: LocalCloud, stored: Make) -> None:
    run = stored(status=ExecutionStatus.IN_PROGRESS)
    item = WAVE_RUNS.to_item(a_wave(execution_id=run.execution_id), decision_queue="OPEN", decision_since=NOW)
    item.save()
    with calls_of(cloud, REST) as calls:
        admin.get("/dashboard")
    item.delete()
    reads = Counter(call.operation for call in calls if call.operation in {"Query", "BatchGetItem", "GetItem", "Scan"})
    assert reads == {"Query": 7, "BatchGetItem": 1}


def _ended(outcomes: Any) -> Counter[str]:
    counted: Counter[str] = Counter()
    for week in outcomes["weeks"]:
        counted.update({f"{week['mode']} {status}": count for status, count in week["ended"].items()})
    return counted
