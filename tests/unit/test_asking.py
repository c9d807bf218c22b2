"""What errors of AWS mean: certainly not done and why, or perhaps done; a read raises domain errors."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    ParamValidationError,
    ReadTimeoutError,
    SSLError,
)

from chalicelib.aws.asking import Expected, attempt, translated
from chalicelib.domain.attempts import Attempt, RefusalKind
from chalicelib.domain.errors import CloudError, DomainError, OutcomeUnknown, Unavailable
from chalicelib.domain.estate.accounts import Place

HERE = Place("111122223333", "us-east-2")


def answered(code: str, status: int = 400) -> ClientError:
    response: Any = {"Error": {"Code": code, "Message": "no"}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(response, "StartRecovery")


def raising(*errors: Exception) -> Callable[[], str]:
    """A call that raises the errors one after the other and then returns."""
    left = list(errors)

    def call() -> str:
        if left:
            raise left.pop(0)
        return "done"

    return call


def attempted(*errors: Exception, pauses: tuple[float, ...] = ()) -> Attempt[str]:
    return attempt("DRS", HERE, raising(*errors), pauses_seconds=pauses)


REFUSALS = [
    (answered("ThrottlingException"), RefusalKind.THROTTLED),
    (answered("ThrottlingException", 503), RefusalKind.THROTTLED),
    (answered("TooManyRequestsException", 429), RefusalKind.THROTTLED),
    (answered("ServiceQuotaExceededException", 402), RefusalKind.QUOTA),
    (answered("ConflictException", 409), RefusalKind.CONFLICT),
    (answered("ValidationException"), RefusalKind.INVALID),
    (answered("ResourceNotFoundException", 404), RefusalKind.INVALID),
    (answered("AccessDeniedException", 403), RefusalKind.DENIED),
    (answered("SomethingNew"), RefusalKind.DENIED),
    (ParamValidationError(report="too long"), RefusalKind.INVALID),
    (ConnectTimeoutError(endpoint_url="x"), RefusalKind.UNREACHABLE),
    (EndpointConnectionError(endpoint_url="x"), RefusalKind.UNREACHABLE),
    (NoCredentialsError(), RefusalKind.UNREACHABLE),
    (CloudError("The role cannot be assumed."), RefusalKind.UNREACHABLE),
]
LOST = [
    answered("InternalServerException", 500),
    answered("ConflictException", 500),
    ReadTimeoutError(endpoint_url="x"),
    ConnectionClosedError(endpoint_url="x"),
    SSLError(endpoint_url="x", error=OSError("x")),
]


@pytest.mark.parametrize(("error", "kind"), REFUSALS)
def test_a_refusal_has_its_kind_and_reason(error: Exception, kind: RefusalKind) -> None:
    made = attempted(error)
    assert (made.result, made.refusal, made.is_unknown) == (None, kind, False)
    assert made.reason


@pytest.mark.parametrize("error", LOST)
def test_a_lost_answer_is_unknown_and_the_call_is_never_repeated(error: Exception) -> None:
    made = attempted(error, pauses=(0.0, 0.0))
    assert (made.result, made.refusal, made.is_unknown) == (None, None, True)
    assert made.reason.endswith(".")


def test_what_aws_did_is_done() -> None:
    assert attempted() == Attempt.done("done")


def test_only_a_throttled_call_is_repeated_and_no_more_often_than_there_are_pauses() -> None:
    throttled = answered("ThrottlingException")
    assert attempted(throttled, throttled, pauses=(0.0, 0.0)).result == "done"
    assert attempted(throttled, throttled, throttled, pauses=(0.0, 0.0)).refusal is RefusalKind.THROTTLED
    assert attempted(answered("ConflictException"), pauses=(0.0, 0.0)).refusal is RefusalKind.CONFLICT


def test_a_fault_of_ours_is_raised() -> None:
    with pytest.raises(KeyError):
        attempted(KeyError("job"))


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (answered("AccessDeniedException", 403), CloudError),
        (answered("InternalServerException", 500), CloudError),
        (answered("ThrottlingException"), Unavailable),
        (ReadTimeoutError(endpoint_url="x"), Unavailable),
    ],
)
def test_a_read_raises_an_error_that_names_the_place(error: Exception, kind: type[DomainError]) -> None:
    with pytest.raises(kind) as raised, translated(HERE):
        raise error
    assert raised.value.details["accountId"] == HERE.account_id
    assert f"account {HERE.account_id}, Region {HERE.region}" in raised.value.message


def test_an_expected_code_can_be_suppressed_and_no_other() -> None:
    with suppress(Expected), translated(expected={"NotFound"}):
        raise answered("NotFound", 404)
    with pytest.raises(CloudError), suppress(Expected), translated(expected={"NotFound"}):
        raise answered("AccessDenied", 403)


def test_a_command_whose_answer_was_lost_says_so_and_a_refused_one_does_not() -> None:
    def lost(cause: str) -> OutcomeUnknown:
        return OutcomeUnknown(f"It gave no answer ({cause}).")

    with pytest.raises(OutcomeUnknown, match="ReadTimeoutError"), translated(lost=lost):
        raise ReadTimeoutError(endpoint_url="x")
    with pytest.raises(Unavailable), translated(lost=lost):
        raise answered("ThrottlingException", 503)


def test_a_throttled_call_waits_as_long_as_aws_asks() -> None:
    throttled = answered("ThrottlingException", 429)
    assert attempted(throttled).retry_after_seconds == 0
    for named, seconds in (("7", 7), ("900", 30), ("soon", 0)):
        throttled.response["ResponseMetadata"]["HTTPHeaders"] = {"retry-after": named}
        assert attempted(throttled).retry_after_seconds == seconds
