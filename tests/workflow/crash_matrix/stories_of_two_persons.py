"""Two persons who decide together: the request of the first is recorded before the second can agree."""

from typing import Any

from tests.persons import ADMIN, MANAGER, Person
from tests.workflow.crash_matrix.stage import Stage
from tests.workflow.crash_matrix.story import Story
from tests.workflow.drills import Refused

TWO = {"twoPerson": True}


def a_gate_that_two_persons_open(stage: Stage) -> None:
    ada, bob = Person(stage.drills.cloud, MANAGER), Person(stage.drills.cloud, ADMIN)
    plan_id = stage.plan({"servers": stage.drills.servers(), "approvalRequired": True}, approval=TWO)
    wave: dict[str, Any] = {"executionId": stage.start(plan_id, mode="RECOVERY", reason="It burns."), "waveNumber": 1}
    stage.until_wave(wave["executionId"], "AWAITING_APPROVAL")
    stage.command("approve_wave", person=ada, **wave)
    assert not stage.command("approve_wave", person=ada, **wave)["changed"]
    stage.until_wave(wave["executionId"], "AWAITING_APPROVAL")
    stage.command("approve_wave", person=bob, **wave)
    run = stage.ended(wave["executionId"])
    assert len(run.kinds("SECOND_PERSON_NEEDED")) == len(run.kinds("WAVE_APPROVED")) == 1
    assert run.waves[1]["approvedBySubject"] == bob.subject


def a_recovery_that_two_persons_terminate(stage: Stage) -> None:
    ada, bob = Person(stage.drills.cloud, MANAGER), Person(stage.drills.cloud, ADMIN)
    plan_id = stage.plan({"servers": stage.drills.servers()}, approval=TWO)
    execution_id = stage.start(plan_id, mode="RECOVERY", reason="It burns.")
    run = stage.ended(execution_id)
    name = run.detail["execution"]["planName"]
    whole = {"executionId": execution_id, "confirm": name, "reason": "Over."}
    for _ in range(2):
        answer = stage.command("terminate_recovery_instances", person=ada, **whole)
        assert answer is None or isinstance(answer, Refused), answer
    assert stage.look(execution_id).detail["execution"]["termination"] is None
    stage.command("terminate_recovery_instances", person=bob, **whole)
    stage.until(
        lambda: (stage.look(execution_id).detail["execution"]["termination"] or {}).get("endedAt"),
        schedule="drill-cleanup",
    )
    run = stage.look(execution_id)
    assert len(run.kinds("SECOND_PERSON_NEEDED")) == len(run.kinds("TERMINATION_ASKED")) == 1
    assert {server["status"] for server in run.servers.values()} == {"TERMINATED"}


STORIES = [
    Story(a_gate_that_two_persons_open, ("gates>waves.record_first_person",)),
    Story(a_recovery_that_two_persons_terminate, ("recovery_termination>terminations.record_first_person",)),
]
