"""Operations on the fleet: lists and counts of source servers over all accounts and Regions."""

from typing import Annotated

import msgspec

from ..domain.access.permissions import Permission
from ..domain.estate.fleet import FleetCounts, ServerSort
from ..domain.estate.inventory import HoldingGroup
from ..domain.estate.servers import Readiness, SourceServer
from ..domain.limits import OptionalId, Short, Word
from ..domain.pages import DEFAULT_PAGE, Page
from .declaration import Operation, PageRequest, Request, Side

MAX_FLEET_PAGE = 1_000
Tag = Annotated[str, msgspec.Meta(max_length=128 + 1 + 256)]
"""A key and a value of the lengths that AWS allows, with the sign between them."""


class ListSourceServers(PageRequest, frozen=True, kw_only=True):
    """``q`` is the beginning of a host name, an address, or the id of a server or of its source instance.

    ``replicationState`` is spelled as in DRS. ``tag`` is ``Key=value``, or ``Key`` for any value of it. A page may have
    fewer servers than ``limit``, and even none, and yet a ``nextCursor``. ``live`` asks DRS now for the servers of one
    account and Region, by id and without other filters; otherwise the answer is what the last sync saw. ``groupId``
    with the account and Region of the group costs one read less than alone.
    """

    limit: Annotated[int, msgspec.Meta(ge=1, le=MAX_FLEET_PAGE)] = DEFAULT_PAGE
    account_id: OptionalId = ""
    region: OptionalId = ""
    group_id: OptionalId = ""
    replication_state: Word = ""
    readiness: Readiness | None = None
    tag: Tag = ""
    q: Short = ""
    sort: ServerSort = ServerSort.HOST_NAME
    live: bool = False


class FleetServer(SourceServer, frozen=True, rename="camel", kw_only=True):
    """A source server with its readiness and the groups that hold it; more than one is a fault of their tags."""

    readiness: Readiness
    groups: tuple[HoldingGroup, ...]


class SummarizeSourceServers(Request, frozen=True, kw_only=True):
    account_id: OptionalId = ""
    region: OptionalId = ""


OPERATIONS = (
    Operation(
        name="list_source_servers",
        side=Side.QUERY,
        permission=Permission.VIEW,
        request=ListSourceServers,
        response=Page[FleetServer],
        summary="Source servers of all accounts and Regions, as the last sync saw them, or of one as DRS shows it now.",
    ),
    Operation(
        name="summarize_source_servers",
        side=Side.QUERY,
        permission=Permission.VIEW,
        request=SummarizeSourceServers,
        response=FleetCounts,
        summary="How many source servers there are by account, Region, replication state and readiness.",
    ),
)
