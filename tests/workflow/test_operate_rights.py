"""A right that DRS lacks in EC2 reaches the operator: as the server's error, in the timeline, and nowhere else."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from local.cloud import LocalCloud
from tests.workflow.afterwards import EXECUTION, instances_of, terminated
from tests.workflow.drills import EAST, WEST, Drills


@contextmanager
def operate_role_without(cloud: LocalCloud, account: str, sid: str, action: str) -> Iterator[None]:
    """Within: the statement of the account's operate role does not grant this action."""
    (target,) = [known for known in cloud.world.accounts if known.account_id == account]
    role = cloud.identities.role(target.operate_role_arn)
    cloud.identities.add_role(replace(role, policies=[_without(document, sid, action) for document in role.policies]))
    try:
        yield
    finally:
        cloud.identities.add_role(role)


def _without(document: Any, sid: str, action: str) -> Any:
    statements = [
        {**statement, "Action": [name for name in statement["Action"] if name != action]}
        if statement["Sid"] == sid
        else statement
        for statement in document["Statement"]
    ]
    assert statements != document["Statement"], f"{sid} does not grant {action}."
    return {**document, "Statement": statements}


def test_a_right_missing_in_one_account_fails_its_servers_with_the_action_and_no_others(drills: Drills) -> None:
    east, west = drills.servers(2), drills.servers(1, account=WEST)
    with operate_role_without(drills.cloud, EAST, "DeleteStagedVolumes", "ec2:DeleteVolume"):
        run = drills.run(drills.plan({"servers": east + west}))
    assert run.status == "PARTIAL"
    assert run.server(west[0])["status"] == "LAUNCHED"
    for server in east:
        found = run.server(server)
        assert (found["status"], len(run.launches_of(server))) == ("FAILED", 1)
        assert "LAUNCH_FAILED" in found["error"]
        assert "UnauthorizedOperation" in found["error"]
        assert "aws-drs-orchestration-operate-local is not authorized to perform: ec2:DeleteVolume" in found["error"]
        assert any(found["error"] in event["message"] for event in run.events), [e["message"] for e in run.events]


def test_a_termination_without_the_right_says_so_and_the_instance_lives(drills: Drills) -> None:
    (server,) = drills.servers()
    run = drills.run(drills.plan({"servers": [server]}))
    with operate_role_without(drills.cloud, EAST, "ChangeOnlyWhatDrsManages", "ec2:TerminateInstances"):
        drills.ask(EXECUTION, "terminate_recovery_instances", executionId=run.execution_id)
        status = terminated(drills, run.execution_id)
    assert status["state"] == "INCOMPLETE"
    assert len(instances_of(drills, server)) == 1
    (failure,) = status["failures"]
    assert "UnauthorizedOperation" in failure["reason"]
    assert "is not authorized to perform: ec2:TerminateInstances" in failure["reason"]
