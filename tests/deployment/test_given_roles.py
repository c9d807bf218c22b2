"""A stage whose roles another team makes: a deployment checks them, and writes neither roles nor policies."""

import json
import urllib.request
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from scripts.chalice_config import FUNCTIONS, ROOT, policy
from scripts.chalice_names import name_of
from scripts.deployment import application, deploy, record, roles, tear_down
from scripts.deployment.stage import Refused, Stage
from tests.deployment.conftest import pointing_at, running_stand_in

TRUST = {
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"},
    ]
}
CHANGES = ("CreateRole", "PutRolePolicy", "DeleteRole", "DeleteRolePolicy", "UpdateAssumeRolePolicy")


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with running_stand_in() as address, pointing_at(address):
        yield address


def test_a_deployment_uses_the_roles_and_changes_none_of_them(endpoint: str, capfd: pytest.CaptureFixture[str]) -> None:
    stage = Stage.of("qa")
    application.deploy_data(stage, {"Roles": "GIVEN"})
    with pytest.raises(Refused, match="- aws-drs-orchestration-query-handler-qa: there is no role of this name"):
        deploy.run(stage, ("functions",))
    for function in FUNCTIONS:
        make_role(stage, function)
    before = changes_of_roles(endpoint)
    assert deploy.run(Stage.of("qa"), ("functions",)) == 0
    assert "Every role has the statements of its packaged policy" in capfd.readouterr().out
    assert changes_of_roles(endpoint) == before
    found = stage.client("lambda").list_functions()["Functions"]
    assert {each["Role"] for each in found} == {roles.arn(stage, function) for function in FUNCTIONS}
    assert not any(entry["resource_type"] == "iam_role" for entry in record.stored(stage)["resources"])
    tear_down.main(["qa", "--list"])
    assert "role       " not in capfd.readouterr().out


def test_roles_of_an_earlier_deployment_are_not_chalices_any_more(endpoint: str) -> None:
    application.deploy_data(Stage.of("dev"), {"Roles": "GIVEN"})
    stage = Stage.of("dev")
    former = {"name": "query-handler_role", "resource_type": "iam_role", "role_name": name_of("query-handler", "dev")}
    record.write_record(stage, {**record.EMPTY, "resources": [former]})
    assert record.read_record(stage)["resources"] == [], "Chalice would delete what it does not deploy any more"


def make_role(stage: Stage, function: str) -> None:
    """The statements stand in two policies, one of them attached, in another order and under other names."""
    iam, name = stage.client("iam"), name_of(function, stage.name)
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST))
    statements = reordered(policy(ROOT, stage.name, FUNCTIONS[function]["identity"])["Statement"])
    iam.put_role_policy(RoleName=name, PolicyName="ours", PolicyDocument=document(statements[:1]))
    made = iam.create_policy(PolicyName=f"{name}-more", PolicyDocument=document(statements[1:]))
    iam.attach_role_policy(RoleName=name, PolicyArn=made["Policy"]["Arn"])


def reordered(statements: list[dict[str, Any]]) -> list[dict[str, Any]]:
    as_lists = [{**each, "Action": [*each["Action"]][::-1]} for each in statements]
    return [{key: value for key, value in each.items() if key != "Sid"} for each in reversed(as_lists)]


def document(statements: list[dict[str, Any]]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def changes_of_roles(endpoint: str) -> list[str]:
    with urllib.request.urlopen(f"{endpoint}/_calls") as answer:
        return [call for call in json.load(answer) if call in CHANGES]


@pytest.mark.parametrize(
    ("statements", "trust", "problem"),
    [
        (lambda own: own, TRUST, ""),
        (lambda own: own[1:], TRUST, "missing or differ: "),
        (
            lambda own: [*own, {"Sid": "Write", "Effect": "Allow", "Action": "dynamodb:*", "Resource": "*"}],
            TRUST,
            "not in the packaged policy: Write.",
        ),
        (lambda own: own, {"Statement": {"Effect": "Allow", "Principal": "*"}}, "Lambda may not assume it."),
    ],
)
def test_what_a_role_lacks_or_has_too_much_is_said(endpoint: str, statements: Any, trust: Any, problem: str) -> None:
    stage, name = Stage.of("prod"), name_of("query-handler", "prod")
    iam = stage.client("iam")
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))
    content = document(statements(policy(ROOT, "prod", "query-handler")["Statement"]))
    iam.put_role_policy(RoleName=name, PolicyName="ours", PolicyDocument=content)
    found = roles.problems(stage, "query-handler")
    iam.delete_role_policy(RoleName=name, PolicyName="ours")
    iam.delete_role(RoleName=name)
    assert len(found) == bool(problem)
    assert problem in "".join(found)


def test_a_role_that_may_not_be_read_is_not_checked_and_that_is_said() -> None:
    error = ClientError({"Error": {"Code": "AccessDenied", "Message": "not authorized"}}, "GetRole")

    def refused(**_: Any) -> None:
        raise error

    stage: Any = SimpleNamespace(name="qa", client=lambda _: SimpleNamespace(get_role=refused))
    lines = roles.refuse_unfit(stage)
    assert len(lines) == len(FUNCTIONS)
    assert "The role of query-handler was not checked: not authorized" in lines
