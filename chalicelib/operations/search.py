"""The search over plans, groups, executions and servers."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

import msgspec

from ..domain.access.permissions import Permission
from .declaration import Operation, Request, Side

MOST_FOUND = 10
"""The most things of a type that an answer has."""


class Search(Request, frozen=True, kw_only=True):
    """``q`` is the beginning of a name or an id, in any case: of plans, protection groups, executions and servers.

    Plans, groups and host names are also found from any later word on; words are parted by ``-``, ``_``, ``.`` and
    blanks. New words are found after the next sync of the inventory. Executions are found by the beginning of their
    plan's name too; servers by private address, and the id of the source instance or of a recovery instance.
    """

    q: Annotated[str, msgspec.Meta(min_length=1, max_length=256)]


class FoundType(StrEnum):
    """The types of things that are found."""

    PLAN = "PLAN"
    GROUP = "GROUP"
    EXECUTION = "EXECUTION"
    SERVER = "SERVER"


class Found(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """One thing that was found. ``title`` is the name for people, and ``matched`` the text that was found by ``q``.

    ``state`` is IN_USE or IDLE for a plan or a group, the status of an execution, and the replication state of a
    server. ``heldBy`` is the execution that uses the plan or the group now. ``at`` is the time of ``state``: for an
    execution its start, for a server when the inventory saw it, else of the last change.
    """

    id: str
    title: str
    matched: str
    state: str
    standing: str
    at: datetime
    account_id: str = ""
    region: str = ""
    held_by: str = ""


class FoundOfType(msgspec.Struct, frozen=True, rename="camel"):
    """What was found of one type, at most ten. ``more``: there is more; a longer ``q`` finds it.

    ``problem`` is why things of this type could not be looked up; empty if they could.
    """

    type: FoundType
    items: list[Found]
    more: bool
    problem: str = ""


class SearchResult(msgspec.Struct, frozen=True, rename="camel"):
    """What was found, by type and always in the same order of types."""

    results: list[FoundOfType]


OPERATIONS = (
    Operation(
        name="search",
        side=Side.QUERY,
        permission=Permission.VIEW,
        request=Search,
        response=SearchResult,
        summary="Find plans, protection groups, executions and servers by a word in a name, an id or an address.",
    ),
)
