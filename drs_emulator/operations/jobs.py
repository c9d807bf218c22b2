"""Starting a recovery, and describing jobs."""

from __future__ import annotations

from typing import Any

from drs_emulator.errors import conflict
from drs_emulator.identifiers import format_time, parse_time
from drs_emulator.launch_jobs import start_launch_job
from drs_emulator.operations.call import Call, Operation
from drs_emulator.operations.pages import page
from drs_emulator.records import Job, LogItem, Participant


def start_recovery(call: Call) -> dict[str, Any]:
    """A drill or a recovery of 1 to 100 servers; the tags become the job's."""
    arguments = call.arguments
    job = start_launch_job(
        call.world,
        call.state,
        arguments["sourceServers"],
        is_drill=bool(arguments.get("isDrill", False)),
        tags=arguments.get("tags") or {},
        now=call.now,
        caller=call.caller,
    )
    return {"job": job_to_wire(job)}


def describe_jobs(call: Call) -> dict[str, Any]:
    """Newest first, by ids or by date of creation."""
    wanted = call.filters
    ids = wanted.get("jobIDs")
    earliest, latest = wanted.get("fromDate"), wanted.get("toDate")
    known = call.state.jobs
    jobs = [known[job_id] for job_id in dict.fromkeys(ids) if job_id in known] if ids else list(known.values())
    if earliest is not None:
        jobs = [job for job in jobs if job.created_at >= parse_time(earliest)]
    if latest is not None:
        jobs = [job for job in jobs if job.created_at <= parse_time(latest)]
    jobs.sort(key=lambda job: job.created_order, reverse=True)
    return page(call, jobs, rank=lambda job: job.created_order, write=job_to_wire, newest_first=True)


def describe_job_log_items(call: Call) -> dict[str, Any]:
    """The job's log in the order of time; an unknown job has an empty log."""
    job = call.state.jobs.get(call.arguments["jobID"])
    numbered = list(enumerate(job.log)) if job is not None else []
    return page(call, numbered, rank=lambda item: item[0], write=lambda item: log_item_to_wire(item[1]))


def delete_job(call: Call) -> dict[str, Any]:
    """Only a finished job can be deleted."""
    job = call.job()
    if job.in_progress:
        raise conflict(f"Job {job.job_id} is in progress.", resource_type="Job", resource_id=job.job_id)
    del call.state.jobs[job.job_id]
    return {}


def job_to_wire(job: Job) -> dict[str, Any]:
    """The Job structure."""
    participants = job.participants.values() if job.lists_participants else ()
    return {
        "jobID": job.job_id,
        "arn": job.arn,
        "type": job.type.value,
        "initiatedBy": job.initiated_by,
        "creationDateTime": format_time(job.created_at),
        "endDateTime": None if job.ended_at is None else format_time(job.ended_at),
        "status": job.status.value,
        "participatingServers": [_participant_to_wire(participant) for participant in participants],
        "tags": dict(job.tags),
        "participatingResources": [],
    }


def log_item_to_wire(item: LogItem) -> dict[str, Any]:
    """The JobLog structure."""
    return {"logDateTime": format_time(item.at), "event": item.event, "eventData": item.data}


def _participant_to_wire(participant: Participant) -> dict[str, Any]:
    shown: dict[str, Any] = {"sourceServerID": participant.server_id, "launchStatus": participant.status.value}
    settled = participant.status.value == "LAUNCHED"
    if settled and participant.shows_instance_id and participant.instance_id is not None:
        shown["recoveryInstanceID"] = participant.instance_id
    if participant.ssm_agent_seen_at is not None:
        seen_at = format_time(participant.ssm_agent_seen_at)
        shown["launchActionsStatus"] = {"ssmAgentDiscoveryDatetime": seen_at, "runs": []}
    return shown


OPERATIONS = {
    "StartRecovery": Operation(handler=start_recovery),
    "DescribeJobs": Operation(handler=describe_jobs),
    "DescribeJobLogItems": Operation(handler=describe_job_log_items),
    "DeleteJob": Operation(handler=delete_job),
}
