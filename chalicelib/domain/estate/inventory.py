"""The inventory of source servers: how a place answered a scan, and what the scan changes."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from enum import StrEnum

import msgspec

from ..errors import CloudError, DomainError, Unavailable
from .accounts import Place
from .servers import SourceServer


class RegionState(StrEnum):
    """How DRS in one account and Region answered the last scan. NOT_INITIALIZED: it has no servers."""

    ACTIVE = "ACTIVE"
    NOT_INITIALIZED = "NOT_INITIALIZED"
    REGION_NOT_ENABLED = "REGION_NOT_ENABLED"
    ROLE_NOT_ASSUMABLE = "ROLE_NOT_ASSUMABLE"
    DENIED_BY_POLICY = "DENIED_BY_POLICY"
    ACCESS_DENIED = "ACCESS_DENIED"
    THROTTLED = "THROTTLED"
    UNREACHABLE = "UNREACHABLE"
    FAILED = "FAILED"

    @property
    def is_complete(self) -> bool:
        """Whether the scan saw every server, so that a server it did not see is gone."""
        return self in {RegionState.ACTIVE, RegionState.NOT_INITIALIZED}

    @property
    def has_no_drs(self) -> bool:
        """Whether DRS is not in use there, so that there is nothing to ask it for."""
        return self in {RegionState.NOT_INITIALIZED, RegionState.REGION_NOT_ENABLED}


class RegionSighting(msgspec.Struct, frozen=True, rename="camel"):
    """The last scan of a place.

    ``synced_at`` is the time of the last complete scan, or of the first attempt if there was none. The numbers are
    those of that scan: ``replicating_count`` of servers that replicate here (None before the first scan that counted
    them), and ``extended`` of extended source servers by staging account.
    """

    place: Place
    state: RegionState
    server_count: int
    last_error: str
    synced_at: datetime
    replicating_count: int | None = None
    extended: dict[str, int] = {}


class InventoryChange(msgspec.Struct, frozen=True):
    """What a complete scan changes: rows to write and ids to remove."""

    write: tuple[SourceServer, ...]
    remove: tuple[str, ...]


_ACCESS_DENIED = {"AccessDeniedException", "AccessDenied", "UnauthorizedOperation"}
_NOT_ENABLED = {"UnrecognizedClientException", "InvalidClientTokenId", "AuthFailure", "OptInRequired"}


def region_state_of(error: Exception) -> RegionState:
    """The state of a place whose scan failed with ``error``."""
    if not isinstance(error, DomainError):
        return RegionState.FAILED
    code = str(error.details.get("awsCode", ""))
    if isinstance(error, Unavailable):
        throttled = "Thrott" in code or code in {"TooManyRequestsException", "RequestLimitExceeded", "SlowDown"}
        return RegionState.THROTTLED if throttled else RegionState.UNREACHABLE
    if not isinstance(error, CloudError):
        return RegionState.FAILED
    if error.details.get("operation") == "AssumeRole":
        return RegionState.ROLE_NOT_ASSUMABLE
    if code == "UninitializedAccountException":
        return RegionState.NOT_INITIALIZED
    if code in _ACCESS_DENIED:
        by_policy = "service control policy" in error.message
        return RegionState.DENIED_BY_POLICY if by_policy else RegionState.ACCESS_DENIED
    return RegionState.REGION_NOT_ENABLED if code in _NOT_ENABLED else RegionState.FAILED


def complete_sighting(place: Place, state: RegionState, seen: Collection[SourceServer], at: datetime) -> RegionSighting:
    """The sighting of a place of which a scan saw every server."""
    extended = Counter(server.staging_account_id for server in seen if server.staging_account_id)
    replicating = sum(server.replicates_here for server in seen)
    return RegionSighting(place, state, len(seen), "", at, replicating, dict(sorted(extended.items())))


def failed_sighting(
    before: RegionSighting | None, place: Place, state: RegionState, reason: str, now: datetime
) -> RegionSighting:
    """The sighting of a place whose scan failed: its numbers and their time stay those of the last complete scan."""
    known = before or RegionSighting(place, state, 0, "", now)
    return msgspec.structs.replace(known, state=state, last_error=reason)


def compare(known: Mapping[str, SourceServer], seen: Iterable[SourceServer]) -> InventoryChange:
    """What must be written so that the inventory of a place shows ``seen``, a complete scan.

    A new ``seen_at`` alone is not a change; otherwise every sync would write every row.
    """
    current = {server.source_server_id: server for server in seen}
    changed = tuple(server for key, server in current.items() if key not in known or not _same(known[key], server))
    return InventoryChange(changed, tuple(sorted(set(known) - set(current))))


def _same(one: SourceServer, other: SourceServer) -> bool:
    return msgspec.structs.replace(one, seen_at=other.seen_at) == other
