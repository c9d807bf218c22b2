"""Writing requests to DRS: claimed before DRS is asked, then started or refused, then completed; never twice.

The event in the timeline is part of the write that it describes, so that a crash neither loses nor repeats it.
"""

from collections.abc import Sequence
from datetime import datetime

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from ....domain.afterwards.termination_requests import TerminationRequest
from ....domain.attempts import RefusalKind
from ....domain.launches.progress import JobChange
from ....domain.runs.records import JobRun, JobStatus, TimelineEvent
from ...tables.launches import JOB_RUNS, LESSON_DUE, TERMINATION_REQUESTS, JobRunItem
from ...tables.runs import WaveRunItem
from ...transactions import Transaction, committed
from ..runs.revisions import revise
from ..runs.timeline import save_events
from ..runs.waves import run_launches, wave_launches

DrsRequest = JobRun | TerminationRequest
"""Both are kept in one table and have the same states."""


def claim_launch(job: JobRun) -> bool:
    """Claims a launch while the execution and the wave's attempt may launch.

    False when this number of the wave's launches is taken, the execution was paused, cancelled or ended, or the wave
    was judged. Then nothing may be requested from DRS.
    """

    def write(transaction: Transaction) -> None:
        revise(transaction, job.execution_id, condition=run_launches())
        transaction.check(WaveRunItem, job.execution_id, job.wave_number, condition=wave_launches(job.attempt))
        transaction.save(JOB_RUNS.to_item(job), condition=_claim_is_new())

    return committed(write)


def claim_termination(request: TerminationRequest) -> bool:
    """Claims a request to terminate; False when this place in the round's order of requests is taken already."""
    item = TERMINATION_REQUESTS.to_item(request)
    return committed(lambda transaction: transaction.save(item, condition=_claim_is_new()))


def record_job_started(
    claim: DrsRequest, job_id: str, started_at: datetime | None, events: Sequence[TimelineEvent]
) -> bool:
    """CLAIMED → STARTED, with the DRS job. False when that was recorded before."""
    actions: list[Action] = [JobRunItem.status.set(JobStatus.STARTED), JobRunItem.job_id.set(job_id)]
    if started_at:
        actions.append(JobRunItem.job_started_at.set(started_at))
    return _update(claim, actions, _job_is(JobStatus.CLAIMED), events)


def record_job_refused(claim: DrsRequest, kind: RefusalKind, reason: str, events: Sequence[TimelineEvent]) -> bool:
    """CLAIMED → REFUSED: DRS certainly has no job for it."""
    actions: list[Action] = [
        JobRunItem.status.set(JobStatus.REFUSED),
        JobRunItem.refusal_kind.set(kind.value),
        JobRunItem.refusal.set(reason[:1_000]),
    ]
    return _update(claim, actions, _job_is(JobStatus.CLAIMED), events)


def record_job_uncertain(claim: JobRun, events: Sequence[TimelineEvent]) -> bool:
    """Records that the outcome of a claimed request is not known. False when that was recorded before."""
    condition = _job_is(JobStatus.CLAIMED) & JobRunItem.uncertain.does_not_exist()
    return _update(claim, [JobRunItem.uncertain.set(True)], condition, events)


def record_job_completed(job: DrsRequest, change: JobChange, events: Sequence[TimelineEvent]) -> bool:
    """STARTED → COMPLETED, with DRS's own times. What a launch teaches about times is then due to be learnt."""
    actions: list[Action] = [JobRunItem.status.set(JobStatus.COMPLETED)]
    if isinstance(job, JobRun):
        actions.append(JobRunItem.lesson_due.set(LESSON_DUE))
    if change.job_started_at:
        actions.append(JobRunItem.job_started_at.set(change.job_started_at))
    if change.job_ended_at:
        actions.append(JobRunItem.job_ended_at.set(change.job_ended_at))
    return _update(job, actions, _job_is(JobStatus.STARTED), events)


def _update(job: DrsRequest, actions: list[Action], condition: Condition, events: Sequence[TimelineEvent]) -> bool:
    def write(transaction: Transaction) -> None:
        save_events(transaction, events)
        revise(transaction, job.execution_id)
        item = JobRunItem(execution_id=job.execution_id, job_run=job.key)
        transaction.update(item, actions=actions, condition=condition)

    return committed(write)


def _claim_is_new() -> Condition:
    return JobRunItem.job_run.does_not_exist()


def _job_is(status: JobStatus) -> Condition:
    return JobRunItem.status == status
