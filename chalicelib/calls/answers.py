"""Answers to calls, with one form for results and one body for errors."""

from typing import Any

import msgspec

from ..aws.failures import cloud_error_of
from ..domain.access.idempotency import Replayed
from ..domain.access.tags import Tagged
from ..domain.errors import DomainError
from ..logs import logger
from ..store.failures import store_error_of


class Answer(msgspec.Struct, frozen=True):
    """The answer to a call: a status and a body of plain JSON values. ``tag`` is its ETag if the operation has one."""

    status: int
    body: Any
    error_code: str = ""
    replayed: bool = False
    tag: str = ""

    def as_lambda_result(self) -> dict[str, Any]:
        return {"statusCode": self.status, "body": self.body}


def success(status: int, result: Any) -> Answer:
    """The answer to a call that was carried out now, or before by the same request (200); 304 to one who has it."""
    if isinstance(result, Replayed):
        return Answer(200, msgspec.to_builtins(result.record), replayed=True)
    if isinstance(result, Tagged):
        if result.record is None:
            return Answer(304, None, tag=result.tag)
        return Answer(status, msgspec.to_builtins(result.record), tag=result.tag)
    return Answer(status, msgspec.to_builtins(result))


def failure(error: DomainError, request_id: str) -> Answer:
    """The answer to a failed call. It never contains a traceback, a credential or a task token."""
    body = {"code": error.code, "message": error.message, "details": error.details, "retryable": error.retryable}
    return Answer(error.status, {"error": msgspec.to_builtins(body), "requestId": request_id}, error.code)


def as_domain_error(error: Exception) -> DomainError:
    """Any exception as an error of the domain. An unexpected one is logged with its traceback and reported without."""
    known = error if isinstance(error, DomainError) else store_error_of(error) or cloud_error_of(error)
    if known is not None:
        return known
    logger.error("unexpected error", exc_info=error)
    return InternalError(
        "An unexpected error occurred in the service. Try again; if it persists, give the request id to its operators."
    )


class InternalError(DomainError):
    """A defect of this product."""
