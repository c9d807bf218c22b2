"""The one error tree: each error knows its code, its HTTP status and what the caller can do next.

::

    DomainError
    ├── InvalidRequest 400          every field problem at once
    ├── NotSignedIn 401
    ├── NotPermitted 403
    ├── RecordNotFound 404
    ├── StateConflict 409
    │   ├── StaleVersion            somebody saved in between
    │   ├── NameTaken
    │   ├── InUse                   something else depends on it
    │   ├── AlreadyRunning          the plan has an active execution
    │   ├── ServersBusy             other executions hold the servers
    │   └── IllegalTransition       not from this state
    ├── Unprocessable 422
    │   └── PreflightBlocked
    ├── CloudError 502              AWS answered with an error
    └── Unavailable 503             AWS throttles or does not answer
"""

from collections.abc import Sequence
from typing import Any, ClassVar

import msgspec


class FieldProblem(msgspec.Struct, frozen=True):
    """One thing wrong with one field: ``field`` is a path such as ``waves[1].dependsOn[0]``."""

    field: str
    message: str


class DomainError(Exception):
    """An expected failure, told to the caller as a status and a sentence that says what to do next."""

    code: ClassVar[str] = "InternalError"
    status: ClassVar[int] = 500
    retryable: ClassVar[bool] = False

    def __init__(self, message: str, **details: Any) -> None:
        super().__init__(message)
        self.message = message
        self.details = details

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls.code = cls.__name__


class InvalidRequest(DomainError):
    """The request cannot be understood; ``details.problems`` lists every field that is wrong."""

    status = 400

    def __init__(self, problems: Sequence[FieldProblem]) -> None:
        listed = "; ".join(f"{problem.field}: {problem.message}" for problem in problems)
        super().__init__(
            f"The request has {len(problems)} problem(s): {listed}",
            problems=[{"field": problem.field, "message": problem.message} for problem in problems],
        )
        self.problems = tuple(problems)


class NotSignedIn(DomainError):
    status = 401


class NotPermitted(DomainError):
    status = 403


class RecordNotFound(DomainError):
    status = 404


class StateConflict(DomainError):
    status = 409


class StaleVersion(StateConflict):
    """The caller's ``version`` is not the current one, which ``details.currentVersion`` tells."""


class NameTaken(StateConflict):
    pass


class InUse(StateConflict):
    pass


class AlreadyRunning(StateConflict):
    pass


class ServersBusy(StateConflict):
    pass


class IllegalTransition(StateConflict):
    pass


class Unprocessable(DomainError):
    status = 422


class PreflightBlocked(Unprocessable):
    pass


class CloudError(DomainError):
    """AWS refused or failed a call; the details name account, Region, operation and the AWS code."""

    status = 502


class Unavailable(DomainError):
    """AWS throttles us, times out or cannot be reached; trying again can help."""

    status = 503
    retryable = True


def require_no_problems(problems: Sequence[FieldProblem]) -> None:
    """Raises InvalidRequest with all of ``problems``, if there are any."""
    if problems:
        raise InvalidRequest(problems)
