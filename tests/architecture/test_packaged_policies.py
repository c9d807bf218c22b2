"""The policy of each function as deployed: what it may do, what it may not, and that the query side cannot write."""

import importlib.util
import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.architecture.conftest import ROOT, PackagedApplication

# Function → the files of .chalice/statements that make up its policy.
_QUERY = ("own-account", "query-side", "drs-read")
_EXECUTION = ("own-account", "execution-handler", "drs-read", "drs-operate", "drs-templates")
_MANAGEMENT = (
    "own-account",
    "data-management-handler",
    "drs-read",
    "drs-templates",
    "drs-configure",
    "drs-tags",
    "drs-extend",
)
POLICIES = {
    "api_handler": (*_QUERY, "api-handler"),
    "query-handler": (*_QUERY, "query-handler"),
    "execution-handler": _EXECUTION,
    "data-management-handler": _MANAGEMENT,
    "inventory-sync": _MANAGEMENT,
    "recovery-instance-sync": _MANAGEMENT,
    "tag-sync": _MANAGEMENT,
    "staging-sync": _MANAGEMENT,
    "launch-settings-drift": _MANAGEMENT,
    "execution-watchdog": _EXECUTION,
    "drill-cleanup": _EXECUTION,
    "due-drills": _EXECUTION,
    "metrics": ("own-account", "metrics"),
    "evidence-writer": ("own-account", "evidence-writer"),
    "drs-events": ("own-account", "drs-events"),
}
QUERY_SIDE = ("api_handler", "query-handler")
FUNCTIONS = sorted(POLICIES)


def handwritten(*names: str) -> list[Any]:
    return [
        statement
        for name in names
        for statement in json.loads(
            (ROOT / f".chalice/statements/{name}.json").read_text().replace("<stage>", "qa"),
        )
    ]


def comparable(statements: list[Any]) -> set[str]:
    return {json.dumps(statement, sort_keys=True) for statement in statements}


def test_every_function_that_is_deployed_has_a_policy_here(packaged: PackagedApplication) -> None:
    assert set(packaged.functions()) == set(POLICIES)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_may_do_what_its_policy_file_says_and_nothing_else(
    packaged: PackagedApplication, function: str
) -> None:
    assert comparable(packaged.statements(function)) == comparable(handwritten(*POLICIES[function]))


# --- the query side cannot write ---


def writes(statements: list[dict[str, Any]]) -> set[tuple[str, str]]:
    """Returns (action, resource) of everything that changes something, except writing to the function's own log."""
    reads = ("Describe", "Get", "List", "Query", "BatchGet", "AssumeRole", "Decrypt")
    return {
        (action, resource)
        for statement in statements
        if statement["Effect"] == "Allow"
        for action in statement["Action"]
        for resource in statement["Resource"]
        if not action.startswith("logs:") and not action.partition(":")[2].startswith(reads)
    }


@pytest.mark.parametrize(
    "action", ["dynamodb:UpdateItem", "dynamodb:BatchWriteItem", "drs:StartRecovery", "states:StopExecution"]
)
def test_a_write_is_distinguished_from_a_read(action: str) -> None:
    statement = {"Effect": "Allow", "Action": ["dynamodb:GetItem", "drs:DescribeJobs", action], "Resource": ["*"]}
    assert writes([statement]) == {(action, "*")}


AUDIT_TABLE = "arn:*:dynamodb:*:*:table/aws-drs-orchestration-audit-logs-qa"


@pytest.mark.parametrize("function", ["query-handler", "metrics"])
def test_the_only_write_of_the_query_side_is_an_audit_entry(packaged: PackagedApplication, function: str) -> None:
    assert writes(packaged.statements(function)) == {("dynamodb:PutItem", AUDIT_TABLE)}


def test_the_metrics_are_published_from_four_tables_and_without_any_role(packaged: PackagedApplication) -> None:
    """Metrics are lines of the log, so they need no permission in CloudWatch either."""
    actions = {action for statement in allowed(packaged, "metrics") for action in statement["Action"]}
    assert {action for action in actions if not action.startswith("logs:")} == {
        "dynamodb:BatchGetItem",
        "dynamodb:PutItem",
        "dynamodb:Query",
    }


