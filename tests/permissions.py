"""Compares what the policies allow with what a whole run of the suite has used of it.

That nothing is missing is shown by every test, because the local cloud enforces the policies. This finds what a policy
has for nothing. Functions with one policy, and the two roles of target accounts, count together by statement file.
"""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from scripts.chalice_config import APP_NAME, FUNCTIONS, IDENTITIES, ROOT
from scripts.chalice_names import REST_FUNCTION

Used = tuple[str, str]
"""The ARN of a caller, and an action that it was allowed."""

_TARGET_ROLES = {
    "read": ("drs-read",),
    "operate": ("drs-read", "drs-operate", "drs-templates", "drs-configure", "drs-tags", "drs-extend"),
}

_LOGS = "Lambda itself writes logs, in AWS"
_STREAM = "Lambda itself reads the stream, and sends what was lost to the queue, in AWS"
_KEY = "the evidence of stages that were deployed before ADR 91 is encrypted with a key of theirs"
_THROUGH_DRS = "DRS may need it in the caller's name while it launches; only launches in AWS can show that it does not"

UNUSED_HERE: Mapping[str, str] = {
    "logs:CreateLogGroup": _LOGS,
    "logs:CreateLogStream": _LOGS,
    "logs:PutLogEvents": _LOGS,
    "dynamodb:DescribeStream": _STREAM,
    "dynamodb:GetRecords": _STREAM,
    "dynamodb:GetShardIterator": _STREAM,
    "dynamodb:ListStreams": _STREAM,
    "sqs:SendMessage": _STREAM,
    "kms:Decrypt": _KEY,
    "sns:ListSubscriptionsByTopic": "SNS does not return the subscription of an address that has one; moto does",
    "ssm:GetAutomationExecution": "moto runs no automations; tests of these steps answer in the place of SSM",
    **dict.fromkeys(
        (
            "ec2:AssociateIamInstanceProfile",
            "ec2:CreateFleet",
            "ec2:CreateNetworkInterface",
            "ec2:CreateNetworkInterfacePermission",
            "ec2:DeleteNetworkInterface",
            "ec2:DescribeCapacityReservations",
            "ec2:DescribeHosts",
            "ec2:DescribeKeyPairs",
            "ec2:DescribeRegions",
            "ec2:DescribeTags",
            "ec2:DescribeVolumeAttribute",
            "ec2:DescribeVpcs",
            "ec2:GetConsoleOutput",
            "ec2:GetConsoleScreenshot",
            "ec2:GetEbsDefaultKmsKeyId",
            "ec2:GetEbsEncryptionByDefault",
            "ec2:GetInstanceTypesFromInstanceRequirements",
        ),
        _THROUGH_DRS,
    ),
}
"""Actions that the local cloud cannot use, and why they are allowed all the same."""


def unused(used: Iterable[Used]) -> list[str]:
    """``statement file: action`` of every action that no caller has used."""
    by_file: dict[str, set[str]] = {}
    for caller, action in used:
        for name in _files_of(caller):
            by_file.setdefault(name, set()).add(action)
    return [
        f"{file.stem}: {action}"
        for file in sorted((ROOT / ".chalice" / "statements").glob("*.json"))
        for action in sorted(_allowed_by(file) - by_file.get(file.stem, set()) - UNUSED_HERE.keys())
    ]


def used_all_the_same(used: Iterable[Used]) -> list[str]:
    """Actions that are said to be unused here and were used."""
    return sorted(UNUSED_HERE.keys() & {action for _, action in used})


def _files_of(caller: str) -> tuple[str, ...]:
    name = caller.rpartition("/")[2].removeprefix(f"{APP_NAME}-").removesuffix("-local")
    function = REST_FUNCTION if name == "api-handler" else name
    if function in FUNCTIONS:
        return IDENTITIES[FUNCTIONS[function]["identity"]]
    return _TARGET_ROLES.get(name, ())


def _allowed_by(file: Path) -> set[str]:
    statements = json.loads(file.read_text())
    return {action for statement in statements if statement["Effect"] == "Allow" for action in statement["Action"]}
