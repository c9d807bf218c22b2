"""What the product promises of runs together: servers that several runs want, leases, jobs of others, every answer.

Each function is a promise, as in ``promises``.
"""

from collections.abc import Callable
from datetime import timedelta

from tests.workflow.evidence import JOBS, Record, Run
from tests.workflow.judging import Broken, holds_still, is_own, last_state, takes_over

LAST_LOOK = timedelta(seconds=5)
"""How long before its launch a server may have been looked at. In AWS no other launch ends meanwhile; here it may."""


def no_answer_is_a_server_error(run: Run, record: Record) -> Broken:
    first = next(iter(record.runs))
    for call in record.calls if run.execution_id == first else ():
        if call.status >= 500 and not call.excused:
            yield f"{call.operation} was answered with {call.status}.", {"answer": call.answer}


def two_runs_never_launch_a_server_at_once(run: Run, record: Record) -> Broken:
    for other in record.runs.values():
        if other.execution_id == run.execution_id:
            continue
        for later in run.jobs:
            for earlier in other.jobs:
                both = set(later.server_ids) & set(earlier.server_ids)
                if both and earlier.created_at <= later.created_at and holds_still(other, run, later.created_at):
                    facts = {"first": f"{other.execution_id} {earlier.job_id}", "second": later.job_id}
                    yield f"{sorted(both)} was launched while {other.execution_id} had it.", facts


def no_drill_ends_an_instance_of_a_recovery(run: Run, record: Record) -> Broken:
    """DRS ends all earlier instances of a server that is launched, whoever made them."""
    for job in run.jobs if run.mode == "DRILL" else ():
        for server in job.server_ids:
            seen_at = job.created_at - LAST_LOOK
            made = [one for one in record.jobs if server in one.instances and one.ended_at and one.ended_at < seen_at]
            last = max(made, key=lambda one: one.created_at, default=None)
            if last and not last.is_drill:
                facts = {"instance": last.instances[server], "of": last.job_id, "by": job.job_id}
                yield f"A drill has launched {server}, which had an instance of a recovery.", facts


def a_job_of_someone_else_is_never_adopted(run: Run, record: Record) -> Broken:
    known = {job.job_id: job for job in record.jobs}
    for key, claim in last_state(run).all(JOBS).items():
        job = known.get(str(claim.get("job_id")))
        if job and not is_own(job, run, claim):
            facts = {"of": job.execution_id or "someone in DRS itself", "drill": job.is_drill, "at": job.created_at}
            yield f"Job run {key} is recorded as DRS job {job.job_id}, which is not ours.", facts


def leases_are_held_while_jobs_are_open(run: Run, record: Record) -> Broken:
    for job in run.jobs:
        for server in job.server_ids:
            lease = record.lease_of[server]
            holder = record.holder_at(lease, job.created_at)
            if holder != run.execution_id and not takes_over(record, holder, run):
                yield f"{server} was launched while its lease was held by {holder or 'no run'}.", {"job": job.job_id}
            for taker in record.passed_on(lease, job.created_at, job.ended_at):
                if taker != run.execution_id and not takes_over(record, taker, run):
                    facts = {"job": job.job_id, "wave": job.wave_number}
                    yield f"The lease of {server} went to {taker or 'no run'} while its job was open.", facts


def leases_are_freed_at_the_end(run: Run, record: Record) -> Broken:
    if run.ended:
        held = {change.key: (change.after or {}).get("execution_id") for change in record.leases}
        kept = sorted(lease for lease, holder in held.items() if holder == run.execution_id)
        if kept:
            yield f"It has ended and holds {len(kept)} leases.", {"leases": kept[:5]}


def every_run_is_listed(run: Run, record: Record) -> Broken:
    if run.execution_id not in record.listed:
        yield "REST does not list it.", {}


OF_RUNS_TOGETHER: tuple[Callable[[Run, Record], Broken], ...] = (
    no_answer_is_a_server_error,
    two_runs_never_launch_a_server_at_once,
    no_drill_ends_an_instance_of_a_recovery,
    a_job_of_someone_else_is_never_adopted,
    leases_are_held_while_jobs_are_open,
    leases_are_freed_at_the_end,
    every_run_is_listed,
)
