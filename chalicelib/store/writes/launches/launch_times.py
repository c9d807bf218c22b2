"""Writes what is kept of launch times. It decides about nothing but the order of launches and what people see."""

from collections.abc import Sequence
from functools import partial

import msgspec
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from ....domain.launches.learning import KeptTimes
from ....domain.runs.records import JobRun
from ....side_by_side import chunks
from ...tables.launches import LAUNCH_TIMES, JobRunItem, LaunchTimesItem
from ...transactions import MAX_ITEMS, Transaction, committed


def keep_times(changed: Sequence[KeptTimes]) -> bool:
    """Keeps these times under their next revision, a hundred at once.

    False when another call has kept some of them since they were read. Earlier hundreds are kept nevertheless.
    """

    def write(some: Sequence[KeptTimes], transaction: Transaction) -> None:
        for times in some:
            after = msgspec.structs.replace(times, revision=times.revision + 1)
            transaction.save(LAUNCH_TIMES.to_item(after), condition=_is_as_read(times))

    return all(committed(partial(write, some)) for some in chunks(changed, MAX_ITEMS))


def close_lesson(job: JobRun) -> None:
    """Records that nothing is left to be learnt from this job. No change if it is gone."""
    item = JobRunItem(execution_id=job.execution_id, job_run=job.key)
    actions: list[Action] = [JobRunItem.lesson_due.remove()]
    committed(lambda transaction: transaction.update(item, actions=actions, condition=_lesson_is_due()))


def _is_as_read(times: KeptTimes) -> Condition:
    if not times.revision:
        return LaunchTimesItem.revision.does_not_exist()
    same: Condition = LaunchTimesItem.revision == times.revision
    return same


def _lesson_is_due() -> Condition:
    return JobRunItem.lesson_due.exists()
