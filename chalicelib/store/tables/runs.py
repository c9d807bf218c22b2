"""Tables of what happens in executions; their sort keys keep one execution's items together."""

from pynamodb.attributes import BooleanAttribute, JSONAttribute, NumberAttribute, UnicodeAttribute, UTCDateTimeAttribute
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex

from ...domain.notices import Channel
from .base import Table, ValueAttribute, table_name


class ExecutionsByStarted(GlobalSecondaryIndex["ExecutionItem"]):
    class Meta:
        index_name = "by_started"
        projection = AllProjection()

    kind = UnicodeAttribute(hash_key=True)
    started_at = UTCDateTimeAttribute(range_key=True)


class ExecutionsByPlan(GlobalSecondaryIndex["ExecutionItem"]):
    class Meta:
        index_name = "by_plan_started"
        projection = AllProjection()

    plan_id = UnicodeAttribute(hash_key=True)
    started_at = UTCDateTimeAttribute(range_key=True)


class ExecutionsByStatus(GlobalSecondaryIndex["ExecutionItem"]):
    class Meta:
        index_name = "by_status_started"
        projection = AllProjection()

    status = UnicodeAttribute(hash_key=True)
    started_at = UTCDateTimeAttribute(range_key=True)


class ExecutionsByTermination(GlobalSecondaryIndex["ExecutionItem"]):
    """Sparse: executions whose instances are to be terminated, or which are being deleted."""

    class Meta:
        index_name = "by_termination_due"
        projection = AllProjection()

    termination_queue = UnicodeAttribute(hash_key=True)
    termination_due_at = UTCDateTimeAttribute(range_key=True)


class ExecutionItem(Table):
    """The header of a run; it never grows with servers."""

    class Meta:
        table_name = table_name("executions")

    execution_id = UnicodeAttribute(hash_key=True)
    kind = UnicodeAttribute(default="EXECUTION")
    plan_id = UnicodeAttribute()
    plan_version = NumberAttribute()
    plan_name = UnicodeAttribute()
    mode = UnicodeAttribute()
    status = UnicodeAttribute()
    started_at = UTCDateTimeAttribute()
    ended_at = UTCDateTimeAttribute(null=True)
    paused_at = UTCDateTimeAttribute(null=True)
    initiated_by = UnicodeAttribute()
    reason = UnicodeAttribute(default="")
    stop_reason = UnicodeAttribute(default="")
    outcome_reason = UnicodeAttribute(default="")
    wave_count = NumberAttribute()
    server_count = NumberAttribute()
    point_in_time = UTCDateTimeAttribute(null=True)
    point_skew_seconds = NumberAttribute(null=True)
    running_since = UTCDateTimeAttribute(null=True)
    deadline_at = UTCDateTimeAttribute(null=True)
    timed_out_at = UTCDateTimeAttribute(null=True)
    workflow_run = NumberAttribute(default=1)
    abandoned = BooleanAttribute(null=True)
    termination_queue = UnicodeAttribute(null=True)
    termination_due_at = UTCDateTimeAttribute(null=True)
    termination_round = NumberAttribute(default=0)
    termination_asked_at = UTCDateTimeAttribute(null=True)
    termination_asked_by = UnicodeAttribute(default="")
    termination_ended_at = UTCDateTimeAttribute(null=True)
    by_started = ExecutionsByStarted()
    by_plan_started = ExecutionsByPlan()
    by_status_started = ExecutionsByStatus()
    by_termination_due = ExecutionsByTermination()


class WaveRunItem(Table):
    class Meta:
        table_name = table_name("wave-runs")

    execution_id = UnicodeAttribute(hash_key=True)
    wave_number = NumberAttribute(range_key=True)
    name = UnicodeAttribute()
    status = UnicodeAttribute()
    depends_on = ValueAttribute[tuple[int, ...]](tuple[int, ...])
    on_failure = UnicodeAttribute()
    min_success_percent = NumberAttribute(null=True)
    timeout_minutes = NumberAttribute()
    delay_seconds = NumberAttribute()
    approval_required = BooleanAttribute(default=False)
    approval_asked_at = UTCDateTimeAttribute(null=True)
    approved_at = UTCDateTimeAttribute(null=True)
    approved_by = UnicodeAttribute(default="")
    comment = UnicodeAttribute(default="")
    attempt = NumberAttribute()
    expected_seconds = NumberAttribute()
    task_token = UnicodeAttribute(null=True)
    token_asked = UnicodeAttribute(null=True)
    token_timed = BooleanAttribute(null=True)
    ready_at = UTCDateTimeAttribute(null=True)
    started_at = UTCDateTimeAttribute(null=True)
    deadline_at = UTCDateTimeAttribute(null=True)
    ended_at = UTCDateTimeAttribute(null=True)
    outcome_reason = UnicodeAttribute(default="")
    step_count = NumberAttribute(default=0)
    server_count = NumberAttribute()
    launched_count = NumberAttribute()
    failed_count = NumberAttribute()


