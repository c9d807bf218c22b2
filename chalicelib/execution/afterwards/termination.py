"""Terminating the instances of an execution that has ended, to the end: asked for, followed, told.

Each request to DRS is claimed, sent, recorded, like a launch. A request whose answer was lost is settled by looking at
its instances; nobody asks again before it is certain that DRS has not been asked.
"""

from collections.abc import Container, Mapping, Sequence

import msgspec

from ...aws.actions.afterwards.terminations import terminate_instances
from ...aws.reads.estate.recovery_instances import describe_instances_of, read_termination_errors
from ...aws.reads.launches.job_looks import show_jobs
from ...domain.access.context import CallContext
from ...domain.afterwards.termination import (
    TERMINATIONS,
    Sighted,
    Standing,
    TerminationProgress,
    judge_termination,
    places_to_look_at,
    split_requests,
    tell_progress,
)
from ...domain.attempts import STOPS_A_PLACE, Attempt, RefusalKind
from ...domain.errors import DomainError, IllegalTransition
from ...domain.estate.accounts import Place, TargetAccount
from ...domain.estate.sightings import InstanceSighting, JobSighting
from ...domain.launches.progress import JobChange
from ...domain.launches.requests import is_final_refusal
from ...domain.runs.events import EventKind
from ...domain.runs.records import Execution, ExecutionStatus, JobRun, JobStatus, ServerRun, TimelineEvent
from ...logs import logger
from ...operations.runs import ExecutionId
from ...settings import settings
from ...side_by_side import each_place, map_bounded
from ...store.reads.afterwards.terminations import get_all_jobs
from ...store.reads.estate.accounts import find_accounts
from ...store.reads.runs.executions import get_execution, get_servers
from ...store.writes.afterwards import terminations as writes
from ...store.writes.launches.jobs import (
    claim_termination,
    record_job_completed,
    record_job_refused,
    record_job_started,
)
from ...store.writes.runs.timeline import append_events
from ..notices.events import new_event


def terminate_recovery_instances(request: ExecutionId, call: CallContext) -> TerminationProgress:
    """Asks for the end of every instance of an execution that has ended; instances that are gone count as done.

    Repeated while it is under way it only goes on; repeated after its end it tries those again that were left. Raises
    RecordNotFound, and IllegalTransition for an execution that has not ended.
    """
    execution = get_execution(request.execution_id)
    if not execution.status.is_final:
        ending = execution.status is ExecutionStatus.CANCELLING
        remedy = "Wait for its end: its DRS jobs run on until then." if ending else "Cancel it first."
        raise IllegalTransition(
            f"The execution is {execution.status}; its instances can be terminated once it has ended. {remedy}",
            **{"from": execution.status.value},
        )
    message = f"The termination of all instances was asked for by {call.principal.name}."
    begin_round(execution, EventKind.TERMINATION_ASKED, message, call)
    progress = drive_termination(request.execution_id, call)
    asked = f"{progress.total - progress.terminated} instance(s) in {len(progress.places)} account(s) and Region(s)"
    statement = f"DRS terminates {asked}; those that fail are told with the reason. It is followed to the end."
    if not progress.pending and not progress.failed:
        statement = f"All {progress.total} instance(s) are gone."
    return msgspec.structs.replace(progress, statement=statement)


def begin_round(execution: Execution, kind: EventKind, message: str, call: CallContext) -> bool:
    """Opens a round of termination; False while one is open or when the last one left nothing."""
    last = execution.termination
    if last and last.ended_at is None:
        return False
    if last and not tell_progress(execution, get_servers(execution.execution_id)).failed:
        return False
    event = new_event(execution.execution_id, call.now, kind, message)
    return writes.begin_termination(execution, event, by=call.principal.name)


def drive_termination(execution_id: str, call: CallContext) -> TerminationProgress:
    """Takes an open round as far as it goes by now, and closes it when it is over. Safe to repeat and to run twice."""
    execution = get_execution(execution_id)
    if execution.termination is None or execution.termination.ended_at:
        return tell_progress(execution, get_servers(execution_id))
    jobs = get_all_jobs(execution_id)
    accounts = find_accounts({job.account_id for job in jobs})
    jobs, problems = _follow_jobs(jobs, accounts)
    servers = get_servers(execution_id)
    sighted = _look(places_to_look_at(servers, jobs), accounts, problems)
    jobs = _settle_requests(jobs, sighted, call)
    standing = judge_termination(execution, servers, jobs, sighted)
    _record(servers, jobs, standing, accounts, call)
    if standing.to_ask:
        _ask_all(execution, jobs, standing, accounts, call)
    servers = get_servers(execution_id)
    if standing.over:
        _finish(execution, servers, call)
    return tell_progress(get_execution(execution_id), servers, problems=sighted.problems)


