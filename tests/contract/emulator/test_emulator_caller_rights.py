"""DRS acts in EC2 with the rights of its caller: a missing one is in the job's log, never in the call's answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pytest

from drs_emulator import EmulatorSettings
from drs_emulator.caller_rights import (
    CONVERSION,
    EVERY_RIGHT,
    LAUNCH,
    LAUNCH_INTO_INSTANCE,
    NEW_TEMPLATE,
    READING,
    SNAPSHOT,
    TERMINATION,
    CallerAction,
    Right,
)
from tests.contract.emulator.conftest import ACCOUNT, REGION
from tests.contract.emulator.launched import add, described, drilled, refused, template_id_of


class Caller:
    """What a caller may not do, and what was asked."""

    def __init__(self) -> None:
        self.lacks: Callable[[CallerAction], bool] = lambda _: False
        self.asked: list[CallerAction] = []

    def why_not(self, action: CallerAction) -> str | None:
        self.asked.append(action)
        if not self.lacks(action):
            return None
        return f"User: {action.caller} is not authorized to perform: {action.right.action} on {action.resource}"

    def lacks_rights(self, *names: str) -> None:
        self.lacks = lambda action: action.right.name in names

    def names(self) -> set[str]:
        return {action.right.name for action in self.asked}


def names_of(rights: Iterable[Right]) -> set[str]:
    return {right.name for right in rights}


@pytest.fixture
def caller() -> Caller:
    return Caller()


@pytest.fixture
def served(settings: EmulatorSettings, serve_with: Callable[..., Any], caller: Caller) -> Any:
    return serve_with(settings, why_not=caller.why_not)


@pytest.fixture
def real(settings: EmulatorSettings, serve_with: Callable[..., Any], caller: Caller, ec2_clients: Any) -> Any:
    return serve_with(settings, why_not=caller.why_not, ec2_client=ec2_clients)


@pytest.mark.parametrize("name", sorted(names_of((*READING, *SNAPSHOT, *CONVERSION, *LAUNCH))))
def test_a_launch_without_a_right_fails_in_the_log_and_never_in_the_call(
    served: Any, caller: Caller, name: str
) -> None:
    caller.lacks_rights(name)
    (server_id,) = served.add_servers(1)
    error = refused(served, server_id)
    action = name.split(" ", maxsplit=1)[0]
    assert error.startswith("An error occurred (UnauthorizedOperation) when calling the ")
    assert "You are not authorized to perform this operation." in error
    assert f"is not authorized to perform: {action}" in error
    assert served.client().describe_recovery_instances()["items"] == []


def test_the_caller_is_the_access_key_and_ids_of_what_exists_are_named(served: Any, caller: Caller) -> None:
    (server_id,) = served.add_servers(1)
    drilled(served, server_id)
    assert {(asked.caller, asked.account, asked.region) for asked in caller.asked} == {(ACCOUNT, ACCOUNT, REGION)}
    resources = {asked.resource for asked in caller.asked}
    template_id = template_id_of(served, server_id)
    assert f"arn:aws:ec2:{REGION}:{ACCOUNT}:launch-template/{template_id}" in resources
    assert f"arn:aws:drs:{REGION}:{ACCOUNT}:source-server/{server_id}" in resources
    assert f"arn:aws:ec2:{REGION}::image/*" in resources
    role = "role/service-role/AWSElasticDisasterRecoveryConversionServerRole"
    assert f"arn:aws:iam::{ACCOUNT}:{role}" in resources


def test_recovery_mode_fast_needs_no_rights_for_a_conversion(served: Any, caller: Caller) -> None:
    (server_id,) = served.add_servers(1)
    served.client().update_launch_configuration(sourceServerID=server_id, recoveryMode="FAST")
    caller.lacks_rights(*(names_of(CONVERSION) - names_of(LAUNCH)))
    drilled(served, server_id)
    assert caller.names() == names_of((*READING, *SNAPSHOT, *LAUNCH))


def test_launching_into_an_instance_needs_rights_on_that_instance(served: Any, caller: Caller) -> None:
    (server_id,) = served.add_servers(1)
    into = {"launchIntoEC2InstanceID": "i-0123456789abcdef0"}
    served.client().update_launch_configuration(
        sourceServerID=server_id, launchIntoInstanceProperties=into, copyTags=False
    )
    assert drilled(served, server_id) == "i-0123456789abcdef0"
    assert caller.names() == names_of((*READING, *SNAPSHOT, *CONVERSION, *LAUNCH_INTO_INSTANCE))
    started = {asked.resource for asked in caller.asked if asked.right.action == "ec2:StartInstances"}
    assert f"arn:aws:ec2:{REGION}:{ACCOUNT}:instance/i-0123456789abcdef0" in started


def test_a_template_that_is_gone_needs_the_right_to_make_one(real: Any, caller: Caller, ec2: Any) -> None:
    server_id = add(real, "made-again")
    drilled(real, server_id)
    assert not caller.names() & names_of(NEW_TEMPLATE)
    ec2.delete_launch_template(LaunchTemplateId=template_id_of(real, server_id))
    caller.lacks_rights(NEW_TEMPLATE[0].name)
    assert "CreateLaunchTemplate operation" in refused(real, server_id)
    caller.lacks_rights()
    drilled(real, server_id)


@pytest.mark.parametrize("action", sorted({right.action for right in TERMINATION}))
def test_a_termination_without_a_right_is_a_failed_cleanup_and_the_instance_lives(
    served: Any, caller: Caller, action: str
) -> None:
    (server_id,) = served.add_servers(1)
    instance_id = drilled(served, server_id)
    caller.lacks = lambda asked: asked.right.action == action
    job = served.client().terminate_recovery_instances(recoveryInstanceIDs=[instance_id])["job"]
    served.clock.pass_seconds(1000)
    (line,) = [item for item in served.log(job["jobID"]) if item["event"] == "CLEANUP_FAIL"]
    assert "UnauthorizedOperation" in line["eventData"]["rawError"]
    assert action in line["eventData"]["rawError"]
    (shown,) = served.client().describe_recovery_instances()["items"]
    assert (shown["recoveryInstanceID"], shown["ec2InstanceState"]) == (instance_id, "RUNNING")


def test_the_tags_of_the_instance_itself_decide_over_its_termination(served: Any, caller: Caller) -> None:
    (server_id,) = served.add_servers(1)
    instance_id = drilled(served, server_id)
    caller.asked.clear()
    served.client().terminate_recovery_instances(recoveryInstanceIDs=[instance_id])
    served.clock.pass_seconds(1000)
    served.client().describe_jobs()
    (asked,) = [asked for asked in caller.asked if asked.right.action == "ec2:TerminateInstances"]
    assert asked.right.tags["AWSElasticDisasterRecoverySourceServerID"] == server_id
    assert asked.resource.endswith(f":instance/{instance_id}")


def test_an_earlier_instance_that_the_caller_may_not_terminate_stays_and_the_launch_goes_on(
    real: Any, caller: Caller, ec2: Any
) -> None:
    server_id = add(real, "kept")
    first = drilled(real, server_id)
    caller.lacks = lambda asked: asked.resource.endswith(first)
    second = drilled(real, server_id)
    assert described(ec2, first)["State"]["Name"] == described(ec2, second)["State"]["Name"] == "running"
    (job, _) = real.client().describe_jobs()["items"]
    assert "CLEANUP_FAIL" in real.events_of(job["jobID"])


def test_every_right_is_asked_by_some_launch_or_termination() -> None:
    lists = (READING, SNAPSHOT, CONVERSION, LAUNCH, NEW_TEMPLATE, LAUNCH_INTO_INSTANCE, TERMINATION)
    assert names_of(EVERY_RIGHT) == names_of(right for rights in lists for right in rights)
