"""The emulator's records: source servers, jobs, recovery instances, and their accounts and Regions.

Records are mutable and touched only under the emulator's lock; how they look on the wire is another module's subject.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from drs_emulator.timeline import ServerPace


class OperatingSystem(StrEnum):
    """What matters of a server's operating system: Windows converts and boots more slowly."""

    LINUX = "LINUX"
    WINDOWS = "WINDOWS"


class JobType(StrEnum):
    """DRS's job types."""

    LAUNCH = "LAUNCH"
    TERMINATE = "TERMINATE"
    CREATE_CONVERTED_SNAPSHOT = "CREATE_CONVERTED_SNAPSHOT"


class JobStatus(StrEnum):
    """DRS's job states; a job never ends FAILED."""

    PENDING = "PENDING"
    STARTED = "STARTED"
    COMPLETED = "COMPLETED"


class LaunchStatus(StrEnum):
    """The truth about one server of a job."""

    PENDING = "PENDING"
    IN_PROGRESS = "IN_PROGRESS"
    LAUNCHED = "LAUNCHED"
    FAILED = "FAILED"
    TERMINATED = "TERMINATED"


class ReplicationState(StrEnum):
    """DRS's data replication states."""

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


# States in which new consistent points are still taken; in all others the newest point stays where it is.
ADVANCING = frozenset({ReplicationState.CONTINUOUS, ReplicationState.BACKLOG, ReplicationState.CREATING_SNAPSHOT})
# States that do not count against the quota of replicating servers.
NOT_REPLICATING = frozenset({ReplicationState.STOPPED, ReplicationState.DISCONNECTED})


