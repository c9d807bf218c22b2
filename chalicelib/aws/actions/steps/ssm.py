"""Acting through Systems Manager: starting automations and sending commands, by a target account's operate role.

Each request is sent once; one that AWS certainly refused for its rate is sent again a few times.
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
    """Starts an automation; the same ``token`` (a UUID) again answers with the one it started."""

    def ask(ssm: Any) -> str:
        given = {name: list(values) for name, values in parameters.items()}
        answer = ssm.start_automation_execution(DocumentName=document, Parameters=given, ClientToken=token)
        return str(answer["AutomationExecutionId"])

    return _ask_once(account, region, ask)


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
    """Sends a command to at most 50 instances. AWS knows no token for it: a request sent again runs again."""

    def ask(ssm: Any) -> str:
        answer = ssm.send_command(
            InstanceIds=list(instance_ids),
            DocumentName=document,
            Parameters={name: list(values) for name, values in parameters.items()},
            Comment=comment[:100],
            TimeoutSeconds=max(30, timeout_seconds),
        )
        return str(answer["Command"]["CommandId"])

    return _ask_once(account, region, ask)


def _ask_once(account: TargetAccount, region: str, ask: Callable[[Any], str]) -> Attempt[str]:
    place = Place(account.account_id, region)
    return attempt(
        "Systems Manager",
        place,
        lambda: ask(client("ssm", place, account, Access.OPERATE)),
        pauses_seconds=_PAUSES_SECONDS,
    )
