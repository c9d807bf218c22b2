"""Terminates the instances of an execution that has ended, follows this to the end and reports it.

Each request to DRS is claimed, sent and recorded, like a launch. A request whose answer was lost is settled by looking
at its instances. It is not sent again before it is certain that it never reached DRS.
"""

from collections.abc import Container, Mapping, Sequence

import msgspec

from ...aws.actions.afterwards.terminations import terminate_instances
from ...aws.reads.estate.recovery_instances import see_instances
from ...aws.reads.launches.job_looks import show_jobs
from ...aws.reads.launches.jobs import read_termination_errors
from ...domain.access.context import CallContext
from ...domain.afterwards.termination import (
    Sighted,
    Standing,
    TerminationProgress,
    describe_progress,
    explain_left_drs,
    judge_termination,
    list_failures,
    places_to_look_at,
    split_requests,
    summarize_progress,
)
from ...domain.afterwards.termination_requests import TerminationRequest, of_round, refusals_of
from ...domain.attempts import STOPS_A_PLACE, Attempt, RefusalKind
from ...domain.errors import DomainError
from ...domain.estate.accounts import Place, TargetAccount
from ...domain.estate.sightings import InstanceSighting, JobSighting
from ...domain.launches.claims import is_final_refusal
from ...domain.launches.progress import JobChange
from ...domain.runs.events import EventKind
from ...domain.runs.interventions import require_terminable
from ...domain.runs.records import Execution, JobStatus, Mode, ServerRun, TimelineEvent
from ...domain.text import count_of
from ...logs import logger
from ...operations.afterwards import TerminateInstances
from ...settings import settings
from ...side_by_side import ask_each, each_place
from ...store.reads.afterwards.terminations import get_termination_requests
from ...store.reads.estate.accounts import find_accounts
from ...store.reads.runs.executions import get_execution, get_launch_jobs, get_servers
from ...store.writes.afterwards import terminations as writes
from ...store.writes.launches.jobs import (
    claim_termination,
    record_job_completed,
    record_job_refused,
    record_job_started,
)
from ...store.writes.runs.timeline import append_events
from ..notices.events import new_event
from ..waves.counting import recount_all
from .recovery_termination import require_consent_to_terminate


def terminate_recovery_instances(request: TerminateInstances, call: CallContext) -> TerminationProgress:
    """Terminates every instance of an execution that has ended. Instances that are gone count as done.

    A repeated call during a termination continues it; a call after its end tries the remaining instances again. Raises
    RecordNotFound, IllegalTransition for an execution that has not ended, and for a RECOVERY what
    ``require_consent_to_terminate`` raises.
    """
    execution = get_execution(request.execution_id)
    require_terminable(execution)
    by = call.principal.name
    if execution.mode is Mode.RECOVERY:
        by = require_consent_to_terminate(execution, request, call)
    because = f" Reason: {request.reason.strip()}" if request.reason.strip() else ""
    message = f"The termination of all instances was requested by {by}.{because}"
    begin_round(execution, EventKind.TERMINATION_ASKED, message, call)
    progress = drive_termination(request.execution_id, call)
    return msgspec.structs.replace(progress, statement=describe_progress(progress))


def begin_round(execution: Execution, kind: EventKind, message: str, call: CallContext) -> bool:
    """Opens a round of termination. False if a round is open or the last one left nothing."""
    last = execution.termination
    if last and last.ended_at is None:
        return False
    if last and not summarize_progress(execution, get_servers(execution.execution_id)).failed:
        return False
    event = new_event(execution.execution_id, call.now, kind, message)
    return writes.begin_termination(execution, event, by=call.principal)


def drive_termination(execution_id: str, call: CallContext) -> TerminationProgress:
    """Advances an open round as far as possible, and closes it if it is over. Safe to repeat and to run twice."""
    execution = get_execution(execution_id)
    if execution.termination is None or execution.termination.ended_at:
        return summarize_progress(execution, get_servers(execution_id))
    launches, requests = get_launch_jobs(execution_id), get_termination_requests(execution_id)
    accounts = find_accounts({job.account_id for job in launches} | {request.account_id for request in requests})
    requests, problems = _follow_requests(requests, accounts)
    servers = get_servers(execution_id)
    sighted = _look(places_to_look_at(servers, launches), accounts, problems)
    requests = _settle_requests(requests, sighted, call)
    standing = judge_termination(servers, launches, of_round(requests, execution.termination.round), sighted)
    _record(servers, requests, standing, accounts, call)
    broken = _ask_all(execution, requests, standing, accounts, call) if standing.to_request else ()
    servers = get_servers(execution_id)
    if standing.over:
        _finish(execution, servers, call)
    execution = get_execution(execution_id)
    waits = refusals_of(get_termination_requests(execution_id), execution.termination) if standing.to_request else ()
    return summarize_progress(execution, servers, problems=(*sighted.problems, *broken, *waits))


