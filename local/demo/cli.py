"""The command line of the demonstration: reads what is wanted, opens a local cloud, runs the drill, judges it."""

import argparse
import contextlib
import errno
import json
import logging
import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console

from chalicelib.domain.executions import ExecutionStatus, Mode
from drs_emulator.errors import ScenarioError
from local import guard
from local.cli import DEFAULT_PORT
from local.demo import drill
from local.demo.fleet import with_fleet
from local.demo.invitation import invitation
from local.demo.plan_file import EXAMPLE_FILE, PlanFile, PlanFileError, read_plan_file
from local.demo.report import print_report, shortcomings, summary
from local.demo.rest import ApiProblem, RestClient
from local.demo.scenario import Expectation, Scenario, UnknownScenario, read_scenario, scenario_names
from local.project import REPOSITORY
from local.state import STATE_DIRECTORY, LocalState, read_running, remove, write

if TYPE_CHECKING:
    from local.cloud import LocalCloud

WENT_WELL, WENT_WRONG, MISUSED, INTERRUPTED = 0, 1, 2, 130

_SPEEDS = (0.1, 100_000.0)
_PLAIN_WIDTH = 120
_EXAMPLE = EXAMPLE_FILE.relative_to(REPOSITORY)


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What the command line asks for, read and checked. `expected` None: only that the run is told truthfully."""

    options: argparse.Namespace
    plan_file: Path
    plan: PlanFile
    scenario: Scenario | None
    expected: Expectation | None


def main(arguments: Sequence[str] | None = None) -> int:
    """Answers the exit status: 0 the run did what it should, 1 it did not, 2 bad usage, 130 interrupted before."""
    options = _parser().parse_args(arguments)
    try:
        wanted = _read(options)
        notes = guard.check()
    except (PlanFileError, UnknownScenario, ScenarioError, guard.UnsafeEnvironment) as error:
        return _refuse(error)
    console = Console(width=None if sys.stdout.isatty() else _PLAIN_WIDTH)
    for note in notes:
        console.print(f"note: {note}", markup=False, highlight=False, soft_wrap=True)
    guard.set_aside()
    for number in (signal.SIGINT, signal.SIGTERM):
        # SIGINT too: a shell lets programs in the background ignore it.
        signal.signal(number, signal.default_int_handler)
    try:
        return _run(wanted, console)
    except KeyboardInterrupt:
        print(
            "Interrupted: the run was not followed to its end, and the local cloud has been stopped.", file=sys.stderr
        )
        return INTERRUPTED
    except (PlanFileError, _NotStarted) as error:
        return _refuse(error)
    except (ApiProblem, RuntimeError, OSError) as error:
        print(f"The demonstration failed: {error}", file=sys.stderr)
        return WENT_WRONG


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m local.demo",
        description="Starts a local cloud, creates a recovery plan, drills it through the REST API and shows it live.",
        epilog="Exit status: 0 the run did what it should, 1 it did not (the reason is printed), 2 bad usage, "
        "130 interrupted before the end of the run.",
    )
    parser.add_argument(
        "--exit", action="store_true", help="end after the drill; without it the local cloud stays open until Ctrl-C"
    )
    parser.add_argument(
        "--speed",
        type=_speed,
        default=60.0,
        metavar="N",
        help="how many times faster than AWS the emulated DRS works; nothing else is sped up (default: 60)",
    )
    parser.add_argument(
        "--seed", type=int, default=1, metavar="N", help="seed of everything random in DRS (default: 1)"
    )
    parser.add_argument(
        "--plan",
        type=Path,
        default=None,
        metavar="FILE",
        help=f"groups and plan to drill, YAML or JSON; without it {_EXAMPLE} is used, which explains the format",
    )
    parser.add_argument(
        "--scenario",
        metavar="NAME|FILE",
        help=f"what goes wrong: {', '.join(scenario_names())}, or a scenario file of the emulator, YAML or JSON",
    )
    parser.add_argument(
        "--mode",
        type=Mode,
        choices=list(Mode),
        default=Mode.DRILL,
        metavar="DRILL|RECOVERY",
        help="what to run (default: DRILL)",
    )
    parser.add_argument(
        "--servers",
        type=_count,
        default=0,
        metavar="N",
        help="source servers beside the seeded ones; without --plan they are one more wave (default: 0)",
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


def _read(options: argparse.Namespace) -> Wanted:
    scenario = read_scenario(options.scenario) if options.scenario is not None else None
    expected: Expectation | None = Expectation(outcome=ExecutionStatus.COMPLETED)
    if scenario is not None:
        # What a scenario expects is said of the demonstration's own plan.
        expected = scenario.expected if options.plan is None else None
    plan_file = options.plan or EXAMPLE_FILE
    return Wanted(
        options=options, plan_file=plan_file, plan=read_plan_file(plan_file), scenario=scenario, expected=expected
    )


def _run(wanted: Wanted, console: Console) -> int:
    running = read_running(STATE_DIRECTORY)
    if running is not None:
        console.print(
            f"note: another local cloud runs at {running.endpoint} (process {running.pid}); this one takes other ports "
            "and is separate from it.",
            highlight=False,
            soft_wrap=True,
        )
    log_file = STATE_DIRECTORY / (f"demo-{os.getpid()}.log" if running else "demo.log")
    with _open_cloud(wanted, console, log_file) as cloud:
        state_file = write(STATE_DIRECTORY, LocalState.of(cloud))
        try:
            return _demonstrate(wanted, console, cloud, state_file)
        finally:
            remove(state_file)


def _demonstrate(wanted: Wanted, console: Console, cloud: "LocalCloud", state_file: Path) -> int:
    options = wanted.options
    operator = RestClient(cloud.api_url, lambda: cloud.sign_in("DRSOperator"))
    planner = RestClient(cloud.api_url, lambda: cloud.sign_in("DRSPlanManager"))
    synced = drill.sync_inventory(cloud.client("lambda"), cloud.runtime.arn("data-management-handler"))
    console.print(f"Inventory sync: {synced.outcome}, {synced.seen} source servers seen.", highlight=False)
    content = wanted.plan
    if options.plan is None:
        fleet = cloud.world.servers_with(application="fleet")
        content = with_fleet(content, [(server.plan.account, server.plan.region) for server in fleet])
    made = drill.create_plan(console, content, file=wanted.plan_file, client=planner)
    started = drill.start(operator, made.plan.plan_id, options.mode)
    execution = started.execution
    console.print(
        f"{execution.mode} {execution.execution_id} started by {execution.initiated_by}.",
        highlight=False,
        soft_wrap=True,
    )
    ended = drill.follow(
        console,
        operator,
        execution.execution_id,
        decide_as=lambda: RestClient(cloud.api_url, lambda: cloud.sign_in("DRSRecoveryManager")),
    )
    print_report(console, ended.detail, ended.servers)
    reasons = shortcomings(ended.detail, ended.servers, wanted.expected)
    status = _tell_verdict(console, reasons)
    if not options.exit:
        print(invitation(cloud, state_file=state_file, execution_id=execution.execution_id))
    if options.json:
        print(json.dumps(summary(ended.detail)))
    sys.stdout.flush()
    if not options.exit:
        _wait_for_interruption()
    return status


def _tell_verdict(console: Console, reasons: Sequence[str]) -> int:
    if not reasons:
        console.print("The run did what it should.", style="green")
        return WENT_WELL
    console.print("The run did not do what it should:", style="bold red")
    for reason in reasons:
        console.print(f"  {reason}", markup=False, highlight=False, soft_wrap=True)
    return WENT_WRONG


def _wait_for_interruption() -> None:
    """An interruption is how this is meant to end."""
    with contextlib.suppress(KeyboardInterrupt):
        threading.Event().wait()


class _NotStarted(Exception):
    """The local cloud cannot be started as it was asked for."""


@contextlib.contextmanager
def _open_cloud(wanted: Wanted, console: Console, log_file: Path) -> Iterator["LocalCloud"]:
    """A local cloud whose functions and parts write their logs to `log_file`, not between the lines of the drill."""
    options = wanted.options
    log_file.parent.mkdir(parents=True, exist_ok=True)
    with log_file.open("w", encoding="utf-8") as log:
        logging.basicConfig(
            stream=log, level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s", force=True
        )
        with console.status("Starting the local cloud …"), contextlib.redirect_stdout(log):
            # Loggers of the product keep the standard output of the moment when they are made.
            cloud = _start(options, wanted.scenario)
        try:
            console.print(
                f"Local cloud at {cloud.endpoint}: {len(cloud.world.servers)} servers in {len(cloud.world.accounts)} "
                f"target accounts. Log of its functions: {log_file}",
                highlight=False,
                soft_wrap=True,
            )
            console.print(
                f"All times are real seconds. DRS alone works {options.speed:g} times as fast as in AWS; the "
                "orchestrator polls with its production settings.",
                highlight=False,
                soft_wrap=True,
            )
            yield cloud
        finally:
            cloud.stop()


def _start(options: argparse.Namespace, scenario: Scenario | None) -> "LocalCloud":
    # Only now: moto makes a session when it is imported; the user's AWS configuration must be out of the way before.
    from local.cloud import LocalCloud  # noqa: PLC0415

    choices: dict[str, Any] = {
        "speed": options.speed,
        "seed": options.seed,
        "servers": options.servers,
        "scenario": None if scenario is None else scenario.faults,
    }
    try:
        try:
            return LocalCloud(port=DEFAULT_PORT if options.port is None else options.port, **choices).start()
        except OSError as error:
            if options.port is not None or error.errno != errno.EADDRINUSE:
                raise
            return LocalCloud(port=0, **choices).start()
    except (OSError, ValueError) as error:
        raise _NotStarted(f"The local cloud was not started: {error}") from error


def _refuse(error: Exception) -> int:
    print(error, file=sys.stderr)
    return MISUSED
