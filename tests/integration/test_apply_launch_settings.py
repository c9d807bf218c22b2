"""Applying the launch settings of a group: the answer, what is recorded, and what a broken call leaves behind."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from chalicelib.aws.reads.estate.launch_settings import read_launch_configuration
from chalicelib.domain.access.context import CallContext, Hub
from chalicelib.domain.access.permissions import InvocationMode, Principal, PrincipalType
from chalicelib.domain.estate.launch_settings import LaunchSettings
from chalicelib.management.estate.apply_settings import apply_launch_settings
from chalicelib.management.estate.drift_checks import check_launch_settings
from chalicelib.management.estate.one_by_one import RESERVE, REST_PATIENCE, begins_until
from chalicelib.operations.drift import CheckLaunchSettings, CheckOutcome
from chalicelib.operations.launch_applies import ApplyLaunchSettings, ApplyOutcome
from chalicelib.store.reads.estate.accounts import get_account
from chalicelib.store.reads.estate.launch_records import launch_records
from chalicelib.store.reads.estate.unique_names import find_holder
from chalicelib.store.tables.configuration import APPLIES
from chalicelib.store.tables.launch_settings import LaunchStatusItem
from chalicelib.store.writes.estate.launch_outcomes import claim_apply, release_apply
from local.cloud import LocalCloud
from tests.preflights import check_plan

from .conftest import EAST, REGION_OF, RestClient

Make = Callable[..., Any]
WANTED = {"copyTags": False, "monitoring": True}


def apply(client: RestClient, group: Any, **body: Any) -> Any:
    return client("POST", f"/protection-groups/{group['groupId']}/launch-settings/apply", body)


def outcomes(answer: Any) -> dict[str, str]:
    assert answer.status == 200, answer.body
    return {server["sourceServerId"]: server["outcome"] for server in answer.body["servers"]}


def copies_tags(server_id: str) -> Any:
    """What DRS holds; read as the product reads, which waits while DRS throttles."""
    return read_launch_configuration(get_account(EAST), REGION_OF[EAST], server_id).settings.copy_tags


@pytest.fixture
def group(new_group: Make, new_servers: Make) -> Any:
    return new_group(sourceServerIds=new_servers(3), launchDefaults=WANTED)


def test_every_server_gets_the_settings_and_its_outcome_is_recorded(admin: RestClient, group: Any) -> None:
    answer = apply(admin, group)
    assert set(outcomes(answer).values()) == {"APPLIED"}
    assert answer.body["counts"] == {"APPLIED": 3}
    assert answer.body["servers"][0]["changed"] == ["copyTags", "monitoring"]
    assert answer.body["statement"] == "3 servers have the wanted launch settings."
    assert all(copies_tags(server_id) is False for server_id in group["sourceServerIds"])
    records = launch_records(group["groupId"])
    assert {record.applied_hash != "" for record in records.values()} == {True}
    assert set(outcomes(apply(admin, group)).values()) == {"UNCHANGED"}
    assert launch_records(group["groupId"]) == records


def test_only_named_servers_are_changed_and_strangers_are_refused(admin: RestClient, group: Any) -> None:
    first, second, _ = group["sourceServerIds"]
    assert outcomes(apply(admin, group, sourceServerIds=[first])) == {first: "APPLIED"}
    assert copies_tags(second) is True
    refused = apply(admin, group, sourceServerIds=[first, "s-00000000000000000"])
    assert list(refused.problems) == ["sourceServerIds[1]"]


def test_a_group_without_settings_is_left_alone(admin: RestClient, new_group: Make) -> None:
    group = new_group()
    answer = apply(admin, group)
    assert set(outcomes(answer).values()) == {"NOT_CONFIGURED"}
    assert launch_records(group["groupId"]) == {}


def test_settings_of_a_server_win_over_those_of_its_group(admin: RestClient, group: Any) -> None:
    own, other, _ = group["sourceServerIds"]
    LaunchStatusItem(
        group_id=group["groupId"], source_server_id=own, settings=LaunchSettings(copy_tags=None), version=1
    ).save()
    apply(admin, group)
    assert [copies_tags(server_id) for server_id in (own, other)] == [True, False]
    kept = launch_records(group["groupId"])[own]
    assert (kept.settings, kept.version) == (LaunchSettings(copy_tags=None), 1)


def test_a_server_that_fails_stops_no_other_and_the_next_call_repairs_it(
    admin: RestClient, cloud: LocalCloud, group: Any
) -> None:
    first, *others = group["sourceServerIds"]
    match = {"operation": "UpdateLaunchConfiguration", "serverIds": [first]}
    cloud.emulator.add_fault({"kind": "CONFLICT", "match": match, "times": 1})
    answer = apply(admin, group)
    assert outcomes(answer) == {first: "FAILED", **dict.fromkeys(others, "APPLIED")}
    failed = launch_records(group["groupId"])[first]
    assert "ConflictException" in failed.error
    assert failed.failed_hash
    assert "1 server failed" in answer.body["statement"]
    assert outcomes(apply(admin, group))[first] == "APPLIED"
    repaired = launch_records(group["groupId"])[first]
    assert (repaired.error, repaired.failed_hash) == ("", "")


@pytest.fixture
def without_time(cloud: LocalCloud) -> CallContext:
    """A call whose time is nearly over, so that it begins with no further server."""
    person, hub = Principal(PrincipalType.IAM, "Ada"), Hub("aws", cloud.hub_account, "us-east-2")
    deadline = datetime.now(UTC) + RESERVE
    return CallContext("request", person, InvocationMode.DIRECT_LAMBDA, lambda: datetime.now(UTC), deadline, hub)


def test_servers_that_a_call_has_no_time_for_remain_and_the_next_call_goes_on_with_them(
    admin: RestClient, group: Any, without_time: CallContext
) -> None:
    first, *others = group["sourceServerIds"]
    apply(admin, group, sourceServerIds=[first])
    answer = apply_launch_settings(ApplyLaunchSettings(group_id=group["groupId"]), without_time)
    assert answer.counts == {ApplyOutcome.UNCHANGED: 1, ApplyOutcome.REMAINING: 2}
    assert "2 servers could not be reached in time; apply again to go on." in answer.statement
    assert [copies_tags(server_id) for server_id in others] == [True, True]
    assert set(launch_records(group["groupId"])) == {first}
    assert outcomes(apply(admin, group)) == {first: "UNCHANGED", **dict.fromkeys(others, "APPLIED")}


def test_a_check_says_which_servers_it_had_no_time_for(
    admin: RestClient, group: Any, without_time: CallContext
) -> None:
    apply(admin, group)
    answer = check_launch_settings(CheckLaunchSettings(group_id=group["groupId"]), without_time)
    assert answer.counts == {CheckOutcome.REMAINING: 3}
    assert "3 servers could not be reached in time; check again to go on." in answer.statement


def test_a_call_by_rest_begins_no_server_after_its_patience_and_others_go_on_to_their_end(
    without_time: CallContext,
) -> None:
    now = datetime.now(UTC)
    call = msgspec.structs.replace(without_time, clock=lambda: now, deadline=now + timedelta(minutes=5))
    assert begins_until(call) == call.deadline - RESERVE
    by_rest = msgspec.structs.replace(call, mode=InvocationMode.API_GATEWAY)
    assert begins_until(by_rest) == now + REST_PATIENCE


def test_one_call_at_a_time_applies_the_settings_of_a_group(admin: RestClient, group: Any) -> None:
    now = datetime.now(UTC)
    until = now + timedelta(minutes=5)
    assert claim_apply(group["groupId"], "Ada", now=now, until=until)
    refused = apply(admin, group)
    assert (refused.status, refused.error) == (409, "InUse")
    assert "Ada is applying" in refused.body["error"]["message"]
    assert launch_records(group["groupId"]) == {}
    release_apply(group["groupId"], "Ada", until=until)
    assert set(outcomes(apply(admin, group)).values()) == {"APPLIED"}


def test_the_claim_of_a_call_that_died_ends_with_its_time(admin: RestClient, group: Any) -> None:
    past = datetime.now(UTC) - timedelta(minutes=5)
    assert claim_apply(group["groupId"], "Ada", now=past, until=past + timedelta(minutes=2))
    assert set(outcomes(apply(admin, group)).values()) == {"APPLIED"}
    assert find_holder(APPLIES, group["groupId"]) is None


def test_preflight_finds_settings_that_are_not_applied_or_were_changed_since(
    admin: RestClient, cloud: LocalCloud, new_group: Make, new_servers: Make, new_plan: Make
) -> None:
    (server_id,) = new_servers(1, state="CONTINUOUS")
    group = new_group(sourceServerIds=[server_id], launchDefaults=WANTED)
    plan_id = new_plan([group["groupId"]])["planId"]

    def findings() -> list[tuple[str, str]]:
        (server,) = check_plan(cloud, plan_id)["servers"]
        return [(found["code"], found["reason"]) for found in server["findings"] if "SETTINGS" in found["code"]]

    differs = "copyTags is true and should be false"
    ((code, reason),) = findings()
    assert code == "SETTINGS_NOT_APPLIED"
    assert differs in reason
    apply(admin, group)
    assert findings() == []
    drs = cloud.client("drs", account=EAST, region=REGION_OF[EAST])
    drs.update_launch_configuration(sourceServerID=server_id, copyTags=True)
    ((code, reason),) = findings()
    assert (code, differs in reason) == ("SETTINGS_DRIFTED", True)
    assert outcomes(apply(admin, group)) == {server_id: "APPLIED"}
    assert findings() == []


WRITES = [
    ("dynamodb", "PutItem"),
    ("drs", "UpdateLaunchConfiguration"),
    ("ec2", "CreateLaunchTemplateVersion"),
    ("ec2", "ModifyLaunchTemplate"),
    ("dynamodb", "UpdateItem"),
    ("dynamodb", "DeleteItem"),
]
"""Every write of an apply, in its order: the claim, DRS, EC2, the outcome, the end of the claim."""


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(("service", "operation"), WRITES)
def test_whatever_write_a_call_dies_at_the_next_one_finishes(
    admin: RestClient, cloud: LocalCloud, group: Any, service: str, operation: str, when: str
) -> None:
    matching = {}
    if operation == "PutItem":
        matching = {"TableName": f"aws-drs-orchestration-unique-names-{cloud.stage}"}
    if operation == "UpdateItem":
        matching = {"TableName": f"aws-drs-orchestration-launch-status-{cloud.stage}"}
    function = "data-management-handler"
    cloud.runtime.crash_next(function, service=service, operation=operation, when=when, matching=matching)
    body = {"groupId": group["groupId"]}
    died = cloud.runtime.invoke(function, {"operation": "apply_launch_settings", "body": body})
    assert died.function_error
    # The claim of the call that died ends with the time that Lambda would have given it.
    cloud.client("dynamodb").delete_item(
        TableName=f"aws-drs-orchestration-unique-names-{cloud.stage}",
        Key={"scope": {"S": APPLIES}, "name_key": {"S": group["groupId"]}},
    )
    assert set(outcomes(apply(admin, group)).values()) <= {"APPLIED", "UNCHANGED"}
    assert all(copies_tags(server_id) is False for server_id in group["sourceServerIds"])
    assert all(record.applied_hash and not record.error for record in launch_records(group["groupId"]).values())
    assert len(launch_records(group["groupId"])) == len(group["sourceServerIds"])
