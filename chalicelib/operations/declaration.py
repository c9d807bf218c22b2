"""What an operation declares, and what all requests have in common."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any

import msgspec

from ..domain.access.permissions import Permission
from ..domain.limits import Cursor, Limit
from ..domain.pages import DEFAULT_PAGE


class Side(StrEnum):
    """The three sides, each with its own functions and IAM identity."""

    QUERY = "query"
    EXECUTION = "execution"
    DATA_MANAGEMENT = "data-management"

    @property
    def handler(self) -> str:
        """The Lambda function that serves the side."""
        return f"{self.value}-handler"


class Request(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True, kw_only=True):
    """The base of all requests. Unknown fields are refused."""


class Nothing(Request, frozen=True, kw_only=True):
    """The request of an operation that takes no parameters."""


class PageRequest(Request, frozen=True, kw_only=True):
    """``cursor`` is the ``nextCursor`` of the previous page."""

    limit: Limit = DEFAULT_PAGE
    cursor: Cursor = ""


class Deleted(msgspec.Struct, frozen=True, rename="camel"):
    """The answer to a delete: what was deleted."""

    id: str
    name: str


PermissionRule = Callable[[Mapping[str, Any]], Permission]
"""Returns the permission that a request needs. The first line of its docstring is shown in the API document."""


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """One operation, which is the same by REST and by direct invocation of its side's function.

    ``permission_rule`` replaces ``permission`` where that depends on the parameters. ``shown_by`` names the read that
    shows the outcome of the operation to a caller that did not get an answer; ``location`` names the read that shows
    what an operation with status 201 or 202 has created or started.
    """

    name: str
    side: Side
    permission: Permission
    request: type[Any]
    response: Any
    summary: str
    permission_rule: PermissionRule | None = None
    status: int = 200
    shown_by: str = ""
    location: str = ""
    example: Mapping[str, Any] = {}

    @property
    def is_command(self) -> bool:
        return self.side is not Side.QUERY

    def permission_for(self, parameters: Mapping[str, Any]) -> Permission:
        return self.permission_rule(parameters) if self.permission_rule else self.permission


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """A Step Functions task, which returns bare data and raises named errors.

    ``addressed_by`` is the field of the event that names the task.
    """

    name: str
    side: Side
    request: type[Any]
    summary: str
    addressed_by: str = "action"

    @property
    def is_command(self) -> bool:
        return self.side is not Side.QUERY
