"""Starts automations and sends commands with Systems Manager, by a target account's operate role.

Each request is sent once. Only a throttled request is sent again, because AWS has certainly not acted on it.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ....domain.attempts import Attempt
from ....domain.estate.accounts import Place, TargetAccount
from ...asking import attempt
from ...sessions import Access, client

INSTANCES_PER_COMMAND = 50
_PAUSES_SECONDS = (1.0, 2.0, 4.0)


def start_automation(
    account: TargetAccount, region: str, *, document: str, parameters: Mapping[str, Sequence[str]], token: str
) -> Attempt[str]:
    """Starts an automation. A repeated ``token`` (a UUID) returns the automation that was started with it."""

    def send(ssm: Any) -> str:
        # Systems Manager refuses an empty map of parameters.
        given = {"Parameters": {name: list(values) for name, values in parameters.items()}} if parameters else {}
        answer = ssm.start_automation_execution(DocumentName=document, ClientToken=token, **given)
        return str(answer["AutomationExecutionId"])

    return _act(account, region, send)


def send_command(
    account: TargetAccount,
    region: str,
    *,
    instance_ids: Sequence[str],
    document: str,
    parameters: Mapping[str, Sequence[str]],
    comment: str,
    timeout_seconds: int,
) -> Attempt[str]:
    """Sends a command to at most 50 instances. There is no token for it, so a repeated request runs again."""

    def send(ssm: Any) -> str:
        answer = ssm.send_command(
            InstanceIds=list(instance_ids),
            DocumentName=document,
            Parameters={name: list(values) for name, values in parameters.items()},
            Comment=comment[:100],
            TimeoutSeconds=max(30, timeout_seconds),
        )
        return str(answer["Command"]["CommandId"])

    return _act(account, region, send)


def _act(account: TargetAccount, region: str, send: Callable[[Any], str]) -> Attempt[str]:
    place = Place(account.account_id, region)
    return attempt(
        "Systems Manager",
        place,
        lambda: send(client("ssm", place, account, Access.OPERATE)),
        pauses_seconds=_PAUSES_SECONDS,
    )
