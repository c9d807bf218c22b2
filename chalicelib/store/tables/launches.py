"""The tables of requests to DRS (launches, and as wave 0 terminations), of what waits at each place, and of times."""

from pynamodb.attributes import BooleanAttribute, UnicodeAttribute, UTCDateTimeAttribute
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex

from ...domain.afterwards.termination_requests import TerminationRequest
from ...domain.estate.accounts import Place
from ...domain.launches.expected_times import LaunchTime
from ...domain.launches.learning import KeptTimes
from ...domain.launches.place_lines import Bunch, PlaceLine
from ...domain.runs.records import JobRun, JobStatus, Mode
from ..records import Stored
from .base import EnumAttribute, FloatAttribute, IntegerAttribute, Table, ValueAttribute, table_name
from .estate import account_region

LESSON_DUE = "JOB"
"""The first key of the index of the jobs that have ended and whose launch times were not learnt yet."""


class JobRunsByLessonDue(GlobalSecondaryIndex["JobRunItem"]):
    class Meta:
        index_name = "by_lesson_due"
        projection = AllProjection()

    lesson_due = UnicodeAttribute(hash_key=True)
    execution_id = UnicodeAttribute(range_key=True)


class JobRunItem(Table):
    """One launch request; ``job_run`` is ``wave#attempt#chunk``, so that one wave's requests are one query.

    A request to terminate instances is kept here too, as ``000#round#chunk``.
    """

    class Meta:
        table_name = table_name("job-runs")

    execution_id = UnicodeAttribute(hash_key=True)
    job_run = UnicodeAttribute(range_key=True)
    wave_number = IntegerAttribute()
    chunk = IntegerAttribute()
    attempt = IntegerAttribute()
    account_id = UnicodeAttribute()
    region = UnicodeAttribute()
    status = EnumAttribute[JobStatus](JobStatus)
    server_ids = ValueAttribute[tuple[str, ...]](tuple[str, ...])
    claimed_at = UTCDateTimeAttribute()
    claim_expires_at = UTCDateTimeAttribute()
    job_id = UnicodeAttribute()
    job_started_at = UTCDateTimeAttribute(null=True)
    job_ended_at = UTCDateTimeAttribute(null=True)
    refusal_kind = UnicodeAttribute()
    refusal = UnicodeAttribute()
    uncertain = BooleanAttribute(null=True)
    lesson_due = UnicodeAttribute(null=True)
    by_lesson_due = JobRunsByLessonDue()


JOB_RUNS = Stored(JobRun, JobRunItem, made={"job_run": lambda run: run.key}, apart=("lesson_due",))

TERMINATION_REQUESTS = Stored(
    TerminationRequest,
    JobRunItem,
    made={
        "job_run": lambda request: request.key,
        "wave_number": lambda _: 0,
        "attempt": lambda request: request.round,
        "server_ids": lambda request: request.instance_ids,
    },
    found={"round": lambda item: item.attempt, "instance_ids": lambda item: item.server_ids},
    apart=("uncertain", "lesson_due"),
)
"""They share the table and its attributes with launch requests, as wave 0, which no plan has."""


class PlaceLineItem(Table):
    """The servers of one wave that wait for quotas at a place; ``expires_at`` is the time to live in epoch seconds."""

    class Meta:
        table_name = table_name("place-lines")

    place = UnicodeAttribute(hash_key=True)
    line = UnicodeAttribute(range_key=True)
    account_id = UnicodeAttribute()
    region = UnicodeAttribute()
    execution_id = UnicodeAttribute()
    wave_number = IntegerAttribute()
    wave_name = UnicodeAttribute()
    plan_name = UnicodeAttribute()
    mode = EnumAttribute[Mode](Mode)
    since = UTCDateTimeAttribute()
    priority = IntegerAttribute()
    seconds_behind = FloatAttribute()
    bunches = ValueAttribute[tuple[Bunch, ...]](tuple[Bunch, ...])
    fresh_until = UTCDateTimeAttribute()
    expires_at = IntegerAttribute()


PLACE_LINES = Stored(
    PlaceLine,
    PlaceLineItem,
    made={
        "place": lambda line: account_region(Place(line.account_id, line.region)),
        "line": lambda line: line.name,
        "expires_at": lambda line: int(line.fresh_until.timestamp()),
    },
)


class LaunchTimesItem(Table):
    """The newest launches of a server or of a kind; ``expires_at`` is the time to live in epoch seconds."""

    class Meta:
        table_name = table_name("launch-times")

    scope = UnicodeAttribute(hash_key=True)
    subject = UnicodeAttribute(range_key=True)
    launches = ValueAttribute[tuple[LaunchTime, ...]](tuple[LaunchTime, ...])
    revision = IntegerAttribute()
    expires_at = IntegerAttribute(null=True)


LAUNCH_TIMES = Stored(
    KeptTimes,
    LaunchTimesItem,
    made={"expires_at": lambda kept: int(kept.useless_at.timestamp()) if kept.useless_at else None},
)
