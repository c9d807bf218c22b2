"""Prints the results of a run as a table, and summarizes them for programs; checks nothing."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from chalicelib.domain.runs.records import ServerRun, ServerStatus
from chalicelib.domain.text import count_of
from chalicelib.operations.runs import ExecutionDetail
from local.demo.evidence import Evidence
from local.demo.following import Ended
from local.demo.lines import STYLES, print_text
from local.demo.tables import add_numbers, new_table


def summary(detail: ExecutionDetail) -> dict[str, Any]:
    """The results as one JSON object. Seconds are real; the times of a wave that never ran are null."""
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
    """Prints the waves, the totals, each failed server with its error, and how many others did not launch."""
    execution, timing = detail.execution, detail.timing
    console.print(_wave_table(detail, console.width))
    path = f"wave{'' if len(timing.critical_path) == 1 else 's'} {' → '.join(map(str, timing.critical_path)) or 'none'}"
    console.print(f"Total                {_seconds(timing.total_seconds)} s", highlight=False)
    console.print(
        f"Critical path        {_seconds(timing.critical_path_seconds)} s in DRS jobs ({path})", highlight=False
    )
    if timing.total_seconds is not None:
        over = timing.total_seconds - timing.critical_path_seconds
        share = (
            f" ({100 * over / timing.critical_path_seconds:.1f} % of the critical path)"
            if timing.critical_path_seconds
            else ""
        )
        console.print(f"Overhead             {_seconds(over)} s{share}", highlight=False)
    outcome = Text(execution.status, style=STYLES.get(execution.status, "bold red"))
    print_text(console, Text.assemble("Outcome              ", outcome, f"  {execution.outcome_reason}"), indent=21)
    for run in servers:
        if run.status is ServerStatus.FAILED:
            line = f"  FAILED {run.hostname} ({run.impact}, wave {run.wave_number}): {run.error}"
            print_text(console, Text(line, style="red"), indent=4)
    others = Counter(
        (run.wave_number, run.status)
        for run in servers
        if not run.status.has_launched and run.status is not ServerStatus.FAILED
    )
    for (number, status), count in sorted(others.items()):
        console.print(Text(f"  {status}: {count_of(count, 'server')} of wave {number}", style="dim"))


def print_evidence(console: Console, ended: Sequence[Ended], evidence: Evidence) -> None:
    """Prints what DRS, EC2 and the lease table show about the runs."""
    console.print("Found in the emulated DRS, in EC2 and in the lease table:", highlight=False)
    for run in ended:
        execution = run.detail.execution
        launches = _of(run, evidence.launches(execution.execution_id))
        instances = _of(run, evidence.instances_of(execution.execution_id))
        most = max(launches.values(), default=0)
        print_text(
            console,
            f"  {execution.mode} {execution.execution_id}: {_launches(sum(launches.values()))} of "
            f"{count_of(len(launches), 'server')}, none more than {_times(most)}; "
            f"{count_of(sum(instances.values()), 'instance')} in EC2.",
            indent=4,
        )
    if evidence.homecomings:
        at_home = sum(seen.launch == "LAUNCHED" for seen in evidence.homecomings.values())
        protected = sum(seen.protected_instance_id == seen.instance_id for seen in evidence.homecomings.values())
        states = ", ".join(sorted({seen.shown_state for seen in evidence.homecomings.values()}))
        print_text(
            console,
            f"  Failed back: {count_of(at_home, 'server')} launched at the origin, {protected} protected again; "
            f"recovery instances show {states}.",
            indent=4,
        )
    console.print(f"  Leases still held: {len(evidence.leases) or 'none'}.", highlight=False)


def evidence_summary(run: Ended, evidence: Evidence) -> dict[str, int]:
    """The evidence about one run, for programs."""
    execution_id = run.detail.execution.execution_id
    launches = _of(run, evidence.launches(execution_id))
    return {
        "launches": sum(launches.values()),
        "serversLaunchedByDrs": len(launches),
        "mostLaunchesOfAServer": max(launches.values(), default=0),
        "instancesLeft": sum(_of(run, evidence.instances_of(execution_id)).values()),
        "leasesLeft": len(evidence.leases),
    }


def _of(run: Ended, counted: Counter[str]) -> Counter[str]:
    """The counts of the servers of this run, without zeros."""
    return Counter({item.source_server_id: count for item in run.servers if (count := counted[item.source_server_id])})


def _launches(count: int) -> str:
    return f"{count:,} launch" if count == 1 else f"{count:,} launches"


def _times(count: int) -> str:
    return {0: "once", 1: "once", 2: "twice"}.get(count, f"{count} times")


def _wave_table(detail: ExecutionDetail, width: int) -> Table:
    table = new_table(width)
    table.title, table.title_justify = f"{detail.execution.mode} of {detail.execution.plan_name}", "left"
    table.add_column("wave")
    table.add_column("outcome", no_wrap=True)
    add_numbers(table, "planned s", "actual s", "DRS s", "overhead s", "launched", "failed", "total")
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
