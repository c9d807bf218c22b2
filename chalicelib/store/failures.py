"""What a failed access to a table means to the caller."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pynamodb.exceptions import DeleteError, PutError, PynamoDBException, TransactWriteError, UpdateError

from ..domain.errors import DomainError, OutcomeUnknown, Unavailable
from ..logs import Counted, count

_WRITES = (PutError, UpdateError, DeleteError, TransactWriteError)
_THROTTLING = {"ThrottlingException", "ProvisionedThroughputExceededException", "RequestLimitExceeded"}
_LOST = "HTTPClientError"
"""botocore's error for a request that was sent and not answered. Failures while connecting are other errors."""


def store_error_of(error: BaseException) -> DomainError | None:
    """A failed table access as Unavailable (503), or OutcomeUnknown for a write whose answer was lost.

    None when ``error`` is another error.
    """
    if not isinstance(error, PynamoDBException):
        return None
    code = response_code(error) or type(error).__name__
    if code in _THROTTLING:
        count(Counted.TABLE_THROTTLES)
    if isinstance(error, _WRITES) and _answer_was_lost(error):
        return OutcomeUnknown(f"The platform's own tables did not answer a write ({code}).", awsCode=code)
    return Unavailable(
        f"The platform's own tables do not answer ({code}). This access changed nothing. Try again in a few seconds.",
        awsCode=code,
    )


@contextmanager
def translated() -> Iterator[None]:
    """Turns failed table accesses in its body into Unavailable or OutcomeUnknown, which callers may catch."""
    try:
        yield
    except PynamoDBException as error:
        raise store_error_of(error) or error from error


def condition_failed(error: PynamoDBException) -> bool:
    """Whether a write was refused because its condition did not hold."""
    return response_code(error) == "ConditionalCheckFailedException"


def response_code(error: PynamoDBException) -> str:
    """The code that DynamoDB answered ("ValidationException"); empty when it did not answer.

    PynamoDB's own ``cause_response_code`` fails without an answer, because botocore's response is None then.
    """
    response: Any = getattr(error.cause, "response", None)
    return str(response.get("Error", {}).get("Code", "")) if response else ""


def _answer_was_lost(error: PynamoDBException) -> bool:
    response: Any = getattr(error.cause, "response", None)
    if response:
        status = int(response.get("ResponseMetadata", {}).get("HTTPStatusCode", 400))
        return status >= 500 and response_code(error) not in _THROTTLING
    # Only ``aws`` imports the SDK, so the error is recognised by its name here.
    return any(kind.__name__ == _LOST for kind in type(error.cause).__mro__)