def _follow_jobs(jobs: Sequence[JobRun], accounts: Mapping[str, TargetAccount]) -> tuple[list[JobRun], tuple[str, ...]]:
    """Jobs with what DRS shows of the requests to terminate that are open; an execution ends after its last launch."""
    started = [job for job in jobs if job.status is JobStatus.STARTED and job.job_id]
    looks = show_jobs(started, accounts)
    # A job that DRS has forgotten is over.
    seen = {
        job.job_id: looks.found[job.place].get(job.job_id, JobSighting(job.job_id, "COMPLETED", None, None, ()))
        for job in started
        if job.place in looks.found
    }
    return [_completed(job, seen.get(job.job_id)) if job in started else job for job in jobs], looks.problems


def _completed(job: JobRun, seen: JobSighting | None) -> JobRun:
    if seen is None or not seen.has_ended:
        return job
    record_job_completed(job, JobChange(job.chunk, job.attempt, seen.started_at, seen.ended_at), [])
    return msgspec.structs.replace(job, status=JobStatus.COMPLETED)


def _look(
    places: Mapping[Place, Sequence[str]], accounts: Mapping[str, TargetAccount], problems: Sequence[str]
) -> Sighted:
    def look(place: Place) -> tuple[InstanceSighting, ...]:
        return tuple(describe_instances_of(accounts[place.account_id], place.region, places[place]))

    looks = each_place(places, look, what="recovery instances")
    return Sighted(frozenset(looks.found), looks.found, (*problems, *looks.problems))


def _settle_requests(jobs: Sequence[JobRun], sighted: Sighted, call: CallContext) -> list[JobRun]:
    """Requests whose answer is unknown: DRS took it when its instances go, and did not when time has passed."""
    running = {
        seen.instance_id
        for instances in sighted.instances.values()
        for seen in instances
        if seen.state not in {"SHUTTING-DOWN", "TERMINATED", "NOT_FOUND"}
    }
    settled: list[JobRun] = []
    for job in jobs:
        unknown = job.wave_number == TERMINATIONS and job.is_open and not job.job_id and job.place in sighted.places
        if unknown and not running & set(job.server_ids):
            message = f"The lost answer is found: DRS terminates {len(job.server_ids)} instance(s) in {job.place}."
            record_job_started(job, "", None, [_event(job, EventKind.TERMINATION_REQUESTED, message, call)])
            settled.append(_completed(job, JobSighting("", "COMPLETED", None, None, ())))
        elif unknown and call.now > job.claim_expires_at + settings().claim_settle:
            reason = "The answer of DRS was lost, and the instances still run: DRS was not asked."
            event = _event(job, EventKind.TERMINATION_REFUSED, f"{reason} It is asked again.", call)
            record_job_refused(job, RefusalKind.GONE, reason, [event])
            settled.append(msgspec.structs.replace(job, status=JobStatus.REFUSED, refusal_kind=RefusalKind.GONE.value))
        else:
            settled.append(job)
    return settled


def _record(
    servers: Sequence[ServerRun],
    jobs: Sequence[JobRun],
    standing: Standing,
    accounts: Mapping[str, TargetAccount],
    call: CallContext,
) -> None:
    writes.record_late_instances(standing.late)
    writes.record_terminated(standing.gone, call.now)
    known = [*servers, *standing.late]
    untold = {run.recovery_instance_id for run in known if not run.termination_error} & standing.stuck
    if not untold:
        return
    errors: dict[str, str] = {}
    for job in jobs:
        mine = untold & set(job.server_ids) if job.wave_number == TERMINATIONS else set[str]()
        if mine:
            errors |= dict.fromkeys(mine, job.refusal or f"DRS ended job {job.job_id} and left the instance running.")
            errors |= _told_by_log(job, accounts, mine)
    writes.record_termination_errors(known, errors)


def _told_by_log(job: JobRun, accounts: Mapping[str, TargetAccount], wanted: set[str]) -> dict[str, str]:
    if not job.job_id:
        return {}
    try:
        told = read_termination_errors(accounts[job.account_id], job.region, job.job_id)
    except DomainError as error:
        logger.warning("job log not read", extra={"job_id": job.job_id, "reason": error.message})
        return {}
    return {item: reason for item, reason in told.items() if item in wanted}


