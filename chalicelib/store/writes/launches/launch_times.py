"""Writes what is kept of launch times. It decides about nothing but the order of launches and what people see."""

from collections.abc import Iterable, Sequence

import msgspec
from pynamodb.expressions.condition import Condition

from ....domain.launches.learning import KeptTimes
from ....domain.runs.records import JobRun
from ....side_by_side import chunks
from ...tables.launches import LAUNCH_TIMES, JobRunItem, LaunchTimesItem
from ...transactions import MAX_ITEMS, Transaction, committed


def keep_times(changed: Sequence[KeptTimes]) -> list[KeptTimes]:
    """Keeps these times, a hundred at once, under the next revision.

    Returns those that were not kept, because another call has kept some of their hundred since they were read.
    """
    refused: list[KeptTimes] = []
    for some in chunks(changed, MAX_ITEMS):

        def write(transaction: Transaction, some: Sequence[KeptTimes] = some) -> None:
            for times in some:
                after = msgspec.structs.replace(times, revision=times.revision + 1)
                transaction.save(LAUNCH_TIMES.to_item(after), condition=_is_as_read(times))

        if not committed(write):
            refused += some
    return refused


def close_lessons(jobs: Iterable[JobRun]) -> None:
    """Records that nothing is left to be learnt from these jobs. No change for one that is gone."""
    for job in jobs:
        item = JobRunItem(execution_id=job.execution_id, job_run=job.key)

        def write(transaction: Transaction, item: JobRunItem = item) -> None:
            transaction.update(item, actions=[JobRunItem.lesson_due.remove()], condition=_lesson_is_due())

        committed(write)


def _is_as_read(times: KeptTimes) -> Condition:
    if not times.revision:
        return LaunchTimesItem.revision.does_not_exist()
    same: Condition = LaunchTimesItem.revision == times.revision
    return same


def _lesson_is_due() -> Condition:
    return JobRunItem.lesson_due.exists()
