"""A data stack is deleted, and made again with what it has left."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from local import templates
from scripts.deployment import application, retained
from scripts.deployment.stage import Refused, Stage
from tests.deployment.stored_world import KEPT, make_the_rest


@pytest.fixture(scope="module")
def stage(aws: str) -> Iterator[Stage]:
    """prod, whose data stack was deployed, and whose retained resources are in the stand-in.

    Its data stack is deleted in the end, because other tests of the stand-in need a stage that does not exist.
    """
    stage = Stage.of("prod")
    application.deploy_data(stage, take_over=True)
    make_the_rest(stage)
    yield stage
    stage.client("cloudformation").delete_stack(StackName=stage.data_stack)


def test_every_retained_resource_is_found_by_what_identifies_it(stage: Stage) -> None:
    left = retained.left_behind(stage, stage.data_stack, application.DATA_TEMPLATE)
    assert {each.logical for each in left} == KEPT
    by_name = {each.logical: each.identifier for each in left}
    tables = stage.client("dynamodb").describe_table(TableName="aws-drs-orchestration-settings-prod")["Table"]
    assert tables["SSEDescription"]["KMSMasterKeyArn"].endswith(by_name["SecretsKey"])
    assert by_name["Users"] == stage.outputs["UserPoolId"]
    assert by_name["Artifacts"] == stage.bucket


@pytest.mark.parametrize("kind", sorted(retained.TYPES))
def test_a_resource_is_identified_as_cloudformation_demands(kind: str) -> None:
    from cfnlint.schema import PROVIDER_SCHEMA_MANAGER  # noqa: PLC0415 — a second, for every worker that collects

    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", kind).schema
    assert schema["primaryIdentifier"] == [f"/properties/{name}" for name in retained.TYPES[kind][0].split("|")]


@pytest.mark.parametrize("template", [application.DATA_TEMPLATE, application.TEMPLATE], ids=lambda path: path.stem)
def test_every_type_that_is_retained_can_be_found(template: Path) -> None:
    declared = templates.read(template)["Resources"]
    kinds = {entry["Type"] for entry in declared.values() if entry.get("DeletionPolicy") == "RetainExceptOnCreate"}
    assert kinds <= retained.TYPES.keys()


def test_a_stack_that_was_deleted_is_made_again_with_what_it_has_left(stage: Stage) -> None:
    pool = stage.outputs["UserPoolId"]
    stage.client("cloudformation").delete_stack(StackName=stage.data_stack)
    with pytest.raises(Refused, match=rf"and {len(KEPT)} resources .* `scripts/deploy.sh prod --import-retained`"):
        application.deploy_data(Stage.of("prod"))
    again = Stage.of("prod")
    lines = application.deploy_data(again, take_over=True)
    assert lines == [
        f"{stage.data_stack}: {len(KEPT)} resources of an earlier stack were imported",
        f"{stage.data_stack}: UPDATE_COMPLETE",
    ]
    assert again.outputs["UserPoolId"] == pool
    assert application.deploy_data(again, take_over=True)[0] == f"{stage.data_stack}: exists, nothing to import"


def test_what_could_be_two_resources_is_never_chosen_between(stage: Stage) -> None:
    cognito = stage.client("cognito-idp")
    second = cognito.create_user_pool(PoolName="aws-drs-orchestration-prod")["UserPool"]["Id"]
    with pytest.raises(Refused, match=f"There are 2 resources named aws-drs-orchestration-prod .*{second}"):
        retained.left_behind(stage, stage.data_stack, application.DATA_TEMPLATE)
    cognito.delete_user_pool(UserPoolId=second)


def test_the_application_stack_is_made_again_with_its_log_groups_and_its_queue(stage: Stage) -> None:
    """They are all that it leaves; the rest of the parameters is given when it is completed."""
    logs, queue = stage.client("logs"), "aws-drs-orchestration-evidence-lost-prod"
    logs.create_log_group(logGroupName="/aws/vendedlogs/states/dr-orchestration-prod")
    url = stage.client("sqs").create_queue(QueueName=queue)["QueueUrl"]
    left = retained.left_behind(stage, stage.application_stack, application.TEMPLATE)
    assert {each.logical: each.identifier for each in left} == {
        "EvidenceLost": url,
        "WorkflowLogGroup": "/aws/vendedlogs/states/dr-orchestration-prod",
    }
    parameters = {"Stage": "prod", "RestApiId": "a1"}
    line = retained.import_retained(stage, stage.application_stack, application.TEMPLATE, parameters)
    assert line.endswith(": 2 resources of an earlier stack were imported")
