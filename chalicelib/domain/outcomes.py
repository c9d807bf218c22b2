"""How waves and executions end: never COMPLETED with a failed CRITICAL server."""

from collections.abc import Container, Sequence

import msgspec

from .executions import ExecutionStatus, ServerRun, ServerStatus, WaveRun, WaveStatus
from .groups import Impact


class WaveOutcome(msgspec.Struct, frozen=True):
    """The end of a wave and why; counts are of servers."""

    status: WaveStatus
    reason: str
    launched: int
    failed: int


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
    """The outcome of a wave whose servers are all in a final state.

    COMPLETED when every CRITICAL server that was not excluded launched and, where the plan names a share, at least that
    share of all servers did. A failed OPTIONAL server is reported and passed over unless the share says otherwise.
    ``unproven`` are the ids of servers that launched and then failed a step: they have failed, and they have launched.
    """
    launched = [run for run in servers if run.status.has_launched]
    failed = [run for run in servers if run.status is ServerStatus.FAILED]
    lost = [run for run in failed if run.impact is Impact.CRITICAL]
    share = 100 * len(launched) / len(servers) if servers else 100.0
    dead = [run for run in failed if run.source_server_id not in unproven]
    counts = {"launched": len(launched) + len(failed) - len(dead), "failed": len(failed)}
    if lost:
        status = WaveStatus.TIMED_OUT if timed_out else WaveStatus.FAILED
        return WaveOutcome(status, f"{len(lost)} CRITICAL server(s) {_verb(lost, unproven)}: {_names(lost)}.", **counts)
    if min_success_percent is not None and share < min_success_percent:
        verb = "launched" if len(dead) == len(failed) else "launched and passed their checks"
        reason = f"{share:.0f} % of the servers {verb}; the plan demands {min_success_percent} %."
        return WaveOutcome(WaveStatus.TIMED_OUT if timed_out else WaveStatus.FAILED, reason, **counts)
    if failed:
        missed = f"{len(failed)} OPTIONAL server(s) {_verb(failed, unproven)}: {_names(failed)}."
        reason = f"All CRITICAL servers launched; {missed}"
        return WaveOutcome(WaveStatus.COMPLETED, reason, **counts)
    return WaveOutcome(WaveStatus.COMPLETED, f"{len(launched)} of {len(servers)} server(s) launched.", **counts)


def judge_execution(
    waves: Sequence[WaveRun], *, cancelling: bool, excluded_critical: int, error: str = "", timed_out: bool = False
) -> ExecutionOutcome:
    """The outcome of an execution whose waves are all in a final state.

    ``error`` is what broke the run itself, ``timed_out`` that it reached its own time limit.
    """
    launched = sum(wave.launched_count for wave in waves)
    total = sum(wave.server_count for wave in waves)
    missed = [wave for wave in waves if wave.status not in {WaveStatus.COMPLETED, WaveStatus.SKIPPED}]
    if timed_out:
        reason = f"The execution reached its time limit; {launched} of {total} server(s) had launched."
        return ExecutionOutcome(ExecutionStatus.TIMED_OUT, reason)
    if cancelling:
        return ExecutionOutcome(ExecutionStatus.CANCELLED, f"Cancelled; {launched} of {total} server(s) had launched.")
    if not missed and not excluded_critical and not error:
        skipped = [wave.wave_number for wave in waves if wave.status is WaveStatus.SKIPPED]
        told = f"Wave(s) {', '.join(map(str, skipped))} skipped by an operator, all others" if skipped else "All waves"
        return ExecutionOutcome(
            ExecutionStatus.COMPLETED, f"{told} ended well; {launched} of {total} server(s) launched."
        )
    problems = [f"wave {wave.wave_number} is {wave.status}" for wave in missed[:10]]
    problems += [f"{excluded_critical} CRITICAL server(s) were excluded at the start"] if excluded_critical else []
    problems += [error] if error else []
    told = "; ".join(problems)
    if not launched:
        return ExecutionOutcome(ExecutionStatus.FAILED, f"Nothing launched: {told}.")
    return ExecutionOutcome(ExecutionStatus.PARTIAL, f"{launched} of {total} server(s) launched: {told}.")


def _verb(servers: Sequence[ServerRun], unproven: Container[str]) -> str:
    passed_over = any(run.source_server_id in unproven for run in servers)
    return "did not launch or did not pass their checks" if passed_over else "did not launch"


def _names(servers: Sequence[ServerRun]) -> str:
    shown = ", ".join(run.hostname or run.source_server_id for run in servers[:5])
    return shown if len(servers) <= 5 else f"{shown} and {len(servers) - 5} more"
