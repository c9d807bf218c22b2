"""Operations on source servers and DRS jobs: one server's status, its recovery points, jobs and their logs."""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from ..domain.access.permissions import Permission
from ..domain.estate.inventory import RegionSighting, RegionState
from ..domain.estate.recovery_points import RecoveryPoint
from ..domain.estate.servers import Finding, Readiness, SourceServer
from ..domain.launches.expected_times import ExpectedTime
from ..domain.limits import Id, OptionalId
from ..domain.pages import Page
from .declaration import Operation, PageRequest, Request, Side

MAX_LOGS = 10
ServerId = Annotated[str, Meta(pattern="^s-[0-9a-zA-Z]{17}$")]
JobId = Annotated[str, Meta(pattern="^drsjob-[0-9a-zA-Z]{17}$")]


class GetServerStatus(Request, frozen=True, kw_only=True):
    """``live`` asks DRS now; otherwise the answer is what the last sync saw.

    Account and Region are needed only for a server that the inventory does not have, or has in several places.
    """

    server_id: ServerId
    account_id: OptionalId = ""
    region: OptionalId = ""
    live: bool = False


class ServerStatus(msgspec.Struct, frozen=True, rename="camel"):
    """A source server and whether it can be launched; ``live`` says that DRS was asked for this answer."""

    server: SourceServer
    live: bool
    readiness: Readiness
    findings: tuple[Finding, ...]
    expected_launch: ExpectedTime


class ListRecoveryPoints(PageRequest, frozen=True, kw_only=True):
    server_id: ServerId
    account_id: OptionalId = ""
    region: OptionalId = ""


class ListDrsJobs(PageRequest, frozen=True, kw_only=True):
    account_id: Id
    region: Id


class DrsJobServer(msgspec.Struct, frozen=True, rename="camel"):
    """``launchStatus`` is spelled as in DRS."""

    source_server_id: str
    launch_status: str
    recovery_instance_id: str


class DrsJob(msgspec.Struct, frozen=True, rename="camel"):
    """A job of DRS, of this platform or of others; status and ``initiatedBy`` are spelled as in DRS.

    A job always ends COMPLETED: success is per server.
    """

    job_id: str
    status: str
    initiated_by: str
    started_at: datetime | None
    ended_at: datetime | None
    servers: tuple[DrsJobServer, ...]
    tags: dict[str, str]


class GetDrsJobLog(PageRequest, frozen=True, kw_only=True):
    job_id: JobId
    account_id: Id
    region: Id


class JobLogLine(msgspec.Struct, frozen=True, rename="camel"):
    """One line of the log of a DRS job; ``error`` is the reason that DRS gives for a failure."""

    at: datetime | None
    event: str
    source_server_id: str
    instance_id: str
    conversion_server_id: str
    error: str


class GetJobLogs(PageRequest, frozen=True, kw_only=True):
    """The logs of an execution's jobs, a few jobs a page because a job of 100 servers has many lines."""

    execution_id: Id
    limit: Annotated[int, Meta(ge=1, le=MAX_LOGS)] = 5


class ExecutionJobLog(msgspec.Struct, frozen=True, rename="camel"):
    """The log of one job of an execution; ``problem`` says why it could not be read."""

    job_id: str
    wave_number: int
    account_id: str
    region: str
    lines: list[JobLogLine]
    problem: str


class DrsRegion(msgspec.Struct, frozen=True, rename="camel"):
    """How DRS answered the last sync; ``state`` is null before the first. Numbers are of the last complete scan."""

    region: str
    state: RegionState | None
    server_count: int
    replicating_count: int | None
    last_error: str
    synced_at: datetime | None

    @classmethod
    def of(cls, region: str, seen: RegionSighting | None) -> "DrsRegion":
        if seen is None:
            return cls(region, None, 0, None, "", None)
        return cls(region, seen.state, seen.server_count, seen.replicating_count, seen.last_error, seen.synced_at)


class DrsAccount(msgspec.Struct, frozen=True, rename="camel"):
    """A target account and its Regions; if it names none, those in which a sync found DRS in use, or no answer.

    ``isPlatformAccount``: the platform itself runs in this account.
    """

    account_id: str
    name: str
    is_platform_account: bool
    server_count: int
    regions: tuple[DrsRegion, ...]


_PLACE = {"accountId": "222233334444", "region": "us-east-1"}

OPERATIONS = (
    Operation(
        name="list_drs_accounts",
        side=Side.QUERY,
        permission=Permission.VIEW,
        request=PageRequest,
        response=Page[DrsAccount],
        summary="Accounts and Regions with source servers, and how DRS answered the last sync in each of them.",
    ),
    Operation(
        name="get_server_status",
        side=Side.QUERY,
        permission=Permission.VIEW,
        request=GetServerStatus,
        response=ServerStatus,
        summary="A source server and its readiness, as the last sync saw it or as DRS shows it now.",
    ),
    Operation(
        name="list_recovery_points",
        side=Side.QUERY,
        permission=Permission.VIEW,
        request=ListRecoveryPoints,
        response=Page[RecoveryPoint],
        summary="Recovery points of a source server, newest first.",
    ),
    Operation(
        name="list_drs_jobs",
        side=Side.QUERY,
        permission=Permission.VIEW,
        request=ListDrsJobs,
        response=Page[DrsJob],
        summary="DRS jobs of an account and Region, newest first, including those of other users of DRS.",
        example=_PLACE,
    ),
    Operation(
        name="get_drs_job_log",
        side=Side.QUERY,
        permission=Permission.VIEW,
        request=GetDrsJobLog,
        response=Page[JobLogLine],
        summary="The log of a DRS job.",
        example={**_PLACE, "jobId": "drsjob-0123456789abcdef0"},
    ),
    Operation(
        name="get_job_logs",
        side=Side.QUERY,
        permission=Permission.VIEW,
        request=GetJobLogs,
        response=Page[ExecutionJobLog],
        summary="The logs of the DRS jobs of an execution.",
    ),
)
