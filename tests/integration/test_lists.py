"""Plans, groups and executions as the tables of a screen need them: figures, filters, orders, two calls a page."""

import functools
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.domain.runs.counts import ServerCounts
from chalicelib.domain.runs.leases import group_lease_key
from chalicelib.domain.runs.records import Execution, ExecutionStatus, Mode, TimelineEvent
from chalicelib.ids import new_id
from chalicelib.store.reads.plans import plan_lists
from chalicelib.store.tables.configuration import RecoveryPlanItem
from chalicelib.store.tables.estate import SourceServerItem
from chalicelib.store.tables.launch_settings import LaunchStatusItem
from chalicelib.store.tables.runs import ExecutionItem
from chalicelib.store.writes.runs.leases import release_leases, take_leases
from chalicelib.store.writes.runs.new_executions import announce_execution, create_execution
from local.aws_calls import AwsCall
from local.cloud import LocalCloud

from .conftest import EAST, REGION_OF, WEST, RestClient, waves_of

Make = Callable[..., Any]
PATH = "/recovery-plans"
NOW = datetime.now(UTC).replace(microsecond=0)


@pytest.fixture
def started() -> Iterator[Callable[..., str]]:
    """Writes executions of a plan as a start does; they are gone after the test."""
    made: list[str] = []

    def start(plan: dict[str, Any], status: str = "IN_PROGRESS", **fields: Any) -> str:
        execution_id, at = new_id("exec"), fields.pop("started_at", NOW)
        known: dict[str, Any] = {
            "plan_version": 1,
            "plan_name": plan["name"],
            "mode": Mode.DRILL,
            "initiated_by": "Ada",
        }
        execution = Execution(
            execution_id=execution_id,
            plan_id=plan["planId"],
            status=ExecutionStatus(status),
            started_at=at,
            **known | fields,
        )
        announce_execution(execution_id, at)
        create_execution(
            execution, TimelineEvent(new_id("event"), execution_id, at, "EXECUTION_STARTED", "Started."), None
        )
        made.append(execution_id)
        return execution_id

    yield start
    for execution_id in made:
        ExecutionItem(execution_id=execution_id).delete()


def listed(admin: RestClient, **filters: Any) -> dict[str, Any]:
    """The plans of a list, by id."""
    return {each["plan"]["planId"]: each for each in admin.all_items(PATH, **filters)}


def calls_of(cloud: LocalCloud, act: Callable[[], Any]) -> list[str]:
    """The calls of DynamoDB that the REST function makes, without that for its audit entry."""
    calls: list[str] = []

    def note(call: AwsCall, function: str | None) -> None:
        if call.service == "dynamodb" and function == "api_handler":
            calls.append(call.operation)

    stop = cloud.front.observe(note)
    act()
    stop()
    calls.remove("PutItem")
    return sorted(calls)


# --- plans ---


def test_plans_are_listed_by_name_with_their_last_execution_at_once(
    admin: RestClient, new_plan: Make, started: Make
) -> None:
    plan, idle = new_plan(), new_plan()
    ended = started(plan, "COMPLETED", ended_at=NOW)
    shown = listed(admin, limit=3)[plan["planId"]]
    assert (shown["lastExecution"]["executionId"], shown["runningExecutionId"]) == (ended, "")
    assert (shown["lastDrillAt"], shown["drillOverdue"]) == (f"{NOW:%Y-%m-%dT%H:%M:%SZ}", False)
    running = started(plan, mode=Mode.RECOVERY)
    page = list(admin.all_items(PATH, limit=3, recentRuns=2))
    shown, other = ({each["plan"]["planId"]: each for each in page}[each["planId"]] for each in (plan, idle))
    assert (shown["lastExecution"]["executionId"], shown["runningExecutionId"]) == (running, running)
    assert [each["executionId"] for each in shown["recentRuns"]] == [running]
    assert (other["lastExecution"], other["runningExecutionId"], other["recentRuns"]) == (None, "", [])
    assert (other["lastDrillAt"], other["lastSuccess"], other["lastRtoSeconds"]) == (None, None, None)
    names = [entry["plan"]["name"] for entry in page]
    assert names == sorted(set(names), key=str.casefold)


