"""Everything that can happen to executions, in any order: however it went, the end is final, truthful and free.

Starts, deliveries, looks, interventions, sudden deaths, late and double deliveries, lost state machines, faults of DRS
and time passing are rules; hypothesis picks their order. ``ANY_ORDER_EXAMPLES`` says how many stories are told.
"""

import json
import os
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from drs_emulator.settings import Quotas
from local.cloud import LocalCloud
from tests.conftest import Clouds
from tests.workflow.conftest import ENVIRONMENT
from tests.workflow.drills import WEST, Drills, Refused, Run, Server
from tests.workflow.hand_driven import HandDriven
from tests.workflow.standing_clock import StandingClock

EXAMPLES = int(os.environ.get("ANY_ORDER_EXAMPLES", "5"))
STEPS = 40
FINAL = {"COMPLETED", "PARTIAL", "FAILED", "CANCELLED", "TIMED_OUT"}
OPEN_WAVES = {"AWAITING_APPROVAL": "approve_wave", "AWAITING_DECISION": "retry_wave"}
REFUSALS = {404, 409, 503}
SPEED = 60.0
MOST_ROUNDS = 600

numbers = st.integers(0, 1_000)


class AnyOrder(RuleBasedStateMachine):
    """One story. Plan ONE has three waves; plan TWO shares the group of ONE's first wave."""

    cloud: ClassVar[LocalCloud]
    clock: ClassVar[StandingClock]

    def __init__(self) -> None:
        super().__init__()
        self.drills = Drills(self.cloud)
        self.world = HandDriven(self.cloud, self.drills, self.clock)
        self._stack = ExitStack()
        self._stack.enter_context(self.world.installed())
        self.executions: dict[str, str] = {}

    @initialize()
    def plans(self) -> None:
        (web, spare, app, db, report) = self.drills.servers(5)
        (far,) = self.drills.servers(1, account=WEST)
        self.servers: list[Server] = [web, spare, app, db, report, far]
        self.world.know_places(
            {item.server_id: f"{item.account}#{item.region}#{item.server_id}" for item in self.servers}
        )
        shared = [self.drills.group([web, spare], optional=(spare,)), self.drills.group([far])]
        self.plan_ids = [
            self._plan(
                {"protectionGroupIds": shared},
                {"protectionGroupIds": [self.drills.group([app])], "onFailure": "PAUSE", "approvalRequired": True},
                {"protectionGroupIds": [self.drills.group([db])], "dependsOn": [], "onFailure": "CONTINUE"},
            ),
            self._plan({"protectionGroupIds": shared}, {"protectionGroupIds": [self.drills.group([report])]}),
        ]

    def _plan(self, *waves: dict[str, Any]) -> str:
        written = [
            {"number": number, "name": f"Wave {number}", "timeoutMinutes": 5, **wave}
            for number, wave in enumerate(waves, start=1)
        ]
        made = self.drills.manage(
            "create_recovery_plan",
            name=f"Any order {self.servers[0].hostname} {len(waves)}",
            waves=written,
            timeoutMinutes=60,
            approval={"timeoutMinutes": 30},
        )
        return str(made["planId"])

    # --- starts and people ---

    @rule(number=st.integers(0, 1), mode=st.sampled_from(["DRILL"] * 4 + ["RECOVERY"]))
    def start(self, number: int, mode: str) -> None:
        told = self._ask("start_execution", planId=self.plan_ids[number], mode=mode, reason="It may burn.")
        if told is not None and not isinstance(told, Refused):
            self.executions[told["execution"]["executionId"]] = mode

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
        wave=st.integers(1, 3),
    )
    def decide(self, operation: str, which: int, wave: int) -> None:
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
        self.run_on(seconds)

    def run_on(self, seconds: int) -> None:
        """What usually happens: everything that can go on goes on for a while."""
        for _ in range(8):
            for branch in self.world.ready():
                self.world.step(branch)
            self.clock.pass_seconds(seconds)

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
            self.run_on(seconds)

    @precondition(lambda self: self.executions)
    @rule(nth=st.integers(1, 12), when=st.sampled_from(["before", "after"]))
    def die(self, nth: int, when: str) -> None:
        self.world.let_next_call_die(nth, when)

    @precondition(lambda self: self.executions)
    @rule(which=numbers)
    def lose_the_machine(self, which: int) -> None:
        self.world.lose(which)

    @precondition(lambda self: self.executions)
    @rule(
        fault=st.sampled_from(["LAUNCH_FAILED", "LAUNCH_FAILED", "THROTTLE", "DROPPED_CONNECTION", "INTERNAL_ERROR"]),
        which=st.integers(0, 5),
    )
    def break_drs(self, fault: str, which: int) -> None:
        asked = {} if fault == "LAUNCH_FAILED" else {"match": {"operation": "StartRecovery"}}
        self.drills.fault(fault, self.servers[which], times=1, **asked)

    # --- what must hold ---

    def _ask(self, operation: str, **body: Any) -> Any:
        """The answer; None when the function died over it. A refusal says why, and is never a defect of ours."""
        event = {"operation": operation, "body": body}
        result = self.cloud.runtime.invoke("execution-handler", event)
        if result.function_error:
            assert result.value["errorType"] == "Runtime.ExitError", result.payload
            return None
        status, answer = result.value["statusCode"], result.value["body"]
        if status < 400:
            return answer
        error = answer["error"]
        assert status in REFUSALS, (operation, body, error)
        assert error["message"]
        return Refused(status, error["code"], error["message"], error["details"])

    def _execution(self, which: int) -> str:
        ids = sorted(self.executions)
        return ids[which % len(ids)]

    def teardown(self) -> None:
        try:
            if hasattr(self, "plan_ids"):
                self._come_to_an_end()
        finally:
            self._stack.close()
            self.cloud.emulator.clear_faults()

    def _come_to_an_end(self) -> None:
        """From here on nothing goes wrong any more, and people do what they are asked for."""
        self.world.spare()
        self.cloud.emulator.clear_faults()
        for _ in range(MOST_ROUNDS):
            ready = self.world.ready()
            if ready:
                self.world.step(ready[0])
            elif self._all_over():
                break
            else:
                self._answer_questions()
                self.clock.pass_seconds(60)
                self._require_watch()
        assert not self.world.violations
        listed = [
            item for plan_id in self.plan_ids for item in self.drills.query_all("list_executions", planId=plan_id)
        ]
        assert set(self.executions) <= {item["executionId"] for item in listed}, "no execution is forgotten"
        # What a start held that died before it wrote its execution is nobody's; the next start takes it over.
        assert not set(self.drills.holders().values()) & {item["executionId"] for item in listed}, "nothing is held"
        for item in listed:
            self._require_truth(Run(self.drills, item["executionId"]))

    def _all_over(self) -> bool:
        """Whether every execution, those too whose start died before it could answer, has ended."""
        listed = [
            item for plan_id in self.plan_ids for item in self.drills.query_all("list_executions", planId=plan_id)
        ]
        return all(item["status"] in FINAL for item in listed)

    def _answer_questions(self) -> None:
        for plan_id in self.plan_ids:
            for item in self.drills.query_all("list_executions", planId=plan_id):
                execution_id = item["executionId"]
                if item["status"] == "PAUSED":
                    self._ask("resume_execution", executionId=execution_id)
                for wave in self.drills.query("get_execution", executionId=execution_id)["waves"]:
                    if wave["status"] in OPEN_WAVES:
                        operation = OPEN_WAVES[wave["status"]]
                        self._ask(operation, executionId=execution_id, waveNumber=wave["waveNumber"])

    def _require_watch(self) -> None:
        result = self.cloud.scheduler.run_now("execution-watchdog")
        assert result.function_error is None, result.payload
        assert not result.value["body"]["failures"], result.payload

    def _require_truth(self, run: Run) -> None:
        assert run.status in FINAL, run.detail
        assert run.detail["execution"]["endedAt"]
        assert len(run.kinds("EXECUTION_ENDED")) == 1
        seen = {
            (job["jobID"], server["sourceServerID"]): server["launchStatus"]
            for job in run.jobs
            for server in job["participatingServers"]
        }
        for server_id, server in run.servers.items():
            wave = run.waves[server["waveNumber"]]
            launches = sum(other == server_id for _, other in seen)
            assert launches <= wave["attempt"], "one launch for each attempt"
            if server["status"] == "LAUNCHED":
                assert seen[server["jobId"], server_id] == "LAUNCHED"
                assert server["recoveryInstanceId"].startswith("i-")
            if server["status"] in {"NOT_STARTED", "LAUNCHING"}:
                assert wave["status"] in {"CANCELLED"}, (server, wave)
        launched = 0
        for number, wave in run.waves.items():
            mine = [server for server in run.servers.values() if server["waveNumber"] == number]
            launched += sum(server["status"] == "LAUNCHED" for server in mine)
            assert wave["launchedCount"] == sum(server["status"] == "LAUNCHED" for server in mine)
            lost = any(server["status"] == "FAILED" and server["impact"] == "CRITICAL" for server in mine)
            assert not (lost and wave["status"] == "COMPLETED")
        if run.status == "COMPLETED":
            assert set(run.wave_statuses) <= {"COMPLETED", "SKIPPED"}
        if run.status == "FAILED":
            assert not launched


@pytest.fixture
def standing_cloud(clouds: Clouds, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    """A local cloud whose Step Functions starts and stops runs, but leaves every step of them to the test."""
    still = {"StartAt": "Stay", "States": {"Stay": {"Type": "Wait", "Seconds": 86_400, "End": True}}}
    file = Path(tmp_path_factory.getbasetemp()) / "still.asl.json"
    file.write_text(json.dumps(still))
    cloud = clouds.running(speed=SPEED, definition=file, environment=ENVIRONMENT)
    clock, world = StandingClock(), cloud.emulator.world
    with clock.installed(cloud), pytest.MonkeyPatch.context() as patch:
        # Every story has servers of its own.
        patch.setattr(world, "settings", replace(world.settings, quotas=Quotas(replicating_servers=100_000)))
        AnyOrder.cloud, AnyOrder.clock = cloud, clock
        yield cloud


@pytest.mark.timeout(900)
def test_whatever_happens_in_whatever_order_the_end_is_truthful(standing_cloud: LocalCloud) -> None:
    run_state_machine_as_test(
        AnyOrder,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            phases=[Phase.explicit, Phase.reuse, Phase.generate],
            suppress_health_check=list(HealthCheck),
            print_blob=True,
        ),
    )
