"""The error tree: each error has a code, an HTTP status and a message that says what to do next.

::

    DomainError
    ├── InvalidRequest 400          every field problem at once
    ├── NotSignedIn 401
    ├── NotPermitted 403
    ├── RecordNotFound 404
    ├── UnknownRoute 404            the API has no such path
    ├── MethodNotAllowed 405        the path has other methods
    ├── StateConflict 409
    │   ├── StaleVersion            the record was changed in the meantime
    │   ├── NameTaken
    │   ├── InUse                   something else depends on it
    │   ├── AlreadyRunning          the plan has an active execution, or the sync a run
    │   ├── ServersBusy             other executions hold the servers
    │   ├── IllegalTransition       not from this state
    │   └── SecondPersonNeeded      the request was recorded; another person must send it as well
    ├── TooLarge 413                more than 1 MB
    ├── UnsupportedMediaType 415    not JSON
    ├── Unprocessable 422
    │   └── PreflightBlocked
    ├── CloudError 502              AWS answered with an error
    ├── Unavailable 503             nothing was done, because AWS throttles or does not answer
    └── OutcomeUnknown 504          the answer was lost, and the request may have been carried out
"""

import math
from collections.abc import Sequence
from typing import Any, ClassVar

import msgspec

MOST_PROBLEMS = 50
"""The most problems of one request that are listed."""

_MOST_FIELD_CHARACTERS, _MOST_MESSAGE_CHARACTERS = 200, 1_000


class FieldProblem(msgspec.Struct, frozen=True):
    """One thing wrong with one field: ``field`` is a path such as ``waves[1].dependsOn[0]``."""

    field: str
    message: str


class DomainError(Exception):
    """An expected failure, reported to the caller as a status and a message that says what to do next."""

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
    """The request is not valid; ``details.problems`` lists every field that is wrong, up to 50.

    Fields and messages can repeat what the caller sent. Both are cut, so that an answer stays far below Lambda's 6 MB.
    """

    status = 400

    def __init__(self, problems: Sequence[FieldProblem]) -> None:
        self.problems = tuple(_shortened(problem) for problem in problems[:MOST_PROBLEMS])
        listed = "; ".join(f"{problem.field}: {problem.message}" for problem in self.problems)
        more = f"; and {len(problems) - len(self.problems)} more" if len(problems) > len(self.problems) else ""
        counted = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
        super().__init__(
            f"The request has {counted}: {listed}{more}",
            problems=[{"field": problem.field, "message": problem.message} for problem in self.problems],
        )


class NotSignedIn(DomainError):
    status = 401


class NotPermitted(DomainError):
    status = 403


class RecordNotFound(DomainError):
    status = 404


class UnknownRoute(DomainError):
    status = 404


class MethodNotAllowed(DomainError):
    """The path exists and takes other methods, which ``details.allowed`` names."""

    status = 405


class StateConflict(DomainError):
    status = 409


class StaleVersion(StateConflict):
    """The caller's ``version`` is out of date; ``details.currentVersion`` is the current one."""


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


class SecondPersonNeeded(StateConflict):
    """The act needs two people. The request was recorded, and is carried out when another person sends it as well."""


class TooLarge(DomainError):
    """The request is larger than 1 MB."""

    status = 413


class UnsupportedMediaType(DomainError):
    status = 415


class Unprocessable(DomainError):
    status = 422


class PreflightBlocked(Unprocessable):
    pass


class CloudError(DomainError):
    """AWS refused or failed a call; the details name the account, Region, operation and AWS code."""

    status = 502


class Unavailable(DomainError):
    """AWS throttles, times out or cannot be reached; nothing was done, and a retry can help.

    ``details.retryAfterSeconds`` is the wait, where it is known (``known_wait``).
    """

    status = 503
    retryable = True


class OutcomeUnknown(DomainError):
    """The answer was lost, so the request may have been carried out; check before you repeat it."""

    status = 504


def known_wait(seconds: float) -> dict[str, int]:
    """The detail of an Unavailable whose wait is known, in whole seconds; none for 0, which is an unknown one."""
    return {"retryAfterSeconds": math.ceil(seconds)} if seconds > 0 else {}


def require_no_problems(problems: Sequence[FieldProblem]) -> None:
    """Raises InvalidRequest with all ``problems`` if there are any."""
    if problems:
        raise InvalidRequest(problems)


def _shortened(problem: FieldProblem) -> FieldProblem:
    return FieldProblem(cut(problem.field, _MOST_FIELD_CHARACTERS), cut(problem.message, _MOST_MESSAGE_CHARACTERS))


def cut(text: str, most: int) -> str:
    """Returns ``text`` with at most ``most`` characters; an ellipsis shows that it was cut."""
    return text if len(text) <= most else text[: most - 1] + "…"