def test_events_of_drs_can_only_count_a_wake_and_end_a_wait(packaged: PackagedApplication) -> None:
    """Whatever an event says, its function can launch, end, approve and record nothing, and enters no account."""
    assert writes(packaged.statements("drs-events")) == {
        ("dynamodb:UpdateItem", "arn:*:dynamodb:*:*:table/aws-drs-orchestration-wave-runs-qa"),
        ("states:SendTaskSuccess", "*"),
    }
    [counts] = [entry for entry in packaged.statements("drs-events") if entry.get("Sid") == "CountWakes"]
    attributes = counts["Condition"]["ForAllValues:StringEquals"]["dynamodb:Attributes"]
    assert set(attributes) == {"execution_id", "wave_number", "status", "wakes"}


def test_the_rest_function_can_also_pass_commands_to_the_two_command_functions(packaged: PackagedApplication) -> None:
    prefix = "arn:*:lambda:*:*:function:aws-drs-orchestration"
    # The command functions accept a user's name only in calls through this alias, so no other function may invoke it.
    commands = {f"{prefix}-execution-handler-qa:rest", f"{prefix}-data-management-handler-qa:rest"}
    assert writes(packaged.statements("api_handler")) == {
        ("dynamodb:PutItem", AUDIT_TABLE),
        *(("lambda:InvokeFunction", command) for command in commands),
    }


@pytest.mark.parametrize("function", [name for name in FUNCTIONS if name != "api_handler"])
def test_no_other_function_can_act_for_a_signed_in_user(packaged: PackagedApplication, function: str) -> None:
    invoked = {
        resource for action, resource in writes(packaged.statements(function)) if action == "lambda:InvokeFunction"
    }
    # Functions that plans invoke as steps do not belong to the platform. Without an alias, a call speaks for nobody.
    itself = "arn:*:lambda:*:*:function:aws-drs-orchestration-data-management-handler-qa"
    assert invoked <= {"arn:*:lambda:*:*:function:dr-step-*-qa", itself}


@pytest.mark.parametrize("function", QUERY_SIDE)
def test_the_query_side_can_assume_only_the_read_role_in_other_accounts(
    packaged: PackagedApplication, function: str
) -> None:
    assumed = {
        resource
        for statement in packaged.statements(function)
        if "sts:AssumeRole" in statement["Action"]
        for resource in statement["Resource"]
    }
    assert assumed == {"arn:*:iam::*:role/aws-drs-orchestration-read-qa"}


# --- least privilege ---


def allowed(packaged: PackagedApplication, function: str) -> list[dict[str, Any]]:
    return [statement for statement in packaged.statements(function) if statement["Effect"] == "Allow"]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_no_function_reaches_a_table_topic_or_function_of_another_account(
    packaged: PackagedApplication, function: str
) -> None:
    """Accounts are wildcards in ARNs, and a resource policy elsewhere may let anyone in."""
    [denied] = [statement for statement in packaged.statements(function) if statement["Effect"] == "Deny"]
    assert denied["Resource"] == ["*"]
    assert denied["Condition"] == {"StringNotEqualsIfExists": {"aws:ResourceAccount": "${aws:PrincipalAccount}"}}
    services = {action.partition(":")[0] for action in denied["Action"]}
    assert {f"{service}:*" for service in services} == set(denied["Action"])
    reached = {
        action.partition(":")[0]
        for statement in allowed(packaged, function)
        for action in statement["Action"]
        for resource in statement["Resource"]
        if "aws-drs-orchestration" in resource or "dr-" in resource
    }
    assert reached - services <= {"sts", "logs", "ssm", "iam"}, "only roles, and steps in target accounts"


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_condition_on_all_values_demands_that_there_is_one(packaged: PackagedApplication, function: str) -> None:
    for statement in allowed(packaged, function):
        condition = statement.get("Condition", {})
        for operator, keys in condition.items():
            if operator.startswith("ForAllValues:"):
                guards = condition.get("Null", {})
                assert {key: guards.get(key) for key in keys} == dict.fromkeys(keys, "false"), statement["Sid"]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_events_are_put_only_under_the_name_of_the_product(packaged: PackagedApplication, function: str) -> None:
    for statement in allowed(packaged, function):
        if "events:PutEvents" in statement["Action"]:
            assert statement["Condition"] == {"StringEquals": {"events:source": "dr-orchestration"}}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_no_function_changes_or_deletes_a_version_of_a_plan_or_an_audit_entry(
    packaged: PackagedApplication, function: str
) -> None:
    kept = ("plan-versions", "audit-logs")
    changing = {"dynamodb:UpdateItem", "dynamodb:DeleteItem", "dynamodb:BatchWriteItem"}
    for statement in allowed(packaged, function):
        if any(table in resource for resource in statement["Resource"] for table in kept):
            assert not changing & set(statement["Action"]), statement["Sid"]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_no_function_reaches_another_stage_or_scans_a_table(packaged: PackagedApplication, function: str) -> None:
    for statement in allowed(packaged, function):
        for action in statement["Action"]:
            assert "*" not in action
            assert action != "dynamodb:Scan", "lists are index queries"
        for resource in statement["Resource"]:
            if any(
                service in resource for service in (":dynamodb:", ":lambda:", ":states:", ":logs:", ":s3:", ":sqs:")
            ):
                assert "-qa" in resource, resource


