"""A refusal of DynamoDB, with the code and the message of the service."""

from collections.abc import Mapping, Sequence
from typing import Any


class Refused(Exception):
    """DynamoDB refuses the request; nothing was done. ``details`` are the other members of the error."""

    def __init__(self, message: str, *, code: str = "ValidationException", details: Mapping[str, Any] | None = None):
        super().__init__(message)
        self.code = code
        self.message = message
        self.details = details or {}


class ConditionFailed(Refused):
    """A condition does not hold; ``item`` is what the client asked to see in that case."""

    def __init__(self, item: Mapping[str, Any] | None) -> None:
        message, details = "The conditional request failed", {"Item": item} if item else {}
        super().__init__(message, code="ConditionalCheckFailedException", details=details)


class KeyUpdated(Refused):
    """An update names an attribute of the key."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"One or more parameter values were invalid: Cannot update attribute {name}. This attribute is part of the "
            "key"
        )


class Cancelled(Refused):
    """DynamoDB cancels a transaction; ``problems`` has what is wrong with each of its items."""

    def __init__(self, problems: Sequence[Refused | None]) -> None:
        reasons = [_reason(problem) for problem in problems]
        codes = ", ".join(reason["Code"] for reason in reasons)
        super().__init__(
            f"Transaction cancelled, please refer cancellation reasons for specific reasons [{codes}]",
            code="TransactionCanceledException",
            details={"CancellationReasons": reasons},
        )


def not_supported(what: str) -> Refused:
    """What DynamoDB does and the local cloud does not."""
    return Refused(f"The local cloud's DynamoDB does not support {what}", code="NotSupportedLocally")


def _reason(problem: Refused | None) -> dict[str, Any]:
    if problem is None:
        return {"Code": "None"}
    code = "ConditionalCheckFailed" if isinstance(problem, ConditionFailed) else "ValidationError"
    return {"Code": code, "Message": problem.message, **problem.details}
