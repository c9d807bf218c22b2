"""Lines for the timeline: what happened, in a sentence for people."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from ...domain.runs.records import TimelineEvent
from ...ids import made_at, new_entry_id


class EventKind(StrEnum):
    EXECUTION_STARTED = "EXECUTION_STARTED"
    DRILL_PREEMPTED = "DRILL_PREEMPTED"
    EXECUTION_RUNNING = "EXECUTION_RUNNING"
    EXECUTION_ENDED = "EXECUTION_ENDED"
    SERVERS_EXCLUDED = "SERVERS_EXCLUDED"
    EXECUTION_PAUSED = "EXECUTION_PAUSED"
    EXECUTION_RESUMED = "EXECUTION_RESUMED"
    EXECUTION_CANCELLING = "EXECUTION_CANCELLING"
    APPROVAL_NEEDED = "APPROVAL_NEEDED"
    WAVE_APPROVED = "WAVE_APPROVED"
    WAVE_REJECTED = "WAVE_REJECTED"
    WAVE_RETRIED = "WAVE_RETRIED"
    WAVE_SKIPPED = "WAVE_SKIPPED"
    WAVE_STARTED = "WAVE_STARTED"
    WAVE_LAUNCHING = "WAVE_LAUNCHING"
    WAVE_ENDED = "WAVE_ENDED"
    DECISION_NEEDED = "DECISION_NEEDED"
    JOB_STARTED = "JOB_STARTED"
    JOB_ADOPTED = "JOB_ADOPTED"
    JOB_REFUSED = "JOB_REFUSED"
    JOB_UNCERTAIN = "JOB_UNCERTAIN"
    JOB_ENDED = "JOB_ENDED"
    SERVERS_QUEUED = "SERVERS_QUEUED"
    SERVERS_LAUNCHED = "SERVERS_LAUNCHED"
    SERVER_FAILED = "SERVER_FAILED"
    STEP_STARTED = "STEP_STARTED"
    STEP_ENDED = "STEP_ENDED"
    FAILBACK_REVERSED = "FAILBACK_REVERSED"
    FAILBACK_STARTED = "FAILBACK_STARTED"
    FAILBACK_STOPPED = "FAILBACK_STOPPED"
    NOTIFY_FAILED = "NOTIFY_FAILED"
    TERMINATION_ASKED = "TERMINATION_ASKED"
    CLEANUP_BEGUN = "CLEANUP_BEGUN"
    TERMINATION_REQUESTED = "TERMINATION_REQUESTED"
    TERMINATION_REFUSED = "TERMINATION_REFUSED"
    TERMINATION_ENDED = "TERMINATION_ENDED"
    WORKFLOW_RESTARTED = "WORKFLOW_RESTARTED"
    APPROVAL_TIMED_OUT = "APPROVAL_TIMED_OUT"
    EXECUTION_TIMED_OUT = "EXECUTION_TIMED_OUT"


def tell(
    execution_id: str, at: datetime, kind: EventKind, message: str, *, wave_number: int | None = None, **details: str
) -> TimelineEvent:
    """An event with a new id; ``details`` are short facts such as ``jobId``.

    Its time is that of its id, to the millisecond: the timeline is listed by id, and its times never go back.
    """
    event_id = new_entry_id(at)
    return TimelineEvent(event_id, execution_id, made_at(event_id), kind.value, message, wave_number, details)


def told_error(error: Mapping[str, str]) -> str:
    """What Step Functions caught, in a few words."""
    return f"{error.get('Error', 'unknown')}: {error.get('Cause', '')[:300]}"
