"""Drift of launch settings: what the daily rounds and a check on demand find, record and cost."""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.domain.access.context import CallContext, Hub
from chalicelib.domain.access.permissions import SCHEDULE, InvocationMode
from chalicelib.domain.estate.drift_checks import SLOT, due_slots, slot_of
from chalicelib.management.estate import drift_rounds
from chalicelib.operations.declaration import Nothing
from chalicelib.operations.estate import SyncResult
from chalicelib.store.reads.estate.launch_records import launch_records
from chalicelib.store.tables.configuration import RUNNING_SYNCS, UniqueNameItem
from chalicelib.store.tables.estate import SyncRunItem
from chalicelib.store.tables.launch_settings import LaunchStatusItem
from local.aws_calls import AwsCall
from local.cloud import LocalCloud
from tests.preflights import check_plan

from .conftest import EAST, REGION_OF, RestClient

Make = Callable[..., Any]
WANTED = {"copyTags": False, "monitoring": True}
pytestmark = pytest.mark.usefixtures("unthrottled")

KIND = "launch-settings-drift"


def apply(client: RestClient, group: Any) -> None:
    answer = client("POST", f"/protection-groups/{group['groupId']}/launch-settings/apply", {})
    assert set(answer.body["counts"]) == {"APPLIED"}, answer.body


def apply_long_ago(client: RestClient, group: Any) -> None:
    """Applies the settings, and records that as a month old, so that rounds of the days since can be played."""
    apply(client, group)
    then = datetime.now(UTC) - timedelta(days=30)
    for item in [*LaunchStatusItem.query(group["groupId"])]:
        item.update(actions=[LaunchStatusItem.applied_at.set(then), LaunchStatusItem.checked_at.set(then)])


def check(client: RestClient, group: Any, **body: Any) -> Any:
    return client("POST", f"/protection-groups/{group['groupId']}/launch-settings/check", body)


def shown(client: RestClient, group: Any) -> Any:
    return client.get(f"/protection-groups/{group['groupId']}/launch-settings").body


def edit(cloud: LocalCloud, server_id: str, **fields: Any) -> None:
    """Somebody changes the launch configuration in DRS by hand."""
    drs = cloud.client("drs", account=EAST, region=REGION_OF[EAST])
    drs.update_launch_configuration(sourceServerID=server_id, **fields)


def edit_template(cloud: LocalCloud, server_id: str, data: Any) -> None:
    """Somebody makes another version of the launch template the default one."""
    drs, ec2 = (cloud.client(service, account=EAST, region=REGION_OF[EAST]) for service in ("drs", "ec2"))
    template = drs.get_launch_configuration(sourceServerID=server_id)["ec2LaunchTemplateID"]
    made = ec2.create_launch_template_version(
        LaunchTemplateId=template, SourceVersion="$Default", LaunchTemplateData=data
    )["LaunchTemplateVersion"]
    ec2.modify_launch_template(LaunchTemplateId=template, DefaultVersion=str(made["VersionNumber"]))


def turn_of(server_id: str, *, days: int = 1) -> datetime:
    """A time within the server's slot of one of the days since the settings were applied."""
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + timedelta(days=days - 20) + slot_of(server_id) * SLOT + timedelta(minutes=1)


@pytest.fixture
def group(new_group: Make, new_servers: Make, admin: RestClient) -> Any:
    made = new_group(sourceServerIds=new_servers(1), launchDefaults=WANTED)
    apply_long_ago(admin, made)
    return made


@pytest.fixture
def run_at(cloud: LocalCloud) -> Iterator[Callable[[datetime], SyncResult]]:
    """Runs a round as the schedule does, at a time of its own and without the runs of other tests."""

    def forget() -> None:
        for item in [*SyncRunItem.query(KIND)]:
            item.delete()
        for running in [*UniqueNameItem.query(RUNNING_SYNCS, UniqueNameItem.name_key == KIND)]:
            running.delete()

    def run(at: datetime) -> SyncResult:
        real, began = datetime.now(UTC), at
        hub = Hub("aws", cloud.hub_account, "us-east-2")
        call = CallContext(
            "request",
            SCHEDULE,
            InvocationMode.EVENTBRIDGE,
            lambda: began + (datetime.now(UTC) - real),
            began + timedelta(minutes=5),
            hub,
        )
        return drift_rounds.handle_launch_settings_drift(Nothing(), call)

    forget()
    yield run
    forget()


@contextmanager
def calls_about(cloud: LocalCloud, server_ids: list[str]) -> Iterator[Counter[str]]:
    """Counts the calls to DRS about these servers, and all writes to the tables."""
    calls = Counter[str]()

    def see(call: AwsCall, _: str | None) -> None:
        if call.service == "drs" and call.params.get("sourceServerID") in server_ids:
            calls[call.operation] += 1
        if call.service == "dynamodb" and "launch-status" in str(call.params.get("TableName")):
            calls[f"launch-status.{call.operation}"] += 1

    stop = cloud.front.observe(see)
    try:
        yield calls
    finally:
        stop()


