"""The errors of the emulated API, one constructor for each, with DRS's codes, statuses and fields.

Exception
├── ApiError              answered to the client in DRS's error shape
├── ScenarioError         a scenario, world or fault that cannot be used; names the field
│   └── DocumentError     the same of a file; names the file, the field and the line
└── ConnectionError
    └── ConnectionDropped the outer server must close the socket without an answer
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


class ConnectionDropped(ConnectionError):
    """Raised out of the WSGI app after the action was taken: close the socket, answer nothing.

    It is a `ConnectionError` because werkzeug's server already treats those as a vanished peer.
    """


class ScenarioError(ValueError):
    """A scenario, world file or fault that cannot be used; `where` names the field."""

    def __init__(self, where: str, problem: str) -> None:
        super().__init__(f"{where}: {problem}")
        self.where = where
        self.problem = problem


class DocumentError(ScenarioError):
    """A file that cannot be used. `place` is the field with its line, if there is one."""

    def __init__(self, file: Path, field: str, line: int | None, problem: str) -> None:
        self.place = field if line is None else f"{field} (line {line})"
        super().__init__(f"{file}: {self.place}", problem)


@dataclass
class ApiError(Exception):
    """An error answer: `code` goes to `x-amzn-errortype`, `extra` into the body, `headers` to the headers."""

    status: int
    code: str
    message: str
    extra: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"


def validation_failed(problems: Sequence[tuple[str, str]], *, reason: str = "fieldValidationFailed") -> ApiError:
    """ValidationException with all field problems at once, each (name, message)."""
    count = len(problems)
    described = "; ".join(f"Value at '{name}' failed to satisfy constraint: {message}" for name, message in problems)
    message = f"{count} validation error{'s' if count != 1 else ''} detected: {described}"
    fields = [{"name": name, "message": text} for name, text in problems]
    return ApiError(400, "ValidationException", message, {"reason": reason, "fieldList": fields})


def invalid(message: str, *, reason: str = "other") -> ApiError:
    """ValidationException about the request as a whole."""
    return ApiError(400, "ValidationException", message, {"reason": reason})


def not_found(resource_type: str, resource_id: str) -> ApiError:
    """ResourceNotFoundException."""
    return ApiError(
        404,
        "ResourceNotFoundException",
        f"{resource_type} {resource_id} was not found.",
        {"code": "RESOURCE_NOT_FOUND", "resourceId": resource_id, "resourceType": resource_type},
    )


def conflict(message: str, *, resource_type: str = "SourceServer", resource_id: str = "") -> ApiError:
    """ConflictException."""
    extra = {"code": "CONFLICT", "resourceType": resource_type}
    return ApiError(409, "ConflictException", message, extra | ({"resourceId": resource_id} if resource_id else {}))


def servers_in_a_job(server_ids: Sequence[str]) -> ApiError:
    """ConflictException of servers in another job (L-DD6D028C); the text names none, `resourceId` the first one."""
    return conflict(
        "One or more of the Source Servers included in API call are currently being processed by a Job",
        resource_id=server_ids[0],
    )


def quota_exceeded(quota_code: str, message: str) -> ApiError:
    """ServiceQuotaExceededException; DRS answers it with HTTP 402. An empty code is a quota without one."""
    extra = {"code": "QUOTA_EXCEEDED", "serviceCode": "drs", "quotaCode": quota_code}
    return ApiError(402, "ServiceQuotaExceededException", message, extra)


def throttled(retry_after_seconds: int = 1) -> ApiError:
    """ThrottlingException; `retryAfterSeconds` travels as the Retry-After header."""
    return ApiError(
        429,
        "ThrottlingException",
        "Rate exceeded",
        {"serviceCode": "drs", "quotaCode": "API_RATE"},
        {"Retry-After": str(retry_after_seconds)},
    )


def internal_error(message: str = "An internal error occurred.") -> ApiError:
    """InternalServerException."""
    return ApiError(500, "InternalServerException", message, {}, {"Retry-After": "1"})


def access_denied(principal: str, operation: str, because: str | None = None) -> ApiError:
    """AccessDeniedException, worded as IAM does; without a reason no policy of the caller allows the action."""
    reason = because or f"because no identity-based policy allows the drs:{operation} action"
    message = f"User: {principal} is not authorized to perform: drs:{operation} on resource: * {reason}"
    return ApiError(403, "AccessDeniedException", message, {"code": "ACCESS_DENIED"})


def uninitialized_account() -> ApiError:
    """UninitializedAccountException: InitializeService was never called in this account and Region."""
    return ApiError(
        400,
        "UninitializedAccountException",
        "Account not initialized: call InitializeService in this Region first.",
        {"code": "UNINITIALIZED_ACCOUNT"},
    )


def unrecognized_client() -> ApiError:
    """UnrecognizedClientException: unknown credentials, or an opt-in Region that is not enabled."""
    return ApiError(403, "UnrecognizedClientException", "The security token included in the request is invalid.")


def not_emulated(operation: str) -> ApiError:
    """NotEmulatedException, this emulator's own: the operation is valid in DRS, but not built here."""
    message = f"{operation} is an operation of AWS DRS that this emulator does not emulate."
    return ApiError(501, "NotEmulatedException", message, {"operation": operation})
