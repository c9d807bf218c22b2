"""Reads DRS jobs, their logs and the instances that they launched.

Errors of AWS are raised as CloudError or Unavailable, with account and Region.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from ....domain.estate.accounts import Place, TargetAccount
from ....domain.estate.sightings import JobSighting, ServerSighting
from ....domain.launches.learning import LogMoment
from ....side_by_side import chunks
from ...asking import translated
from ...sessions import Access, client
from ..estate.recovery_instances import describe_instances_of

IDS_PER_JOB_FILTER = 1_000
_LAUNCHED = "LAUNCH_END"
_LAUNCH_ERRORS = {"LAUNCH_FAILED", "CONVERSION_FAIL", "SNAPSHOT_FAIL", "SERVER_SKIPPED"}
_TERMINATION_ERRORS = {"CLEANUP_FAIL"}


class LaunchLog(msgspec.Struct, frozen=True):
    """What a job's log says, by source server: why servers failed, and the instances that were launched.

    An instance stands there even if another launch of its server has ended it since.
    """

    errors: Mapping[str, str]
    instances: Mapping[str, str]


def describe_jobs(account: TargetAccount, region: str, job_ids: Sequence[str]) -> dict[str, JobSighting]:
    """The jobs with these ids, by id. Jobs that DRS does not know are missing."""
    filters = [{"jobIDs": list(chunk)} for chunk in chunks(job_ids, IDS_PER_JOB_FILTER)]
    return {job.job_id: job for chosen in filters for job in _describe_jobs(account, region, chosen)}


def describe_jobs_since(account: TargetAccount, region: str, since: datetime) -> list[JobSighting]:
    """All jobs of the Region created since then, newest first, including those of other users of DRS."""
    return list(_describe_jobs(account, region, {"fromDate": since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")}))


def find_recovery_instances(
    account: TargetAccount, region: str, job_id: str, server_ids: Sequence[str]
) -> dict[str, str]:
    """The recovery instances that a job launched, by source server, for jobs that do not list them."""
    instances = describe_instances_of(account, region, server_ids)
    return {item.source_server_id: item.instance_id for item in instances if item.job_id == job_id}


def read_launch_log(account: TargetAccount, region: str, job_id: str) -> LaunchLog:
    """What the log of a launch job says of its servers."""
    errors: dict[str, str] = {}
    instances: dict[str, str] = {}
    for event, data, _ in _log_lines(account, region, job_id):
        server_id = data.get("sourceServerID", "")
        if event in _LAUNCH_ERRORS:
            errors[server_id] = f"{event}: {_reason_in(data)}"
        elif event == _LAUNCHED and data.get("targetInstanceID"):
            instances[server_id] = data["targetInstanceID"]
    return LaunchLog(errors, instances)


def read_log_moments(account: TargetAccount, region: str, job_id: str) -> list[LogMoment]:
    """When what happened in a job, from its log. The log of a job that DRS does not know is empty."""
    return [
        LogMoment(at, event, data.get("sourceServerID", ""))
        for event, data, at in _log_lines(account, region, job_id)
        if at is not None
    ]


def read_termination_errors(account: TargetAccount, region: str, job_id: str) -> dict[str, str]:
    """Why a TERMINATE job left instances running, by instance. Instances without a line in its log are missing."""
    return {
        data["targetInstanceID"]: _reason_in(data)
        for event, data, _ in _log_lines(account, region, job_id)
        if event in _TERMINATION_ERRORS and data.get("targetInstanceID")
    }


def job_sighting(item: dict[str, Any]) -> JobSighting:
    """The job that an answer of DRS describes."""
    return JobSighting(
        job_id=item["jobID"],
        status=item.get("status", "PENDING"),
        started_at=moment_of(item.get("creationDateTime")),
        ended_at=moment_of(item.get("endDateTime")),
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


def _log_lines(
    account: TargetAccount, region: str, job_id: str
) -> Iterator[tuple[str, Mapping[str, Any], datetime | None]]:
    """The lines of a job's log: event, data and time."""
    place = Place(account.account_id, region)
    with translated(place):
        pages = client("drs", place, account, Access.READ).get_paginator("describe_job_log_items")
        for page in pages.paginate(jobID=job_id):
            yield from (
                (item.get("event", ""), item.get("eventData", {}), moment_of(item.get("logDateTime")))
                for item in page.get("items", [])
            )


def _reason_in(data: Mapping[str, Any]) -> str:
    return data.get("rawError") or "DRS gives no reason."


def moment_of(text: str | None) -> datetime | None:
    """The time that DRS writes as text, with its zone; None for none."""
    if not text:
        return None
    moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