# --- rounds ---


def test_a_round_finds_what_was_changed_in_drs_and_in_ec2_and_apply_restores_it(
    admin: RestClient, cloud: LocalCloud, group: Any, run_at: Callable[[datetime], SyncResult]
) -> None:
    (server_id,) = group["sourceServerIds"]
    edit(cloud, server_id, copyTags=True)
    edit_template(cloud, server_id, {"Monitoring": {"Enabled": False}})
    result = run_at(turn_of(server_id))
    assert result.outcome == "COMPLETED"
    assert result.written >= 1
    answer = shown(admin, group)
    (server,) = answer["items"]
    assert (answer["counts"], server["status"]) == ({"DRIFTED": 1}, "DRIFTED")
    assert server["drift"] == [
        {"field": "copyTags", "wanted": "false", "found": "true"},
        {"field": "monitoring", "wanted": "true", "found": "false"},
    ]
    assert "copyTags is true and should be false; monitoring is false and should be true" in server["reason"]
    assert "Apply the launch settings of the group to restore them." in server["reason"]
    apply(admin, group)
    (server,) = shown(admin, group)["items"]
    assert (server["status"], server["drift"], server["reason"]) == ("APPLIED", [], "")


def test_a_round_that_finds_nothing_new_writes_nothing_and_asks_each_server_once(
    cloud: LocalCloud, group: Any, run_at: Callable[[datetime], SyncResult]
) -> None:
    (server_id,) = group["sourceServerIds"]
    before = launch_records(group["groupId"])
    with calls_about(cloud, [server_id]) as calls:
        result = run_at(turn_of(server_id))
    assert result.outcome == "COMPLETED"
    assert result.seen >= 1
    assert calls == {"GetLaunchConfiguration": 1, "launch-status.Query": 1}
    assert launch_records(group["groupId"]) == before


def test_known_drift_is_not_written_again_and_drift_that_someone_took_back_is_forgotten(
    admin: RestClient, cloud: LocalCloud, group: Any, run_at: Callable[[datetime], SyncResult]
) -> None:
    (server_id,) = group["sourceServerIds"]
    edit(cloud, server_id, copyTags=True)
    run_at(turn_of(server_id))
    found = launch_records(group["groupId"])
    assert found[server_id].drift
    run_at(turn_of(server_id, days=2))
    assert launch_records(group["groupId"]) == found
    edit(cloud, server_id, copyTags=False)
    run_at(turn_of(server_id, days=3))
    assert shown(admin, group)["counts"] == {"APPLIED": 1}


def test_a_round_asks_nothing_about_a_server_whose_turn_it_is_not(
    cloud: LocalCloud, group: Any, run_at: Callable[[datetime], SyncResult]
) -> None:
    (server_id,) = group["sourceServerIds"]
    with calls_about(cloud, [server_id]) as calls:
        run_at(turn_of(server_id) + SLOT)
    assert calls["GetLaunchConfiguration"] == 0


def test_a_round_asks_nothing_about_servers_with_nothing_of_ours_that_could_drift(
    admin: RestClient, cloud: LocalCloud, group: Any, new_group: Make, run_at: Callable[[datetime], SyncResult]
) -> None:
    groups = [new_group(), new_group(launchDefaults=WANTED), group]
    changed = {key: group[key] for key in ("name", "version", "sourceServerIds")}
    changed["launchDefaults"] = {**WANTED, "copyPrivateIp": True}
    assert admin("PUT", f"/protection-groups/{group['groupId']}", changed).status == 200
    statuses = [list(shown(admin, each)["counts"]) for each in groups]
    assert statuses == [["NOT_CONFIGURED"], ["PENDING"], ["PENDING"]]
    servers = [server_id for each in groups for server_id in each["sourceServerIds"]]
    with calls_about(cloud, servers) as calls:
        run_at(turn_of(servers[0]))
        run_at(turn_of(servers[0], days=2))  # every slot since
    assert calls["GetLaunchConfiguration"] == 0


def test_turns_that_no_round_took_are_made_up_for(
    admin: RestClient, cloud: LocalCloud, group: Any, run_at: Callable[[datetime], SyncResult]
) -> None:
    (server_id,) = group["sourceServerIds"]
    run_at(turn_of(server_id) - SLOT)
    edit(cloud, server_id, copyTags=True)
    run_at(turn_of(server_id) + 3 * SLOT)
    assert shown(admin, group)["counts"] == {"DRIFTED": 1}


