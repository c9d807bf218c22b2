"""Notices: which events people and machines are notified of, and the text; sends nothing.

A notice consists of the fields listed here. No other detail of an event gets into it, so it holds no secret.
"""

import re
import unicodedata
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

import msgspec

from ..access.masking import mask_message
from ..plans.plans import RecoveryPlan, ScheduledDrill
from ..runs.records import Execution, ExecutionStatus, Mode, TimelineEvent, WaveStatus
from ..text import count_of, format_moment

SCHEMA_VERSION = "1"
MAX_SUBJECT = 100
"""SNS allows 100 ASCII characters without line breaks."""


class NoticeKind(StrEnum):
    """What a notice says has happened."""

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
    DRILL_SKIPPED = "DRILL_SKIPPED"
    SYNC_FAILING = "SYNC_FAILING"
    REPLICATION_STALLED = "REPLICATION_STALLED"


class Severity(StrEnum):
    """WARNING: something waits for a person or partly failed. CRITICAL: something failed."""

    INFO = "INFO"
    WARNING = "WARNING"
    CRITICAL = "CRITICAL"


class Channel(StrEnum):
    """How a notice is sent: to people and subscribers by SNS, to machines by EventBridge."""

    SNS = "SNS"
    EVENTBRIDGE = "EVENTBRIDGE"


class NoticeState(StrEnum):
    """PENDING: not sent yet. FAILED: sending failed on at least one channel. SENT: on every channel."""

    PENDING = "PENDING"
    FAILED = "FAILED"
    SENT = "SENT"


class NoticeFailure(msgspec.Struct, frozen=True):
    """Why a notice was not sent at ``at``. ``subject`` is its headline; empty if the notice could not be prepared."""

    at: datetime
    reason: str
    subject: str = ""


def failure_of(failures: Mapping[Channel, str], at: datetime, subject: str) -> NoticeFailure:
    """Why a notice with this subject was not sent, of the reasons by channel."""
    return NoticeFailure(at, " ".join(f"{channel}: {reason}" for channel, reason in failures.items()), subject)


