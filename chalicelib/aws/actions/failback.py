"""Acting on DRS for a failback. Only a throttled call is sent again: DRS has certainly not acted on that one."""

import time
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from botocore.exceptions import BotoCoreError, ClientError, ConnectTimeoutError, EndpointConnectionError

from ...domain.accounts import Place, TargetAccount
from ...domain.errors import DomainError
from ..failures import THROTTLING_CODES
from ..sessions import Access, client

_PAUSES_SECONDS = (0.5, 1.0, 2.0, 4.0)
_ONE_BAD_CODES = {"ConflictException", "ResourceNotFoundException", "ValidationException"}


class Acted(msgspec.Struct, frozen=True):
    """What became of a call. ``told`` is the job or ARN it answered.

    With ``error`` nothing has happened, unless ``unknown``. ``divisible``: one of several servers may be the cause.
    """

    told: str = ""
    error: str = ""
    unknown: bool = False
    divisible: bool = False


def reverse_replication(account: TargetAccount, region: str, instance_id: str) -> Acted:
    """Starts replication of an instance home; answers the ARN of the server there. Never raises for what AWS does."""
    return _act(
        account,
        region,
        lambda drs: drs.reverse_replication(recoveryInstanceID=instance_id).get("reversedDirectionSourceServerArn", ""),
    )


def stop_failback(account: TargetAccount, region: str, instance_id: str) -> Acted:
    """Ends the replication home. Never raises for what AWS does."""

    def stop(drs: Any) -> str:
        drs.stop_failback(recoveryInstanceID=instance_id)
        return ""

    return _act(account, region, stop)


def start_failback_launch(account: TargetAccount, region: str, instance_ids: Sequence[str]) -> Acted:
    """Launches machines with a failback client, in one job; answers its id. Never raises for what AWS does."""
    ids = list(instance_ids)
    return _act(account, region, lambda drs: drs.start_failback_launch(recoveryInstanceIDs=ids)["job"]["jobID"])


def start_reversed_launch(account: TargetAccount, region: str, server_ids: Sequence[str]) -> Acted:
    """Launches reversed source servers at the origin, in one job; answers its id. Never raises for what AWS does."""
    wanted = [{"sourceServerID": server_id} for server_id in server_ids]
    return _act(account, region, lambda drs: drs.start_recovery(sourceServers=wanted, isDrill=False)["job"]["jobID"])


def _act(account: TargetAccount, region: str, call: Callable[[Any], str]) -> Acted:
    place = Place(account.account_id, region)
    try:
        drs = client("drs", place, account, Access.OPERATE)
    except DomainError as error:
        return Acted(error=error.message)
    for pause in _PAUSES_SECONDS:
        done = _try(place, drs, call)
        if done is not None:
            return done
        time.sleep(pause)
    return _try(place, drs, call) or Acted(error=f"AWS throttles the calls in {place}.")


def _try(place: Place, drs: Any, call: Callable[[Any], str]) -> Acted | None:
    """None when the call was throttled."""
    try:
        return Acted(told=call(drs))
    except ClientError as error:
        told = error.response.get("Error", {})
        code = str(told.get("Code", ""))
        if code in THROTTLING_CODES:
            return None
        status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 500))
        message = f"DRS answers {code}: {told.get('Message', '')}"
        return Acted(error=message, unknown=status >= 500, divisible=code in _ONE_BAD_CODES)
    except (ConnectTimeoutError, EndpointConnectionError) as error:
        return Acted(error=f"DRS in {place} cannot be reached ({type(error).__name__}).")
    except BotoCoreError as error:
        return Acted(error=f"The answer of DRS in {place} was lost ({type(error).__name__}).", unknown=True)
