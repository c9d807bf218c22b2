"""Builders for the records of an execution; values that are not given get an ordinary default."""

from datetime import UTC, datetime, timedelta
from typing import Any

from chalicelib.domain.estate.groups import Impact
from chalicelib.domain.estate.recovery_points import RecoveryPoint
from chalicelib.domain.estate.servers import Finding, OperatingSystem
from chalicelib.domain.estate.sightings import JobSighting, ServerSighting
from chalicelib.domain.plans.plans import ApprovalPolicy, OnFailure, RecoveryPlan, Wave
from chalicelib.domain.runs.planned_servers import PlannedServer
from chalicelib.domain.runs.records import (
    Execution,
    ExecutionStatus,
    JobRun,
    JobStatus,
    Mode,
    ServerRun,
    ServerStatus,
    WaveRun,
    WaveStatus,
)

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
EXECUTION_ID = "exec-01JXXXXXXXXXXXXXXXXXXXXXXX"
ACCOUNT = "222233334444"
REGION = "us-east-1"


def after(seconds: float) -> datetime:
    """This many seconds after noon."""
    return NOON + timedelta(seconds=seconds)


def server_id(number: int) -> str:
    return f"s-{number:017d}"


def an_execution(**fields: Any) -> Execution:
    known: dict[str, Any] = {
        "execution_id": EXECUTION_ID,
        "plan_id": "plan-1",
        "plan_version": 1,
        "plan_name": "Shop",
        "mode": Mode.DRILL,
        "status": ExecutionStatus.IN_PROGRESS,
        "started_at": NOON,
        "initiated_by": "olivia",
    }
    return Execution(**known | fields)


def a_wave(number: int = 1, *needs: int, **fields: Any) -> WaveRun:
    known: dict[str, Any] = {
        "execution_id": EXECUTION_ID,
        "wave_number": number,
        "name": f"Wave {number}",
        "status": WaveStatus.NOT_STARTED,
        "depends_on": needs,
        "on_failure": OnFailure.STOP,
        "min_success_percent": None,
        "timeout_minutes": 120,
        "delay_seconds": 0,
    }
    return WaveRun(**known | fields)


def a_server(number: int = 1, **fields: Any) -> ServerRun:
    known: dict[str, Any] = {
        "execution_id": EXECUTION_ID,
        "wave_number": 1,
        "source_server_id": server_id(number),
        "hostname": f"host-{number}",
        "account_id": ACCOUNT,
        "region": REGION,
        "group_id": "pg-1",
        "os": OperatingSystem.LINUX,
        "impact": Impact.CRITICAL,
        "status": ServerStatus.LAUNCHING,
    }
    return ServerRun(**known | fields)


def a_job(chunk: int = 0, servers: tuple[str, ...] = (), **fields: Any) -> JobRun:
    known: dict[str, Any] = {
        "execution_id": EXECUTION_ID,
        "wave_number": 1,
        "chunk": chunk,
        "attempt": 1,
        "account_id": ACCOUNT,
        "region": REGION,
        "status": JobStatus.STARTED,
        "server_ids": servers,
        "claimed_at": NOON,
        "claim_expires_at": after(75),
        "job_id": f"drsjob-{chunk:017d}",
    }
    return JobRun(**known | fields)


def sighting(job: JobRun, *servers: ServerSighting, **fields: Any) -> JobSighting:
    """What DRS shows of a job; STARTED by default."""
    known: dict[str, Any] = {
        "job_id": job.job_id,
        "status": "STARTED",
        "started_at": NOON,
        "ended_at": None,
        "servers": servers,
    }
    return JobSighting(**known | fields)


def a_plan(*waves: Wave, **fields: Any) -> RecoveryPlan:
    """With one wave if none is given."""
    known: dict[str, Any] = {
        "plan_id": "plan-1",
        "version": 7,
        "name": "Shop",
        "description": "",
        "owner": "",
        "rto_minutes": None,
        "rpo_minutes": None,
        "waves": waves or (Wave(1, "Databases", ("pg-1",)),),
        "approval": ApprovalPolicy(),
        "created_at": NOON,
        "created_by": "adam",
        "updated_at": NOON,
        "updated_by": "adam",
    }
    return RecoveryPlan(**known | fields)


def planned_server(number: int = 1, *findings: Finding, point_at: float | None = None, **fields: Any) -> PlannedServer:
    """A server of wave 1; ``point_at`` is the time of its recovery point in seconds after noon."""
    point = RecoveryPoint(f"pit-{number:017d}", server_id(number), after(point_at)) if point_at is not None else None
    known: dict[str, Any] = {
        "wave_number": 1,
        "source_server_id": server_id(number),
        "hostname": f"host-{number}",
        "account_id": ACCOUNT,
        "region": REGION,
        "group_id": "pg-1",
        "os": OperatingSystem.LINUX,
        "impact": Impact.CRITICAL,
        "findings": findings,
        "recovery_point": point,
    }
    return PlannedServer(**known | fields)
