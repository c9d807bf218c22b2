"""The options of the demonstration: what the command line asks for, read and checked before anything starts."""

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
    "exit status: 0 the run did what it should, 1 it did not (the reason is printed), 2 bad usage,\n"
    "130 interrupted before the end of the run."
)


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What the command line asks for. `expected` None: only that the run is told truthfully.

    `plan_file` is where `plan` was read from; `takes_fleet` whether the servers of `--servers` are a wave of it.
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
    """Options that do not go together."""


REFUSALS = (PlanFileError, UnknownScenario, ScenarioError, Contradiction)
"""What `read_wanted` raises."""


def read_wanted(arguments: Sequence[str] | None) -> Wanted:
    """Raises one of REFUSALS, and SystemExit for an option that is no good by itself."""
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
        # What a scenario expects is said of its own plan, or of the demonstration's.
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
        raise Contradiction(f"The scenario '{scenario.name}' has a plan of its own; leave out --plan.")
    if options.mode is not None and scenario.mode not in {None, options.mode}:
        raise Contradiction(f"The scenario '{scenario.name}' is a {scenario.mode}; leave out --mode.")
    if scenario.speed is not None and not _SPEEDS[0] <= scenario.speed <= _SPEEDS[1]:
        raise ScenarioError("speed", f"must be from {_SPEEDS[0]:g} to {_SPEEDS[1]:g}, not {scenario.speed:g}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m local.demo",
        description="Starts a local cloud, creates a recovery plan, runs it through the REST API and shows it live.",
        epilog=f"scenarios:\n{_told_scenarios()}\n\n{_EXIT_STATUS}",
        formatter_class=_WithLineBreaks,
    )
    parser.add_argument(
        "--exit", action="store_true", help="end after the run; without it the local cloud stays open until Ctrl-C"
    )
    parser.add_argument(
        "--speed",
        type=_speed,
        metavar="N",
        help="how many times faster than AWS the emulated DRS works; nothing else is sped up (default: "
        f"{_DEFAULT_SPEED:g}, or what the scenario says)",
    )
    parser.add_argument(
        "--seed", type=int, default=1, metavar="N", help="seed of everything random in DRS (default: 1)"
    )
    parser.add_argument(
        "--plan",
        type=Path,
        metavar="FILE",
        help=f"groups and plan to run, YAML or JSON; without it {_EXAMPLE} is used, which explains the format",
    )
    parser.add_argument(
        "--scenario",
        metavar="NAME|FILE",
        help="one of the scenarios below, a scenario file like theirs, or one of the emulator; YAML or JSON",
    )
    parser.add_argument(
        "--mode",
        type=Mode,
        choices=list(Mode),
        metavar="DRILL|RECOVERY",
        help="what to run (default: DRILL, or what the scenario says)",
    )
    parser.add_argument(
        "--servers",
        type=_count,
        default=0,
        metavar="N",
        help="source servers beside the seeded ones; one more wave of the demonstration's own plan (default: 0)",
    )
    parser.add_argument(
        "--port",
        type=int,
        metavar="N",
        help=f"port of the endpoint (default: {DEFAULT_PORT}, or a free one when that is taken)",
    )
    parser.add_argument(
        "--json", action="store_true", help="the last line printed is one JSON object that tells how the run went"
    )
    return parser


class _WithLineBreaks(argparse.HelpFormatter):
    """Keeps the lines of the list of scenarios, and breaks everything else as usual."""

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        return text if "\n" in text else super()._fill_text(text, width, indent)


def _told_scenarios() -> str:
    # argparse takes a percent sign for a format.
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
