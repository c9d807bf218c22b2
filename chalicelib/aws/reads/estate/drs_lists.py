"""Reads pages of source servers, recovery points, jobs and job logs from DRS."""

from datetime import UTC, datetime
from typing import Any

from ....domain.estate.accounts import Place, TargetAccount
from ....domain.estate.recovery_points import RecoveryPoint
from ....domain.estate.servers import SourceServer
from ....operations.servers import DrsJob, DrsJobServer, JobLogLine
from ..launches.jobs import job_sighting, moment_of
from .drs_pages import read_drs_page
from .recovery_points import recovery_point
from .source_servers import source_server


def page_of_servers(account: TargetAccount, region: str, limit: int, token: str) -> tuple[list[SourceServer], str]:
    """A page of source servers, and the token of the next one."""
    page = read_drs_page(account, region, "describe_source_servers", limit=limit, token=token, filters={})
    place, now = Place(account.account_id, region), datetime.now(UTC)
    return [source_server(item, place, now) for item in page.items], page.token


def page_of_points(
    account: TargetAccount, region: str, server_id: str, limit: int, token: str
) -> tuple[list[RecoveryPoint], str]:
    """A page of a server's recovery points, newest first, and the token of the next one."""
    wanted = {"sourceServerID": server_id, "order": "DESC", "id_field": "serverId"}
    page = read_drs_page(account, region, "describe_recovery_snapshots", limit=limit, token=token, **wanted)
    return [recovery_point(item) for item in page.items], page.token


def page_of_jobs(account: TargetAccount, region: str, limit: int, token: str) -> tuple[list[DrsJob], str]:
    """A page of jobs, newest first, and the token of the next one."""
    page = read_drs_page(account, region, "describe_jobs", limit=limit, token=token, filters={})
    return [_job(item) for item in page.items], page.token


def page_of_job_log(
    account: TargetAccount, region: str, job_id: str, limit: int, token: str
) -> tuple[list[JobLogLine], str]:
    """A page of a job's log, and the token of the next one. The log of a job that DRS does not know is empty."""
    wanted = {"jobID": job_id, "id_field": "jobId"}
    page = read_drs_page(account, region, "describe_job_log_items", limit=limit, token=token, **wanted)
    return [_line(item) for item in page.items], page.token


def _job(item: dict[str, Any]) -> DrsJob:
    job = job_sighting(item)
    servers = tuple(
        DrsJobServer(seen.source_server_id, seen.launch_status, seen.recovery_instance_id) for seen in job.servers
    )
    return DrsJob(job.job_id, job.status, job.initiated_by, job.started_at, job.ended_at, servers, job.tags)


def _line(item: dict[str, Any]) -> JobLogLine:
    data = item.get("eventData", {})
    return JobLogLine(
        at=moment_of(item.get("logDateTime")),
        event=item.get("event", ""),
        source_server_id=data.get("sourceServerID", ""),
        instance_id=data.get("targetInstanceID", ""),
        conversion_server_id=data.get("conversionServerID", ""),
        error=data.get("rawError", ""),
    )
