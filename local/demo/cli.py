"""The command line of the demonstration: starts a local cloud, runs a plan on it, and checks the result."""

import contextlib
import errno
import json
import logging
import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console

from chalicelib.domain.text import count_of
from drs_emulator.errors import ScenarioError
from local import guard
from local.cli import DEFAULT_PORT, TAKEN, choose_port
from local.demo import connecting, drill, report
from local.demo.evidence import Evidence, count_instances, gather_at_rest
from local.demo.fleet import with_fleet
from local.demo.following import Ended, follow_all
from local.demo.invitation import invitation
from local.demo.lines import print_text
from local.demo.narration import Narrator
from local.demo.options import REFUSALS, Wanted, read_wanted
from local.demo.people import People
from local.demo.plan_file import PlanFileError
from local.demo.playing import Followed, Player
from local.demo.rest import ApiProblem
from local.demo.scenario import Scenario
from local.demo.verification import has_launched, verify
from local.demo.watching import Watch
from local.state import STATE_DIRECTORY, LocalState, read_running, remove, write

if TYPE_CHECKING:
    from local.cloud import LocalCloud
    from local.world import TargetAccount

PASSED, FAILED, MISUSED, INTERRUPTED = 0, 1, 2, 130

_PLAIN_WIDTH = 120
_REASON = "Demonstration on the local cloud"


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the demonstration and returns its exit status.

    0: all checks passed. 1: a check or the demonstration failed. 2: bad usage. 130: interrupted before the run ended.
    """
    try:
        wanted = read_wanted(arguments)
        notes = guard.check()
    except (*REFUSALS, guard.UnsafeEnvironment) as error:
        return _refuse(error)
    # Bound to the real standard output, because it is redirected to the log file later.
    console = Console(file=sys.stdout, width=None if sys.stdout.isatty() else _PLAIN_WIDTH)
    for note in notes:
        print_text(console, f"Note: {note}")
    guard.set_aside()
    for number in (signal.SIGINT, signal.SIGTERM):
        # SIGINT too, because a shell makes background programs ignore it.
        signal.signal(number, signal.default_int_handler)
    try:
        return _run(wanted, console)
    except KeyboardInterrupt:
        print("Interrupted before the end of the run. The local cloud has been stopped.", file=sys.stderr)
        return INTERRUPTED
    except (PlanFileError, ScenarioError, _NotStarted) as error:
        return _refuse(error)
    except (ApiProblem, RuntimeError, OSError) as error:
        print(f"The demonstration failed: {error}", file=sys.stderr)
        return FAILED


def _run(wanted: Wanted, console: Console) -> int:
    running = read_running(STATE_DIRECTORY)
    if running is not None:
        print_text(
            console,
            f"Note: another local cloud is running at {running.endpoint} (process {running.pid}). "
            "This one uses other ports and is separate from it.",
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
    home = [server for run in ended if run.expected and run.expected.failed_back for server in run.servers]
    evidence = gather_at_rest(cloud, failed_back=[server for server in home if has_launched(server)])
    options = wanted.options
    if not options.exit:
        # Before the report, because the invitation alone fills a terminal of 24 rows.
        invited = invitation(cloud, state_file=state_file, execution_id=ended[0].detail.execution.execution_id)
        print(invited, file=console.file)
    for run in ended:
        report.print_report(console, run.detail, run.servers)
    report.print_evidence(console, ended, evidence)
    if not options.exit:
        print_text(console, "The local cloud is open until you press Ctrl-C; see above for how to call it.")
    status = _print_verdict(console, verify(ended, player.left, evidence))
    if options.json:
        print(json.dumps(_summary(wanted, ended, evidence)), file=console.file)
    console.file.flush()
    if not options.exit:
        _wait_for_interruption()
    return status


def _play(wanted: Wanted, console: Console, cloud: "LocalCloud", people: People) -> tuple[list[Ended], Player]:
    """Creates and starts the plan, then follows its run, and the runs that the script starts, to their ends."""
    operator, planner = people.client("DRSOperator"), people.client("DRSPlanManager")
    account = _connect(wanted, console, cloud, people)
    synced = drill.sync_inventory(cloud.client("lambda"), cloud.runtime.arn("data-management-handler"))
    console.print(f"Inventory sync {synced.outcome}: {count_of(synced.seen, 'source server')} found.", highlight=False)
    if account is not None:
        connecting.require_inventory(account, cloud=cloud, client=operator, narrator=Narrator(console))
    content = wanted.plan
    if wanted.takes_fleet:
        fleet = cloud.world.servers_with(application="fleet")
        content = with_fleet(content, [(server.plan.account, server.plan.region) for server in fleet])
    made = drill.create_plan(console, content, file=wanted.plan_file, client=planner)
    script = wanted.scenario.script if wanted.scenario else ()
    player = Player(
        script,
        cloud=cloud,
        people=people,
        console=console,
        plans=made.plans,
        count_instances=partial(count_instances, cloud),
    )
    player.prepare()
    execution = drill.start(operator, made.plan.plan_id, wanted.mode, reason=_REASON).execution
    print_text(console, f"{execution.mode} {execution.execution_id} started by {execution.initiated_by}.")
    watch = Watch(operator, execution.execution_id)
    player.runs[wanted.mode.value] = Followed(name=wanted.mode.value, watch=watch, expected=wanted.expected)
    decide_as = None if script else lambda: people.client("DRSRecoveryManager")
    return follow_all(console, player, operator, decide_as=decide_as, speed=wanted.speed), player


def _connect(wanted: Wanted, console: Console, cloud: "LocalCloud", people: People) -> "TargetAccount | None":
    """Connects the account of the scenario, if it has one; returns that account."""
    step = wanted.scenario.connect if wanted.scenario else None
    if step is None:
        return None
    [account] = [each for each in cloud.world.accounts if each.account_id == step.account_id]
    role = "DRSOrchestrationAdmin"
    connecting.connect(
        account, step.name, client=people.client(role), actor=people.name(role), narrator=Narrator(console)
    )
    return account


def _summary(wanted: Wanted, ended: Sequence[Ended], evidence: Evidence) -> dict[str, Any]:
    """The JSON object of the first run; for a scenario also its name, the evidence and the other runs."""
    summaries = [report.summary(run.detail) for run in ended]
    if wanted.scenario is None:
        return summaries[0]
    first, *others = [
        {**summary, "evidence": report.evidence_summary(run, evidence)}
        for summary, run in zip(summaries, ended, strict=True)
    ]
    return {**first, "scenario": wanted.scenario.name, "otherRuns": others}


def _print_verdict(console: Console, reasons: Sequence[str]) -> int:
    if not reasons:
        console.print("All checks passed.", style="green")
        return PASSED
    console.print(f"{count_of(len(reasons), 'check')} failed:", style="bold red", highlight=False)
    for reason in reasons:
        print_text(console, f"  {reason}", indent=4)
    return FAILED


def _wait_for_interruption() -> None:
    """Waits for Ctrl-C, which is the normal way to end."""
    with contextlib.suppress(KeyboardInterrupt):
        threading.Event().wait()


class _NotStarted(Exception):
    """The local cloud cannot be started with these options."""


@contextlib.contextmanager
def _open_cloud(wanted: Wanted, console: Console, log_file: Path) -> Iterator["LocalCloud"]:
    """Starts a local cloud whose logs go to `log_file`, so that they do not mix with the output of the run."""
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
                f"The local cloud runs at {cloud.endpoint}, with {count_of(len(cloud.world.servers), 'source server')} "
                f"in {count_of(len(cloud.world.accounts), 'target account')}. Its log: {_from_here(log_file)}",
            )
            print_text(
                console,
                f"Times are real seconds. The emulated DRS works {wanted.speed:g} times as fast as in AWS; "
                "nothing else is sped up. The orchestrator polls with its production "
                f"settings{_changed_settings(wanted.scenario)}.",
            )
            if wanted.scenario is not None:
                description = wanted.scenario.description or "The file has no description."
                print_text(console, f"Scenario '{wanted.scenario.name}': {description}", style="bold")
            with contextlib.redirect_stdout(log):
                yield cloud
        finally:
            cloud.stop()
            # A call that was interrupted may still have something to say, and its log is closed.
            logging.raiseExceptions = False


def _from_here(file: Path) -> Path:
    """The path relative to the current directory, for a file below it."""
    return file.relative_to(Path.cwd()) if file.is_relative_to(Path.cwd()) else file


def _changed_settings(scenario: Scenario | None) -> str:
    if scenario is None or not scenario.settings:
        return ""
    return f", except for {', '.join(f'{name}={value}' for name, value in scenario.settings.items())}"


def _start(wanted: Wanted) -> "LocalCloud":
    if choose_port(wanted.options.port) is None:
        raise _NotStarted(TAKEN.format(wanted.options.port))
    # Imported late: importing moto makes a session, which must not see the user's AWS configuration.
    from local.cloud import LocalCloud  # noqa: PLC0415

    options, scenario = wanted.options, wanted.scenario
    choices: dict[str, Any] = {
        "speed": wanted.speed,
        "seed": options.seed,
        "servers": options.servers,
        "scenario": None if scenario is None else scenario.faults,
        "environment": {} if scenario is None else scenario.settings,
        "unregistered": (scenario.connect.account_id,) if scenario is not None and scenario.connect else (),
    }
    try:
        try:
            return LocalCloud(port=DEFAULT_PORT if options.port is None else options.port, **choices).start()
        except OSError as error:
            if options.port is not None or error.errno != errno.EADDRINUSE:
                raise
            return LocalCloud(port=0, **choices).start()
    except (OSError, ValueError) as error:
        raise _NotStarted(f"The local cloud could not be started: {error}") from error


def _refuse(error: Exception) -> int:
    print(error, file=sys.stderr)
    return MISUSED
