"""The command line: measures the subjects, prints tables, writes `build/bench.json`."""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

from benchmarks.metric import Measured, Metric, TextTable
from benchmarks.subjects import SUBJECTS, Subject, find_subject
from chalicelib.domain.text import count_of

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "build" / "bench.json"


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns the status: 0 every target met, 1 one missed or not measured, 2 bad usage, 130 interrupted."""
    options = _parser().parse_args(arguments)
    console = Console(width=None if sys.stdout.isatty() else 120)
    metrics: list[Metric] = []
    unmeasured: list[str] = []
    try:
        for subject in options.only:
            measured = _measure_apart(subject, console)
            if measured is None:
                unmeasured.append(subject.name)
                continue
            metrics += measured.metrics
            print_measured(console, measured)
    except KeyboardInterrupt:
        print("Interrupted. No results were written.", file=sys.stderr)
        return 130
    write_results(options.output, metrics, keep=len(options.only) < len(SUBJECTS))
    return _print_verdict(console, metrics, unmeasured, options.output)


def _parser() -> argparse.ArgumentParser:
    listed = "\n".join(f"  {subject.name:<16} {subject.summary}" for subject in SUBJECTS)
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Measures the product against its targets. Subjects:\n" + listed,
        epilog="Exit status: 0 every target met, 1 a target missed or not measured, 2 bad usage, 130 interrupted.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--only",
        type=_subjects,
        default=list(SUBJECTS),
        metavar="SUBJECT,…",
        help="measure only these; metrics of other subjects stay in the file",
    )
    parser.add_argument(
        "--output", type=Path, default=RESULTS, metavar="FILE", help="file for the results (default: build/bench.json)"
    )
    return parser


def _subjects(text: str) -> list[Subject]:
    try:
        return [find_subject(name.strip()) for name in text.split(",")]
    except KeyError as error:
        names = ", ".join(subject.name for subject in SUBJECTS)
        raise argparse.ArgumentTypeError(f"there is no subject {error}; the subjects are {names}") from None


def _measure_apart(subject: Subject, console: Console) -> Measured | None:
    """The result of a subject, measured in a process of its own; None when that ends without a result."""
    console.rule(f"{subject.name}: {subject.summary}", align="left")
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory) / "measured.json"
        # Its output goes to standard error: only the result is printed to standard output.
        status = subprocess.run(
            [sys.executable, "-m", "benchmarks.worker", subject.name, str(file)],
            cwd=ROOT,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
            stdout=sys.stderr,
            check=False,
        ).returncode
        measured = msgspec.json.decode(file.read_bytes(), type=Measured) if file.exists() else None
    if measured is None:
        console.print(f"Not measured: the process ended with status {status}.", style="bold red")
    console.print(f"took {time.monotonic() - started:.0f} s", style="dim", highlight=False)
    return measured


def print_measured(console: Console, measured: Measured) -> None:
    """Prints the tables of a subject, then its other metrics line by line."""
    for table in measured.tables:
        _print_table(console, table)
    shown = [metric for metric in measured.metrics if not metric.name.startswith(measured.in_tables)]
    if not shown:
        return
    lines = Table(show_edge=False)
    lines.add_column("metric", no_wrap=True)
    for name in ("value", "unit", "target"):
        lines.add_column(name, justify="left" if name == "unit" else "right", no_wrap=True)
    lines.add_column("ok", no_wrap=True)
    lines.add_column("samples")
    for metric in shown:
        target = "" if metric.target is None else f"{metric.better} {metric.target:g}"
        verdict = Text("") if metric.target is None else _verdict(ok=metric.ok)
        lines.add_row(metric.name, f"{metric.value:g}", metric.unit, target, verdict, metric.spread)
    console.print(lines)


def write_results(file: Path, metrics: Sequence[Metric], *, keep: bool) -> None:
    """Write the metrics by name; with `keep`, metrics in the file that were not measured now stay."""
    earlier: Mapping[str, object] = {}
    if keep and file.exists():
        earlier = json.loads(file.read_text())
    file.parent.mkdir(parents=True, exist_ok=True)
    content = {**earlier, **{metric.name: metric.as_json() for metric in metrics}}
    file.write_text(json.dumps(content, indent=2) + "\n")


def _print_table(console: Console, content: TextTable) -> None:
    table = Table(title=content.title, title_justify="left", show_edge=False)
    for index, name in enumerate(content.columns):
        table.add_column(name, justify="right" if 0 < index <= content.numbers else "left", overflow="fold")
    for row in content.rows:
        table.add_row(*row)
    console.print(table)
    for note in content.notes:
        console.print(note, style="dim", highlight=False)


def _print_verdict(console: Console, metrics: Sequence[Metric], unmeasured: Sequence[str], file: Path) -> int:
    missed = [metric for metric in metrics if not metric.ok]
    targets = sum(metric.target is not None for metric in metrics)
    console.rule(align="left")
    console.print(
        f"{targets - len(missed)} of {count_of(targets, 'target')} met; {count_of(len(metrics), 'metric')} in {file}",
        highlight=False,
    )
    for metric in missed:
        console.print(
            f"missed: {metric.name} is {metric.value:g} {metric.unit}, not {metric.better} {metric.target:g}",
            style="red",
        )
    for name in unmeasured:
        console.print(f"not measured: {name}", style="red")
    return 1 if missed or unmeasured else 0


def _verdict(*, ok: bool) -> Text:
    return Text("yes", style="green") if ok else Text("NO", style="bold red")
