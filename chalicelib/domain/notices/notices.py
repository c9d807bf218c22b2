"""Notices: which events are told to people and machines, and in what words; sends nothing and knows no secret.

A notice is made of named fields only: no detail of an event gets into it unless it is listed here.
"""

import re
import unicodedata
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

import msgspec

from ..access.masking import mask_message
from ..runs.records import Execution, ExecutionStatus, TimelineEvent, WaveStatus

SCHEMA_VERSION = "1"
MAX_SUBJECT = 100
"""SNS takes 100 ASCII characters without line breaks."""

"""Characters of an event's message in a notice."""


class NoticeKind(StrEnum):
    EXECUTION_STARTED = "EXECUTION_STARTED"
    EXECUTION_PAUSED = "EXECUTION_PAUSED"
    EXECUTION_RESUMED = "EXECUTION_RESUMED"
    APPROVAL_NEEDED = "APPROVAL_NEEDED"
    WAVE_COMPLETED = "WAVE_COMPLETED"
    WAVE_FAILED = "WAVE_FAILED"
    DECISION_NEEDED = "DECISION_NEEDED"
    EXECUTION_COMPLETED = "EXECUTION_COMPLETED"
    EXECUTION_PARTIAL = "EXECUTION_PARTIAL"
    EXECUTION_FAILED = "EXECUTION_FAILED"
    EXECUTION_CANCELLED = "EXECUTION_CANCELLED"
    EXECUTION_TIMED_OUT = "EXECUTION_TIMED_OUT"
    DRILL_CLEANED_UP = "DRILL_CLEANED_UP"
    SYNC_FAILING = "SYNC_FAILING"
    REPLICATION_STALLED = "REPLICATION_STALLED"


class Severity(StrEnum):
    """WARNING waits for a person or has gone partly wrong; CRITICAL has failed."""

    INFO = "INFO"
    WARNING = "WARNING"
    CRITICAL = "CRITICAL"


class Channel(StrEnum):
    SNS = "SNS"
    EVENTBRIDGE = "EVENTBRIDGE"


class NoticeState(StrEnum):
    """PENDING: not sent yet. FAILED: tried in vain, on some channel at least. SENT: on every channel."""

    PENDING = "PENDING"
    FAILED = "FAILED"
    SENT = "SENT"


class Notice(msgspec.Struct, frozen=True, rename="camel"):
    """What machines get, as JSON; the names are a contract. Empty text where a field does not apply.

    ``event_id`` stays the same when a notice is sent twice. ``follow`` says what happens next, ``action`` what to do.
    """

    version: str
    event_id: str
    event: NoticeKind
    severity: Severity
    at: datetime
    subject: str
    message: str
    follow: str
    action: str
    plan_id: str = ""
    plan_name: str = ""
    execution_id: str = ""
    mode: str = ""
    wave_number: int | None = None
    status: str = ""
    link: str = ""


class _Words(msgspec.Struct, frozen=True):
    severity: Severity
    headline: str
    follow: str
    action: str


_INFO, _WARNING, _CRITICAL = Severity.INFO, Severity.WARNING, Severity.CRITICAL
_NOTHING_TO_DO = "Nothing needs to be done."
_INSTANCES_STAY = "Nothing more is launched. Instances that have launched stay until they are terminated."

# Which event of the timeline, with which status (or mode, where it has no status), is which notice. An event without a
# line here is not told. A line without status holds for all that have no line of their own: an execution that ended
# without an outcome has failed.
_KINDS: Mapping[tuple[str, str], NoticeKind] = {
    ("EXECUTION_STARTED", ""): NoticeKind.EXECUTION_STARTED,
    ("EXECUTION_PAUSED", ""): NoticeKind.EXECUTION_PAUSED,
    ("EXECUTION_RESUMED", ""): NoticeKind.EXECUTION_RESUMED,
    ("APPROVAL_NEEDED", ""): NoticeKind.APPROVAL_NEEDED,
    ("DECISION_NEEDED", ""): NoticeKind.DECISION_NEEDED,
    ("WAVE_ENDED", "COMPLETED"): NoticeKind.WAVE_COMPLETED,
    ("WAVE_ENDED", "FAILED"): NoticeKind.WAVE_FAILED,
    ("WAVE_ENDED", "TIMED_OUT"): NoticeKind.WAVE_FAILED,
    ("WAVE_REJECTED", "FAILED"): NoticeKind.WAVE_FAILED,
    ("EXECUTION_ENDED", "COMPLETED"): NoticeKind.EXECUTION_COMPLETED,
    ("EXECUTION_ENDED", "PARTIAL"): NoticeKind.EXECUTION_PARTIAL,
    ("EXECUTION_ENDED", "CANCELLED"): NoticeKind.EXECUTION_CANCELLED,
    ("EXECUTION_ENDED", "TIMED_OUT"): NoticeKind.EXECUTION_TIMED_OUT,
    ("EXECUTION_ENDED", ""): NoticeKind.EXECUTION_FAILED,
    ("TERMINATION_ENDED", "DRILL"): NoticeKind.DRILL_CLEANED_UP,
}