def _follow_requests(
    requests: Sequence[TerminationRequest], accounts: Mapping[str, TargetAccount]
) -> tuple[list[TerminationRequest], tuple[str, ...]]:
    """Records which requests DRS has finished. Returns all requests as they are now, and the problems of the look."""
    started = [request for request in requests if request.status is JobStatus.STARTED and request.job_id]
    looks = show_jobs(started, accounts)
    # A job that DRS has forgotten is over.
    seen = {
        request.job_id: looks.found[request.place].get(
            request.job_id, JobSighting(request.job_id, "COMPLETED", None, None, ())
        )
        for request in started
        if request.place in looks.found
    }
    followed = [_completed(item, seen.get(item.job_id)) if item in started else item for item in requests]
    return followed, looks.problems


def _completed(request: TerminationRequest, seen: JobSighting | None) -> TerminationRequest:
    if seen is None or not seen.has_ended:
        return request
    record_job_completed(request, JobChange(request.chunk, request.round, seen.started_at, seen.ended_at), [])
    return msgspec.structs.replace(request, status=JobStatus.COMPLETED)


def _look(
    places: Mapping[Place, Mapping[str, str]], accounts: Mapping[str, TargetAccount], problems: Sequence[str]
) -> Sighted:
    def look(place: Place) -> tuple[InstanceSighting, ...]:
        return tuple(see_instances(accounts[place.account_id], place.region, places[place]))

    looks = each_place(places, look, what="recovery instances")
    return Sighted(frozenset(looks.found), looks.found, (*problems, *looks.problems))


def _settle_requests(
    requests: Sequence[TerminationRequest], sighted: Sighted, call: CallContext
) -> list[TerminationRequest]:
    """Settles requests without an answer by their instances: DRS accepted those whose instances are gone."""
    running = {
        seen.instance_id
        for instances in sighted.instances.values()
        for seen in instances
        if seen.exists and not seen.is_going
    }
    settled: list[TerminationRequest] = []
    for request in requests:
        unknown = request.is_unanswered and request.place in sighted.places
        if unknown and not running & set(request.instance_ids):
            count = len(request.instance_ids)
            verb = "is" if count == 1 else "are"
            message = (
                f"The answer of DRS was lost, but it accepted the request: {count_of(count, 'instance')} in "
                f"{request.place} {verb} no longer running."
            )
            record_job_started(request, "", None, [_event(request, EventKind.TERMINATION_REQUESTED, message, call)])
            settled.append(_completed(request, JobSighting("", "COMPLETED", None, None, ())))
        elif unknown and call.now > request.claim_expires_at + settings().claim_settle:
            reason = "The answer of DRS was lost and the instances are still running, so DRS did not get the request."
            event = _event(request, EventKind.TERMINATION_REFUSED, f"{reason} The request is sent again.", call)
            record_job_refused(request, RefusalKind.GONE, reason, [event])
            gone = RefusalKind.GONE.value
            settled.append(msgspec.structs.replace(request, status=JobStatus.REFUSED, refusal_kind=gone))
        else:
            settled.append(request)
    return settled


def _record(
    servers: Sequence[ServerRun],
    requests: Sequence[TerminationRequest],
    standing: Standing,
    accounts: Mapping[str, TargetAccount],
    call: CallContext,
) -> None:
    writes.record_late_instances(standing.late)
    writes.record_terminated(standing.gone, call.now)
    known = [*servers, *standing.late]
    errors = {
        run.recovery_instance_id: explain_left_drs(seen, run.place)
        for run in known
        if (seen := standing.left_drs.get(run.recovery_instance_id))
    }
    unexplained = {run.recovery_instance_id for run in known if not run.termination_error} & standing.stuck - set(
        errors
    )
    if not unexplained and not errors:
        return
    for request in requests:
        mine = unexplained & set(request.instance_ids)
        if mine:
            error = request.refusal or (
                f"DRS job {request.job_id} in {request.place} has ended and left the instance running. Look at the log "
                "of the job, then request the termination again."
            )
            errors |= dict.fromkeys(mine, error)
            errors |= _errors_in_log(request, accounts, mine)
    writes.record_termination_errors(known, errors)


def _errors_in_log(
    request: TerminationRequest, accounts: Mapping[str, TargetAccount], wanted: set[str]
) -> dict[str, str]:
    if not request.job_id:
        return {}
    try:
        found = read_termination_errors(accounts[request.account_id], request.region, request.job_id)
    except DomainError as error:
        logger.warning("job log not read", extra={"job_id": request.job_id, "reason": error.message})
        return {}
    return {item: reason for item, reason in found.items() if item in wanted}


