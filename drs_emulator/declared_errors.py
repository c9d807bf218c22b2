"""Which error codes an operation can answer: those that the model declares for it, and those common to all."""

from __future__ import annotations

from drs_emulator.errors import ApiError, invalid
from drs_emulator.service_model import error_codes, operation_model

COMMON_CODES = frozenset(
    {
        "AccessDeniedException",
        "InternalServerException",
        "NotEmulatedException",  # this emulator's own
        "ThrottlingException",
        "UnrecognizedClientException",
        "ValidationException",
    }
)
"""What AWS answers before the operation itself is reached (API reference, "Common Errors")."""


def can_answer(operation: str, code: str) -> bool:
    """Whether the operation can answer this code."""
    return code in COMMON_CODES or code in error_codes(operation_model(operation))


def as_declared(operation: str, error: ApiError) -> ApiError:
    """The error as the operation can answer it: a code that it does not declare becomes ValidationException."""
    return error if can_answer(operation, error.code) else invalid(error.message)