_WORDS: Mapping[NoticeKind, _Words] = {
    NoticeKind.EXECUTION_STARTED: _Words(
        _INFO,
        "{mode} of '{plan}' started",
        "Each wave starts as soon as what it depends on has ended.",
        "Follow it on the dashboard; you will be told when a person is needed and how it ends.",
    ),
    NoticeKind.EXECUTION_PAUSED: _Words(
        _WARNING,
        "{mode} of '{plan}' is paused",
        "DRS jobs in progress run on to their end; nothing new starts until it is resumed.",
        "Resume it, or cancel it.",
    ),
    NoticeKind.EXECUTION_RESUMED: _Words(
        _INFO,
        "{mode} of '{plan}' goes on",
        "Waiting waves start as soon as what they depend on has ended.",
        _NOTHING_TO_DO,
    ),
    NoticeKind.APPROVAL_NEEDED: _Words(
        _WARNING,
        "{mode} of '{plan}': wave {wave} needs an approval",
        "The wave, and whatever depends on it, waits. Without an approval in time the run is paused; nothing launches.",
        "Approve or reject the wave.",
    ),
    NoticeKind.WAVE_COMPLETED: _Words(
        _INFO,
        "{mode} of '{plan}': wave {wave} completed",
        "The waves that depend on it start as soon as nothing else holds them.",
        _NOTHING_TO_DO,
    ),
    NoticeKind.WAVE_FAILED: _Words(
        _CRITICAL,
        "{mode} of '{plan}': wave {wave} failed",
        "The plan's failure policy for this wave decides: STOP starts no new wave, CONTINUE starts its dependents.",
        "Look at the failed servers of the wave; each says why.",
    ),
    NoticeKind.DECISION_NEEDED: _Words(
        _CRITICAL,
        "{mode} of '{plan}': wave {wave} needs a decision",
        "The wave, and whatever depends on it, waits for the decision.",
        "Retry its failed servers, skip the wave, or reject it.",
    ),
    NoticeKind.EXECUTION_COMPLETED: _Words(
        _INFO,
        "{mode} of '{plan}' completed",
        "Instances run until they are terminated, or a drill's clean-up policy ends them.",
        _NOTHING_TO_DO,
    ),
    NoticeKind.EXECUTION_PARTIAL: _Words(
        _WARNING, "{mode} of '{plan}' ended PARTIAL", _INSTANCES_STAY, "Look at the servers that have not launched."
    ),
    NoticeKind.EXECUTION_FAILED: _Words(
        _CRITICAL,
        "{mode} of '{plan}' FAILED",
        _INSTANCES_STAY,
        "Look at the timeline for the reason; start again once it is mended.",
    ),
    NoticeKind.EXECUTION_CANCELLED: _Words(
        _WARNING,
        "{mode} of '{plan}' was cancelled",
        _INSTANCES_STAY,
        "Terminate the instances if they are not needed.",
    ),
    NoticeKind.EXECUTION_TIMED_OUT: _Words(
        _CRITICAL,
        "{mode} of '{plan}' timed out",
        _INSTANCES_STAY,
        "Look at the DRS jobs that were still running before you launch their servers again.",
    ),
    NoticeKind.DRILL_CLEANED_UP: _Words(
        _INFO,
        "{mode} of '{plan}': clean-up has ended",
        "Instances that could not be terminated stay, and cost money, until somebody ends them.",
        "Nothing, unless the first line says that some are left: look at those.",
    ),
    NoticeKind.SYNC_FAILING: _Words(
        _WARNING,
        "Source-server inventory: {place} cannot be read",
        "What is known of the servers there stays as it was, and ages. The sync tries again every 5 minutes.",
        "Check the account's roles, and that DRS answers there.",
    ),
    NoticeKind.REPLICATION_STALLED: _Words(
        _CRITICAL,
        "Replication stalled: {count} server(s) in {place}",
        "Their recovery points age; a recovery would lose what has changed since.",
        "Look at the servers' replication in DRS: network, agent, staging area.",
    ),
}


