"""What an execution says of an action before it is what the action answers after it."""

from typing import Any

from tests.waiting import eventually
from tests.workflow.afterwards import terminated
from tests.workflow.drills import Drills, Refused


def test_what_is_said_before_an_action_is_what_it_answers(drills: Drills) -> None:
    first, second, third = drills.servers(3)
    plan = drills.plan({"servers": [first], "approvalRequired": True}, {"servers": [second]}, {"servers": [third]})
    execution = drills.start(plan)

    def shown() -> Any:
        return drills.query("get_execution", executionId=execution)

    def offer(action: str, number: int | None = None) -> Any:
        found = {(each["action"], each["waveNumber"]): each for each in shown()["actions"]}
        return found[action, number]

    def take(offered: Any, **body: Any) -> Any:
        wave = {"waveNumber": offered["waveNumber"]} if offered["waveNumber"] else {}
        return drills.ask("execution-handler", offered["operation"], executionId=execution, **wave, **body)

    eventually(lambda: shown()["waves"][0]["status"] == "AWAITING_APPROVAL")
    assert shown()["waves"][0]["waitingFor"]["kind"] == "APPROVAL"
    assert shown()["waves"][1]["waitingFor"]["text"] == "It waits for wave 1."
    refused = take(offer("TERMINATE_INSTANCES"))
    assert isinstance(refused, Refused)
    assert refused.message == offer("TERMINATE_INSTANCES")["reason"]
    pause = offer("PAUSE")
    assert pause["allowed"]
    assert take(pause)["statement"] == f"Paused. {pause['consequence']}"
    assert shown()["execution"]["waitingFor"]["text"] == "The execution was paused by undeclared."
    assert not offer("PAUSE")["allowed"]
    resume = offer("RESUME")
    assert take(resume)["statement"] == f"Running. {resume['consequence']}"
    assert len(shown()["execution"]["pauses"]) == 1
    for action, number in (("SKIP", 3), ("APPROVE", 1)):
        offered = offer(action, number)
        assert (
            take(offered, **({"reason": "Not today."} if action == "SKIP" else {}))["statement"]
            == (offered["consequence"])
        )
    run = drills.ended(execution)
    assert run.wave_statuses == ["COMPLETED", "COMPLETED", "SKIPPED"]
    assert not offer("CANCEL")["allowed"]
    assert offer("TERMINATE_INSTANCES")["consequence"].startswith("The 2 instances of this DRILL")
    take(offer("TERMINATE_INSTANCES"))
    terminated(drills, execution)
    assert shown()["execution"]["counts"]["terminated"] == 2
    assert [wave["counts"]["terminated"] for wave in shown()["waves"]] == [1, 1, 0]
    assert "No launched server is left" in offer("TERMINATE_INSTANCES")["consequence"]