def test_a_template_that_was_deleted_is_drift(
    admin: RestClient, cloud: LocalCloud, group: Any, run_at: Callable[[datetime], SyncResult]
) -> None:
    (server_id,) = group["sourceServerIds"]
    drs, ec2 = (cloud.client(service, account=EAST, region=REGION_OF[EAST]) for service in ("drs", "ec2"))
    template = drs.get_launch_configuration(sourceServerID=server_id)["ec2LaunchTemplateID"]
    ec2.delete_launch_template(LaunchTemplateId=template)
    run_at(turn_of(server_id))
    (server,) = shown(admin, group)["items"]
    assert server["drift"] == [{"field": "launchTemplate", "wanted": template, "found": ""}]


def test_servers_of_a_group_that_selects_by_tags_are_checked_while_they_are_members(
    admin: RestClient, cloud: LocalCloud, new_group: Make, new_servers: Make, sync: Any, run_at: Any
) -> None:
    (server_id,) = new_servers(1, Drift="by-tags")
    sync()
    group = new_group(tags={"Drift": "by-tags"}, launchDefaults=WANTED)
    apply_long_ago(admin, group)
    edit(cloud, server_id, copyTags=True)
    run_at(turn_of(server_id))
    assert shown(admin, group)["counts"] == {"DRIFTED": 1}
    arn = cloud.client("drs", account=EAST, region=REGION_OF[EAST]).describe_source_servers(
        filters={"sourceServerIDs": [server_id]}
    )["items"][0]["arn"]
    cloud.client("drs", account=EAST, region=REGION_OF[EAST]).untag_resource(resourceArn=arn, tagKeys=["Drift"])
    sync()
    with calls_about(cloud, [server_id]) as calls:
        run_at(turn_of(server_id, days=2))
    assert calls["GetLaunchConfiguration"] == 0


def test_a_server_that_cannot_be_checked_stops_no_other_and_says_why_until_it_can(
    admin: RestClient, cloud: LocalCloud, new_group: Make, new_servers: Make, run_at: Callable[[datetime], SyncResult]
) -> None:
    group = new_group(sourceServerIds=new_servers(2), launchDefaults=WANTED)
    apply_long_ago(admin, group)
    failing, other = group["sourceServerIds"]
    edit(cloud, other, copyTags=True)
    turns = sorted([turn_of(failing), turn_of(other)])
    run_at(turns[0] - SLOT)
    match = {"operation": "GetLaunchConfiguration", "serverIds": [failing]}
    fault = cloud.emulator.add_fault({"kind": "ACCESS_DENIED", "match": match})
    result = run_at(turns[1])
    place = f"{EAST}/{REGION_OF[EAST]}"
    assert result.outcome == "PARTIAL"
    assert "could not be checked" in result.failures[place]
    assert failing in result.failures[place]
    assert shown(admin, group)["counts"] == {"APPLIED": 1, "DRIFTED": 1}
    assert shown(admin, group)["failedChecks"] == 1
    error = next(item for item in shown(admin, group)["items"] if item["sourceServerId"] == failing)["checkError"]
    assert "AccessDenied" in error
    retried = run_at(turns[1] + timedelta(hours=1))
    assert retried.failures, "a failed check is repeated after an hour"
    cloud.emulator.remove_fault(fault)
    run_at(turn_of(failing, days=2))
    assert shown(admin, group)["failedChecks"] == 0


def test_a_check_that_looked_before_an_apply_ended_does_not_undo_its_outcome(
    admin: RestClient, cloud: LocalCloud, group: Any, run_at: Callable[[datetime], SyncResult]
) -> None:
    (server_id,) = group["sourceServerIds"]
    edit(cloud, server_id, copyTags=True)
    run_at(turn_of(server_id, days=-30))
    seen = launch_records(group["groupId"])[server_id]
    assert not seen.drift, "a look that is older than the apply is not recorded"


def test_rounds_log_metrics_for_each_account_and_region(
    cloud: LocalCloud, group: Any, run_at: Callable[[datetime], SyncResult], capsys: pytest.CaptureFixture[str]
) -> None:
    (server_id,) = group["sourceServerIds"]
    edit(cloud, server_id, copyTags=True)
    capsys.readouterr()
    run_at(turn_of(server_id))
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"_aws"' in line]
    line = next(line for line in lines if (line["AccountId"], line["Region"]) == (EAST, REGION_OF[EAST]))
    (declared,) = line["_aws"]["CloudWatchMetrics"]
    assert declared["Dimensions"] == [["Stage", "AccountId", "Region"], ["Stage"]]
    assert {metric["Name"] for metric in declared["Metrics"]} == {"CheckedServers", "DriftedServers", "FailedChecks"}
    assert all(name in line for name in ("Stage", "CheckedServers", "FailedChecks"))
    assert line["DriftedServers"] >= 1


