"""What a failing table means to the caller."""

from pynamodb.exceptions import PynamoDBException

from ..domain.errors import DomainError, Unavailable


def store_error_of(error: BaseException) -> DomainError | None:
    """A failed table access as Unavailable (503); None when ``error`` is something else."""
    if not isinstance(error, PynamoDBException):
        return None
    code = error.cause_response_code or type(error).__name__
    return Unavailable(
        f"The platform's own tables do not answer ({code}). Nothing was changed by the failed access; try again.",
        awsCode=code,
    )


def condition_failed(error: PynamoDBException) -> bool:
    """Whether a write was refused because its condition did not hold."""
    return error.cause_response_code == "ConditionalCheckFailedException"
