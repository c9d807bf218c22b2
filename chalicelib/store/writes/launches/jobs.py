"""Writes job runs: claimed before the request to DRS, then started or refused, then completed.

The event in the timeline is part of the write that it describes, so that a crash neither loses nor repeats it.
"""

from collections.abc import Sequence
from datetime import datetime

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from ....domain.attempts import RefusalKind
from ....domain.launches.progress import JobChange
from ....domain.runs.records import JobRun, JobStatus, TimelineEvent
from ...tables.runs import JOB_RUNS, ExecutionItem, JobRunItem, WaveRunItem
from ...transactions import Transaction, committed
from ..runs.timeline import save_events
from ..runs.waves import run_launches, wave_launches


def claim_launch(job: JobRun) -> bool:
    """Claims a launch while the execution and the wave's attempt may launch.

    False when this number of the wave's launches is taken, the execution was paused, cancelled or ended, or the wave
    was judged. Then nothing may be requested from DRS.
    """

    def write(transaction: Transaction) -> None:
        transaction.check(ExecutionItem, job.execution_id, condition=run_launches())
        transaction.check(WaveRunItem, job.execution_id, job.wave_number, condition=wave_launches(job.attempt))
        transaction.save(JOB_RUNS.to_item(job), condition=_claim_is_new())

    return committed(write)


def claim_termination(job: JobRun) -> bool:
    """Claims a termination request. False when this number of the round's requests is already taken."""
    return committed(lambda transaction: transaction.save(JOB_RUNS.to_item(job), condition=_claim_is_new()))


def record_job_started(
    claim: JobRun, job_id: str, started_at: datetime | None, events: Sequence[TimelineEvent]
) -> bool:
    """CLAIMED → STARTED, with the DRS job. False when that was recorded before."""
    actions: list[Action] = [JobRunItem.status.set(JobStatus.STARTED), JobRunItem.job_id.set(job_id)]
    if started_at:
        actions.append(JobRunItem.job_started_at.set(started_at))
    return _update(claim, actions, _job_is(JobStatus.CLAIMED), events)


def record_job_refused(claim: JobRun, kind: RefusalKind, reason: str, events: Sequence[TimelineEvent]) -> bool:
    """CLAIMED → REFUSED, when DRS certainly has no job for the claim."""
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


def record_job_completed(job: JobRun, change: JobChange, events: Sequence[TimelineEvent]) -> bool:
    """STARTED → COMPLETED, with the times of DRS."""
    actions: list[Action] = [JobRunItem.status.set(JobStatus.COMPLETED)]
    if change.job_started_at:
        actions.append(JobRunItem.job_started_at.set(change.job_started_at))
    if change.job_ended_at:
        actions.append(JobRunItem.job_ended_at.set(change.job_ended_at))
    return _update(job, actions, _job_is(JobStatus.STARTED), events)


def _update(job: JobRun, actions: list[Action], condition: Condition, events: Sequence[TimelineEvent]) -> bool:
    def write(transaction: Transaction) -> None:
        save_events(transaction, events)
        item = JobRunItem(execution_id=job.execution_id, job_run=job.key)
        transaction.update(item, actions=actions, condition=condition)

    return committed(write)


def _claim_is_new() -> Condition:
    return JobRunItem.job_run.does_not_exist()


def _job_is(status: JobStatus) -> Condition:
    return JobRunItem.status == status
