"""Source servers as DRS shows them, and whether they can be launched."""

from datetime import datetime
from enum import StrEnum

import msgspec

from .accounts import Place


class OperatingSystem(StrEnum):
    LINUX = "LINUX"
    WINDOWS = "WINDOWS"


class Disk(msgspec.Struct, frozen=True, rename="camel"):
    """A disk of a source server."""

    device_name: str
    size_bytes: int


class ReplicationState(StrEnum):
    """The state of a server's replication, as DRS names it (API reference, DataReplicationInfo)."""

    STOPPED = "STOPPED"
    INITIATING = "INITIATING"
    INITIAL_SYNC = "INITIAL_SYNC"
    BACKLOG = "BACKLOG"
    CREATING_SNAPSHOT = "CREATING_SNAPSHOT"
    CONTINUOUS = "CONTINUOUS"
    PAUSED = "PAUSED"
    RESCAN = "RESCAN"
    STALLED = "STALLED"
    DISCONNECTED = "DISCONNECTED"


class SourceServer(msgspec.Struct, frozen=True, rename="camel"):
    """One DRS source server at ``seen_at``. ``lag_seconds`` is None if DRS reports none.

    ``last_launch_mode`` and ``last_launch_at`` are of the launch that ``last_launch_result`` is about: DRILL, RECOVERY,
    or NONE for a server that was never launched; the mode is empty in rows that are older than this field.
    ``source_…`` is where it runs, if that is in EC2; ``instance_type`` is its type there. An extended source server has
    the ``staging_account_id`` of the account that it replicates into; others have none. ``extension_error``
    is DRS's reason when it cannot reach the server's original there.
    """

    source_server_id: str
    account_id: str
    region: str
    hostname: str
    os: OperatingSystem
    replication_state: str
    lag_seconds: int | None
    tags: dict[str, str]
    seen_at: datetime
    last_launch_result: str = "NOT_STARTED"
    has_recovery_point: bool = True
    source_instance_id: str = ""
    staging_account_id: str = ""
    source_account_id: str = ""
    source_region: str = ""
    os_name: str = ""
    instance_type: str = ""
    recommended_instance_type: str = ""
    private_addresses: tuple[str, ...] = ()
    cpu_cores: int = 0
    ram_bytes: int = 0
    disks: tuple[Disk, ...] = ()
    extension_error: str = ""
    last_launch_mode: str = ""
    last_launch_at: datetime | None = None

    @property
    def place(self) -> Place:
        return Place(self.account_id, self.region)

    def seen_again(self, at: datetime | None) -> "SourceServer":
        """The server as of a later complete scan of its place, which has not seen it change."""
        return msgspec.structs.replace(self, seen_at=max(self.seen_at, at)) if at else self

    @property
    def known_lag_seconds(self) -> int | None:
        """How far its data is behind. DRS reports no lag for a server that is up to date; None if it is unknown."""
        if self.lag_seconds is None and self.replication_state == ReplicationState.CONTINUOUS:
            return 0
        return self.lag_seconds

    @property
    def replicates_here(self) -> bool:
        """Whether it counts against the quota of replicating servers of its account and Region."""
        return not self.staging_account_id and self.replication_state not in _NOT_REPLICATING


_NOT_REPLICATING = {"STOPPED", "DISCONNECTED"}


class Readiness(StrEnum):
    """READY launches as planned, DEGRADED with a stated fallback, BLOCKED not at all."""

    READY = "READY"
    DEGRADED = "DEGRADED"
    BLOCKED = "BLOCKED"


class Finding(msgspec.Struct, frozen=True, rename="camel"):
    """One reason for a verdict, and what to do about it."""

    readiness: Readiness
    code: str
    reason: str
    remedy: str


_CANNOT_LAUNCH = {
    "STOPPED": "Start replication for the server in DRS.",
    "DISCONNECTED": "Restart or reinstall the replication agent on the server, so that it connects again.",
    "INITIATING": "Wait until the initial synchronisation has finished.",
    "INITIAL_SYNC": "Wait until the initial synchronisation has finished.",
}
_LAUNCHES_OLDER_DATA = {"BACKLOG", "STALLED", "PAUSED", "RESCAN", "CREATING_SNAPSHOT"}


def judge_readiness(server: SourceServer | None) -> tuple[Finding, ...]:
    """Says why a server would not launch as planned; empty means READY.

    A server that lags or stalls still launches, from an older recovery point. It is DEGRADED, not BLOCKED. Only a
    server that has no consistent recovery point, or is not in DRS, cannot launch.
    """
    if server is None:
        reason = "The source server does not exist in DRS in its account and Region."
        return (
            Finding(Readiness.BLOCKED, "NOT_FOUND", reason, "Remove it from its protection group, or add it to DRS."),
        )
    return (*_judge_extension(server), *_judge_replication(server))


def _judge_extension(server: SourceServer) -> tuple[Finding, ...]:
    """DEGRADED, because DRS says that it could not reach the original, and not that it will not."""
    if not server.extension_error:
        return ()
    reason = (
        f"DRS cannot reach the server's original in staging account {server.staging_account_id}: "
        f"{server.extension_error.removesuffix('.')}. The launch may fail."
    )
    remedy = (
        "Check in the staging account that the source server and the role DRSStagingAccountRole_"
        f"{server.account_id} exist."
    )
    return (Finding(Readiness.DEGRADED, "EXTENSION_ERROR", reason, remedy),)


def _judge_replication(server: SourceServer) -> tuple[Finding, ...]:
    if not server.has_recovery_point:
        remedy = _CANNOT_LAUNCH.get(server.replication_state, "Wait until DRS has taken a recovery point.")
        reason = f"The server has no recovery point yet; its replication is {server.replication_state}."
        return (Finding(Readiness.BLOCKED, "NO_RECOVERY_POINT", reason, remedy),)
    if server.replication_state in _LAUNCHES_OLDER_DATA or server.replication_state in _CANNOT_LAUNCH:
        lag = "unknown" if server.lag_seconds is None else f"{server.lag_seconds} s"
        state = f"Replication is {server.replication_state} (lag {lag})"
        reason = f"{state}. The launch would use the last consistent recovery point, not the current data."
        return (Finding(Readiness.DEGRADED, "OLDER_DATA", reason, "Repair the replication to launch current data."),)
    return ()


def overall(findings: tuple[Finding, ...]) -> Readiness:
    """The worst of the findings; READY if there are none."""
    order = [Readiness.READY, Readiness.DEGRADED, Readiness.BLOCKED]
    return max((finding.readiness for finding in findings), key=order.index, default=Readiness.READY)
