"""The check of a plan as a job: who asked for it, how far it is in each account and Region, and how it ended.

A check that runs keeps a lease. One whose lease has run out has died, and may be repeated.
"""

from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from ..text import format_moment
from .preflight_results import PreflightResult
from .records import Mode

LEASE = timedelta(seconds=60)
"""How long a check counts as running after its last sign of life; it gives one every few seconds."""

KEPT_FOR = timedelta(days=30)
"""How long a check and its result are kept."""


class CheckState(StrEnum):
    """How a check that was asked for stands, as it is stored."""

    RUNNING = "RUNNING"
    ENDED = "ENDED"
    FAILED = "FAILED"


class PreflightState(StrEnum):
    """What is known of the preflight of a plan. INTERRUPTED: the check died; FAILED: it could not be carried out."""

    NEVER_CHECKED = "NEVER_CHECKED"
    CHECKING = "CHECKING"
    CHECKED = "CHECKED"
    FAILED = "FAILED"
    INTERRUPTED = "INTERRUPTED"


class PlaceStep(StrEnum):
    """WAITING: not begun. READING: its servers are being read. CHECKING: they are checked. UNREAD: it cannot be."""

    WAITING = "WAITING"
    READING = "READING"
    CHECKING = "CHECKING"
    DONE = "DONE"
    UNREAD = "UNREAD"


class PlaceProgress(msgspec.Struct, frozen=True, rename="camel"):
    """How far a check is in one account and Region. ``checksDone`` of ``checks`` calls of AWS for single servers.

    ``problem`` is why its servers could not be read.
    """

    account_id: str
    region: str
    step: PlaceStep
    checks: int = 0
    checks_done: int = 0
    problem: str = ""


class PreflightCheck(msgspec.Struct, frozen=True, kw_only=True):
    """The newest check of a plan in one mode. ``runner`` is the call that carries it out; empty until one does.

    ``result_id`` is the check of the newest result, and ``problem`` why this one failed.
    """

    plan_id: str
    mode: Mode
    check_id: str
    state: CheckState
    point_in_time: datetime | None
    started_at: datetime
    started_by: str
    lease_until: datetime
    ended_at: datetime | None = None
    runner: str = ""
    problem: str = ""
    progress: tuple[PlaceProgress, ...] = ()
    result_id: str = ""

    def is_running(self, now: datetime) -> bool:
        return self.state is CheckState.RUNNING and now < self.lease_until


def state_of(check: PreflightCheck | None, now: datetime) -> PreflightState:
    """What the newest check means for people."""
    if check is None:
        return PreflightState.NEVER_CHECKED
    match check.state:
        case CheckState.ENDED:
            return PreflightState.CHECKED
        case CheckState.FAILED:
            return PreflightState.FAILED
        case CheckState.RUNNING:
            return PreflightState.CHECKING if check.is_running(now) else PreflightState.INTERRUPTED


def describe(
    check: PreflightCheck | None, state: PreflightState, result: PreflightResult | None, *, plan_changed: bool
) -> str:
    """Sentences on the newest check and on the last result, and what to do next."""
    if check is None:
        return f"This plan has not been checked in the last {KEPT_FOR.days} days. Check it before you rely on it."
    sentences = [] if state is PreflightState.CHECKED else [_describe_check(check, state)]
    if result is None:
        return " ".join(sentences or ["The result of the last check is not kept any more. Check again."])
    as_of = f"As of {format_moment(result.checked_at)}"
    sentences.append(f"{as_of}: {result.statement}")
    if plan_changed:
        sentences.append(f"The plan has been saved since, after version {result.plan_version}. Check again.")
    return " ".join(sentences)


def _describe_check(check: PreflightCheck, state: PreflightState) -> str:
    began = f"The check that {check.started_by} began at {format_moment(check.started_at)}"
    match state:
        case PreflightState.FAILED:
            return f"{began} failed: {check.problem} Fix this, and check again."
        case PreflightState.INTERRUPTED:
            return f"{began} was interrupted and found nothing. Check again."
        case _:
            return f"{began} is still running."