def _ask_all(
    execution: Execution,
    jobs: Sequence[JobRun],
    standing: Standing,
    accounts: Mapping[str, TargetAccount],
    call: CallContext,
) -> None:
    """One request after the other, each under the next number: who finds a number taken leaves the lead to others."""
    round_ = execution.termination.round if execution.termination else 0
    requests = [job for job in jobs if job.wave_number == TERMINATIONS and job.attempt == round_]
    chunk = max((job.chunk for job in requests), default=-1) + 1
    refused = {(job.place, job.refusal) for job in requests if job.status is JobStatus.REFUSED}
    claims: dict[Place, list[JobRun]] = {}
    for place, instance_ids in standing.to_ask.items():
        for ids in split_requests(instance_ids, requests):
            claims.setdefault(place, []).append(_claim(execution, place, ids, (round_, chunk), call))
            chunk += 1
    first = next(iter(claims.values()))[0]
    if not claim_termination(first):
        return
    map_bounded(lambda asked: _ask_place(asked, first, refused, accounts, call), claims.values(), limit=8)


def _claim(
    execution: Execution, place: Place, ids: tuple[str, ...], number: tuple[int, int], call: CallContext
) -> JobRun:
    now = call.now
    return JobRun(
        execution_id=execution.execution_id,
        wave_number=TERMINATIONS,
        chunk=number[1],
        attempt=number[0],
        account_id=place.account_id,
        region=place.region,
        status=JobStatus.CLAIMED,
        server_ids=ids,
        claimed_at=now,
        claim_expires_at=now + settings().claim_life,
    )


def _ask_place(
    claims: Sequence[JobRun],
    claimed: JobRun,
    refused: Container[tuple[Place, str]],
    accounts: Mapping[str, TargetAccount],
    call: CallContext,
) -> None:
    """Sends the requests of one place one by one. What was ``refused`` before for the same reason is told once."""
    for drafted in claims:
        now = call.now
        claim = msgspec.structs.replace(drafted, claimed_at=now, claim_expires_at=now + settings().claim_life)
        if drafted is claimed:
            claim = drafted
        elif not claim_termination(claim):
            return
        asked = terminate_instances(
            accounts[claim.account_id],
            claim.region,
            claim.server_ids,
            send_before=claim.claimed_at + settings().claim_window,
        )
        _record_answer(claim, asked, (claim.place, asked.reason) in refused, call)
        if asked.refusal in STOPS_A_PLACE:
            return


def _record_answer(claim: JobRun, asked: Attempt[JobSighting], is_known: bool, call: CallContext) -> None:
    count = len(claim.server_ids)
    if asked.result is not None:
        message = f"DRS took job {asked.result.job_id} in {claim.place}: it terminates {count} instance(s)."
        event = _event(claim, EventKind.TERMINATION_REQUESTED, message, call)
        record_job_started(claim, asked.result.job_id, asked.result.started_at, [event])
    elif asked.refusal is not None:
        follow = "They stay." if is_final_refusal(asked.refusal, count) else "It is asked again."
        message = (
            f"DRS refused to terminate {count} instance(s) in {claim.place}: {asked.reason.removesuffix('.')}. {follow}"
        )
        event = _event(claim, EventKind.TERMINATION_REFUSED, message, call)
        record_job_refused(claim, asked.refusal, asked.reason, [] if is_known else [event])
    else:
        message = f"Nobody knows yet whether DRS terminates {count} instance(s) in {claim.place}: {asked.reason}"
        append_events([_event(claim, EventKind.TERMINATION_REQUESTED, message, call)])


def _event(claim: JobRun, kind: EventKind, message: str, call: CallContext) -> TimelineEvent:
    return new_event(claim.execution_id, call.now, kind, message, jobRun=claim.key)


def _finish(execution: Execution, servers: Sequence[ServerRun], call: CallContext) -> None:
    progress = tell_progress(execution, servers)
    left = f"; {progress.failed} could not be terminated" if progress.failed else ""
    message = f"{progress.terminated} of {progress.total} instance(s) are terminated{left}."
    event = new_event(
        execution.execution_id,
        call.now,
        EventKind.TERMINATION_ENDED,
        message,
        mode=execution.mode.value,
        terminated=str(progress.terminated),
        failed=str(progress.failed),
    )
    writes.finish_termination(execution, event)