class Notice(msgspec.Struct, frozen=True, rename="camel"):
    """A notice as machines get it, in JSON; the names are a contract. Fields that do not apply are empty.

    ``event_id`` is the same if a notice is sent twice. ``follow`` is what happens next, ``action`` what to do.
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
_INSTANCES_STAY = "No more servers are launched. Instances that were launched keep running until they are terminated."

# The notice for an event of the timeline by its kind and its status, or by its mode if it has no status. An event
# without an entry here has no notice. An entry without status is for every status that has no entry: an execution that
# ended without an outcome has failed.
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
        "Each wave starts as soon as the waves that it depends on have ended.",
        "Follow it on the dashboard. You will be notified when it needs a person and when it ends.",
    ),
    NoticeKind.EXECUTION_PAUSED: _Words(
        _WARNING,
        "{mode} of '{plan}' is paused",
        "DRS jobs in progress run to their end. Nothing new starts until the execution is resumed.",
        "Resume the execution, or cancel it.",
    ),
    NoticeKind.EXECUTION_RESUMED: _Words(
        _INFO,
        "{mode} of '{plan}' was resumed",
        "Waiting waves start as soon as the waves that they depend on have ended.",
        _NOTHING_TO_DO,
    ),
    NoticeKind.APPROVAL_NEEDED: _Words(
        _WARNING,
        "{mode} of '{plan}': wave {wave} needs approval",
        "The wave and all waves that depend on it wait. If nobody approves in time, the execution "
        "is paused and nothing launches.",
        "Approve or reject the wave.",
    ),
    NoticeKind.WAVE_COMPLETED: _Words(
        _INFO,
        "{mode} of '{plan}': wave {wave} completed",
        "The waves that depend on it start as soon as they wait for nothing else.",
        _NOTHING_TO_DO,
    ),
    NoticeKind.WAVE_FAILED: _Words(
        _CRITICAL,
        "{mode} of '{plan}': wave {wave} failed",
        "The failure policy of the wave applies: STOP starts no new wave, CONTINUE starts the waves that depend on it.",
        "Check the failed servers of the wave. Each one has the reason for its failure.",
    ),
    NoticeKind.DECISION_NEEDED: _Words(
        _CRITICAL,
        "{mode} of '{plan}': wave {wave} needs a decision",
        "The wave and all waves that depend on it wait for the decision.",
        "Retry the failed servers, skip the wave, or reject it.",
    ),
    NoticeKind.EXECUTION_COMPLETED: _Words(
        _INFO,
        "{mode} of '{plan}' completed",
        "The instances run until they are terminated. The plan's clean-up policy, if any, terminates those of a drill.",
        _NOTHING_TO_DO,
    ),
    NoticeKind.EXECUTION_PARTIAL: _Words(
        _WARNING,
        "{mode} of '{plan}' ended PARTIAL",
        _INSTANCES_STAY,
        "Check the servers that did not launch. Each one has the reason.",
    ),
    NoticeKind.EXECUTION_FAILED: _Words(
        _CRITICAL,
        "{mode} of '{plan}' FAILED",
        _INSTANCES_STAY,
        "Find the reason in the timeline, correct it, and start again.",
    ),
    NoticeKind.EXECUTION_CANCELLED: _Words(
        _WARNING,
        "{mode} of '{plan}' was cancelled",
        _INSTANCES_STAY,
        "Terminate the instances if you do not need them.",
    ),
    NoticeKind.EXECUTION_TIMED_OUT: _Words(
        _CRITICAL,
        "{mode} of '{plan}' timed out",
        _INSTANCES_STAY,
        "Check the DRS jobs that were still running before you launch their servers again.",
    ),
    NoticeKind.DRILL_CLEANED_UP: _Words(
        _INFO,
        "{mode} of '{plan}': clean-up has ended",
        "Instances that could not be terminated keep running, and cost money, until you terminate them.",
        "If the first line says that instances are left, find out why and terminate them. Otherwise do nothing.",
    ),
    NoticeKind.DRILL_SKIPPED: _Words(
        _WARNING,
        "Scheduled drill of '{plan}' was skipped",
        "Nothing was launched. The next drill starts at its scheduled time.",
        "Correct the reason, and start the drill by hand if it must not wait.",
    ),
    NoticeKind.SYNC_FAILING: _Words(
        _WARNING,
        "Source-server inventory: {place} cannot be read",
        "The inventory keeps the last known state of the servers there. The sync tries again every 5 minutes.",
        "Check the roles of the account, and whether DRS can be reached there.",
    ),
    NoticeKind.REPLICATION_STALLED: _Words(
        _CRITICAL,
        "Replication stalled: {servers} in {place}",
        "The servers get no new recovery points. A recovery would lose everything that changed since the last one.",
        "Check the replication of the servers in DRS: the network, the agent and the staging area.",
    ),
}


_ACTS: Mapping[NoticeKind, str] = {NoticeKind.APPROVAL_NEEDED: "approve", NoticeKind.DECISION_NEEDED: "decide"}
"""The dialog or card of the dashboard in which people decide."""

_PAGES: Mapping[NoticeKind, str] = {
    NoticeKind.SYNC_FAILING: "/settings/syncs",
    NoticeKind.REPLICATION_STALLED: "/servers?sort=LAG",
}
"""The page of the dashboard where a notice without an execution is looked into."""


def notice_kind(event: TimelineEvent) -> NoticeKind | None:
    """The kind of notice for an event of the timeline; None if the event has no notice."""
    variant = event.details.get("status") or event.details.get("mode", "")
    return _KINDS.get((event.kind, variant)) or _KINDS.get((event.kind, ""))


def notice_of(event: TimelineEvent, execution: Execution, dashboard_url: str) -> Notice | None:
    """The notice for an event of ``execution``; None if the event has no notice."""
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
        link=_link(dashboard_url, f"/executions/{execution.execution_id}{_place_on_page(kind, event.wave_number)}"),
    )


def skipped_drill_notice(
    plan: RecoveryPlan, drill: ScheduledDrill, event_id: str, at: datetime, dashboard_url: str
) -> Notice:
    """The notice of a drill that was due and not started, so that it has no execution."""
    words = _WORDS[NoticeKind.DRILL_SKIPPED]
    return Notice(
        version=SCHEMA_VERSION,
        event_id=event_id,
        event=NoticeKind.DRILL_SKIPPED,
        severity=words.severity,
        at=at,
        subject=subject_of(words.headline.format(plan=plan.name)),
        message=mask_message(f"The drill that was due at {format_moment(drill.due_at)} was skipped. {drill.reason}"),
        follow=words.follow,
        action=words.action,
        plan_id=plan.plan_id,
        plan_name=plan.name,
        mode=Mode.DRILL.value,
        link=_link(dashboard_url, f"/plans/{plan.plan_id}"),
    )


def estate_notice(
    kind: NoticeKind, event_id: str, at: datetime, message: str, *, place: str, count: int, dashboard_url: str
) -> Notice:
    """A notice on a sync or on replication, which has no execution; ``place`` is ``account/region``."""
    words = _WORDS[kind]
    return Notice(
        version=SCHEMA_VERSION,
        event_id=event_id,
        event=kind,
        severity=words.severity,
        at=at,
        subject=subject_of(words.headline.format(place=place, servers=count_of(count, "server"))),
        message=mask_message(message),
        follow=words.follow,
        action=words.action,
        link=_link(dashboard_url, _PAGES[kind]),
    )


def _link(dashboard_url: str, path: str) -> str:
    return f"{dashboard_url}{path}" if dashboard_url else ""


def _place_on_page(kind: NoticeKind, wave: int | None) -> str:
    """The wave that the notice is about, with the dialog of the decision open that it needs."""
    if wave is None:
        return ""
    act = _ACTS.get(kind)
    return f"?wave={wave}&do={act}" if act else f"?wave={wave}"


def text_of(notice: Notice) -> str:
    """The text that people get in an e-mail or a text message."""
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
    """The attributes by which subscribers filter. SNS takes no empty values, so empty ones are left out."""
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
    """``text`` as a subject for SNS: printable ASCII on one line, cut to 100 characters."""
    folded = unicodedata.normalize("NFKD", text[: 4 * MAX_SUBJECT])
    plain = "".join(sign for sign in folded if not unicodedata.combining(sign))
    line = re.sub(r"[^ -~]+", "?", " ".join(plain.split())).strip()
    return line if len(line) <= MAX_SUBJECT else line[: MAX_SUBJECT - 3] + "..."
