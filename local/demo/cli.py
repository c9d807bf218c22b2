"""The command line of the demonstration: opens a local cloud, lets the run be prepared, followed and judged."""

import contextlib
import errno
import json
import logging
import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console

from drs_emulator.errors import ScenarioError
from local import guard
from local.cli import DEFAULT_PORT
from local.demo import drill, report
from local.demo.evidence import Evidence, gather_at_rest
from local.demo.fleet import with_fleet
from local.demo.following import Ended, follow_all
from local.demo.invitation import invitation
from local.demo.lines import print_text
from local.demo.options import REFUSALS, Wanted, read_wanted
from local.demo.people import People
from local.demo.plan_file import PlanFileError
from local.demo.playing import Followed, Player
from local.demo.rest import ApiProblem
from local.demo.scenario import Scenario
from local.demo.verification import verify
from local.demo.watching import Watch
from local.state import STATE_DIRECTORY, LocalState, read_running, remove, write

if TYPE_CHECKING:
    from local.cloud import LocalCloud

WENT_WELL, WENT_WRONG, MISUSED, INTERRUPTED = 0, 1, 2, 130

_PLAIN_WIDTH = 120
_REASON = "Demonstration on the local cloud"


def main(arguments: Sequence[str] | None = None) -> int:
    """Answers the exit status: 0 the run did what it should, 1 it did not, 2 bad usage, 130 interrupted before."""
    try:
        wanted = read_wanted(arguments)
        notes = guard.check()
    except (*REFUSALS, guard.UnsafeEnvironment) as error:
        return _refuse(error)
    # Bound to what is standard output now; the functions log to whatever it is at the moment.
    console = Console(file=sys.stdout, width=None if sys.stdout.isatty() else _PLAIN_WIDTH)
    for note in notes:
        print_text(console, f"note: {note}")
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
    except (PlanFileError, ScenarioError, _NotStarted) as error:
        return _refuse(error)
    except (ApiProblem, RuntimeError, OSError) as error:
        print(f"The demonstration failed: {error}", file=sys.stderr)
        return WENT_WRONG


def _run(wanted: Wanted, console: Console) -> int:
    running = read_running(STATE_DIRECTORY)
    if running is not None:
        print_text(
            console,
            f"note: another local cloud runs at {running.endpoint} (process {running.pid}); this one takes other ports "
            "and is separate from it.",
        )
    log_file = STATE_DIRECTORY / (f"demo-{os.getpid()}.log" if running else "demo.log")
    with _open_cloud(wanted, console, log_file) as cloud:
        state_file = write(STATE_DIRECTORY, LocalState.of(cloud))
        try:
            return _demonstrate(wanted, console, cloud, state_file)
        finally:
            remove(state_file)


def _demonstrate(wanted: Wanted, console: Console, cloud: "LocalCloud", state_file: Path) -> int:
    people = People(cloud)
    ended, player = _play(wanted, console, cloud, people)
    evidence = gather_at_rest(cloud)
    options = wanted.options
    if not options.exit:
        # Before the report: a terminal of 24 rows would show nothing else.
        invited = invitation(cloud, state_file=state_file, execution_id=ended[0].detail.execution.execution_id)
        print(invited, file=console.file)
    for run in ended:
        report.print_report(console, run.detail, run.servers)
    report.print_evidence(console, ended, evidence)
    if not options.exit:
        print_text(console, "The local cloud stays open until Ctrl-C; how to call it is above.")
    status = _tell_verdict(console, verify(ended, player.left, evidence))
    if options.json:
        print(json.dumps(_summary(wanted, ended, evidence)), file=console.file)
    console.file.flush()
    if not options.exit:
        _wait_for_interruption()
    return status


