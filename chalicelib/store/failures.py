"""What a failing table means to the caller."""

from typing import Any

from pynamodb.exceptions import PynamoDBException

from ..domain.errors import DomainError, Unavailable


def store_error_of(error: BaseException) -> DomainError | None:
    """A failed table access as Unavailable (503); None when ``error`` is something else."""
    if not isinstance(error, PynamoDBException):
        return None
    code = response_code(error) or type(error).__name__
    return Unavailable(
        f"The platform's own tables do not answer ({code}). Nothing was changed by the failed access; try again.",
        awsCode=code,
    )


def condition_failed(error: PynamoDBException) -> bool:
    """Whether a write was refused because its condition did not hold."""
    return response_code(error) == "ConditionalCheckFailedException"


def response_code(error: PynamoDBException) -> str:
    """What DynamoDB answered ("ValidationException"); empty when it did not answer at all.

    PynamoDB's own ``cause_response_code`` fails for an answer that never came: there botocore's response is None.
    """
    response: Any = getattr(error.cause, "response", None)
    return str(response.get("Error", {}).get("Code", "")) if response else ""
