"""Runs that a test steps through by hand to their end, in an order of its choice."""

from collections.abc import Collection, Iterable
from typing import Any

from chalicelib.store.tables.runs import WaveRunItem
from local.cloud import LocalCloud
from tests.workflow.drills import Drills, Refused, Run, Server, require_truth
from tests.workflow.hand_driven import HandDriven
from tests.workflow.standing_clock import StandingClock

FINAL = {"COMPLETED", "PARTIAL", "FAILED", "CANCELLED", "TIMED_OUT"}
ANSWERS = {"AWAITING_APPROVAL": "approve_wave", "AWAITING_DECISION": "retry_wave"}
GIVE_UP_AFTER = 4
"""The attempt from which a wave is skipped instead of tried again."""

REFUSALS = {404, 409, 502, 503}
MOST_ROUNDS = 600
MOST_IDLE_MINUTES = 5
"""The longest step of the clock while nothing can move: in the end runs may wait for hours."""


class PlayedByHand:
    """A world whose state machines and clock move only when a test moves them."""

    def __init__(self, cloud: LocalCloud, clock: StandingClock) -> None:
        self.cloud, self.clock = cloud, clock
        self.drills = Drills(cloud)
        self.world = HandDriven(cloud, self.drills, clock)
        self.plan_ids: list[str] = []

    def know(self, servers: Iterable[Server]) -> None:
        """Registers servers whose leases are checked when they are launched."""
        self.world.know_places({item.server_id: f"{item.account}#{item.region}#{item.server_id}" for item in servers})

    def plan(self, *waves: dict[str, Any], **content: Any) -> str:
        """Creates a plan of waves as in the API; waves with ``servers`` get a group of these."""
        written = []
        for number, wave in enumerate(waves, start=1):
            rest = {name: value for name, value in wave.items() if name not in {"servers", "optional"}}
            if "servers" in wave:
                self.know(wave["servers"])
                optional = tuple(wave.get("optional", ()))
                rest["protectionGroupIds"] = [self.drills.group(wave["servers"], optional=optional)]
            written.append({"number": number, "name": f"Wave {number}", "timeoutMinutes": 5, **rest})
        name = f"By hand {written[0]['protectionGroupIds'][0][-12:]} {len(self.plan_ids)}"
        made = self.drills.manage("create_recovery_plan", name=name, waves=written, **content)
        self.plan_ids.append(str(made["planId"]))
        return self.plan_ids[-1]

    def start(self, *waves: dict[str, Any], mode: str = "DRILL", **body: Any) -> str:
        """Starts a new plan of these waves; returns the execution's id."""
        answer = self.ask(
            "start_execution", planId=self.plan(*waves), mode=mode, reason="It burns.", acceptDegraded=True, **body
        )
        assert answer is not None
        assert not isinstance(answer, Refused), answer
        return str(answer["execution"]["executionId"])

    def ask(self, operation: str, **body: Any) -> Any:
        """Returns the answer, or None if the function died. A refusal gives a reason and is never a defect of ours."""
        event = {"operation": operation, "body": body}
        result = self.cloud.runtime.invoke("execution-handler", event)
        if result.function_error:
            assert result.value["errorType"] == "Runtime.ExitError", result.payload
            return None
        status, answer = result.value["statusCode"], result.value["body"]
        if status < 400:
            return answer
        error = answer["error"]
        assert status in REFUSALS or _protects_instances(error), (operation, body, error)
        assert error["message"]
        return Refused(status, error["code"], error["message"], error["details"])

    def run_on(self, seconds: float, rounds: int = 8) -> None:
        """Moves everything that can move for a while, as usual."""
        for _ in range(rounds):
            for branch in self.world.ready():
                self.world.step(branch)
            self.clock.pass_seconds(seconds)

    def wave(self, execution_id: str, number: int) -> Any:
        """A wave as a user sees it now."""
        waves = self.drills.query("get_execution", executionId=execution_id)["waves"]
        return next(wave for wave in waves if wave["waveNumber"] == number)

    def until(self, execution_id: str, number: int, *statuses: str, seconds: float = 3) -> None:
        """Goes on until a wave is in one of these states."""
        for _ in range(MOST_ROUNDS):
            # Read from the table: a call of the API costs ten times as much.
            if WaveRunItem.get(execution_id, number).status in statuses:
                return
            self.run_on(seconds, rounds=1)
        raise AssertionError(f"wave {number} is {self.wave(execution_id, number)['status']}, never {statuses}")

    def go_to(self, state: str, seconds: float = 1) -> None:
        """Goes on until some wave, or the run, is about to enter this state of the state machine."""
        for _ in range(MOST_ROUNDS):
            ready = self.world.ready()
            if any(branch.name == state for branch in ready):
                return
            if ready:
                self.world.step(ready[0])
            else:
                self.clock.pass_seconds(seconds)
        raise AssertionError(f"{state} is never entered")

    def finish(self, known: Collection[str] = ()) -> list[Run]:
        """Ends all faults, answers every request for a decision, and returns all runs after their end."""
        self.world.spare()
        self.cloud.emulator.clear_faults()
        idle = 0
        for _ in range(MOST_ROUNDS):
            ready = self.world.ready()
            if ready:
                self.world.step(ready[0])
                idle = 0
            elif all(item["status"] in FINAL for item in self._listed()):
                break
            else:
                self._answer_questions()
                idle = min(idle + 1, MOST_IDLE_MINUTES)
                self.clock.pass_seconds(60 * idle)
                self._require_watch()
        assert not self.world.violations
        ids = [item["executionId"] for item in self._listed()]
        assert set(known) <= set(ids), "no execution is forgotten"
        # Leases of a start that died before it wrote its execution belong to no run; the next start takes them over.
        assert not set(self.drills.holders().values()) & set(ids), "nothing is held"
        runs = [Run(self.drills, execution_id) for execution_id in ids]
        for run in runs:
            require_truth(run)
        return runs

    def _listed(self) -> list[Any]:
        """Every execution, including those whose start died before it could answer."""
        return [item for plan_id in self.plan_ids for item in self.drills.query_all("list_executions", planId=plan_id)]

    def _answer_questions(self) -> None:
        for item in self._listed():
            execution_id = item["executionId"]
            if item["status"] == "PAUSED":
                self.ask("resume_execution", executionId=execution_id)
            for wave in self.drills.query("get_execution", executionId=execution_id)["waves"]:
                if wave["status"] in ANSWERS:
                    gives_up = wave["attempt"] >= GIVE_UP_AFTER
                    operation = "skip_wave" if gives_up else ANSWERS[wave["status"]]
                    extra = {"reason": "Enough."} if gives_up else {}
                    self.ask(operation, executionId=execution_id, waveNumber=wave["waveNumber"], **extra)

    def _require_watch(self) -> None:
        result = self.cloud.scheduler.run_now("execution-watchdog")
        assert result.function_error is None, result.payload
        assert not result.value["body"]["failures"], result.payload


def _protects_instances(error: dict[str, Any]) -> bool:
    """Whether a drill was refused for nothing but the instances of earlier recoveries, which no drill may end."""
    servers = error["details"].get("servers", []) if error["code"] == "PreflightBlocked" else []
    codes = {finding["code"] for server in servers for finding in server["findings"]}
    return codes == {"RECOVERY_INSTANCE_EXISTS"}
