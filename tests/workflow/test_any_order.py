"""Executions after any events in any order: the end is final and true, and no lease is left.

Starts, deliveries, looks, interventions, sudden deaths, late and double deliveries, lost state machines, faults of DRS,
drills from the console, time passing, and anything at all between what a function has read and what it writes are
rules; hypothesis picks their order. ``ANY_ORDER_EXAMPLES`` says how many stories are played.
"""

import os
from contextlib import ExitStack
from typing import Any, ClassVar

import pytest
from botocore.exceptions import BotoCoreError, ClientError
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from local.cloud import LocalCloud
from tests.workflow.drills import WEST, Refused, Server
from tests.workflow.launch_results import FUNCTION, launch_result, newest_job
from tests.workflow.played_by_hand import PlayedByHand
from tests.workflow.standing_clock import StandingClock

EXAMPLES = int(os.environ.get("ANY_ORDER_EXAMPLES", "5"))
STEPS = 40
numbers = st.integers(0, 1_000)


class AnyOrder(RuleBasedStateMachine):
    """One story. Plan ONE has four waves, and a server that cannot launch; plan TWO shares its first wave's groups."""

    cloud: ClassVar[LocalCloud]
    clock: ClassVar[StandingClock]

    def __init__(self) -> None:
        super().__init__()
        self.played = PlayedByHand(self.cloud, self.clock)
        self.drills, self.world = self.played.drills, self.played.world
        self._stack = ExitStack()
        self._stack.enter_context(self.world.installed())
        self.executions: dict[str, str] = {}

    @initialize()
    def plans(self) -> None:
        (web, spare, app, db, late, report) = self.drills.servers(6)
        (far,) = self.drills.servers(1, account=WEST)
        (dead,) = self.drills.servers(1, replication_state="DISCONNECTED")
        self.servers: list[Server] = [web, spare, app, db, report, far, late, dead]
        self.played.know(self.servers)
        shared = [self.drills.group([web, spare], optional=(spare,)), self.drills.group([far])]
        self.plan_ids = [
            self._plan(
                {"protectionGroupIds": shared},
                {"protectionGroupIds": [self.drills.group([app])], "onFailure": "PAUSE", "approvalRequired": True},
                {"protectionGroupIds": [self.drills.group([db])], "dependsOn": [], "onFailure": "CONTINUE"},
                {
                    "protectionGroupIds": [self.drills.group([late, dead])],
                    "dependsOn": [3],
                    "delaySeconds": 90,
                    "onFailure": "PAUSE",
                    "minSuccessPercent": 100,
                },
            ),
            self._plan({"protectionGroupIds": shared}, {"protectionGroupIds": [self.drills.group([report])]}),
        ]

    def _plan(self, *waves: dict[str, Any]) -> str:
        return self.played.plan(*waves, timeoutMinutes=60, approval={"timeoutMinutes": 30})

    # --- starts and people ---

    @rule(number=st.integers(0, 1), mode=st.sampled_from(["DRILL"] * 4 + ["RECOVERY"]))
    def start(self, number: int, mode: str) -> None:
        plan_id = self.plan_ids[number]
        answer = self._ask("start_execution", planId=plan_id, mode=mode, reason="It may burn.", acceptDegraded=True)
        if answer is not None and not isinstance(answer, Refused):
            self.executions[answer["execution"]["executionId"]] = mode

    @precondition(lambda self: self.executions)
    @rule(
        operation=st.sampled_from(["pause_execution"] * 3 + ["resume_execution"] * 5 + ["cancel_execution"]),
        which=numbers,
    )
    def steer(self, operation: str, which: int) -> None:
        self._ask(operation, executionId=self._execution(which))

    @precondition(lambda self: self.executions)
    @rule(
        operation=st.sampled_from(
            ["approve_wave", "approve_wave", "reject_wave", "retry_wave", "retry_wave", "skip_wave"]
        ),
        which=numbers,
        wave=st.integers(1, 4),
    )
    def decide(self, operation: str, which: int, wave: int) -> None:
        self._decide(operation, which, wave)

    def _decide(self, operation: str, which: int, wave: int) -> None:
        said = {"reason" if operation == "skip_wave" else "comment": "So it is."}
        self._ask(operation, executionId=self._execution(which), waveNumber=wave, **said)

    # --- the machine ---

    @precondition(lambda self: self.world.ready())
    @rule(which=numbers, count=st.integers(1, 8))
    def deliver(self, which: int, count: int) -> None:
        for _ in range(count):
            ready = self.world.ready()
            if ready:
                self.world.step(ready[which % len(ready)])

    @precondition(lambda self: self.world.ready())
    @rule(seconds=st.sampled_from([3, 10]))
    def go_on(self, seconds: int) -> None:
        self.played.run_on(seconds)

    @precondition(lambda self: self.world.delivered)
    @rule(which=numbers)
    def deliver_again(self, which: int) -> None:
        self.world.deliver_again(which)

    @precondition(lambda self: self.executions)
    @rule(seconds=st.sampled_from([3, 10, 10, 60, 60, 400]))
    def time_passes(self, seconds: int) -> None:
        self.clock.pass_seconds(seconds)

    @precondition(lambda self: self.executions)
    @rule()
    def watch(self) -> None:
        """A round of the watchdog, which may die too."""
        self.cloud.scheduler.run_now("execution-watchdog")

    # --- what goes wrong ---

    @precondition(lambda self: self.world.ready())
    @rule(seconds=st.sampled_from([3, 10, 30]))
    def run_on_for_long(self, seconds: int) -> None:
        for _ in range(3):
            self.played.run_on(seconds)

    @precondition(lambda self: self.executions)
    @rule(nth=st.integers(1, 12), when=st.sampled_from(["before", "after"]))
    def die(self, nth: int, when: str) -> None:
        self.world.let_next_call_die(nth, when)

    @precondition(lambda self: self.executions)
    @rule(
        nth=st.integers(1, 6),
        act=st.sampled_from(["step", "step", "pause_execution", "resume_execution", "cancel_execution", "watch"])
        | st.sampled_from(["approve_wave", "reject_wave", "retry_wave", "skip_wave"]),
        which=numbers,
        wave=st.integers(1, 4),
    )
    def meanwhile(self, nth: int, act: str, which: int, wave: int) -> None:
        """Acts between the decision of a function and its write, as if it had read too slowly."""
        self.world.let_something_happen_before(nth, lambda: self._meddle(act, which, wave))

    def _meddle(self, act: str, which: int, wave: int) -> None:
        ready = self.world.ready()
        if act == "watch":
            self.cloud.scheduler.run_now("execution-watchdog")
        elif act == "step":
            if ready:
                self.world.step(ready[which % len(ready)])
        elif act.endswith("_wave"):
            self._decide(act, which, wave)
        else:
            self._ask(act, executionId=self._execution(which))

    @precondition(lambda self: self.executions)
    @rule(which=st.integers(0, 5), is_drill=st.booleans())
    def launch_from_the_console(self, which: int, is_drill: bool) -> None:
        """Launches a server in DRS itself, without the platform."""
        server = self.servers[which]
        drs = self.drills.drs(server.account)
        try:
            drs.start_recovery(sourceServers=[{"sourceServerID": server.server_id}], isDrill=is_drill)
        except (ClientError, BotoCoreError):
            return  # DRS refuses people too, and breaks their connections.

    @precondition(lambda self: self.executions)
    @rule(which=st.integers(0, 6), count=st.integers(1, 2))
    def report_a_launch(self, which: int, count: int) -> None:
        """Delivers events of DRS: early, late, doubled, or about a job that is not ours. The function may die."""
        server = self.servers[which]
        for _ in range(count):
            self.cloud.runtime.invoke(FUNCTION, launch_result(server, newest_job(self.drills, server)))

    @precondition(lambda self: self.executions)
    @rule(which=numbers)
    def lose_the_machine(self, which: int) -> None:
        self.world.lose(which)

    @precondition(lambda self: self.executions)
    @rule(
        fault=st.sampled_from(
            ["LAUNCH_FAILED", "LAUNCH_FAILED", "LAUNCH_STUCK", "THROTTLE", "DROPPED_CONNECTION", "INTERNAL_ERROR"]
        ),
        which=st.integers(0, 6),
    )
    def break_drs(self, fault: str, which: int) -> None:
        where = {} if fault.startswith("LAUNCH") else {"match": {"operation": "StartRecovery"}}
        self.drills.fault(fault, self.servers[which], times=1, **where)

    # --- what must hold ---

    def _ask(self, operation: str, **body: Any) -> Any:
        return self.played.ask(operation, **body)

    def _execution(self, which: int) -> str:
        ids = sorted(self.executions)
        return ids[which % len(ids)]

    def teardown(self) -> None:
        try:
            if hasattr(self, "plan_ids"):
                self.played.finish(self.executions)
        finally:
            self._stack.close()
            self.cloud.emulator.clear_faults()


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_executions_end_with_their_true_result_after_any_events_in_any_order(
    standing: tuple[LocalCloud, StandingClock],
) -> None:
    AnyOrder.cloud, AnyOrder.clock = standing
    run_state_machine_as_test(
        AnyOrder,
        settings=settings(
            max_examples=EXAMPLES,
            derandomize="ANY_ORDER_EXAMPLES" not in os.environ,
            stateful_step_count=STEPS,
            deadline=None,
            phases=[Phase.explicit, Phase.reuse, Phase.generate],
            suppress_health_check=list(HealthCheck),
            print_blob=True,
        ),
    )
