"""Reads the options of the demonstration and checks them before anything starts."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from chalicelib.domain.runs.records import ExecutionStatus, Mode
from drs_emulator.errors import ScenarioError
from local.cli import DEFAULT_PORT
from local.demo.plan_file import EXAMPLE_FILE, PlanFile, PlanFileError, read_plan_file
from local.demo.scenario import Scenario, UnknownScenario, read_scenario, scenario_names
from local.demo.script import Expectation
from local.project import REPOSITORY

_SPEEDS = (0.1, 100_000.0)
_DEFAULT_SPEED = 60.0
_EXAMPLE = EXAMPLE_FILE.relative_to(REPOSITORY)
_EXIT_STATUS = (
    "exit status: 0 all checks passed, 1 a check or the demonstration failed (the reason is printed),\n"
    "2 bad usage, 130 interrupted before the end of the run."
)


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What to run, as given on the command line.

    `plan_file`: the file of `plan`. `takes_fleet`: the plan gets a wave with the servers of `--servers`.
    `expected`: None means that only the truth of what the run reports is checked, not its outcome.
    """

    options: argparse.Namespace
    plan_file: Path
    plan: PlanFile
    takes_fleet: bool
    scenario: Scenario | None
    expected: Expectation | None
    mode: Mode
    speed: float


class Contradiction(ValueError):
    """Options that contradict each other."""


REFUSALS = (PlanFileError, UnknownScenario, ScenarioError, Contradiction)
"""The errors that `read_wanted` raises."""


def read_wanted(arguments: Sequence[str] | None) -> Wanted:
    """Reads the options. Raises one of REFUSALS, or SystemExit for an option that is invalid by itself."""
    options = _parser().parse_args(arguments)
    scenario = read_scenario(options.scenario) if options.scenario is not None else None
    if scenario is not None:
        _require_agreement(options, scenario)
    plan_file = options.plan or EXAMPLE_FILE
    plan = read_plan_file(plan_file)
    if scenario is not None and scenario.plan is not None:
        plan_file, plan = scenario.file, scenario.plan
    expected: Expectation | None = Expectation(outcome=ExecutionStatus.COMPLETED)
    if scenario is not None:
        # A scenario's expectations refer to its own plan or to the demonstration's, not to another one.
        expected = scenario.expected if options.plan is None else None
    return Wanted(
        options=options,
        plan_file=plan_file,
        plan=plan,
        takes_fleet=plan_file == EXAMPLE_FILE,
        scenario=scenario,
        expected=expected,
        mode=options.mode or (scenario and scenario.mode) or Mode.DRILL,
        speed=options.speed or (scenario and scenario.speed) or _DEFAULT_SPEED,
    )


def _require_agreement(options: argparse.Namespace, scenario: Scenario) -> None:
    if options.plan is not None and (scenario.plan is not None or scenario.script):
        raise Contradiction(f"The scenario '{scenario.name}' cannot run with another plan; leave out --plan.")
    if options.mode is not None and scenario.mode not in {None, options.mode}:
        raise Contradiction(f"The scenario '{scenario.name}' runs a {scenario.mode}; leave out --mode.")
    if scenario.speed is not None and not _SPEEDS[0] <= scenario.speed <= _SPEEDS[1]:
        raise ScenarioError("speed", f"must be from {_SPEEDS[0]:g} to {_SPEEDS[1]:g}, not {scenario.speed:g}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m local.demo",
        description="Starts a local cloud, creates a recovery plan, runs it through the REST API and shows it live.",
        epilog=f"scenarios:\n{_scenario_list()}\n\n{_EXIT_STATUS}",
        formatter_class=_WithLineBreaks,
    )
    parser.add_argument(
        "--exit", action="store_true", help="exit after the run; without it the local cloud stays open until Ctrl-C"
    )
    parser.add_argument(
        "--speed",
        type=_speed,
        metavar="N",
        help="how many times as fast as in AWS the emulated DRS works; nothing else is sped up (default: "
        f"{_DEFAULT_SPEED:g}, or the speed of the scenario)",
    )
    parser.add_argument(
        "--seed", type=int, default=1, metavar="N", help="seed for everything random in the emulated DRS (default: 1)"
    )
    parser.add_argument(
        "--plan",
        type=Path,
        metavar="FILE",
        help=f"YAML or JSON file with the groups and the plan (default: {_EXAMPLE}, which explains the format)",
    )
    parser.add_argument(
        "--scenario",
        metavar="NAME|FILE",
        help="a scenario of the list below, your own scenario file, or a file of faults for the emulator; YAML or JSON",
    )
    parser.add_argument(
        "--mode",
        type=Mode,
        choices=list(Mode),
        metavar="DRILL|RECOVERY",
        help="what to run (default: DRILL, or the mode of the scenario)",
    )
    parser.add_argument(
        "--servers",
        type=_count,
        default=0,
        metavar="N",
        help="additional source servers; they are one more wave of the demonstration's own plan (default: 0)",
    )
    parser.add_argument(
        "--port",
        type=int,
        metavar="N",
        help=f"port of the local cloud (default: {DEFAULT_PORT}, or a free port if that one is in use)",
    )
    parser.add_argument("--json", action="store_true", help="print the results as one JSON object in the last line")
    return parser


class _WithLineBreaks(argparse.HelpFormatter):
    """Keeps the line breaks of the list of scenarios, and wraps everything else as usual."""

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        return text if "\n" in text else super()._fill_text(text, width, indent)


def _scenario_list() -> str:
    # argparse reads a percent sign as a format.
    return "\n".join(f"  {name:<12} {read_scenario(name).description}" for name in scenario_names()).replace("%", "%%")


def _speed(text: str) -> float:
    speed = float(text)
    if not _SPEEDS[0] <= speed <= _SPEEDS[1]:
        raise argparse.ArgumentTypeError(f"must be from {_SPEEDS[0]:g} to {_SPEEDS[1]:g}, not {text}")
    return speed


def _count(text: str) -> int:
    count = int(text)
    if count < 0:
        raise argparse.ArgumentTypeError(f"must be 0 or more, not {text}")
    return count
