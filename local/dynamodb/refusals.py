"""A refusal of DynamoDB, with the code and the message of the service."""

from collections.abc import Sequence


class Refused(Exception):
    """DynamoDB refuses the request; nothing was done."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.code = "ValidationException"
        self.message = message
        self.reasons: Sequence[dict[str, str]] = ()


class Cancelled(Refused):
    """DynamoDB cancels a transaction for values that do not fit the keys; one message for each item."""

    def __init__(self, messages: Sequence[str | None]) -> None:
        codes = ", ".join("ValidationError" if message else "None" for message in messages)
        super().__init__(f"Transaction cancelled, please refer cancellation reasons for specific reasons [{codes}]")
        self.code = "TransactionCanceledException"
        self.reasons = [
            {"Code": "ValidationError", "Message": message} if message else {"Code": "None"} for message in messages
        ]
