"""The table of requests to DRS: launches, and as wave 0 terminations."""

from pynamodb.attributes import BooleanAttribute, UnicodeAttribute, UTCDateTimeAttribute

from ...domain.afterwards.termination_requests import TerminationRequest
from ...domain.runs.records import JobRun, JobStatus
from ..records import Stored
from .base import EnumAttribute, IntegerAttribute, Table, ValueAttribute, table_name


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


JOB_RUNS = Stored(JobRun, JobRunItem, made={"job_run": lambda run: run.key})

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
    apart=("uncertain",),
)
"""They share the table and its attributes with launch requests, as wave 0, which no plan has."""
