"""What DRS shows: source servers, jobs, job logs and recovery instances. Nothing here changes anything.

All errors of AWS come out as CloudError or Unavailable with account and Region in them.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from ...domain.accounts import Place, TargetAccount
from ...domain.progress import JobSighting, ServerSighting
from ...domain.servers import OperatingSystem, SourceServer
from ..asking import translated
from ..sessions import Access, client

IDS_PER_SERVER_FILTER = 200
IDS_PER_JOB_FILTER = 1_000
_NO_POINT_STATES = {"INITIATING", "INITIAL_SYNC", "STOPPED", "DISCONNECTED"}
_ERROR_EVENTS = {"LAUNCH_FAILED", "CONVERSION_FAIL", "SNAPSHOT_FAIL", "SERVER_SKIPPED"}


def describe_source_servers(
    account: TargetAccount, region: str, *, server_ids: Sequence[str] | None = None
) -> list[SourceServer]:
    """All source servers of a Region, or those of ``server_ids`` that exist there (200 ids a call)."""
    seen_at = datetime.now(UTC)
    place = Place(account.account_id, region)
    filters: list[dict[str, Any]] = [{}]
    if server_ids is not None:
        filters = [{"sourceServerIDs": list(chunk)} for chunk in _chunks(server_ids, IDS_PER_SERVER_FILTER)]
    with translated(place):
        pages = client("drs", place, account, Access.READ).get_paginator("describe_source_servers")
        return [
            _source_server(item, place, seen_at)
            for chosen in filters
            for page in pages.paginate(filters=chosen)
            for item in page.get("items", [])
        ]


def describe_jobs(account: TargetAccount, region: str, job_ids: Sequence[str]) -> dict[str, JobSighting]:
    """The named jobs, by id; those that DRS does not know are missing."""
    filters = [{"jobIDs": list(chunk)} for chunk in _chunks(job_ids, IDS_PER_JOB_FILTER)]
    return {job.job_id: job for chosen in filters for job in _describe_jobs(account, region, chosen)}


def describe_jobs_since(account: TargetAccount, region: str, since: datetime) -> list[JobSighting]:
    """All jobs of the Region created since then, newest first, ours and others."""
    return list(_describe_jobs(account, region, {"fromDate": since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")}))


def find_recovery_instances(
    account: TargetAccount, region: str, job_id: str, server_ids: Sequence[str]
) -> dict[str, str]:
    """The recovery instances that a job made, by source server; for jobs that do not tell them."""
    place = Place(account.account_id, region)
    found: dict[str, str] = {}
    with translated(place):
        pages = client("drs", place, account, Access.READ).get_paginator("describe_recovery_instances")
        for chunk in _chunks(server_ids, IDS_PER_SERVER_FILTER):
            for page in pages.paginate(filters={"sourceServerIDs": list(chunk)}):
                ours = (item for item in page.get("items", []) if item.get("jobID") == job_id)
                found |= {item["sourceServerID"]: item["recoveryInstanceID"] for item in ours}
    return found


def read_launch_errors(account: TargetAccount, region: str, job_id: str) -> dict[str, str]:
    """Why servers of a job failed, by source server, out of the job's log; servers without a line are missing."""
    place = Place(account.account_id, region)
    errors: dict[str, str] = {}
    with translated(place):
        pages = client("drs", place, account, Access.READ).get_paginator("describe_job_log_items")
        for page in pages.paginate(jobID=job_id):
            for item in page.get("items", []):
                data = item.get("eventData", {})
                if item.get("event") in _ERROR_EVENTS and data.get("sourceServerID"):
                    raw = data.get("rawError") or "DRS gives no further reason"
                    errors[data["sourceServerID"]] = f"{item['event']}: {raw}"
    return errors


def job_sighting(item: dict[str, Any]) -> JobSighting:
    """A job as DRS describes it, in any answer."""
    return JobSighting(
        job_id=item["jobID"],
        status=item.get("status", "PENDING"),
        started_at=_moment(item.get("creationDateTime")),
        ended_at=_moment(item.get("endDateTime")),
        servers=tuple(
            ServerSighting(
                seen["sourceServerID"], seen.get("launchStatus", "PENDING"), seen.get("recoveryInstanceID", "")
            )
            for seen in item.get("participatingServers", [])
            if seen.get("sourceServerID")
        ),
        tags=item.get("tags", {}),
        initiated_by=item.get("initiatedBy", ""),
    )


def _describe_jobs(account: TargetAccount, region: str, filters: dict[str, Any]) -> Iterator[JobSighting]:
    place = Place(account.account_id, region)
    with translated(place):
        pages = client("drs", place, account, Access.READ).get_paginator("describe_jobs")
        for page in pages.paginate(filters=filters):
            yield from (job_sighting(item) for item in page.get("items", []))


def _source_server(item: dict[str, Any], place: Place, seen_at: datetime) -> SourceServer:
    properties = item.get("sourceProperties", {})
    hints = properties.get("identificationHints", {})
    replication = item.get("dataReplicationInfo", {})
    state = replication.get("dataReplicationState", "DISCONNECTED")
    windows = "windows" in properties.get("os", {}).get("fullString", "").lower()
    return SourceServer(
        source_server_id=item["sourceServerID"],
        account_id=place.account_id,
        region=place.region,
        hostname=hints.get("hostname") or hints.get("fqdn") or item["sourceServerID"],
        os=OperatingSystem.WINDOWS if windows else OperatingSystem.LINUX,
        replication_state=state,
        lag_seconds=_duration_seconds(replication.get("lagDuration")),
        tags=item.get("tags", {}),
        seen_at=seen_at,
        last_launch_result=item.get("lastLaunchResult", "NOT_STARTED"),
        has_recovery_point=state not in _NO_POINT_STATES,
        source_instance_id=hints.get("awsInstanceID", ""),
    )


_DURATION = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:\.\d+)?S)?)?")
_MAX_DURATION_CHARACTERS = 64


def _duration_seconds(text: str | None) -> int | None:
    """Seconds of an ISO-8601 duration such as ``P0DT0H5M12S``; None for none or one that cannot be read."""
    match = _DURATION.fullmatch(text) if text and len(text) <= _MAX_DURATION_CHARACTERS else None
    if not match:
        return None
    days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return days * 86_400 + hours * 3_600 + minutes * 60 + seconds


def _moment(text: str | None) -> datetime | None:
    if not text:
        return None
    moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _chunks(items: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    return (items[start : start + size] for start in range(0, len(items), size))