def _play(wanted: Wanted, console: Console, cloud: "LocalCloud", people: People) -> tuple[list[Ended], Player]:
    """Prepares the plan, starts it, and follows it and whatever the script starts to their ends."""
    operator, planner = people.client("DRSOperator"), people.client("DRSPlanManager")
    synced = drill.sync_inventory(cloud.client("lambda"), cloud.runtime.arn("data-management-handler"))
    console.print(f"Inventory sync: {synced.outcome}, {synced.seen} source servers seen.", highlight=False)
    content = wanted.plan
    if wanted.takes_fleet:
        fleet = cloud.world.servers_with(application="fleet")
        content = with_fleet(content, [(server.plan.account, server.plan.region) for server in fleet])
    made = drill.create_plan(console, content, file=wanted.plan_file, client=planner)
    script = wanted.scenario.script if wanted.scenario else ()
    player = Player(script, cloud=cloud, people=people, console=console, plan_id=made.plan.plan_id)
    player.prepare()
    execution = drill.start(operator, made.plan.plan_id, wanted.mode, reason=_REASON).execution
    print_text(console, f"{execution.mode} {execution.execution_id} started by {execution.initiated_by}.")
    watch = Watch(operator, execution.execution_id)
    player.runs[wanted.mode] = Followed(mode=wanted.mode, watch=watch, expected=wanted.expected)
    decide_as = None if script else lambda: people.client("DRSRecoveryManager")
    return follow_all(console, player, operator, decide_as=decide_as, speed=wanted.speed), player


def _summary(wanted: Wanted, ended: Sequence[Ended], evidence: Evidence) -> dict[str, Any]:
    """The first run; of a scenario also its name, the evidence, and the runs that it started itself."""
    summaries = [report.summary(run.detail) for run in ended]
    if wanted.scenario is None:
        return summaries[0]
    first, *others = [
        {**told, "evidence": report.evidence_summary(run, evidence)} for told, run in zip(summaries, ended, strict=True)
    ]
    return {**first, "scenario": wanted.scenario.name, "otherRuns": others}


def _tell_verdict(console: Console, reasons: Sequence[str]) -> int:
    if not reasons:
        console.print("The run did what it should.", style="green")
        return WENT_WELL
    console.print("The run did not do what it should:", style="bold red")
    for reason in reasons:
        print_text(console, f"  {reason}", indent=4)
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
    log_file.parent.mkdir(parents=True, exist_ok=True)
    with log_file.open("w", encoding="utf-8") as log:
        logging.basicConfig(
            stream=log, level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s", force=True
        )
        with console.status("Starting the local cloud …"), contextlib.redirect_stdout(log):
            cloud = _start(wanted)
        try:
            print_text(
                console,
                f"Local cloud at {cloud.endpoint}: {len(cloud.world.servers)} servers in {len(cloud.world.accounts)} "
                f"target accounts. Log of its functions: {_from_here(log_file)}",
            )
            print_text(
                console,
                f"All times are real seconds. DRS alone works {wanted.speed:g} times as fast as in AWS; the "
                f"orchestrator polls with its production settings{_told_settings(wanted.scenario)}.",
            )
            if wanted.scenario is not None:
                told = (
                    f"Scenario '{wanted.scenario.name}': {wanted.scenario.description or 'it says nothing of itself.'}"
                )
                print_text(console, told, style="bold")
            with contextlib.redirect_stdout(log):
                yield cloud
        finally:
            cloud.stop()


def _from_here(file: Path) -> Path:
    """The short name of a file below the current directory."""
    return file.relative_to(Path.cwd()) if file.is_relative_to(Path.cwd()) else file


def _told_settings(scenario: Scenario | None) -> str:
    if scenario is None or not scenario.settings:
        return ""
    return f", but for {', '.join(f'{name}={value}' for name, value in scenario.settings.items())}"


def _start(wanted: Wanted) -> "LocalCloud":
    # Only now: moto makes a session when it is imported; the user's AWS configuration must be out of the way before.
    from local.cloud import LocalCloud  # noqa: PLC0415

    options, scenario = wanted.options, wanted.scenario
    choices: dict[str, Any] = {
        "speed": wanted.speed,
        "seed": options.seed,
        "servers": options.servers,
        "scenario": None if scenario is None else scenario.faults,
        "environment": {} if scenario is None else scenario.settings,
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
