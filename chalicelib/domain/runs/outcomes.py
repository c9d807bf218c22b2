"""How waves and executions end: never COMPLETED with a failed CRITICAL server or nothing launched."""

from collections.abc import Container, Sequence

import msgspec

from ..estate.groups import Impact
from ..text import count_of
from .records import ExecutionStatus, ServerRun, ServerStatus, WaveRun, WaveStatus


class WaveOutcome(msgspec.Struct, frozen=True):
    """How a wave ended and why; counts are of servers. ``unfinished``: its steps had not ended."""

    status: WaveStatus
    reason: str
    launched: int
    failed: int
    unfinished: bool = False


class ExecutionOutcome(msgspec.Struct, frozen=True):
    status: ExecutionStatus
    reason: str


def judge_wave(
    servers: Sequence[ServerRun],
    *,
    min_success_percent: int | None,
    timed_out: bool,
    unproven: Container[str] = frozenset(),
) -> WaveOutcome:
    """Decides the outcome of a wave with no more launches.

    COMPLETED if something launched, every CRITICAL server that was not excluded did and, if the plan has a success
    percentage, at least that share of all servers did. A failed OPTIONAL server is reported and does not fail the wave
    unless the percentage is missed. A server whose launch has not ended counts as neither launched nor failed.
    ``unproven`` are the ids of servers that launched and then failed a step; they count as launched and as failed.
    """
    launched = [run for run in servers if run.status.has_launched]
    missing = [run for run in servers if run.status is ServerStatus.FAILED or not run.status.is_final]
    lost = [run for run in missing if run.impact is Impact.CRITICAL]
    instances, failures = count_servers(servers, unproven)
    ended_badly = WaveStatus.TIMED_OUT if timed_out else WaveStatus.FAILED
    if lost:
        reason = f"{count_of(len(lost), 'CRITICAL server')} {_verb(lost, unproven)}: {_names(lost)}."
        return WaveOutcome(ended_badly, reason, instances, failures)
    if not instances:
        return WaveOutcome(ended_badly, _why_nothing(servers, missing), instances, failures)
    if min_success_percent is not None and 100 * len(launched) < min_success_percent * len(servers):
        verb = "launched" if instances == len(launched) else "launched and passed their checks"
        share = 100 * len(launched) // len(servers)
        reason = f"{share} % of the servers {verb}; the plan requires {min_success_percent} %."
        return WaveOutcome(ended_badly, reason, instances, failures)
    if missing:
        missed = f"{count_of(len(missing), 'OPTIONAL server')} {_verb(missing, unproven)}: {_names(missing)}."
        return WaveOutcome(WaveStatus.COMPLETED, f"All CRITICAL servers launched; {missed}", instances, failures)
    reason = f"{len(launched)} of {count_of(len(servers), 'server')} launched."
    return WaveOutcome(WaveStatus.COMPLETED, reason, instances, failures)


def count_servers(servers: Sequence[ServerRun], unproven: Container[str]) -> tuple[int, int]:
    """The numbers of launched and of failed servers; ``unproven`` ones count in both."""
    failed = [run for run in servers if run.status is ServerStatus.FAILED]
    both = sum(run.source_server_id in unproven for run in failed)
    return sum(run.status.has_launched for run in servers) + both, len(failed)


def judge_execution(
    waves: Sequence[WaveRun], *, cancelling: bool, excluded_critical: int, error: str = "", timed_out: bool = False
) -> ExecutionOutcome:
    """Decides the outcome of an execution whose waves are all in a final state.

    ``error`` is what ended the run itself; ``timed_out`` means that the execution reached its own time limit.
    """
    launched = sum(wave.launched_count for wave in waves)
    total = sum(wave.server_count for wave in waves)
    of_all = f"{launched} of {count_of(total, 'server')}"
    missed = [wave for wave in waves if wave.status not in {WaveStatus.COMPLETED, WaveStatus.SKIPPED}]
    if timed_out:
        reason = f"The execution reached its time limit; {of_all} had launched."
        return ExecutionOutcome(ExecutionStatus.TIMED_OUT, reason)
    if cancelling:
        return ExecutionOutcome(ExecutionStatus.CANCELLED, f"Cancelled; {of_all} had launched.")
    skipped = [wave.wave_number for wave in waves if wave.status is WaveStatus.SKIPPED]
    if launched and not missed and not excluded_critical and not error:
        ended = f"{_numbers(skipped)} skipped by an operator, all others" if skipped else "All waves"
        return ExecutionOutcome(ExecutionStatus.COMPLETED, f"{ended} completed; {of_all} launched.")
    problems = [f"wave {wave.wave_number} is {wave.status}" for wave in missed[:10]]
    if excluded_critical:
        problems.append(f"{count_of(excluded_critical, 'CRITICAL server')} excluded at the start")
    problems += [error] if error else []
    problems += [f"{_numbers(skipped)} skipped by an operator"] if skipped and not launched else []
    listed = "; ".join(problems)
    if not launched:
        return ExecutionOutcome(ExecutionStatus.FAILED, f"Nothing launched: {listed}.")
    return ExecutionOutcome(ExecutionStatus.PARTIAL, f"{of_all} launched: {listed}.")


def _why_nothing(servers: Sequence[ServerRun], missing: Sequence[ServerRun]) -> str:
    excluded = sum(run.status is ServerStatus.EXCLUDED for run in servers)
    problems = [f"{count_of(excluded, 'server')} excluded at the start"] if excluded else []
    problems += [f"{count_of(len(missing), 'OPTIONAL server')} did not launch: {_names(missing)}"] if missing else []
    return f"Nothing launched: {'; '.join(problems) or 'no server was left to launch'}."


def _numbers(waves: Sequence[int]) -> str:
    """``Wave 2``, ``Waves 2, 4``."""
    return f"Wave{'s' if len(waves) != 1 else ''} {', '.join(map(str, waves))}"


def _verb(servers: Sequence[ServerRun], unproven: Container[str]) -> str:
    passed_over = any(run.source_server_id in unproven for run in servers)
    return "did not launch or did not pass their checks" if passed_over else "did not launch"


def _names(servers: Sequence[ServerRun]) -> str:
    shown = ", ".join(run.hostname or run.source_server_id for run in servers[:5])
    return shown if len(servers) <= 5 else f"{shown} and {len(servers) - 5} more"