def notice_kind(event: TimelineEvent) -> NoticeKind | None:
    """Which notice an event of the timeline is; None when it is not told."""
    variant = event.details.get("status") or event.details.get("mode", "")
    return _KINDS.get((event.kind, variant)) or _KINDS.get((event.kind, ""))


def notice_of(event: TimelineEvent, execution: Execution, dashboard_url: str) -> Notice | None:
    """The notice of an event of ``execution``; None when it is not told."""
    kind = notice_kind(event)
    if kind is None:
        return None
    words = _WORDS[kind]
    status = event.details.get("status", "")
    headline = words.headline.format(mode=execution.mode, plan=execution.plan_name, wave=event.wave_number)
    return Notice(
        version=SCHEMA_VERSION,
        event_id=event.event_id,
        event=kind,
        severity=words.severity,
        at=event.at,
        subject=subject_of(headline),
        message=mask_message(event.message),
        follow=words.follow,
        action=words.action,
        plan_id=execution.plan_id,
        plan_name=execution.plan_name,
        execution_id=execution.execution_id,
        mode=execution.mode.value,
        wave_number=event.wave_number,
        status=status if status in {*ExecutionStatus, *WaveStatus} else "",
        link=f"{dashboard_url}/executions/{execution.execution_id}" if dashboard_url else "",
    )


def estate_notice(
    kind: NoticeKind, event_id: str, at: datetime, message: str, *, place: str, count: int, dashboard_url: str
) -> Notice:
    """A notice that belongs to no execution: of a sync, of replication. ``place`` is ``account/region``, or several."""
    words = _WORDS[kind]
    return Notice(
        version=SCHEMA_VERSION,
        event_id=event_id,
        event=kind,
        severity=words.severity,
        at=at,
        subject=subject_of(words.headline.format(place=place, count=count)),
        message=mask_message(message),
        follow=words.follow,
        action=words.action,
        link=dashboard_url,
    )


def text_of(notice: Notice) -> str:
    """What people read, in an e-mail or a text message."""
    facts = [
        f"Plan: {notice.plan_name} ({notice.plan_id})" if notice.plan_id else "",
        f"Execution: {notice.execution_id}, {notice.mode}" if notice.execution_id else "",
        f"Time: {notice.at:%Y-%m-%d %H:%M:%S} UTC",
        f"Event: {notice.event_id}",
    ]
    parts = [
        notice.message,
        f"What happens next: {notice.follow}",
        f"What to do: {notice.action}",
        f"Dashboard: {notice.link}" if notice.link else "",
        "\n".join(fact for fact in facts if fact),
    ]
    return "\n\n".join(part for part in parts if part)


def attributes_of(notice: Notice) -> dict[str, str]:
    """What subscribers filter by. SNS takes no empty value, so what does not apply is left out."""
    attributes = {
        "event": notice.event.value,
        "severity": notice.severity.value,
        "plan_id": notice.plan_id,
        "execution_id": notice.execution_id,
        "mode": notice.mode,
        "event_id": notice.event_id,
    }
    return {name: value for name, value in attributes.items() if value}


def subject_of(text: str) -> str:
    """``text`` as SNS takes a subject: printable ASCII on one line, not longer than allowed."""
    folded = unicodedata.normalize("NFKD", text[: 4 * MAX_SUBJECT])
    plain = "".join(sign for sign in folded if not unicodedata.combining(sign))
    line = re.sub(r"[^ -~]+", "?", " ".join(plain.split())).strip()
    return line if len(line) <= MAX_SUBJECT else line[: MAX_SUBJECT - 3] + "..."
