"""Acting through Systems Manager: starting automations and sending commands, by a target account's operate role.

Each request is sent once; one that AWS certainly refused for its rate is sent again a few times.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
from botocore.exceptions import BotoCoreError, ClientError, ConnectTimeoutError, EndpointConnectionError

from ...domain.accounts import Place, TargetAccount
from ...domain.errors import DomainError
from ..failures import THROTTLING_CODES
from ..sessions import Access, client

INSTANCES_PER_COMMAND = 50
_TRIES = 4


class Started(msgspec.Struct, frozen=True):
    """``external_id`` when AWS has taken the request; ``certain`` is False when nobody knows whether it has."""

    external_id: str = ""
    reason: str = ""
    certain: bool = True


def start_automation(
    account: TargetAccount, region: str, *, document: str, parameters: Mapping[str, Sequence[str]], token: str
) -> Started:
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
) -> Started:
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


def _ask_once(account: TargetAccount, region: str, ask: Callable[[Any], str]) -> Started:
    place = Place(account.account_id, region)
    try:
        ssm = client("ssm", place, account, Access.OPERATE)
    except DomainError as error:
        return Started(reason=error.message)
    for attempt in range(_TRIES):
        try:
            return Started(ask(ssm))
        except ClientError as error:
            code = str(error.response.get("Error", {}).get("Code", ""))
            if code in THROTTLING_CODES and attempt < _TRIES - 1:
                time.sleep(2**attempt)
                continue
            status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 500))
            return Started(reason=f"Systems Manager in {place} answered: {error}", certain=status < 500)
        except (ConnectTimeoutError, EndpointConnectionError) as error:
            return Started(reason=f"Systems Manager in {place} cannot be reached: {error}")
        except BotoCoreError as error:
            return Started(reason=f"The answer of Systems Manager was lost ({type(error).__name__})", certain=False)
    return Started(reason=f"Systems Manager in {place} throttles")
