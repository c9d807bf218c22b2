"""Executions whose state machines a test steps through by hand, in any order and with sudden deaths.

Functions, tables and DRS are the real ones; only the order in which Step Functions acts is replaced. What must be true
when a launch request reaches DRS is checked at that moment.
"""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest

from local import invocation as invocations
from local.client_hooks import Crash
from local.cloud import LocalCloud
from local.invocation import Invocation
from tests.workflow.drills import WRITES, Drills, workflow_arn
from tests.workflow.standing_clock import StandingClock
from tests.workflow.stepwise import Branch, Delivery, Failed, run_of

OTHER_SIDES = {"data-management-handler", "evidence-writer"}
"""Functions that have no part in a run. The evidence writer works whenever a stream has records."""

READERS = {"query-handler", *OTHER_SIDES}
FREE_TO_GO_ON = {"COMPLETED", "SKIPPED"}
FAILED = {"FAILED", "TIMED_OUT"}
FORESEEN = {"Runtime.ExitError", "Unavailable", "CloudError"}
"""The errors that a task may fail with: sudden death, and AWS. Any other is a defect of ours."""


class HandDriven:
    """All runs of the state machine, and what has gone wrong so far in ``violations``."""

    def __init__(self, cloud: LocalCloud, drills: Drills, clock: StandingClock) -> None:
        self._cloud, self._drills, self._clock = cloud, drills, clock
        self.runs: dict[str, Branch] = {}
        self.answers: dict[str, Any] = {}
        self.delivered: list[Delivery] = []
        self.violations: list[str] = []
        self.deaths = 0
        self._death: tuple[int, str] | None = None
        self._meddling: tuple[int, Callable[[], Any]] | None = None
        self._lock = threading.RLock()
        self._in_flight = ""
        self._places: dict[str, str] = {}
        self._requested: set[tuple[str, str]] = set()
        self._history: list[str] = []

    @contextmanager
    def installed(self) -> Iterator["HandDriven"]:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(self._cloud.runtime.crashes, "due", self._due)
            yield self

    def know_places(self, places: Mapping[str, str]) -> None:
        """The lease of each source server."""
        self._places.update(places)

    @property
    def launches_requested(self) -> int:
        """How many launches have been requested from DRS."""
        return len(self._requested)

    @property
    def history(self) -> str:
        """What was written and requested, in its order, for a test that fails."""
        return "\n".join(self._history)

    # --- what a test does ---

    def ready(self) -> list[Branch]:
        now = self._clock.now()
        return [branch for branch in self._branches() if branch.is_ready(self.answers, now)]

    def step(self, branch: Branch) -> None:
        branch.step(self._invoke, self.answers, self._clock.now())

    def deliver_again(self, number: int) -> None:
        """Delivers a task again, late, even if its token is not waited for any longer."""
        if self.delivered:
            self._send(self.delivered[number % len(self.delivered)])

    def let_next_call_die(self, nth_write: int, when: str) -> None:
        """Makes the execution side die at the nth write from now on, before or after AWS has acted."""
        self._death = (nth_write, when)

    def let_something_happen_before(self, nth_write: int, act: Callable[[], Any]) -> None:
        """Calls ``act`` before the nth write from now on, as if the function had read too slowly."""
        self._meddling = (nth_write, act)

    def spare(self) -> None:
        """Plans no further death, and nothing more between decision and write."""
        self._death = self._meddling = None

    def lose(self, number: int) -> None:
        """Makes Step Functions lose a run."""
        open_runs = [name for name, run in self.runs.items() if not run.has_ended]
        if open_runs:
            name = open_runs[number % len(open_runs)]
            machine = str(self._cloud.state_machine_arn).replace(":stateMachine:", ":execution:")
            self._cloud.client("stepfunctions").stop_execution(executionArn=f"{machine}:{name}")
            self._end(name)

    # --- how the world answers ---

    def _branches(self) -> Iterator[Branch]:
        for run in self.runs.values():
            yield from run.all()

    def _live_tokens(self) -> set[str]:
        waited = {branch.token for branch in self._branches() if branch.token and not branch.has_ended}
        return waited | {self._in_flight}

    def _end(self, name: str) -> None:
        for branch in self.runs[name].all() if name in self.runs else ():
            branch.has_ended = True

    def _invoke(self, delivery: Delivery) -> Any:
        self.delivered.append(delivery)
        self._in_flight = delivery.token
        try:
            return self._send(delivery)
        finally:
            self._in_flight = ""

    def _send(self, delivery: Delivery) -> Any:
        result = self._cloud.runtime.invoke(
            delivery.function, delivery.payload, arn=workflow_arn(self._cloud, delivery.function)
        )
        if result.function_error:
            failed = Failed(str(result.value.get("errorType")), str(result.value.get("errorMessage")))
            self._require(failed.error in FORESEEN, f"{delivery.payload} failed: {failed}")
            return failed
        return result.value

    def _due(self, invocation: Invocation, service: str, operation: str, params: Mapping[str, Any]) -> Crash | None:
        if invocation.function not in READERS and operation in WRITES:
            self._history.append(f"{invocation.function} {invocation.request_id[:4]}: {operation}")
            self._meddle()
        crash = self._crash_at(invocation, service, operation)
        if crash is None or crash.when == "after":
            self._notice(service, operation, params)
        return crash

    def _meddle(self) -> None:
        with self._lock:
            if self._meddling is None:
                return
            remaining, act = self._meddling
            self._meddling = (remaining - 1, act) if remaining > 1 else None
        if remaining == 1:
            self._history.append("what the test lets happen:")
            in_flight, self._in_flight = self._in_flight, ""
            with _outside():
                act()
            self._in_flight = in_flight

    def _crash_at(self, invocation: Invocation, service: str, operation: str) -> Crash | None:
        if self._death is None or operation not in WRITES or invocation.function in OTHER_SIDES:
            return None
        remaining, when = self._death
        self._death = (remaining - 1, when) if remaining > 1 else None
        if remaining > 1:
            return None
        self.deaths += 1
        return Crash(function=invocation.function, service=service, operation=operation, when=when)

    def _notice(self, service: str, operation: str, params: Mapping[str, Any]) -> None:
        match service, operation:
            case "stepfunctions", "StartExecution":
                self.runs.setdefault(params["name"], run_of(json.loads(params["input"])))
            case "stepfunctions", "StopExecution":
                self._end(params["executionArn"].rpartition(":")[2])
            case "stepfunctions", "SendTaskSuccess":
                if params["taskToken"] in self._live_tokens():
                    self.answers.setdefault(params["taskToken"], json.loads(params["output"]))
            case "drs", "StartRecovery":
                with _outside():
                    self._check_launch(params["tags"], [item["sourceServerID"] for item in params["sourceServers"]])
            case _:
                pass

    def _check_launch(self, tags: Mapping[str, str], server_ids: list[str]) -> None:
        execution_id, job_run = tags["dr:execution-id"], tags["dr:job-run"]
        detail = self._drills.query("get_execution", executionId=execution_id)
        waves = {wave["waveNumber"]: wave for wave in detail["waves"]}
        wave = waves[int(tags["dr:wave"])]
        holders = self._drills.holders()
        self._require(detail["execution"]["status"] == "IN_PROGRESS", f"{job_run}: {detail['execution']['status']}")
        for needed in (waves[number] for number in wave["dependsOn"]):
            free = needed["status"] in FREE_TO_GO_ON
            passed_over = needed["status"] in FAILED and needed["onFailure"] == "CONTINUE"
            self._require(free or passed_over, f"{job_run} before wave {needed['waveNumber']} ({needed['status']})")
        if detail["execution"]["mode"] == "DRILL":
            recovered = self._recovered(server_ids)
            self._require(not recovered, f"{job_run}: a drill ends the recovery's instances {recovered}")
        for server_id in server_ids:
            holder = holders.get(self._places[server_id])
            self._require(holder == execution_id, f"{job_run}: {server_id} is held by {holder}")
        self._require((execution_id, job_run) not in self._requested, f"{execution_id} {job_run} is requested twice")
        self._requested.add((execution_id, job_run))
        self._history.append(f"{job_run} of {execution_id} is requested")

    def _recovered(self, server_ids: list[str]) -> list[str]:
        """The instances of recoveries that these servers have in DRS."""
        world = self._cloud.emulator.world
        with world.lock:
            instances = [one for region in world.regions.values() for one in region.recovery_instances.values()]
        return [one.instance_id for one in instances if one.server_id in server_ids and not one.is_drill]

    def _require(self, holds: bool, violation: str) -> None:
        if not holds:
            self.violations.append(violation)


@contextmanager
def _outside() -> Iterator[None]:
    """Within this context calls are the test's own, not those of the function that runs."""
    token = invocations._current.set(None)
    try:
        yield
    finally:
        invocations._current.reset(token)
