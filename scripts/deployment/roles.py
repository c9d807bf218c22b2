"""Roles of the functions that another team makes: whether they are what the functions need."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from botocore.exceptions import ClientError

from scripts.chalice_config import FUNCTIONS, ROOT, policy
from scripts.chalice_names import name_of
from scripts.deployment.retained import MISSING
from scripts.deployment.stage import Refused, Stage

UNREADABLE = "AccessDenied"


def arn(stage: Stage, function: str) -> str:
    """The role of a function, which has the function's name and no path."""
    return f"arn:aws:iam::{stage.caller['account']}:role/{name_of(function, stage.name)}"


def refuse_unfit(stage: Stage) -> list[str]:
    """What could not be checked, a line each. Raises Refused with everything that is wrong with the roles."""
    found, unchecked = [], []
    for function in FUNCTIONS:
        try:
            found += [f"- {name_of(function, stage.name)}: {each}" for each in problems(stage, function)]
        except ClientError as error:
            if UNREADABLE not in error.response["Error"]["Code"]:
                raise
            unchecked.append(f"The role of {function} was not checked: {error.response['Error']['Message']}")
    if found:
        raise Refused(
            "\n".join(
                [
                    f"The roles of {stage.name}, which another team makes, are not those of this version.",
                    *found,
                    f"The policies are in .chalice/policies/{stage.name}.",
                ]
            )
        )
    return unchecked or ["Every role has the statements of its packaged policy, and no others."]


def problems(stage: Stage, function: str) -> list[str]:
    """What is wrong with a role, a sentence each. Raises ClientError when it may not be read."""
    iam, name = stage.client("iam"), name_of(function, stage.name)
    try:
        role = iam.get_role(RoleName=name)["Role"]
    except ClientError as error:
        if any(text in error.response["Error"]["Code"] for text in MISSING):
            return ["there is no role of this name."]
        raise
    wanted = _by_content(policy(ROOT, stage.name, FUNCTIONS[function]["identity"])["Statement"])
    there = _by_content(_statements(iam, name))
    return [*_of_trust(role), *_of_statements(wanted, there)]


def _of_trust(role: Mapping[str, Any]) -> Iterator[str]:
    statements = _list(role["AssumeRolePolicyDocument"].get("Statement", []))
    services = [service for each in statements for service in _list(_principal(each).get("Service", []))]
    if "lambda.amazonaws.com" not in services:
        yield "Lambda may not assume it."


def _principal(statement: Mapping[str, Any]) -> Mapping[str, Any]:
    found = statement.get("Principal", {})
    return found if isinstance(found, dict) else {}


def _of_statements(wanted: Mapping[str, str], there: Mapping[str, str]) -> Iterator[str]:
    if missing := sorted(sid for content, sid in wanted.items() if content not in there):
        yield f"these statements are missing or differ: {', '.join(missing)}."
    if more := sorted(sid for content, sid in there.items() if content not in wanted):
        yield f"these statements are not in the packaged policy: {', '.join(more)}."


def _statements(iam: Any, name: str) -> Iterator[Mapping[str, Any]]:
    """The statements of all policies of a role, inline and attached."""
    for page in iam.get_paginator("list_role_policies").paginate(RoleName=name):
        for each in page["PolicyNames"]:
            yield from _list(iam.get_role_policy(RoleName=name, PolicyName=each)["PolicyDocument"]["Statement"])
    for page in iam.get_paginator("list_attached_role_policies").paginate(RoleName=name):
        for each in page["AttachedPolicies"]:
            version = iam.get_policy(PolicyArn=each["PolicyArn"])["Policy"]["DefaultVersionId"]
            found = iam.get_policy_version(PolicyArn=each["PolicyArn"], VersionId=version)["PolicyVersion"]
            yield from _list(found["Document"]["Statement"])


def _by_content(statements: Sequence[Mapping[str, Any]] | Iterator[Mapping[str, Any]]) -> dict[str, str]:
    """What a statement says, whatever the order in it → its name."""
    found = {}
    for statement in statements:
        said = {key: value for key, value in statement.items() if key != "Sid"}
        for key in said.keys() & {"Action", "Resource"}:
            said[key] = sorted(_list(said[key]))
        found[json.dumps(said, sort_keys=True)] = str(statement.get("Sid", "one without a name"))
    return found


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
