"""Applying launch settings to one server: what DRS and EC2 hold afterwards, and what happens when they refuse."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from chalicelib.aws.reads.estate.launch_settings import read_default_version, read_launch_configuration
from chalicelib.domain.errors import CloudError, DomainError, OutcomeUnknown, StateConflict, Unprocessable
from chalicelib.domain.estate.accounts import TargetAccount
from chalicelib.domain.estate.launch_changes import differing
from chalicelib.domain.estate.launch_settings import LaunchSettings, RecoveryMode, RightSizing
from chalicelib.domain.estate.launch_templates import KEPT_VERSIONS, MARKER
from chalicelib.management.estate.applying import apply_to_server
from chalicelib.store.reads.estate.accounts import get_account
from local.aws_calls import AwsCall
from local.cloud import LocalCloud
from local.invocation import Invocation, running
from tests.observed import before_the_first, named

from .conftest import EAST, REGION_OF

REGION = REGION_OF[EAST]
WANTED = LaunchSettings(
    recovery_mode=RecoveryMode.FAST,
    copy_tags=True,
    subnet_id="subnet-0123456789abcdef0",
    monitoring=True,
    tags={"Tier": "web"},
)


class Server:
    """A server that only one test uses, as the test sees and changes it in AWS."""

    def __init__(self, cloud: LocalCloud, server_id: str) -> None:
        self.server_id = server_id
        self.ec2 = cloud.client("ec2", account=EAST, region=REGION)
        self.drs = cloud.client("drs", account=EAST, region=REGION)
        configured = self.drs.get_launch_configuration(sourceServerID=server_id)
        self.template_id: str = configured["ec2LaunchTemplateID"]
        self.account: TargetAccount = get_account(EAST)

    def apply(self, wanted: LaunchSettings = WANTED) -> tuple[str, ...]:
        """Applies as the data-management function does, with its identity."""
        with running(Invocation("data-management-handler", f"{time.monotonic_ns()}")):
            return apply_to_server(self.account, REGION, self.server_id, wanted)

    def held(self) -> LaunchSettings:
        configuration = read_launch_configuration(self.account, REGION, self.server_id)
        version = read_default_version(self.account, REGION, self.template_id)
        assert version is not None
        return version.held(configuration)

    def versions(self) -> list[Any]:
        found: list[Any] = self.ec2.describe_launch_template_versions(
            LaunchTemplateId=self.template_id, MaxResults=200
        )["LaunchTemplateVersions"]
        return found

    def edit(self, **data: Any) -> None:
        """Someone makes another version in the console and makes it the default one."""
        made = self.ec2.create_launch_template_version(
            LaunchTemplateId=self.template_id, SourceVersion="$Default", LaunchTemplateData=data
        )
        number = str(made["LaunchTemplateVersion"]["VersionNumber"])
        self.ec2.modify_launch_template(LaunchTemplateId=self.template_id, DefaultVersion=number)


@pytest.fixture
def server(cloud: LocalCloud, new_servers: Callable[..., list[str]]) -> Server:
    return Server(cloud, new_servers()[0])


@pytest.fixture
def calls(cloud: LocalCloud, unthrottled: None) -> Iterator[list[AwsCall]]:
    """The calls to AWS during the test."""
    seen: list[AwsCall] = []
    stop = cloud.front.observe(lambda call, function: seen.append(call))
    yield seen
    stop()


def names(calls: list[AwsCall]) -> list[str]:
    return [call.operation for call in calls if call.operation != "AssumeRole"]


def test_what_is_wanted_is_held_and_the_rest_is_kept(server: Server) -> None:
    (before,) = server.versions()
    assert server.apply() == ("recoveryMode", "subnetId", "monitoring", "tags")
    assert differing(WANTED, server.held()) == {}
    made = server.versions()[-1]
    assert made["DefaultVersion"]
    assert made["VersionDescription"].startswith(MARKER)
    data, old = made["LaunchTemplateData"], before["LaunchTemplateData"]
    assert data["BlockDeviceMappings"] == old["BlockDeviceMappings"]
    assert data["InstanceType"] == old["InstanceType"]
    assert {**old["NetworkInterfaces"][0], "SubnetId": WANTED.subnet_id} == data["NetworkInterfaces"][0]


def test_a_server_that_holds_it_already_costs_two_reads_and_no_change(server: Server, calls: list[AwsCall]) -> None:
    server.apply()
    calls.clear()
    assert server.apply() == ()
    assert names(calls) == ["GetLaunchConfiguration", "DescribeLaunchTemplateVersions"]


def test_only_what_differs_is_sent(server: Server, calls: list[AwsCall]) -> None:
    server.apply()
    server.edit(Monitoring={"Enabled": False})
    calls.clear()
    assert server.apply() == ("monitoring",)
    assert "UpdateLaunchConfiguration" not in names(calls)
    (created,) = [call for call in calls if call.operation == "CreateLaunchTemplateVersion"]
    sent = {name: value for name, value in created.params.items() if name.startswith("LaunchTemplateData")}
    assert sent == {"LaunchTemplateData.Monitoring.Enabled": "true"}


def test_old_versions_of_ours_are_deleted_and_those_of_others_stay(server: Server) -> None:
    server.edit(EbsOptimized=True)
    for number in range(KEPT_VERSIONS + 4):
        server.apply(LaunchSettings(monitoring=number % 2 == 0))
    versions = server.versions()
    ours = [version for version in versions if version.get("VersionDescription", "").startswith(MARKER)]
    assert [version["DefaultVersion"] for version in ours] == [False] * KEPT_VERSIONS + [True]
    assert [version["VersionNumber"] for version in versions if version not in ours] == [1, 2]


def test_an_edit_between_reading_and_writing_is_kept(server: Server, cloud: LocalCloud) -> None:
    with before_the_first(cloud, named("CreateLaunchTemplateVersion"), lambda _: server.edit(EbsOptimized=True)):
        server.apply()
    assert differing(LaunchSettings(monitoring=True, ebs_optimized=True), server.held()) == {}


def test_a_template_that_keeps_changing_is_left_alone(server: Server, cloud: LocalCloud) -> None:
    editing: list[bool] = []

    def edit(call: AwsCall, function: str | None) -> None:
        if call.operation == "CreateLaunchTemplateVersion" and not editing:
            editing.append(True)
            server.edit(EbsOptimized=True)
            editing.clear()

    stop = cloud.front.observe(edit)
    try:
        with pytest.raises(StateConflict, match=r"was changed by someone else 3 times"):
            server.apply()
    finally:
        stop()
    assert server.held().monitoring is not True


def test_a_deleted_template_is_named(server: Server, cloud: LocalCloud) -> None:
    def delete(_: AwsCall) -> None:
        server.ec2.delete_launch_template(LaunchTemplateId=server.template_id)

    with (
        before_the_first(cloud, named("GetLaunchConfiguration"), delete),
        pytest.raises(Unprocessable, match=rf"{server.template_id} does not exist"),
    ):
        server.apply()


def test_a_type_that_drs_would_replace_is_refused_before_anything_is_changed(
    server: Server, calls: list[AwsCall]
) -> None:
    wanted = LaunchSettings(instance_type="m5.large", copy_tags=False)
    with pytest.raises(Unprocessable, match="BASIC"):
        server.apply(wanted)
    assert names(calls)[-1] == "GetLaunchConfiguration"
    sized = LaunchSettings(instance_type="m5.large", target_instance_type_right_sizing_method=RightSizing.NONE)
    assert server.apply(sized)[0] == "targetInstanceTypeRightSizingMethod"
    assert differing(sized, server.held()) == {}


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({"kind": "CONFLICT"}, CloudError),
        ({"kind": "INTERNAL_ERROR"}, OutcomeUnknown),
        ({"kind": "DROPPED_CONNECTION"}, OutcomeUnknown),
    ],
)
def test_a_change_that_fails_is_an_error_that_names_it_and_the_next_call_ends_it(
    server: Server, cloud: LocalCloud, fault: dict[str, Any], error: type[DomainError]
) -> None:
    match = {"operation": "UpdateLaunchConfiguration", "serverIds": [server.server_id]}
    cloud.emulator.add_fault({**fault, "match": match, "times": 1})
    with pytest.raises(error, match="UpdateLaunchConfiguration") as raised:
        server.apply()
    assert raised.value.details["accountId"] == EAST
    server.apply()
    assert differing(WANTED, server.held()) == {}


def test_a_throttled_change_is_sent_again(server: Server, cloud: LocalCloud) -> None:
    match = {"operation": "UpdateLaunchConfiguration", "serverIds": [server.server_id]}
    cloud.emulator.add_fault({"kind": "THROTTLE", "match": match, "times": 2, "parameters": {"retryAfterSeconds": 0}})
    server.apply()
    assert differing(WANTED, server.held()) == {}