def test_a_page_of_filtered_plans_looks_at_few_more_than_it_shows(
    admin: RestClient, new_plan: Make, cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    plans = {new_plan()["planId"] for _ in range(3)}
    monkeypatch.setattr(plan_lists, "_FEWEST_LOOKED_AT", 1)
    limits: list[Any] = []

    def note(call: AwsCall, function: str | None) -> None:
        if (call.operation, function) == ("Query", "api_handler"):
            limits.append(call.params["Limit"])

    stop = cloud.front.observe(note)
    first = admin.get(PATH, accountId=WEST, limit=1).body
    found = listed(admin, accountId=EAST, limit=2)
    stop()
    assert set(limits) == {2, 4}
    assert len(first["items"]) <= 1
    assert plans <= set(found)


def test_the_sync_reads_once_what_several_of_its_figures_are_made_from(
    new_plan: Make, sync: Make, cloud: LocalCloud
) -> None:
    new_plan()
    reads: Counter[str] = Counter()

    def note(call: AwsCall, function: str | None) -> None:
        if (call.operation, function) == ("Query", "data-management-handler"):
            reads[f"{call.params['TableName']} {call.params.get('IndexName', '')}"] += 1

    stop = cloud.front.observe(note)
    sync()
    stop()
    whole = {name: count for name, count in reads.items() if name.endswith(("by_kind_name", "by_started"))}
    assert len(whole) == 3, "plans, groups and executions"
    assert set(whole.values()) == {1}


def test_the_sync_keeps_drills_runs_and_servers_beside_the_plan(
    admin: RestClient, new_plan: Make, new_group: Make, new_servers: Make, started: Make, sync: Make
) -> None:
    plan = new_plan([new_group(sourceServerIds=list(new_servers(2)))["groupId"]])
    before = listed(admin)[plan["planId"]]
    assert before["places"] == [{"accountId": EAST, "region": REGION_OF[EAST]}]
    assert (before["servers"]["serverCount"], before["recentRuns"]) == (2, [])
    drill = started(plan, "COMPLETED", started_at=NOW - timedelta(minutes=30), ended_at=NOW)
    recovery = started(
        plan,
        "COMPLETED",
        mode=Mode.RECOVERY,
        started_at=NOW - timedelta(minutes=9),
        ended_at=NOW + timedelta(minutes=1),
    )
    failed = started(plan, "FAILED", started_at=NOW + timedelta(minutes=5), ended_at=NOW + timedelta(minutes=6))
    sync()
    shown = listed(admin, recentRuns=20)[plan["planId"]]
    assert [each["executionId"] for each in shown["recentRuns"]] == [failed, recovery, drill]
    assert (shown["lastSuccess"]["executionId"], shown["lastRtoSeconds"]) == (recovery, 600)
    assert (shown["lastDrillAt"], shown["drillOverdue"]) == (f"{NOW:%Y-%m-%dT%H:%M:%SZ}", False)
    ExecutionItem(execution_id=failed).delete()
    sync()
    shown = listed(admin)[plan["planId"]]
    assert shown["lastExecution"]["executionId"] == recovery


def test_a_new_version_keeps_the_runs_and_knows_its_places_at_once(
    admin: RestClient, new_plan: Make, new_group: Make, started: Make, sync: Make
) -> None:
    plan = new_plan()
    run = started(plan, "COMPLETED", ended_at=NOW)
    sync()
    content = {"name": plan["name"], "waves": waves_of(new_group()["groupId"], new_group()["groupId"]), "version": 1}
    assert admin("PUT", f"{PATH}/{plan['planId']}", content).status == 200
    shown = listed(admin, recentRuns=1)[plan["planId"]]
    assert (shown["plan"]["version"], shown["servers"]["serverCount"]) == (2, 2)
    assert shown["lastExecution"]["executionId"] == shown["recentRuns"][0]["executionId"] == run
    assert admin("PUT", f"{PATH}/{plan['planId']}", {**content, "version": 2, "rtoMinutes": 5}).body["rtoMinutes"] == 5
    again = admin("PUT", f"{PATH}/{plan['planId']}", {**content, "version": 3})
    assert (again.body["rtoMinutes"], admin.get(f"{PATH}/{plan['planId']}").body["rtoMinutes"]) == (None, None)


def test_a_plan_of_an_older_release_is_unknown_until_the_next_sync(
    admin: RestClient, new_plan: Make, started: Make, sync: Make
) -> None:
    plan = new_plan()
    run = started(plan, "COMPLETED", started_at=NOW - timedelta(days=120), ended_at=NOW - timedelta(days=119))
    names = ("standing", "runs", "drill_key", "latest_execution_id")
    RecoveryPlanItem(plan_id=plan["planId"]).update([getattr(RecoveryPlanItem, name).remove() for name in names])
    shown = listed(admin)[plan["planId"]]
    assert (shown["places"], shown["servers"], shown["lastExecution"]) == (None, None, None)
    assert plan["planId"] not in listed(admin, accountId=EAST)
    assert plan["planId"] not in listed(admin, sort="LAST_DRILL")
    sync()
    shown = listed(admin, sort="LAST_DRILL", drillOverdue="true")[plan["planId"]]
    assert (shown["places"], shown["lastExecution"]["executionId"], shown["drillOverdue"]) == (
        [{"accountId": EAST, "region": REGION_OF[EAST]}],
        run,
        True,
    )


def test_plans_are_found_by_place_owner_name_readiness_and_overdue_drills(
    admin: RestClient, new_plan: Make, new_group: Make, new_name: Make, started: Make, sync: Make, new_servers: Make
) -> None:
    west = new_group(accountId=WEST, region=REGION_OF[WEST], sourceServerIds=new_servers(account=WEST))
    both, here = new_plan([new_group()["groupId"], west["groupId"]], owner="shop"), new_plan(owner="shop")
    old = NOW - timedelta(days=91)
    started(here, "COMPLETED", started_at=old, ended_at=old + timedelta(minutes=1))
    RecoveryPlanItem(plan_id=here["planId"]).update([RecoveryPlanItem.runs.remove()])
    sync()
    ours = {both["planId"], here["planId"]}

    def found(**filters: Any) -> set[str]:
        return set(listed(admin, **filters)) & ours

    assert found(owner="shop") == ours
    assert found(accountId=WEST) == found(region=REGION_OF[WEST]) == {both["planId"]}
    assert found(accountId=EAST, region=REGION_OF[WEST]) == set()
    assert found(q=here["name"][:20].upper()) == {here["planId"]}
    assert found(q=here["name"][:20].upper(), sort="LAST_DRILL") == {here["planId"]}
    worst = listed(admin)[here["planId"]]["servers"]
    readiness = "BLOCKED" if worst["blockedCount"] else "DEGRADED" if worst["degradedCount"] else "READY"
    assert here["planId"] in found(readiness=readiness)
    others = {"BLOCKED", "DEGRADED", "READY"} - {readiness}
    assert all(here["planId"] not in found(readiness=other) for other in others)
    for sort in ("NAME", "LAST_DRILL"):
        assert found(drillOverdue="true", sort=sort) == {here["planId"]}
        assert found(drillOverdue="false", sort=sort) == {both["planId"]}
    content = {name: here[name] for name in ("name", "owner", "waves", "version")}
    path = f"/recovery-plans/{here['planId']}"
    assert admin("PUT", path, {**content, "drillTargetDays": 100}).body["drillTargetDays"] == 100
    for sort in ("NAME", "LAST_DRILL"):
        assert found(drillOverdue="true", sort=sort) == set(), "its own target is longer"
    in_order = [each for each in listed(admin, sort="LAST_DRILL", limit=2) if each in ours]
    assert in_order == [here["planId"], both["planId"]]


@pytest.mark.parametrize(
    ("field", "value"), [("sort", "AGE"), ("readiness", "FINE"), ("drillOverdue", "often"), ("recentRuns", "21")]
)
def test_a_filter_with_a_bad_value_is_refused_by_name(admin: RestClient, field: str, value: str) -> None:
    refused = admin.get(PATH, **{field: value})
    assert (refused.status, set(refused.problems)) == (400, {field})


def test_a_page_costs_two_calls_whatever_its_size(
    admin: RestClient, cloud: LocalCloud, new_plan: Make, started: Make
) -> None:
    for plan in [new_plan() for _ in range(3)]:
        started(plan)
    # Without any execution on the page, the second call is not needed.
    assert set(calls_of(cloud, functools.partial(admin.get, PATH, limit=3))) | {"BatchGetItem"} == {
        "BatchGetItem",
        "Query",
    }
    for parameters in ({"limit": 100, "recentRuns": 20}, {"sort": "LAST_DRILL", "accountId": EAST}):
        assert calls_of(cloud, functools.partial(admin.get, PATH, **parameters)) == ["BatchGetItem", "Query"]


# --- groups ---


def groups(admin: RestClient, **filters: Any) -> dict[str, Any]:
    return {each["groupId"]: each for each in admin.all_items("/protection-groups", **filters)}


def test_a_new_group_is_listed_with_its_servers_at_once(admin: RestClient, new_group: Make, new_servers: Make) -> None:
    group = new_group(sourceServerIds=new_servers(3))
    shown = groups(admin)[group["groupId"]]
    assert (shown["servers"]["serverCount"], shown["launchSettings"]) == (3, None)
    assert (shown["plans"], shown["runningExecutionId"]) == ([], "")
    change = {"name": group["name"], "sourceServerIds": group["sourceServerIds"][:1], "version": 1}
    assert admin("PUT", f"/protection-groups/{group['groupId']}", change).status == 200
    shown = groups(admin)[group["groupId"]]
    assert (shown["version"], shown["servers"]["serverCount"], shown["tags"]) == (2, 1, {})


def test_the_sync_counts_the_servers_of_groups_their_settings_and_plans(
    admin: RestClient, new_group: Make, new_plan: Make, new_servers: Make, new_name: Make, sync: Make
) -> None:
    mark = new_name()
    new_servers(2, Mark=mark)
    group = new_group(tags={"Mark": mark}, launchDefaults={"copyTags": True})
    assert groups(admin)[group["groupId"]]["servers"]["serverCount"] == 0
    plan = new_plan([group["groupId"]])
    sync()
    shown = groups(admin)[group["groupId"]]
    assert (shown["servers"]["serverCount"], shown["launchSettings"]) == (2, {"PENDING": 2})
    assert shown["servers"]["asOf"] >= f"{NOW:%Y-%m-%dT%H:%M}"
    assert shown["plans"] == [{"planId": plan["planId"], "name": plan["name"]}]
    assert listed(admin)[plan["planId"]]["servers"] == shown["servers"]
    assert admin("POST", f"/protection-groups/{group['groupId']}/launch-settings/apply", {}).status == 200
    new_servers(1, Mark=mark)
    sync()
    shown = groups(admin)[group["groupId"]]
    assert (shown["servers"]["serverCount"], shown["launchSettings"]) == (3, {"APPLIED": 2, "PENDING": 1})


def test_a_group_that_cannot_be_read_stops_no_other(
    admin: RestClient, new_group: Make, new_plan: Make, sync: Make, cloud: LocalCloud
) -> None:
    broken, other = new_group(), new_group()
    plan = new_plan([other["groupId"]])
    key = {"group_id": {"S": broken["groupId"]}, "source_server_id": {"S": broken["sourceServerIds"][0]}}
    table: dict[str, Any] = {"TableName": LaunchStatusItem.Meta.table_name}
    cloud.client("dynamodb").put_item(**table, Item={**key, "settings": {"S": '"no settings"'}})
    assert sync()["outcome"] == "COMPLETED"
    cloud.client("dynamodb").delete_item(**table, Key=key)
    shown = groups(admin)
    assert shown[broken["groupId"]]["launchSettings"] is None
    assert shown[other["groupId"]]["plans"] == [{"planId": plan["planId"], "name": plan["name"]}]


def test_an_account_that_cannot_be_counted_keeps_its_counts_and_stops_no_other(
    admin: RestClient, new_group: Make, new_plan: Make, new_servers: Make, sync: Make, cloud: LocalCloud
) -> None:
    west = new_group(accountId=WEST, region=REGION_OF[WEST], sourceServerIds=new_servers(account=WEST))
    east = new_group()
    new_plan([east["groupId"]]), new_plan([west["groupId"]])
    sync()
    before = groups(admin)[west["groupId"]]
    server = cloud.emulator.add_source_server(EAST, REGION_OF[EAST], hostname="new")
    change = {"name": east["name"], "sourceServerIds": [server], "version": 1}
    assert admin("PUT", f"/protection-groups/{east['groupId']}", change).status == 200
    key = {"account_region": {"S": f"{WEST}#{REGION_OF[WEST]}"}, "source_server_id": {"S": "s-broken"}}
    table: dict[str, Any] = {"TableName": SourceServerItem.Meta.table_name}
    cloud.client("dynamodb").put_item(**table, Item={**key, "tags": {"S": "7"}})
    sync()
    cloud.client("dynamodb").delete_item(**table, Key=key)
    shown = groups(admin)
    assert (shown[west["groupId"]]["servers"], shown[west["groupId"]]["plans"]) == (before["servers"], before["plans"])
    assert shown[east["groupId"]]["launchSettings"] == {"NOT_CONFIGURED": 1}


def test_a_group_names_the_execution_that_holds_it(admin: RestClient, new_group: Make) -> None:
    group, key = new_group(), ""
    key = group_lease_key(group["groupId"])
    take_leases([key], "exec-1", NOW)
    try:
        assert groups(admin)[group["groupId"]]["runningExecutionId"] == "exec-1"
    finally:
        release_leases([key], "exec-1")
    assert groups(admin)[group["groupId"]]["runningExecutionId"] == ""


def test_a_page_of_groups_costs_two_calls(admin: RestClient, cloud: LocalCloud, new_group: Make) -> None:
    group = new_group()
    for parameters in ({"limit": 100}, {"accountId": EAST, "q": group["name"]}):
        calls = calls_of(cloud, functools.partial(admin.get, "/protection-groups", **parameters))
        assert calls == ["BatchGetItem", "Query"]


# --- executions ---


def test_executions_are_listed_with_their_figures(admin: RestClient, new_plan: Make, started: Make) -> None:
    plan, counts = new_plan(), ServerCounts(validated=2, failed=1)
    times = {"ended_at": NOW + timedelta(minutes=15), "server_count": 3, "counts": counts}
    met, missed = (started(plan, "COMPLETED", rto_minutes=minutes, **times) for minutes in (15, 14))
    running = started(plan)
    shown = {each["executionId"]: each for each in admin.all_items("/executions", planId=plan["planId"])}
    figures = [
        (shown[each]["durationSeconds"], shown[each]["rtoMet"], shown[each]["instancesLeft"])
        for each in (met, missed, running)
    ]
    assert figures == [(900, True, 2), (900, False, 2), (None, None, None)]
    assert (shown[met]["counts"]["failed"], shown[met]["serverCount"], shown[met]["rtoMinutes"]) == (1, 3, 15)


def test_executions_are_found_by_who_began_them_and_by_name(
    admin: RestClient, cloud: LocalCloud, new_plan: Make, started: Make
) -> None:
    plan, name = new_plan(), f"Ada {new_id('x')}"
    ours, ended, other = started(plan, initiated_by=name), started(plan, "FAILED", initiated_by=name), started(plan)

    def found(**filters: Any) -> set[str]:
        return {each["executionId"] for each in admin.all_items("/executions", **filters)}

    assert found(initiatedBy=name) == {ours, ended}
    assert found(q=plan["name"].upper()[:30]) == {ours, ended, other}
    assert found(q=other[:20]) >= {other}
    assert found(q=other) == {other}
    assert found(planId=plan["planId"], status="FAILED") == {ended}
    assert found(planId=plan["planId"], status="IN_PROGRESS", initiatedBy=name, mode="DRILL") == {ours}
    assert calls_of(cloud, lambda: admin.get("/executions", q=plan["name"], initiatedBy=name)) == ["Query"]