def _ask_all(
    execution: Execution,
    requests: Sequence[TerminationRequest],
    standing: Standing,
    accounts: Mapping[str, TargetAccount],
    call: CallContext,
) -> tuple[str, ...]:
    """Sends requests for all instances that need one, each under the next number. Returns the places that failed.

    A call that finds its first number taken sends nothing, because another call is doing it.
    """
    round_ = execution.termination.round if execution.termination else 0
    earlier = of_round(requests, round_)
    chunk = max((request.chunk for request in earlier), default=-1) + 1
    refused = {(request.place, request.refusal) for request in earlier if request.status is JobStatus.REFUSED}
    claims: dict[Place, list[TerminationRequest]] = {}
    for place, instance_ids in standing.to_request.items():
        for ids in split_requests(instance_ids, earlier):
            claims.setdefault(place, []).append(_claim(execution, place, ids, (round_, chunk), call))
            chunk += 1
    first = next(iter(claims.values()))[0]
    if not claim_termination(first):
        return ()
    answers = ask_each(lambda here: _ask_place(here, first, refused, accounts, call), claims.values())
    return tuple(
        f"{place}: {answer.message}"
        for place, answer in zip(claims, answers, strict=True)
        if isinstance(answer, DomainError)
    )


def _claim(
    execution: Execution, place: Place, ids: tuple[str, ...], number: tuple[int, int], call: CallContext
) -> TerminationRequest:
    now = call.now
    return TerminationRequest(
        execution_id=execution.execution_id,
        round=number[0],
        chunk=number[1],
        account_id=place.account_id,
        region=place.region,
        status=JobStatus.CLAIMED,
        instance_ids=ids,
        claimed_at=now,
        claim_expires_at=now + settings().claim_life,
    )


def _ask_place(
    claims: Sequence[TerminationRequest],
    claimed: TerminationRequest,
    refused: Container[tuple[Place, str]],
    accounts: Mapping[str, TargetAccount],
    call: CallContext,
) -> None:
    """Sends the requests of one place one by one. A refusal that is among ``refused`` is not reported again."""
    for drafted in claims:
        now = call.now
        claim = msgspec.structs.replace(drafted, claimed_at=now, claim_expires_at=now + settings().claim_life)
        if drafted is claimed:
            claim = drafted
        elif not claim_termination(claim):
            return
        answer = terminate_instances(
            accounts[claim.account_id],
            claim.region,
            claim.instance_ids,
            send_before=claim.claimed_at + settings().claim_window,
        )
        _record_answer(claim, answer, (claim.place, answer.reason) in refused, call)
        if answer.refusal in STOPS_A_PLACE:
            return


def _record_answer(claim: TerminationRequest, answer: Attempt[JobSighting], is_known: bool, call: CallContext) -> None:
    instances = f"{count_of(len(claim.instance_ids), 'instance')} in {claim.place}"
    if answer.result is not None:
        message = f"DRS took job {answer.result.job_id}, which terminates {instances}."
        event = _event(claim, EventKind.TERMINATION_REQUESTED, message, call)
        record_job_started(claim, answer.result.job_id, answer.result.started_at, [event])
    elif answer.refusal is not None:
        final = is_final_refusal(answer.refusal, len(claim.instance_ids))
        over = "They keep running: fix the cause, then request the termination again."
        follow = over if final else "The request is sent again."
        message = f"DRS refused to terminate {instances}: {answer.reason.removesuffix('.')}. {follow}"
        event = _event(claim, EventKind.TERMINATION_REFUSED, message, call)
        record_job_refused(claim, answer.refusal, answer.reason, [] if is_known else [event])
    else:
        certain_at = claim.claim_expires_at + settings().claim_settle
        message = (
            f"The termination of {instances} was requested but not confirmed. {answer.reason} We are checking whether "
            f"they terminate; if they are still running at {certain_at:%H:%M:%S} UTC, the request is sent again."
        )
        append_events([_event(claim, EventKind.TERMINATION_REQUESTED, message, call)])


def _event(claim: TerminationRequest, kind: EventKind, message: str, call: CallContext) -> TimelineEvent:
    return new_event(claim.execution_id, call.now, kind, message, jobRun=claim.key)


def _finish(execution: Execution, servers: Sequence[ServerRun], call: CallContext) -> None:
    progress = summarize_progress(execution, servers)
    message = f"{progress.terminated} of {count_of(progress.total, 'instance')} terminated.{list_failures(progress)}"
    event = new_event(
        execution.execution_id,
        call.now,
        EventKind.TERMINATION_ENDED,
        message,
        mode=execution.mode.value,
        terminated=str(progress.terminated),
        failed=str(progress.failed),
    )
    # Before the end is recorded: after it no call looks at these servers again.
    recount_all(execution)
    writes.finish_termination(execution, event)
