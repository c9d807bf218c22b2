"""Compares a deployed stage with what a deployment makes, and changes nothing.

scripts/verify.sh STAGE     exit code 1 when something differs
"""

import argparse
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence

from botocore.exceptions import BotoCoreError, ClientError

from app import app
from chalicelib.settings import read_settings
from scripts.chalice_config import FUNCTIONS, ROOT, policy
from scripts.chalice_names import name_of
from scripts.deployment import aliases, api_stage, record, roles, users
from scripts.deployment.stage import STAGES, Refused, Stage

Finding = tuple[bool, str]


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="scripts/verify.sh", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("stage", choices=STAGES)
    options = parser.parse_args(arguments)
    try:
        stage = Stage.of(options.stage)
        print(stage.where(), flush=True)
        findings = verify(stage)
    except (Refused, BotoCoreError, ClientError) as failure:
        print(failure, file=sys.stderr)
        return 2
    for right, line in findings:
        print(f"{'ok' if right else 'DIFFERS':<8} {line}")
    return 0 if all(right for right, _ in findings) else 1


def verify(stage: Stage) -> list[Finding]:
    """Every finding. A part that cannot be looked at is a difference, and the others are looked at all the same."""
    parts: Mapping[str, Callable[[Stage], Iterator[Finding]]] = {
        "stacks": _stacks,
        "users": _users,
        "functions": _functions,
        "aliases": _aliases,
        "rules": _rules,
        "state machine": _machine,
        "API": _api,
    }
    findings: list[Finding] = []
    for name, part in parts.items():
        try:
            for finding in part(stage):
                findings.append(finding)  # noqa: PERF402 — those before an error count
        except (Refused, ClientError) as error:
            findings.append((False, f"{name}: {error}"))
    return findings


def _stacks(stage: Stage) -> Iterator[Finding]:
    for name in (stage.data_stack, stage.application_stack):
        status = (stage.stack(name) or {}).get("StackStatus", "missing")
        yield status in ("CREATE_COMPLETE", "UPDATE_COMPLETE"), f"stack {name}: {status}"


def _users(stage: Stage) -> Iterator[Finding]:
    """Only of a pool that is not the stage's own; that one is the data stack's."""
    if stage.given_pool:
        pool, client = stage.outputs["UserPoolId"], stage.outputs["UserPoolClientId"]
        missing = users.problems(stage, pool, client)
        yield not missing, f"user pool {pool}: {' '.join(missing) or 'has what the platform needs'}"


def _functions(stage: Stage) -> Iterator[Finding]:
    """Every function, of one commit, with the policy of its source."""
    client, commits = stage.client("lambda"), {}
    for function, settings in FUNCTIONS.items():
        name = name_of(function, stage.name)
        try:
            found = client.get_function_configuration(FunctionName=name)
        except ClientError as error:
            if error.response["Error"]["Code"] != "ResourceNotFoundException":
                raise
            yield False, f"function {name}: missing"
            continue
        commits[name] = found["Environment"]["Variables"].get("COMMIT", "unknown")
        right = found["Timeout"] == settings["lambda_timeout"]
        yield right, f"function {name}: {found['Runtime']}, {found['Timeout']} s, {found['CodeSize']} bytes"
        yield _has_its_policy(stage, function)
    different = sorted(set(commits.values()))
    yield len(different) == 1, f"commit of the functions: {', '.join(different) or 'none'}"


def _has_its_policy(stage: Stage, function: str) -> Finding:
    name = name_of(function, stage.name)
    if stage.given_roles:
        found = roles.problems(stage, function)
        return not found, f"policy of {name}{''.join(f'. {each}' for each in found)}"
    try:
        document = stage.client("iam").get_role_policy(RoleName=name, PolicyName=name)["PolicyDocument"]
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchEntity":
            raise
        return False, f"policy of {name}: missing"
    return document == policy(ROOT, stage.name, FUNCTIONS[function]["identity"]), f"policy of {name}"


def _aliases(stage: Stage) -> Iterator[Finding]:
    for handler, wanted in aliases.ALIASES.items():
        try:
            listed = stage.client("lambda").list_aliases(FunctionName=name_of(handler, stage.name))["Aliases"]
        except ClientError as error:
            if error.response["Error"]["Code"] != "ResourceNotFoundException":
                raise
            listed = []
        versions = {alias["Name"]: alias["FunctionVersion"] for alias in listed}
        right = set(wanted) <= versions.keys() and len({versions[name] for name in wanted}) == 1
        shown = ", ".join(f"{name} → version {version}" for name, version in versions.items())
        yield right, f"aliases of {handler}: {shown or 'missing'}"


def _rules(stage: Stage) -> Iterator[Finding]:
    """Every function that the application schedules has a rule of its name, enabled, on time, with itself as target."""
    events = stage.client("events")
    wanted = {name_of(each.name, stage.name): getattr(each, "schedule_expression", None) for each in app.event_sources}
    pages = events.get_paginator("list_rules").paginate(NamePrefix="aws-drs-orchestration-")
    found = {rule["Name"]: rule for page in pages for rule in page["Rules"]}
    for name, schedule in wanted.items():
        if name not in found:
            yield False, f"rule {name}: missing"
            continue
        rule = found[name]
        targets = [target["Arn"].rpartition(":")[2] for target in events.list_targets_by_rule(Rule=name)["Targets"]]
        right = rule["State"] == "ENABLED" and targets == [name] and rule.get("ScheduleExpression") == schedule
        when = rule.get("ScheduleExpression") or "by event"
        yield right, f"rule {name}: {rule['State']}, {when}, target {', '.join(targets)}"


def _machine(stage: Stage) -> Iterator[Finding]:
    name = read_settings({"STAGE": stage.name}).state_machine_name
    arn = f"arn:aws:states:{stage.region}:{stage.caller['account']}:stateMachine:{name}"
    try:
        status = stage.client("stepfunctions").describe_state_machine(stateMachineArn=arn)["status"]
    except ClientError as error:
        status = error.response["Error"]["Code"]
    yield status == "ACTIVE", f"state machine {name}: {status}"


def _api(stage: Stage) -> Iterator[Finding]:
    api = record.rest_api_id(stage)
    yield api is not None, f"REST API {stage.rest_api_name}: {record.rest_url(stage, api) if api else 'missing'}"
    if api is not None:
        missing = api_stage.differences(stage, api)
        yield not missing, f"settings of the API's stage: {', '.join(missing) or 'throttling, access logs'}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
