"""What a failed AWS call means to the caller. It inspects errors; only ``asking`` catches them."""

import math

from botocore.exceptions import (
    BotoCoreError,
    ChecksumError,
    ClientError,
    HTTPClientError,
    IncompleteReadError,
    SSLError,
)

from ..domain.errors import CloudError, DomainError, Unavailable, known_wait
from ..domain.text import count_of

THROTTLING_CODES = frozenset(
    {
        "Throttling",
        "ThrottlingException",
        "ThrottledException",
        "TooManyRequestsException",
        "RequestLimitExceeded",
        "SlowDown",
    }
)

_LONGEST_NAMED_PAUSE_SECONDS = 30.0


def answer_was_lost(error: BaseException) -> bool:
    """Whether AWS may have acted although the call failed: it was sent, and answered with a 5xx or not at all."""
    if isinstance(error, ClientError):
        status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 500))
        return status >= 500 and code_of(error) not in THROTTLING_CODES
    # botocore raises other errors for failures before and while connecting. TLS may fail during the answer too.
    return isinstance(error, HTTPClientError | IncompleteReadError | ChecksumError | SSLError)


def code_of(error: BaseException) -> str:
    """The code that AWS answered ("ValidationException"); empty when it did not answer."""
    return str(error.response.get("Error", {}).get("Code", "")) if isinstance(error, ClientError) else ""


def message_of(error: ClientError) -> str:
    """The text that AWS answered."""
    return str(error.response.get("Error", {}).get("Message", ""))


def retry_after_of(error: ClientError) -> float:
    """The seconds after which AWS asks to send a throttled call again, at most 30; 0 when it names none."""
    named = error.response.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("retry-after", "")
    return min(float(named), _LONGEST_NAMED_PAUSE_SECONDS) if named.isascii() and named.isdigit() else 0.0


def cloud_error_of(error: BaseException, *, account_id: str = "", region: str = "") -> DomainError | None:
    """A failed AWS call as CloudError (502) or Unavailable (503); None when ``error`` is something else."""
    where = {"accountId": account_id, "region": region} if account_id else {}
    place = f" in account {account_id}, Region {region}" if account_id else ""
    if isinstance(error, ClientError):
        code, operation = code_of(error) or "Unknown", error.operation_name
        facts = {"operation": operation, "awsCode": code, **where}
        if code in THROTTLING_CODES:
            wait = retry_after_of(error)
            when = count_of(math.ceil(wait), "second") if wait else "a few seconds"
            message = f"AWS is throttling {operation}{place}. Try again in {when}."
            return Unavailable(message, **facts, **known_wait(wait))
        return CloudError(f"{operation}{place} failed with {code}: {message_of(error)}", **facts)
    if isinstance(error, BotoCoreError):
        return Unavailable(
            f"AWS cannot be reached{place} ({type(error).__name__}). Try again in a few seconds.",
            awsCode=type(error).__name__,
            **where,
        )
    return None
