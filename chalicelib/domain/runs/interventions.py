"""What people may do to a running execution: when it is allowed, and in a sentence what it does.

Each rule and each sentence is here once. The commands use them when they act, and ``actions`` before that.
"""

from collections.abc import Container, Mapping, Sequence
from datetime import datetime

import msgspec

from ..access.permissions import Verdict
from ..errors import IllegalTransition, NotPermitted
from ..text import count_of
from .records import Execution, ExecutionStatus, JobRun, JobStatus, WaveRun, WaveStatus
from .release import ReleaseKind, decide_release

APPROVABLE = frozenset({WaveStatus.AWAITING_APPROVAL})
REJECTABLE = frozenset({WaveStatus.AWAITING_APPROVAL, WaveStatus.AWAITING_DECISION})
RETRYABLE = frozenset({WaveStatus.AWAITING_DECISION})
SKIPPABLE = frozenset({WaveStatus.NOT_STARTED, WaveStatus.AWAITING_APPROVAL, WaveStatus.AWAITING_DECISION})
"""The states in which a wave can be approved, rejected, retried and skipped."""


class AttemptWork(msgspec.Struct, frozen=True):
    """What another attempt of a wave does: the numbers of servers to launch, to check again, and still launching."""

    launches: int
    checks: int
    launching: int


# --- when it is allowed ---


def require_wave(wave: WaveRun, allowed: Container[WaveStatus], word: str) -> None:
    """Raises IllegalTransition unless the wave is in one of the ``allowed`` states. ``word`` as in "approved"."""
    if wave.status not in allowed:
        needed = " or ".join(sorted(status for status in WaveStatus if status in allowed)) or "open"
        raise IllegalTransition(
            f"Wave {wave.wave_number} is {wave.status} and cannot be {word}. Only a wave that is {needed} can be.",
            **{"from": wave.status.value, "waveNumber": wave.wave_number},
        )


def require_run(execution: Execution, wave: WaveRun, word: str) -> None:
    """Raises IllegalTransition if the execution no longer takes decisions on its waves."""
    if not execution.status.takes_decisions:
        raise IllegalTransition(
            f"The execution is {execution.status}; its wave {wave.wave_number} cannot be {word} any more.",
            **{"from": execution.status.value, "waveNumber": wave.wave_number},
        )


def require_unapproved(wave: WaveRun) -> None:
    """Raises IllegalTransition for a wave that was approved and has not started: it cannot be rejected any more."""
    if wave.approved_by and wave.status is WaveStatus.AWAITING_APPROVAL:
        raise IllegalTransition(
            f"Wave {wave.wave_number} was already approved by {wave.approved_by} and is about to start. "
            "To prevent that, skip it or cancel the execution.",
            **{"from": wave.status.value, "waveNumber": wave.wave_number},
        )


def require_right_to_skip(wave: WaveRun, approval: Verdict) -> None:
    """Raises NotPermitted for a wave with an open gate and a caller that may not approve it, as ``approval`` says."""
    if wave.has_open_gate and not approval.allowed:
        raise NotPermitted(
            f"Wave {wave.wave_number} needs an approval, so to skip it is to decide on it. {approval.reason}"
        )


def require_terminable(execution: Execution) -> None:
    """Raises IllegalTransition while the execution has not ended: its instances cannot be terminated yet."""
    if not execution.status.is_final:
        ending = execution.status is ExecutionStatus.CANCELLING
        remedy = "Wait until its last DRS jobs have ended." if ending else "Wait until then, or cancel it first."
        raise IllegalTransition(
            f"The execution is {execution.status}. Its instances can be terminated after it has ended. {remedy}",
            **{"from": execution.status.value},
        )


# --- what it does ---


def describe_pause(jobs: Sequence[JobRun], waves: Sequence[WaveRun]) -> str:
    waiting = count_of(sum(wave.status.is_before_start for wave in waves), "wave")
    return f"{describe_jobs(jobs)} {waiting} not started. Nothing new starts until the execution is resumed."