# --- the evidence ---

EVIDENCE = "arn:*:s3:::aws-drs-orchestration-evidence-qa-*"


@pytest.mark.parametrize("function", FUNCTIONS)
def test_no_function_may_overwrite_expire_or_remove_an_audit_entry_or_evidence(
    packaged: PackagedApplication, function: str
) -> None:
    """An entry is put under a condition, which S3 and the table check; nothing but putting is allowed at all."""
    written = writes(packaged.statements(function))
    on_the_audit_log = {action for action, resource in written if "audit-logs" in resource}
    assert on_the_audit_log <= {"dynamodb:PutItem"}
    in_the_bucket = {(action, resource) for action, resource in written if ":s3:" in resource}
    allowed = {("s3:PutObject", f"{EVIDENCE}/audit/*"), ("s3:PutObject", f"{EVIDENCE}/timeline/*")}
    assert in_the_bucket == (allowed if function == "evidence-writer" else set())


def test_the_evidence_writer_can_do_nothing_else(packaged: PackagedApplication) -> None:
    actions = {action for action, _ in writes(packaged.statements("evidence-writer"))}
    assert actions == {"s3:PutObject", "sqs:SendMessage", "dynamodb:UpdateItem"}
    (kept,) = (each for each in packaged.statements("evidence-writer") if "dynamodb:UpdateItem" in each["Action"])
    assert kept["Resource"] == ["arn:*:dynamodb:*:*:table/aws-drs-orchestration-figures-qa"]
    assert kept["Condition"]["ForAllValues:StringEquals"] == {
        "dynamodb:LeadingKeys": ["evidence-audit", "evidence-timeline"]
    }


@cache
def actions_by_service() -> dict[str, Any]:
    """What cfn-lint knows of IAM's actions. It is not imported for them, which takes a second."""
    found = importlib.util.find_spec("cfnlint")
    assert found is not None
    assert found.origin is not None
    services: dict[str, Any] = json.loads(
        (Path(found.origin).parent / "data/AdditionalSpecs/Policies.json").read_text()
    )
    return services


@pytest.mark.parametrize("function", FUNCTIONS)
def test_actions_exist_and_apply_to_all_resources_only_where_iam_offers_no_other(
    packaged: PackagedApplication, function: str
) -> None:
    services = actions_by_service()
    # The servers and instances are not known when a policy is written, so DRS and EC2 are limited by conditions.
    by_condition = ("drs:", "ec2:")
    for statement in allowed(packaged, function):
        for action in statement["Action"]:
            service, _, operation = action.partition(":")
            known = {name.lower(): facts for name, facts in services[service]["Actions"].items()}
            assert operation.lower() in known, f"{action} does not exist"
            if not known[operation.lower()].get("Resources"):
                assert statement["Resource"] == ["*"], f"{action} supports no resource, so this would never match"
            elif not action.startswith(by_condition):
                assert statement["Resource"] != ["*"], f"{action} can be limited to a resource"
