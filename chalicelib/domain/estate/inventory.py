"""The inventory of source servers: its rows, how a place answered a scan, and what the scan changes."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from enum import StrEnum

import msgspec

from ..errors import CloudError, DomainError, Unavailable
from .accounts import ListedAccount, Place, TargetAccount
from .servers import SourceServer, judge_readiness, overall
from .sightings import SourceInstance


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

    @property
    def may_pass(self) -> bool:
        """Whether the answer says nothing about the account, so that another try may succeed with nothing changed."""
        return self in {RegionState.THROTTLED, RegionState.UNREACHABLE, RegionState.FAILED}


class RegionSighting(msgspec.Struct, frozen=True, rename="camel"):
    """The last scan of a place.

    ``synced_at`` is the time of the last complete scan, or of the first attempt if there was none. The numbers are
    those of that scan: ``replicating_count`` of servers that replicate here (None before the first scan that counted
    them), ``extended`` of extended source servers by staging account, and ``replication`` and ``readiness`` of servers
    by their replication state and readiness (None before the first scan that counted them). ``worst_lag_seconds`` is
    the longest known lag of a server, None if none is known.
    """

    place: Place
    state: RegionState
    server_count: int
    last_error: str
    synced_at: datetime
    replicating_count: int | None = None
    extended: dict[str, int] = {}
    replication: dict[str, int] | None = None
    readiness: dict[str, int] | None = None
    worst_lag_seconds: int | None = None


def places_with_drs(account: TargetAccount | ListedAccount, sightings: Mapping[Place, RegionSighting]) -> list[Place]:
    """The account's Regions; if it names none, those in which the inventory found DRS in use, or no answer."""
    if account.regions:
        return [Place(account.account_id, region) for region in account.regions]
    return [place for place, sighting in sorted(sightings.items()) if not sighting.state.has_no_drs]


class HoldingGroup(msgspec.Struct, frozen=True, rename="camel"):
    """A protection group that holds a server."""

    group_id: str
    name: str


class Holding(msgspec.Struct, frozen=True):
    """The groups that hold a server, in the order of their names, by a version of the register of its place.

    The row of a server keeps the version at which its holding was last written, so ``version`` may be an old one.
    ``groups`` is None where the register of that version does not describe its groups.
    """

    version: int
    groups: tuple[HoldingGroup, ...] | None


class InventoryRow(msgspec.Struct, frozen=True):
    """The row of a server. ``holding`` is None in a row that is new, or that was written before rows had it."""

    server: SourceServer
    holding: Holding | None = None

    @property
    def groups(self) -> tuple[HoldingGroup, ...] | None:
        """The groups that hold the server; None if the row does not say it."""
        return self.holding.groups if self.holding else None


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
        return _state_of_role(error)
    if code == "UninitializedAccountException":
        return RegionState.NOT_INITIALIZED
    if code in _ACCESS_DENIED:
        return RegionState.DENIED_BY_POLICY if _names_a_policy(error) else RegionState.ACCESS_DENIED
    return RegionState.REGION_NOT_ENABLED if code in _NOT_ENABLED else RegionState.FAILED


def _state_of_role(error: CloudError) -> RegionState:
    """STS may have been busy or out of reach, which says nothing about the role."""
    if isinstance(error.__cause__, Unavailable):
        return region_state_of(error.__cause__)
    return RegionState.DENIED_BY_POLICY if _names_a_policy(error) else RegionState.ROLE_NOT_ASSUMABLE


def _names_a_policy(error: CloudError) -> bool:
    return "service control policy" in error.message


def with_instances(
    servers: Iterable[SourceServer], found: Mapping[str, SourceInstance], known: Mapping[str, SourceServer]
) -> list[SourceServer]:
    """The servers with what EC2 shows of their source instances.

    An instance that EC2 does not show, or could not be asked about, keeps what was known of it: in a disaster the
    source Region may not answer, and this is when its instance types are needed.
    """
    return [_with_instance(server, found, known.get(server.source_server_id)) for server in servers]


def _with_instance(
    server: SourceServer, found: Mapping[str, SourceInstance], before: SourceServer | None
) -> SourceServer:
    if not server.source_instance_id:
        return server
    instance = found.get(server.source_instance_id)
    if instance is None:
        if before is None or before.source_instance_id != server.source_instance_id or not before.instance_type:
            return server
        instance = SourceInstance(before.instance_type, before.private_addresses)
    return msgspec.structs.replace(
        server,
        instance_type=instance.instance_type,
        private_addresses=instance.private_addresses or server.private_addresses,
    )


def complete_sighting(place: Place, state: RegionState, seen: Collection[SourceServer], at: datetime) -> RegionSighting:
    """The sighting of a place of which a scan saw every server."""
    extended = Counter(server.staging_account_id for server in seen if server.staging_account_id)
    replication = Counter(server.replication_state for server in seen)
    readiness = Counter(overall(judge_readiness(server)).value for server in seen)
    return RegionSighting(
        place=place,
        state=state,
        server_count=len(seen),
        last_error="",
        synced_at=at,
        replicating_count=sum(server.replicates_here for server in seen),
        extended=dict(sorted(extended.items())),
        replication=dict(sorted(replication.items())),
        readiness=dict(sorted(readiness.items())),
        worst_lag_seconds=max((lag for server in seen if (lag := server.known_lag_seconds) is not None), default=None),
    )


def failed_sighting(
    before: RegionSighting | None, place: Place, state: RegionState, reason: str, now: datetime
) -> RegionSighting:
    """The sighting of a place whose scan failed: its numbers and their time stay those of the last complete scan."""
    known = before or RegionSighting(place, state, 0, "", now)
    return msgspec.structs.replace(known, state=state, last_error=reason)


def compare(
    known: Mapping[str, SourceServer], seen: Iterable[SourceServer], incomplete: Collection[str] = ()
) -> InventoryChange:
    """What must be written so that the inventory of a place shows ``seen``, a complete scan.

    A new ``seen_at`` alone is not a change; otherwise every sync would write every row. ``incomplete`` are the ids of
    rows that lack something else and are written all the same.
    """
    current = {server.source_server_id: server for server in seen}
    changed = tuple(
        server
        for key, server in current.items()
        if key not in known or key in incomplete or not _same(known[key], server)
    )
    return InventoryChange(changed, tuple(sorted(set(known) - set(current))))


def _same(one: SourceServer, other: SourceServer) -> bool:
    return msgspec.structs.replace(one, seen_at=other.seen_at) == other