def describe_resume(waves: Sequence[WaveRun]) -> str:
    waiting = [wave for wave in waves if wave.status.is_before_start]
    unapproved = sum(wave.has_open_gate for wave in waiting)
    statement = f"{count_of(len(waiting), 'wave')} not started"
    statement += "; each starts once the waves that it depends on have ended." if waiting else "."
    if unapproved:
        statement += f" {unapproved} of them also {'needs' if unapproved == 1 else 'need'} an approval."
    return statement


def describe_cancellation(jobs: Sequence[JobRun], waves: Sequence[WaveRun]) -> str:
    kept = f"{count_of(sum(wave.launched_count for wave in waves), 'server')} launched so far"
    return f"{describe_jobs(jobs)} No other wave starts. {kept}; instances stay until they are terminated."


def describe_jobs(jobs: Sequence[JobRun]) -> str:
    """What still runs in DRS whatever is decided now."""
    started = sum(job.status is JobStatus.STARTED for job in jobs)
    requests = requests_under_way(jobs)
    parts: list[str] = []
    if started:
        parts.append(
            f"{count_of(started, 'DRS job')} cannot be stopped and {'runs' if started == 1 else 'run'} to the end."
        )
    if requests:
        parts.append(f"{count_of(requests, 'launch request')} sent before this may still start a job.")
    return " ".join(parts) or "No DRS job is running."


def requests_under_way(jobs: Sequence[JobRun]) -> int:
    """How many launch requests have no answer yet."""
    return sum(job.status is JobStatus.CLAIMED for job in jobs)


def describe_approval(wave: WaveRun, waves: Mapping[int, WaveRun], execution: Execution, now: datetime) -> str:
    """What happens to an approved wave; ``waves`` are all waves of the execution by number."""
    name = f"Wave {wave.wave_number}"
    if wave.status is WaveStatus.QUEUED and execution.status is ExecutionStatus.IN_PROGRESS:
        return f"{name} starts now."
    if not wave.status.is_before_start:
        return f"{name} is {wave.status}."
    release = decide_release(wave, waves, execution, now)
    if release.kind is ReleaseKind.START:
        return f"{name} starts now."
    if execution.status is ExecutionStatus.PAUSED:
        return f"{name} is approved and starts when the execution is resumed."
    return f"{name} is approved. {release.reason}"


def describe_first_approval(wave: WaveRun) -> str:
    """What the approval of the first of two persons does."""
    return (
        f"Your approval of wave {wave.wave_number} is recorded as the first of two, because this recovery was not "
        "started by a signed-in person. Nothing starts until someone else approves the wave as well."
    )


def status_after_rejection(wave: WaveRun) -> WaveStatus:
    """FAILED for a wave that awaits a decision, else CANCELLED."""
    return WaveStatus.FAILED if wave.status is WaveStatus.AWAITING_DECISION else WaveStatus.CANCELLED


def describe_rejection(wave: WaveRun, status: WaveStatus) -> str:
    return f"Wave {wave.wave_number} is {status}. No new wave starts. DRS jobs in progress run to their end."


def describe_skip(wave: WaveRun) -> str:
    return f"Wave {wave.wave_number} is SKIPPED. The waves that depend on it start as soon as nothing else blocks them."


def describe_attempt(wave: WaveRun, execution: Execution, work: AttemptWork) -> str:
    """What the next attempt of the wave does, and when."""
    when = " when the execution is resumed" if execution.status is ExecutionStatus.PAUSED else ""
    return f"Attempt {wave.attempt + 1} begins{when}: {describe_work(work)}. Servers that launched stay as they are."


def describe_work(work: AttemptWork) -> str:
    parts = [f"{count_of(work.launches, 'server')} to launch"] if work.launches else []
    parts += [f"{count_of(work.checks, 'server')} to check again"] if work.checks else []
    parts += [f"{count_of(work.launching, 'server')} still launching in DRS"] if work.launching else []
    return ", ".join(parts) or "nothing is left to launch, so the wave is judged again"
