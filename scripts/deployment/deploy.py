"""Deploys a stage, step by step; a step that fails ends the deployment, and a failed smoke test rolls it back.

Every step can be repeated: what is there is found and updated.
"""

import argparse
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError, WaiterError

from scripts.deployment import aliases, application, checks, dashboard, functions, history, record, rollback, stacks
from scripts.deployment.lock import locked, refuse_taken
from scripts.deployment.preflight import ask, preflight
from scripts.deployment.smoke import SmokeTestFailed, smoke_test
from scripts.deployment.stage import INTERRUPTED, STAGES, Refused, Stage

CHECKS = ("validate", "security", "tests")
STEPS = ("data", "functions", "aliases", "application", "dashboard", "smoke")
Failures = (Refused, checks.CheckFailed, subprocess.CalledProcessError, BotoCoreError, ClientError, WaiterError)


def main(arguments: Sequence[str]) -> int:
    """0 when the stage works, 1 when a step failed, 2 when nothing was started."""
    options = _options(arguments)
    if options.skip_tests and options.stage == "prod":
        print("prod is never deployed without its tests: leave out --skip-tests.", file=sys.stderr)
        return 2
    checked, steps = _chosen(options)
    try:
        chosen = application.chosen(options.settings)
        stage = Stage.of(options.stage) if steps else None
        if stage is not None:
            print(f"== account ({options.stage})")
            preflight(stage, account=options.account, confirm=None if options.yes else ask)
            _refuse_early(stage, steps)
        _check(options.stage, checked)
        if stage is None:
            print(f"== done ({options.stage}): nothing was deployed")
            return 0
        return run(stage, steps, chosen=chosen, take_over=options.import_retained)
    except Failures as failure:
        print(f"The deployment of {options.stage} ended: {failure}", file=sys.stderr)
        return 2 if isinstance(failure, Refused) else 1
    except KeyboardInterrupt:
        print(f"The deployment of {options.stage} was interrupted: repeat the same command.", file=sys.stderr)
        return INTERRUPTED


def _refuse_early(stage: Stage, steps: Sequence[str]) -> None:
    """What would be refused after the checks, which take long. Raises Refused."""
    if steps[0] != "data" or stage.complete():
        # Of its own, because the outputs that it keeps are those before the step `data`.
        refuse_taken(Stage(stage.name, stage.session))


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="scripts/deploy.sh",
        description="Deploys a stage to the account of the current credentials, in the Region AWS_REGION.",
        epilog="docs/deployment-guide.md explains each step, and scripts/rollback.sh goes back.",
    )
    parser.add_argument("stage", choices=STAGES)
    only = parser.add_mutually_exclusive_group()
    only.add_argument(
        "--lambda-only", action="store_true", help="functions, aliases, smoke test: a fast update of code"
    )
    only.add_argument("--api-only", action="store_true", help="everything but the dashboard")
    only.add_argument("--frontend-only", action="store_true", help="only the dashboard")
    only.add_argument("--validate-only", action="store_true", help="deploy nothing; needs no account")
    parser.add_argument("--account", metavar="ID", help="stop when the credentials are of another account")
    parser.add_argument(
        "--set",
        dest="settings",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a parameter of the stacks, such as OrganizationId; it keeps its value until it is set again",
    )
    parser.add_argument(
        "--import-retained",
        action="store_true",
        help="take over the tables, users and keys that a deleted stack of this stage has left",
    )
    parser.add_argument("--skip-tests", action="store_true", help="leave out the test suite; refused for prod")
    parser.add_argument("--yes", action="store_true", help="prod was confirmed in advance; needs --account")
    options = parser.parse_args(arguments)
    if options.yes and not options.account:
        parser.error("--yes needs --account ID, so that nothing is deployed to an account that was not meant")
    if options.lambda_only or options.frontend_only or options.validate_only:
        for option, given in (("--set", options.settings), ("--import-retained", options.import_retained)):
            if given:
                parser.error(f"{option} belongs to a deployment of everything")
    return options


