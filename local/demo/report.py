"""How a run went: the table for people, the JSON object for programs, and whether it went as it should."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from chalicelib.domain.executions import ExecutionStatus, ServerRun, ServerStatus, WaveStatus
from chalicelib.domain.groups import Impact
from chalicelib.domain.views import ExecutionDetail
from local.demo.scenario import Expectation
from local.demo.views import STYLES


def summary(detail: ExecutionDetail) -> dict[str, Any]:
    """The run as one JSON object. Seconds are real; null is the time of a wave that never ran."""
    times = {timing.wave_number: timing for timing in detail.timing.waves}
    return {
        "outcome": detail.execution.status.value,
        "executionId": detail.execution.execution_id,
        "totalSeconds": detail.timing.total_seconds,
        "criticalPathSeconds": detail.timing.critical_path_seconds,
        "waves": [
            {
                "number": wave.wave_number,
                "outcome": wave.status.value,
                "plannedSeconds": times[wave.wave_number].planned_seconds,
                "actualSeconds": times[wave.wave_number].actual_seconds,
                "overheadSeconds": times[wave.wave_number].overhead_seconds,
                "serversLaunched": wave.launched_count,
                "serversFailed": wave.failed_count,
            }
            for wave in detail.waves
        ],
    }


def print_report(console: Console, detail: ExecutionDetail, servers: Sequence[ServerRun]) -> None:
    """The table of waves, the totals, every failed server with its error, and how many others did not launch."""
    execution, timing = detail.execution, detail.timing
    console.print(_wave_table(detail))
    path = " → ".join(map(str, timing.critical_path)) or "none"
    console.print(f"Total                {_seconds(timing.total_seconds)} s", highlight=False)
    console.print(
        f"Critical path        {_seconds(timing.critical_path_seconds)} s in DRS jobs (waves {path})", highlight=False
    )
    if timing.total_seconds is not None:
        over = timing.total_seconds - timing.critical_path_seconds
        share = f" ({100 * over / timing.critical_path_seconds:.1f} %)" if timing.critical_path_seconds else ""
        console.print(f"Overhead against it  {_seconds(over)} s{share}", highlight=False)
    outcome = Text(execution.status, style=STYLES.get(execution.status, "bold red"))
    console.print(Text.assemble("Outcome              ", outcome, f"  {execution.outcome_reason}"), soft_wrap=True)
    for run in servers:
        if run.status is ServerStatus.FAILED:
            line = f"  FAILED {run.hostname} ({run.impact}, wave {run.wave_number}): {run.error}"
            console.print(Text(line, style="red"), soft_wrap=True)
    others = Counter(
        (run.wave_number, run.status)
        for run in servers
        if not run.status.has_launched and run.status is not ServerStatus.FAILED
    )
    for (number, status), count in sorted(others.items()):
        console.print(Text(f"  {status} {count} server(s) of wave {number}", style="dim"))


def shortcomings(detail: ExecutionDetail, servers: Sequence[ServerRun], expected: Expectation | None) -> list[str]:
    """What is not as it should be, in sentences; none when all is well.

    Whatever is expected, an outcome must be truthful: COMPLETED means that no CRITICAL server is missing.
    """
    found = _untruths(detail, servers)
    if expected is None:
        return found
    status = detail.execution.status
    if status is not expected.outcome:
        found.append(f"The outcome is {status}, not {expected.outcome}: {detail.execution.outcome_reason}")
    for wave in detail.waves:
        wanted = expected.waves.get(wave.name, WaveStatus.COMPLETED)
        if wave.status is not wanted:
            found.append(f"Wave {wave.wave_number} '{wave.name}' is {wave.status}, not {wanted}: {wave.outcome_reason}")
    if expected.outcome is ExecutionStatus.COMPLETED:
        left = (run for run in servers if not run.status.has_launched and run.status is not ServerStatus.FAILED)
        found += [f"{run.hostname} is {run.status} and should have launched." for run in left]
    failed = {run.hostname for run in servers if run.status is ServerStatus.FAILED}
    for hostname in sorted(failed - set(expected.failed_servers)):
        found.append(f"{hostname} failed and should not have.")
    for hostname in sorted(set(expected.failed_servers) - failed):
        found.append(f"{hostname} should have failed and did not.")
    return found


def _untruths(detail: ExecutionDetail, servers: Sequence[ServerRun]) -> list[str]:
    found = []
    missing: Mapping[int, list[ServerRun]] = {
        wave.wave_number: [
            run
            for run in servers
            if run.wave_number == wave.wave_number and run.impact is Impact.CRITICAL and not run.status.has_launched
        ]
        for wave in detail.waves
    }
    if detail.execution.status is ExecutionStatus.COMPLETED and any(missing.values()):
        found.append("The run is told as COMPLETED, although CRITICAL servers are missing.")
    found += [
        f"Wave {wave.wave_number} is told as COMPLETED, although CRITICAL servers of it are missing."
        for wave in detail.waves
        if wave.status is WaveStatus.COMPLETED and missing[wave.wave_number]
    ]
    launched = sum(run.status.has_launched for run in servers)
    counted = sum(wave.launched_count for wave in detail.waves)
    if launched != counted:
        found.append(f"The waves count {counted} launched servers; the list of servers has {launched}.")
    return found


def _wave_table(detail: ExecutionDetail) -> Table:
    table = Table(title=f"{detail.execution.mode} of {detail.execution.plan_name}", title_justify="left")
    for name in ("wave", "outcome"):
        table.add_column(name, no_wrap=True)
    for name in ("planned s", "actual s", "DRS s", "overhead s", "launched", "failed", "servers"):
        table.add_column(name, justify="right", no_wrap=True)
    for wave, timing in zip(detail.waves, detail.timing.waves, strict=True):
        table.add_row(
            f"{wave.wave_number} {wave.name}",
            Text(wave.status, style=STYLES.get(wave.status, "dim")),
            _seconds(timing.planned_seconds),
            _seconds(timing.actual_seconds),
            _seconds(timing.drs_seconds),
            _seconds(timing.overhead_seconds),
            str(wave.launched_count),
            str(wave.failed_count),
            str(wave.server_count),
        )
    return table


def _seconds(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f}"
