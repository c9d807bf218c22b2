"""Times of schedules and verdicts of policies, without a cloud."""

from datetime import UTC, datetime
from typing import Any

import pytest

from local.aws_calls import RequiredPermission
from local.policies import Policies, trusts
from local.scheduler import next_time

NOON = datetime(2026, 3, 4, 12, 0, 30, tzinfo=UTC)  # a Wednesday


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("rate(5 minutes)", datetime(2026, 3, 4, 12, 5, 30, tzinfo=UTC)),
        ("rate(1 hour)", datetime(2026, 3, 4, 13, 0, 30, tzinfo=UTC)),
        ("rate(1 day)", datetime(2026, 3, 5, 12, 0, 30, tzinfo=UTC)),
        ("cron(0/15 * * * ? *)", datetime(2026, 3, 4, 12, 15, tzinfo=UTC)),
        ("cron(0 8 ? * MON-FRI *)", datetime(2026, 3, 5, 8, 0, tzinfo=UTC)),
        ("cron(30 6 1 JAN,JUL ? *)", datetime(2026, 7, 1, 6, 30, tzinfo=UTC)),
        ("cron(0 0 ? * 1 *)", datetime(2026, 3, 8, 0, 0, tzinfo=UTC)),
    ],
)
def test_the_next_time_of_a_schedule(expression: str, expected: datetime) -> None:
    assert next_time(expression, after=NOON) == expected


@pytest.mark.parametrize("expression", ["every day", "cron(* * *)", "cron(99 * * * ? *)", "cron(0 0 31 FEB ? *)"])
def test_an_expression_that_is_invalid_or_never_due_is_refused(expression: str) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        next_time(expression, after=NOON)


def _needed(action: str = "dynamodb:PutItem", resource: str | None = "arn:x:table/a", **context: str) -> Any:
    found = {name.replace("_", ":"): (value,) for name, value in context.items()}
    return RequiredPermission(action=action, resource=resource, context=found)


def _policy(**statement: Any) -> list[dict[str, Any]]:
    return [{"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*", **statement}]}]


@pytest.mark.parametrize(
    ("statement", "allowed"),
    [
        ({}, True),
        ({"Action": "dynamodb:Put*"}, True),
        ({"Action": "DynamoDB:putitem"}, True),
        ({"Action": ["dynamodb:GetItem"]}, False),
        ({"Resource": "arn:x:table/?"}, True),
        ({"Resource": "arn:x:table/b"}, False),
        ({"Resource": "arn:X:table/a"}, False),
        ({"NotAction": "iam:*"}, True),
        ({"NotResource": "arn:x:table/a"}, False),
        ({"Effect": "Deny"}, False),
        ({"Condition": {"StringEquals": {"aws:Region": "there"}}}, False),
        ({"Condition": {"StringEqualsIfExists": {"aws:Region": "there"}}}, True),
        ({"Condition": {"Null": {"aws:Region": "true"}}}, True),
        ({"Condition": {"DateGreaterThan": {"aws:CurrentTime": "2020-01-01"}}}, False),
    ],
)
def test_one_statement_decides(statement: dict[str, Any], allowed: bool) -> None:
    assert Policies(_policy(**statement)).judge(_needed()).allowed is allowed


def test_a_denial_wins_over_every_permission() -> None:
    documents = [*_policy(), *_policy(Effect="Deny", Action="dynamodb:PutItem", Sid="Never")]
    verdict = Policies(documents).judge(_needed())
    assert not verdict.allowed
    assert "Never" in verdict.reason


def test_without_statements_nothing_is_allowed() -> None:
    assert not Policies([]).judge(_needed()).allowed


def test_a_call_whose_resource_is_not_known_is_judged_by_its_action() -> None:
    policies = Policies(_policy(Action="ec2:Describe*", Resource="arn:y"))
    assert policies.judge(_needed("ec2:DescribeVpcs", None)).allowed


@pytest.mark.parametrize(
    ("account", "external_id", "allowed"),
    [
        ("111122223333", "s3cret", True),
        ("111122223333", "other", False),
        ("111122223333", None, False),
        ("4", "s3cret", False),
    ],
)
def test_a_trust_policy_requires_the_right_caller_and_the_right_secret(
    account: str, external_id: str | None, allowed: bool
) -> None:
    document = {
        "Statement": {
            "Effect": "Allow",
            "Action": "sts:AssumeRole",
            "Principal": {"AWS": "arn:aws:iam::111122223333:root"},
            "Condition": {"StringEquals": {"sts:ExternalId": "s3cret"}},
        }
    }
    verdict = trusts(
        document, caller_arn=f"arn:aws:iam::{account}:role/x", caller_account=account, external_id=external_id
    )
    assert verdict.allowed is allowed
