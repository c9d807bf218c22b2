"""Calls AWS and translates its errors; the only module that catches the SDK's exceptions.

Calls that may be repeated run within ``translated``, which raises errors of the domain. Calls that change something
run as an ``attempt``.
"""

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError

from ..domain.attempts import Attempt, RefusalKind
from ..domain.errors import DomainError, OutcomeUnknown
from ..domain.estate.accounts import Place
from .failures import THROTTLING_CODES, answer_was_lost, cloud_error_of, code_of, message_of, retry_after_of

T = TypeVar("T")

_KINDS = {
    "ConflictException": RefusalKind.CONFLICT,
    "ServiceQuotaExceededException": RefusalKind.QUOTA,
    "AutomationExecutionLimitExceededException": RefusalKind.QUOTA,
    "InvalidInstanceId": RefusalKind.NOT_READY,
    "ValidationException": RefusalKind.INVALID,
    "ResourceNotFoundException": RefusalKind.INVALID,
}


class Expected(Exception):
    """AWS answered with one of the codes that the caller expects; the caller suppresses it."""


@contextmanager
def translated(
    place: Place | None = None,
    *,
    expected: Collection[str] = (),
    lost: Callable[[str], OutcomeUnknown] | None = None,
) -> Iterator[None]:
    """Turns errors of AWS in its body into CloudError or Unavailable, which name ``place``.

    A code in ``expected`` raises Expected. With ``lost``, a lost answer raises the error that ``lost`` makes of its
    cause.
    """
    try:
        yield
    except (ClientError, BotoCoreError) as error:
        if code_of(error) in expected:
            raise Expected from error
        if lost and answer_was_lost(error):
            raise lost(type(error).__name__) from error
        account_id, region = (place.account_id, place.region) if place else ("", "")
        raise cloud_error_of(error, account_id=account_id, region=region) or error from error


def attempt(
    service: str, where: Place | str, call: Callable[[], T], *, pauses_seconds: Sequence[float] = ()
) -> Attempt[T]:
    """Calls AWS once and returns the outcome: done, refused, or unknown. Never raises an error of AWS.

    With ``pauses_seconds``, a throttled call is repeated after each pause, because AWS has certainly not acted on it.
    A pause is longer when AWS names a longer one. A role that cannot be assumed is UNREACHABLE.
    """
    for pause in pauses_seconds:
        made = _attempt_once(service, where, call)
        if made.refusal is not RefusalKind.THROTTLED:
            return made
        time.sleep(max(pause, made.retry_after_seconds))
    return _attempt_once(service, where, call)


def _attempt_once(service: str, where: Place | str, call: Callable[[], T]) -> Attempt[T]:
    try:
        return Attempt.done(call())
    except DomainError as error:
        return Attempt.refused(RefusalKind.UNREACHABLE, error.message)
    except ClientError as error:
        answer = f"{code_of(error)}: {message_of(error)}"
        if answer_was_lost(error):
            return Attempt.unknown(f"{service} failed with {answer.removesuffix('.')}.")
        return Attempt.refused(_kind_of(code_of(error)), answer, retry_after_seconds=retry_after_of(error))
    except ParamValidationError as error:
        # The SDK refused the parameters, so nothing was sent.
        return Attempt.refused(RefusalKind.INVALID, str(error))
    except BotoCoreError as error:
        cause = type(error).__name__
        if answer_was_lost(error):
            return Attempt.unknown(f"The answer of {service} in {where} was lost ({cause}).")
        return Attempt.refused(RefusalKind.UNREACHABLE, f"{service} in {where} cannot be reached ({cause})")


def _kind_of(code: str) -> RefusalKind:
    return RefusalKind.THROTTLED if code in THROTTLING_CODES else _KINDS.get(code, RefusalKind.DENIED)
