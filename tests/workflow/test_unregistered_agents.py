"""Commands to instances whose SSM agents register late or never: they wait, and the others run exactly once."""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from moto.ssm.exceptions import SSMException
from moto.ssm.models import Command, SimpleSystemManagerBackend

from tests.waiting import eventually
from tests.workflow.crash_matrix.deaths import Deaths
from tests.workflow.crash_matrix.stage import Stage
from tests.workflow.drills import Drills, Run

COMMAND = {"type": "SSM_COMMAND", "name": "Warm up", "commands": ["echo warm"]}


class Agents:
    """Systems Manager, which refuses a whole command because of one instance, as AWS does."""

    def __init__(self, send: Callable[..., Command]) -> None:
        self._send = send
        self.late_count, self.refusals_left, self.names_them = 1, 0, True
        self.late = set[str]()
        self.refusals = 0
        self.commands = Counter[str]()

    def send_command(self, backend: SimpleSystemManagerBackend, instance_ids: list[str], **given: Any) -> Command:
        if not self.late:
            self.late = set(sorted(instance_ids)[: self.late_count])
        missing = self.late.intersection(instance_ids)
        if missing and self.refusals_left:
            self.refusals_left -= 1
            self.refusals += 1
            listed = f"Instances [[{', '.join(sorted(missing))}]] not in a valid state for account {backend.account_id}"
            raise SSMException("InvalidInstanceId", listed if self.names_them else "")
        self.commands.update(instance_ids)
        return self._send(backend, instance_ids=instance_ids, **given)


@pytest.fixture
def agents(drills: Drills) -> Iterator[Agents]:
    with pytest.MonkeyPatch.context() as patch:
        made = Agents(SimpleSystemManagerBackend.send_command)

        def send_command(backend: SimpleSystemManagerBackend, **given: Any) -> Command:
            return made.send_command(backend, **given)

        patch.setattr(SimpleSystemManagerBackend, "send_command", send_command)
        yield made
        drills.wait_until_idle()


@pytest.mark.parametrize("names_them", [True, False])
def test_a_late_agent_is_waited_for_and_the_others_are_not_held_up(
    drills: Drills, agents: Agents, names_them: bool
) -> None:
    agents.refusals_left, agents.names_them = 4, names_them
    run = drills.run(drills.plan({"servers": drills.servers(3), "postActions": [COMMAND]}))
    assert (run.status, run.wave_statuses) == ("COMPLETED", ["COMPLETED"]), run.reason
    instances = {server["recoveryInstanceId"] for server in run.servers.values()}
    assert agents.commands == dict.fromkeys(instances, 1)
    assert agents.refusals == 4
    (waiting,) = run.kinds("STEP_WAITING")
    assert waiting["details"]["target"] in agents.late
    assert "has not registered" in waiting["message"]
    assert [event["details"]["status"] for event in run.kinds("STEP_ENDED")] == ["SUCCEEDED"] * 3


def test_tasks_that_are_all_delivered_twice_give_each_instance_one_command(
    drills: Drills, deaths: Deaths, agents: Agents
) -> None:
    agents.refusals_left = 4
    stage = Stage(drills, deaths, [])
    stage.twice = True
    run = stage.ended(stage.start(stage.plan({"servers": drills.servers(3), "postActions": [COMMAND]})))
    assert agents.commands == {server["recoveryInstanceId"]: 1 for server in run.servers.values()}


def test_an_agent_that_never_registers_fails_alone_with_its_own_reason(drills: Drills, agents: Agents) -> None:
    agents.refusals_left = 1_000_000
    (servers, step) = drills.servers(3), {**COMMAND, "timeoutSeconds": 1}
    run = drills.run(drills.plan({"servers": servers, "postActions": [step]}))
    (lost,) = [server for server in run.servers.values() if server["status"] == "FAILED"]
    assert {lost["recoveryInstanceId"]} == agents.late
    assert "not in a valid state" in lost["error"]
    others = {server["recoveryInstanceId"] for server in run.servers.values()} - agents.late
    assert agents.commands == dict.fromkeys(others, 1)
    (ended,) = [event for event in run.kinds("STEP_ENDED") if event["details"]["target"] in agents.late]
    assert ended["details"]["status"] == "TIMED_OUT"
    assert "has not registered" in ended["details"]["output"]


def test_what_was_never_sent_is_told_when_the_wave_ends_first(drills: Drills, agents: Agents) -> None:
    agents.refusals_left = 1_000_000
    execution_id = drills.start(drills.plan({"servers": drills.servers(), "postActions": [COMMAND]}))
    eventually(lambda: Run(drills, execution_id).kinds("STEP_WAITING"))
    drills.ask("execution-handler", "cancel_execution", executionId=execution_id)
    run = drills.ended(execution_id)
    (ended,) = run.kinds("STEP_ENDED")
    assert ended["details"]["output"].startswith("The wave ended before this step was started. Last answer: Inv")
    assert agents.commands == {}