@dataclass(frozen=True, kw_only=True)
class Disk:
    """A disk of a source server."""

    device_name: str
    size_bytes: int

    @property
    def size_gib(self) -> int:
        """The size of the volume that it becomes: whole GiB, rounded up."""
        return -(-self.size_bytes // 1024**3)


@dataclass(kw_only=True)
class Replication:
    """A server's data replication as it was set (faults may show something else)."""

    state: ReplicationState
    lag_seconds: float
    since: datetime
    consistent_until: datetime | None = None
    error: str | None = None
    raw_error: str | None = None
    synced_share: float | None = None


class FailbackState(StrEnum):
    """DRS's failback states of a recovery instance."""

    NOT_STARTED = "FAILBACK_NOT_STARTED"
    IN_PROGRESS = "FAILBACK_IN_PROGRESS"
    READY_FOR_LAUNCH = "FAILBACK_READY_FOR_LAUNCH"
    COMPLETED = "FAILBACK_COMPLETED"
    ERROR = "FAILBACK_ERROR"
    NOT_READY_FOR_LAUNCH = "FAILBACK_NOT_READY_FOR_LAUNCH"
    LAUNCH_STATE_NOT_AVAILABLE = "FAILBACK_LAUNCH_STATE_NOT_AVAILABLE"


class Direction(StrEnum):
    """Which way a source server replicates: to the recovery Region, or back to where it came from."""

    FAILOVER = "FAILOVER"
    FAILBACK = "FAILBACK"


@dataclass(kw_only=True)
class Failback:
    """One failback of a recovery instance, by a failback client or (`reversed_arn`) a reversed server.

    `replication` is the client's; a reversed server has its own.
    """

    began_at: datetime
    replication: Replication
    state: FailbackState = FailbackState.IN_PROGRESS
    client_id: str | None = None
    reversed_arn: str | None = None
    job_id: str | None = None
    launch_type: str | None = None


@dataclass(frozen=True, kw_only=True)
class LastLaunch:
    """The last launch of a source server."""

    job_id: str
    called_at: datetime
    is_drill: bool
    status: LaunchStatus


@dataclass(kw_only=True)
class SourceServer:
    """A server that replicates into this account and Region, or an extension of another account's server."""

    server_id: str
    arn: str
    hostname: str
    os: OperatingSystem
    os_name: str
    added_at: datetime
    disks: tuple[Disk, ...]
    tags: dict[str, str]
    cpu_cores: int
    ram_bytes: int
    private_ip: str
    recommended_instance_type: str
    replication: Replication
    launch_configuration: dict[str, Any]
    replication_configuration: dict[str, Any]
    origin: dict[str, str] = field(default_factory=dict)
    staging_arn: str | None = None
    staging_account: str | None = None
    uses_default_key: bool = False
    launch_template_id: str | None = None
    launch_number: int = 0
    synchronisations: int = 0
    locked_by: str | None = None
    last_launch: LastLaunch | None = None
    recovery_instance_id: str | None = None
    direction: Direction = Direction.FAILOVER
    reversed_arn: str | None = None
    reverses: tuple[str, str, str] | None = None  # account, Region and id of the recovery instance that it fails back

    @property
    def windows(self) -> bool:
        """Whether it takes Windows' durations."""
        return self.os is OperatingSystem.WINDOWS

    @property
    def extended(self) -> bool:
        """Whether it is an extension of a server in a staging account."""
        return self.staging_arn is not None


@dataclass(kw_only=True)
class Participant:
    """One server in a job."""

    server_id: str
    pace: ServerPace
    status: LaunchStatus = LaunchStatus.PENDING
    snapshot_id: str | None = None
    data_at: datetime | None = None
    instance_id: str | None = None
    shows_instance_id: bool = True
    raw_error: str | None = None
    done: bool = False
    settles_late: bool = False
    launch_is_due: bool = False
    ec2_has_answered: bool = False
    ec2_state: str = "RUNNING"
    ssm_agent_seen_at: datetime | None = None
    instance_tags: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class LogItem:
    """One line of a job's log, already in wire form."""

    at: datetime
    event: str
    data: dict[str, Any]


@dataclass(kw_only=True)
class Job:
    """A job and its log."""

    job_id: str
    arn: str
    account: str
    region: str
    type: JobType
    initiated_by: str
    created_at: datetime
    created_order: int
    tags: dict[str, str]
    participants: dict[str, Participant]
    is_drill: bool = False
    status: JobStatus = JobStatus.PENDING
    ended_at: datetime | None = None
    lists_participants: bool = True
    caller: str | None = None  # in whose name DRS calls EC2; None may do everything
    log: list[LogItem] = field(default_factory=list)
    instance_ids: tuple[str, ...] = ()

    @property
    def in_progress(self) -> bool:
        """Whether it counts against the quotas."""
        return self.status is not JobStatus.COMPLETED


@dataclass(kw_only=True)
class RecoveryInstance:
    """An instance that a job launched from a source server."""

    instance_id: str
    arn: str
    server_id: str
    job_id: str
    is_drill: bool
    launched_at: datetime
    data_at: datetime | None
    tags: dict[str, str]
    ec2_state: str
    state_asked_at: datetime | None = None  # when EC2 was last asked for the state
    disconnected: bool = False
    order: int = 0
    agent_is_due: bool = False
    agent_seen_at: datetime | None = None
    keeps_not_ready: bool = False
    failback: Failback | None = None
    failback_configuration: dict[str, Any] = field(default_factory=dict)


@dataclass(kw_only=True)
class RegionState:
    """All that one account has in one Region."""

    account: str
    region: str
    initialized: bool = False
    disabled: bool = False
    servers: dict[str, SourceServer] = field(default_factory=dict)
    jobs: dict[str, Job] = field(default_factory=dict)
    active_jobs: dict[str, Job] = field(default_factory=dict)
    recovery_instances: dict[str, RecoveryInstance] = field(default_factory=dict)
    # Instances that DRS no longer lists but that may still run, with the server that each was launched from.
    deleted_instances: dict[str, str] = field(default_factory=dict)
    launch_templates: dict[str, dict[str, Any]] = field(default_factory=dict)
    replication_templates: dict[str, dict[str, Any]] = field(default_factory=dict)
    # By source server or launch configuration template, then by the action's id.
    launch_actions: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    made: int = 0

    def next_order(self) -> int:
        """A number that grows with everything made here."""
        self.made += 1
        return self.made