def test_the_schedule_runs_a_round(cloud: LocalCloud, admin: RestClient, run_at: Any) -> None:
    assert cloud.scheduler.run_now("launch-settings-drift").function_error is None
    newest = admin.get("/drs/syncs", kind=KIND, limit=1).body["items"][0]
    assert newest["outcome"] == "COMPLETED"


@pytest.mark.parametrize("when", ["before", "after"])
def test_whenever_a_round_dies_the_next_one_finds_the_same(
    admin: RestClient, cloud: LocalCloud, group: Any, run_at: Any, when: str
) -> None:
    (server_id,) = group["sourceServerIds"]
    edit(cloud, server_id, copyTags=True)
    now = datetime.now(UTC)
    SyncRunItem(kind=KIND, started_at=now - 2 * SLOT, ended_at=now - 2 * SLOT, outcome="COMPLETED").save()
    (item,) = LaunchStatusItem.query(group["groupId"])
    item.update(actions=[LaunchStatusItem.check_slot.set(due_slots(None, now)[0])])
    matching = {"TableName": f"aws-drs-orchestration-launch-status-{cloud.stage}"}
    cloud.runtime.crash_next(
        "launch-settings-drift", service="dynamodb", operation="UpdateItem", when=when, matching=matching
    )
    assert cloud.scheduler.run_now("launch-settings-drift").function_error
    # The run that died is in the way until the time of its function is up.
    UniqueNameItem(scope=RUNNING_SYNCS, name_key=KIND).delete()
    assert cloud.scheduler.run_now("launch-settings-drift").function_error is None
    assert shown(admin, group)["counts"] == {"DRIFTED": 1}
    assert launch_records(group["groupId"])[server_id].check_slot == slot_of(server_id)


# --- on demand ---


def test_a_check_on_demand_names_each_field_and_is_recorded(admin: RestClient, cloud: LocalCloud, group: Any) -> None:
    (server_id,) = group["sourceServerIds"]
    same = check(admin, group)
    assert (same.status, same.body["counts"]) == (200, {"MATCHING": 1})
    assert same.body["statement"] == "1 server has the wanted launch settings."
    edit(cloud, server_id, copyTags=True)
    found = check(admin, group).body
    assert found["servers"] == [
        {
            "sourceServerId": server_id,
            "outcome": "DRIFTED",
            "differences": [{"field": "copyTags", "wanted": "false", "found": "true"}],
            "reason": "",
        }
    ]
    assert "apply them again to restore them" in found["statement"]
    assert shown(admin, group)["counts"] == {"DRIFTED": 1}


def test_a_check_on_demand_tells_settings_that_are_not_applied_from_drift(
    admin: RestClient, new_group: Make, new_servers: Make
) -> None:
    group = new_group(sourceServerIds=new_servers(2), launchDefaults=WANTED)
    assert check(admin, group).body["counts"] == {"NOT_APPLIED": 2}
    assert launch_records(group["groupId"]) == {}
    assert check(admin, new_group()).body["counts"] == {"NOT_CONFIGURED": 1}
    refused = check(admin, group, sourceServerIds=["s-00000000000000000"])
    assert list(refused.problems) == ["sourceServerIds[0]"]


def test_a_check_on_demand_reports_a_server_that_fails_with_its_reason(
    admin: RestClient, cloud: LocalCloud, group: Any
) -> None:
    (server_id,) = group["sourceServerIds"]
    match = {"operation": "GetLaunchConfiguration", "serverIds": [server_id]}
    cloud.emulator.add_fault({"kind": "ACCESS_DENIED", "match": match, "times": 1})
    found = check(admin, group).body
    assert found["counts"] == {"FAILED": 1}
    assert "AccessDenied" in found["servers"][0]["reason"]
    assert shown(admin, group)["failedChecks"] == 1
    assert check(admin, group).body["counts"] == {"MATCHING": 1}
    assert shown(admin, group)["failedChecks"] == 0


def test_rounds_and_preflight_agree(
    admin: RestClient, cloud: LocalCloud, new_group: Make, new_servers: Make, new_plan: Make
) -> None:
    (server_id,) = new_servers(1, state="CONTINUOUS")
    group = new_group(sourceServerIds=[server_id], launchDefaults=WANTED)
    plan_id = new_plan([group["groupId"]])["planId"]
    apply(admin, group)
    edit_template(cloud, server_id, {"Monitoring": {"Enabled": False}})
    check(admin, group)
    (server,) = check_plan(cloud, plan_id)["servers"]
    (finding,) = [found for found in server["findings"] if "SETTINGS" in found["code"]]
    (told,) = shown(admin, group)["items"]
    assert (finding["code"], told["status"]) == ("SETTINGS_DRIFTED", "DRIFTED")
    assert "monitoring is false and should be true" in finding["reason"]
    assert "monitoring is false and should be true" in told["reason"]
