"""What a failing AWS call means to the caller."""

from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError, IncompleteReadError

from ..domain.errors import CloudError, DomainError, Unavailable

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


def answer_was_lost(error: BaseException) -> bool:
    """Whether AWS may have acted although the call failed: it was sent, and no answer came or AWS broke over it."""
    if isinstance(error, ClientError):
        code = str(error.response.get("Error", {}).get("Code", ""))
        status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 500))
        return status >= 500 and code not in THROTTLING_CODES
    # What fails while connecting, or before, is another kind of error in botocore.
    return isinstance(error, HTTPClientError | IncompleteReadError)


def cloud_error_of(error: BaseException, *, account_id: str = "", region: str = "") -> DomainError | None:
    """A failed AWS call as CloudError (502) or Unavailable (503); None when ``error`` is something else."""
    where = {"accountId": account_id, "region": region} if account_id else {}
    place = f" in account {account_id}, Region {region}" if account_id else ""
    if isinstance(error, ClientError):
        code = str(error.response.get("Error", {}).get("Code", "Unknown"))
        told = str(error.response.get("Error", {}).get("Message", ""))
        operation = error.operation_name
        if code in THROTTLING_CODES:
            message = f"AWS throttles {operation}{place}. Try again in a few seconds."
            return Unavailable(message, operation=operation, awsCode=code, **where)
        return CloudError(f"{operation}{place} failed with {code}: {told}", operation=operation, awsCode=code, **where)
    if isinstance(error, BotoCoreError):
        return Unavailable(
            f"AWS cannot be reached{place} ({type(error).__name__}). Try again.", awsCode=type(error).__name__, **where
        )
    return None
