"""Reads what is kept of launch times, and which jobs have not been learnt from."""

from collections.abc import Collection, Iterable
from datetime import datetime

from ....domain.estate.accounts import Place
from ....domain.launches.expected_times import LearntTimes
from ....domain.launches.learning import ALL_KINDS, KeptTimes, kind_key, server_key
from ....domain.runs.records import JobRun
from ....side_by_side import chunks, map_bounded
from ...tables.launches import JOB_RUNS, LAUNCH_TIMES, LESSON_DUE, JobRunItem, LaunchTimesItem

_KEYS_PER_REQUEST = 100


def learnt_times(servers: Iterable[tuple[Place, str]], *, pace: float, now: datetime) -> LearntTimes:
    """What was learnt of these servers, by place and id, and of all kinds. Costs a request for 100 servers."""
    wanted = {server_key(place, server_id): (place, server_id) for place, server_id in servers}
    kinds = {kind_key(kind): kind for kind in ALL_KINDS}
    kept = kept_times([*kinds, *wanted], consistent=False)
    return LearntTimes(
        {wanted[key]: times.launches for key, times in kept.items() if key in wanted},
        {kinds[key]: times.launches for key, times in kept.items() if key in kinds},
        pace=pace,
        now=now,
    )


def kept_times(keys: Collection[tuple[str, str]], *, consistent: bool = True) -> dict[tuple[str, str], KeptTimes]:
    """What is kept under these keys, by key. Costs a request for 100 of them."""

    def read(some: Iterable[tuple[str, str]]) -> list[KeptTimes]:
        return [LAUNCH_TIMES.to_record(item) for item in LaunchTimesItem.batch_get(some, consistent_read=consistent)]

    found = map_bounded(read, chunks(sorted(keys), _KEYS_PER_REQUEST))
    return {times.key: times for part in found for times in part}


def due_lessons(limit: int) -> list[JobRun]:
    """At most ``limit`` jobs that have ended and were not learnt from. Costs one query; eventually consistent."""
    return [JOB_RUNS.to_record(item) for item in JobRunItem.by_lesson_due.query(LESSON_DUE, limit=limit)]