def _chosen(options: argparse.Namespace) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The checks and the steps. prod has all checks, whatever is deployed to it."""
    in_prod = options.stage == "prod"
    if options.validate_only:
        return ("validate",), ()
    if options.frontend_only:
        return (CHECKS if in_prod else ()), ("dashboard",)
    if options.lambda_only:
        checked = CHECKS if in_prod else () if options.skip_tests else ("validate",)
        return checked, ("functions", "aliases", "smoke")
    steps = tuple(step for step in STEPS if step != "dashboard" or not options.api_only)
    return (("validate", "security") if options.skip_tests else CHECKS), steps


def _check(stage: str, chosen: Iterable[str]) -> None:
    work = {"validate": lambda: checks.validate(stage), "security": checks.security, "tests": checks.tests}
    for name in chosen:
        print(f"== {name} ({stage})", flush=True)
        work[name]()


def run(
    stage: Stage,
    steps: Sequence[str],
    after_step: Callable[[str], None] = lambda _: None,
    *,
    site: Path | None = None,
    chosen: Mapping[str, str] | None = None,
    take_over: bool = False,
) -> int:
    """Runs steps of a deployment in their order, and returns the exit code. Raises one of `Failures`.

    `site` is what is deployed as the dashboard; without it, the dashboard is built. `chosen` are parameters of the
    data and application stacks. `take_over` imports what deleted stacks have left.
    """
    return _Run(stage, after_step, site, chosen or {}, take_over).run(steps, time.monotonic())


@dataclass
class _Run:
    """The steps of one deployment, under the stage's lock."""

    stage: Stage
    after_step: Callable[[str], None]
    site: Path | None
    chosen: Mapping[str, str]
    take_over: bool

    def run(self, steps: Sequence[str], began: float) -> int:
        """The lock is in a bucket of the data stack, so that the first deployment makes that stack without it."""
        purpose = f"scripts/deploy.sh {self.stage.name}"
        before = Stage(self.stage.name, self.stage.session)
        with locked(before, purpose) if before.complete() else nullcontext():
            if steps[0] == "data":
                self._say("data", application.deploy_data(self.stage, self.chosen, take_over=self.take_over))
            with locked(self.stage, purpose):
                return self._run_locked(steps, began)

    def _run_locked(self, steps: Sequence[str], began: float) -> int:
        self.deployment = history.begin(self.stage, functions.commit())
        for name in steps:
            if name != "data":
                print(f"== {name} ({self.stage.name})", flush=True)
                if not self._step(name):
                    return 1
                self.after_step(name)
        self._summary(time.monotonic() - began)
        return 0

    def _step(self, name: str) -> bool:
        work: dict[str, Callable[[], list[str]]] = {
            "functions": self._functions,
            "aliases": self._aliases,
            "application": self._application,
            "dashboard": self._dashboard,
            "smoke": self._smoke,
        }
        try:
            lines = work[name]()
        except SmokeTestFailed as failed:
            self._fail(failed)
            return False
        if name != "smoke":
            history.save(self.stage, self.deployment)
        for line in lines:
            print(line)
        return True

    def _say(self, name: str, lines: Iterable[str]) -> None:
        print(f"== {name} ({self.stage.name})", *lines, sep="\n", flush=True)
        self.after_step(name)

    def _functions(self) -> list[str]:
        made = functions.deploy_functions(self.stage)
        self.deployment.package, self.deployment.layer = made.package, made.layer
        self.deployment.api, self.deployment.api_deployment = made.api, made.api_deployment
        return [f"{self.stage.rest_api_name}: {record.rest_url(self.stage, made.api)}"]

    def _aliases(self) -> list[str]:
        self.deployment.versions = aliases.publish(self.stage)
        return aliases.move(self.stage, self.deployment.versions)

    def _application(self) -> list[str]:
        parameters = {**application.parameters(self.stage), **application.of_application(self.chosen)}
        lines = application.deploy_application(self.stage, parameters, take_over=self.take_over)
        self.deployment.template, self.deployment.parameters = stacks.template_key(application.TEMPLATE), parameters
        return lines

    def _dashboard(self) -> list[str]:
        key, lines = dashboard.deploy_dashboard(self.stage, self.site)
        self.deployment.dashboard = key or self.deployment.dashboard
        return lines

    def _smoke(self) -> list[str]:
        lines = smoke_test(self.stage, self.deployment.commit)
        self.deployment.works = True
        history.save(self.stage, self.deployment)
        return lines

    def _fail(self, failed: SmokeTestFailed) -> None:
        self.deployment.works = False
        history.save(self.stage, self.deployment)
        print(f"The smoke test failed: {failed}", file=sys.stderr)
        former = history.newest_that_works(self.stage)
        if former is None:
            print("No earlier deployment passed its smoke test, so there is nothing to go back to.", file=sys.stderr)
            return
        print(f"== rollback ({self.stage.name}) to {former.id}", flush=True)
        rollback.roll_back(self.stage, former)
        print(f"{self.stage.name} is back at {former.id}.", file=sys.stderr)

    def _summary(self, seconds: float) -> None:
        site = dashboard.url(self.stage)
        print(f"== done ({self.stage.name}) in {seconds:.0f} s: {self.deployment.id}")
        if self.deployment.api:
            print(f"REST API   {record.rest_url(self.stage, self.deployment.api)}")
        print(f"Dashboard  {site or 'not deployed'}")
        print(f"Roll back  scripts/rollback.sh {self.stage.name}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