class JobRunItem(Table):
    """One launch request; ``job_run`` is ``wave#attempt#chunk``, so that one wave's requests are one query."""

    class Meta:
        table_name = table_name("job-runs")

    execution_id = UnicodeAttribute(hash_key=True)
    job_run = UnicodeAttribute(range_key=True)
    wave_number = NumberAttribute()
    chunk = NumberAttribute()
    attempt = NumberAttribute()
    account_id = UnicodeAttribute()
    region = UnicodeAttribute()
    status = UnicodeAttribute()
    server_ids = ValueAttribute[tuple[str, ...]](tuple[str, ...])
    claimed_at = UTCDateTimeAttribute()
    claim_expires_at = UTCDateTimeAttribute()
    job_id = UnicodeAttribute(default="")
    job_started_at = UTCDateTimeAttribute(null=True)
    job_ended_at = UTCDateTimeAttribute(null=True)
    refusal_kind = UnicodeAttribute(default="")
    refusal = UnicodeAttribute(default="")
    uncertain = BooleanAttribute(null=True)


class ServerRunsByServer(GlobalSecondaryIndex["ServerRunItem"]):
    class Meta:
        index_name = "by_server_started"
        projection = AllProjection()

    source_server_id = UnicodeAttribute(hash_key=True)
    started_at = UTCDateTimeAttribute(range_key=True)


class ServerRunItem(Table):
    """``wave_server`` is ``wave#server``."""

    class Meta:
        table_name = table_name("server-runs")

    execution_id = UnicodeAttribute(hash_key=True)
    wave_server = UnicodeAttribute(range_key=True)
    wave_number = NumberAttribute()
    source_server_id = UnicodeAttribute()
    hostname = UnicodeAttribute()
    account_id = UnicodeAttribute()
    region = UnicodeAttribute()
    group_id = UnicodeAttribute()
    os = UnicodeAttribute()
    impact = UnicodeAttribute()
    status = UnicodeAttribute()
    recovery_instance_id = UnicodeAttribute(default="")
    job_id = UnicodeAttribute(default="")
    error = UnicodeAttribute(default="")
    started_at = UTCDateTimeAttribute(null=True)
    ended_at = UTCDateTimeAttribute(null=True)
    recovery_point_id = UnicodeAttribute(default="")
    recovery_point_at = UTCDateTimeAttribute(null=True)
    terminated_at = UTCDateTimeAttribute(null=True)
    termination_error = UnicodeAttribute(default="")
    by_server_started = ServerRunsByServer()


NOTICE_DUE = "DUE"


class EventsByNoticeDue(GlobalSecondaryIndex["ExecutionEventItem"]):
    """The outbox: holds events whose notice is still to be sent, and no others."""

    class Meta:
        index_name = "by_notice_due"
        projection = AllProjection()

    notice_due = UnicodeAttribute(hash_key=True)
    execution_id = UnicodeAttribute(range_key=True)


class ExecutionEventItem(Table):
    """The timeline; append only, but for the notice attributes. ``event_id`` is a ULID: key order is time order."""

    class Meta:
        table_name = table_name("execution-events")

    execution_id = UnicodeAttribute(hash_key=True)
    event_id = UnicodeAttribute(range_key=True)
    at = UTCDateTimeAttribute()
    event_kind = UnicodeAttribute()
    message = UnicodeAttribute()
    wave_number = NumberAttribute(null=True)
    details = JSONAttribute(default=dict)
    notice = UnicodeAttribute(null=True)
    notice_due = UnicodeAttribute(null=True)
    notice_left = ValueAttribute[tuple[Channel, ...]](tuple[Channel, ...], null=True)
    notice_tries = NumberAttribute(null=True)
    by_notice_due = EventsByNoticeDue()


class ServerLeaseItem(Table):
    """What an execution holds for itself; ``lease`` is ``account#region#server``, ``plan#id`` or ``group#id``."""

    class Meta:
        table_name = table_name("server-leases")

    lease = UnicodeAttribute(hash_key=True)
    execution_id = UnicodeAttribute()
    taken_at = UTCDateTimeAttribute()
