"""The rule of two persons, as somebody would try to get around it: by REST, by direct calls and by tasks by hand."""

import json
from functools import partial
from typing import Any

import pytest

from chalicelib.domain.access.two_persons import REQUEST_LIFE, FirstPerson
from chalicelib.store.tables.configuration import RecoveryPlanItem
from chalicelib.store.tables.runs import ExecutionItem, WaveRunItem
from tests.persons import ADMIN, MANAGER, OPERATOR, PLANNER, Person
from tests.waiting import eventually
from tests.workflow.drills import Drills, Refused, Run

EXECUTION = "execution-handler"
RECOVERY = {"mode": "RECOVERY", "reason": "us-east-1 is failing"}
TWO = {"approval": {"twoPerson": True}}


@pytest.fixture
def ada(drills: Drills) -> Person:
    return Person(drills.cloud, MANAGER)


@pytest.fixture
def bob(drills: Drills) -> Person:
    return Person(drills.cloud, ADMIN)


def guarded(drills: Drills, *waves: dict[str, Any], **content: Any) -> Any:
    """A plan that demands two persons; by default one wave of one server, with an approval."""
    chosen = waves or ({"servers": drills.servers(), "approvalRequired": True},)
    plan = drills.query("get_recovery_plan", planId=drills.plan(*chosen))
    return drills.manage("update_recovery_plan", **content_of(plan), **TWO, **content)


def content_of(plan: Any) -> dict[str, Any]:
    return {name: plan[name] for name in ("planId", "version", "name", "waves")}


def awaiting(drills: Drills, started: Any) -> dict[str, Any]:
    """The first wave of a run, when it awaits approval."""
    assert not isinstance(started, Refused), started
    execution_id = started["execution"]["executionId"]
    eventually(lambda: WaveRunItem.get(execution_id, 1).status == "AWAITING_APPROVAL")
    return {"executionId": execution_id, "waveNumber": 1}


def is_refused(answer: Any, code: str, text: str = "") -> bool:
    assert isinstance(answer, Refused), answer
    assert (answer.code, text in answer.message) == (code, True), answer
    return True


def end(drills: Drills, person: Person, execution_id: str) -> Run:
    person.ask("cancel_execution", executionId=execution_id)
    return drills.ended(execution_id)


# --- approvals ---


def test_the_person_who_started_cannot_approve_even_with_another_address(
    drills: Drills, ada: Person, bob: Person
) -> None:
    wave = awaiting(drills, ada.ask("start_execution", planId=guarded(drills)["planId"], **RECOVERY))
    assert is_refused(ada.ask("approve_wave", **wave), "NotPermitted", "someone else must decide")
    before = ada.email
    ada.change_address()
    assert is_refused(ada.ask("approve_wave", **wave), "NotPermitted", "someone else must decide")
    assert is_refused(drills.ask(EXECUTION, "approve_wave", caller=bob.email, **wave), "NotPermitted", "signed-in")
    assert bob.ask("approve_wave", **wave)["changed"]
    run = drills.ended(wave["executionId"])
    execution, approved = run.detail["execution"], run.waves[1]
    assert (execution["initiatedBy"], execution["initiatedBySubject"]) == (before, ada.subject)
    assert (approved["approvedBy"], approved["approvedBySubject"]) == (bob.email, bob.subject)


def test_a_start_under_the_name_of_a_colleague_needs_two_persons_who_approve(
    drills: Drills, ada: Person, bob: Person
) -> None:
    plan_id = guarded(drills)["planId"]
    wave = awaiting(drills, drills.ask(EXECUTION, "start_execution", caller=bob.email, planId=plan_id, **RECOVERY))
    first = ada.ask("approve_wave", **wave, comment="Go.")
    assert first["changed"]
    assert "first of two" in first["statement"]
    again = ada.ask("approve_wave", **wave)
    assert (again["changed"], again["statement"]) == (False, first["statement"])
    ada.change_address()
    assert not ada.ask("approve_wave", **wave)["changed"]
    assert is_refused(drills.ask(EXECUTION, "approve_wave", **wave), "NotPermitted")
    assert not drills.query("get_execution", executionId=wave["executionId"])["waves"][0]["approvedBy"]
    assert bob.ask("approve_wave", **wave)["changed"]
    assert not bob.ask("approve_wave", **wave)["changed"]
    run = drills.ended(wave["executionId"])
    (half,) = run.kinds("SECOND_PERSON_NEEDED")
    (line,) = run.kinds("WAVE_APPROVED")
    assert "as the first of two people" in half["message"]
    assert f"approved by {bob.email} as the second person" in line["message"]


def test_a_run_from_before_subjects_were_recorded_counts_as_started_by_nobody_known(
    drills: Drills, ada: Person, bob: Person
) -> None:
    wave = awaiting(drills, ada.ask("start_execution", planId=guarded(drills)["planId"], **RECOVERY))
    ExecutionItem(execution_id=wave["executionId"]).update([ExecutionItem.initiated_by_subject.remove()])
    assert "first of two" in bob.ask("approve_wave", **wave)["statement"]
    end(drills, bob, wave["executionId"])


def test_a_first_approval_does_not_wait_for_ever(drills: Drills, ada: Person, bob: Person) -> None:
    started = drills.ask(EXECUTION, "start_execution", planId=guarded(drills)["planId"], **RECOVERY)
    wave = awaiting(drills, started)
    ada.ask("approve_wave", **wave)
    item = WaveRunItem.get(wave["executionId"], 1)
    assert isinstance(item.first_person, FirstPerson)
    old = FirstPerson(item.first_person.act, ada.email, ada.subject, item.first_person.at - REQUEST_LIFE)
    item.update([WaveRunItem.first_person.set(old)])
    assert "first of two" in bob.ask("approve_wave", **wave)["statement"]
    end(drills, bob, wave["executionId"])


# --- skipping the wave with the gate ---


def test_a_gate_is_passed_over_only_by_those_who_could_approve_it(drills: Drills, ada: Person, bob: Person) -> None:
    first, second = drills.servers(2)
    plan = guarded(drills, {"servers": [first], "approvalRequired": True}, {"servers": [second]})
    operator = Person(drills.cloud, OPERATOR)
    wave = awaiting(drills, operator.ask("start_execution", planId=plan["planId"], **RECOVERY))
    skip = {**wave, "reason": "Rebuilt."}
    assert is_refused(operator.ask("skip_wave", **skip), "NotPermitted", "'approve'")
    assert is_refused(drills.ask(EXECUTION, "skip_wave", caller=bob.email, **skip), "NotPermitted", "signed-in")
    assert not drills.jobs_with(second)
    end(drills, bob, wave["executionId"])
    wave = awaiting(drills, ada.ask("start_execution", planId=plan["planId"], **RECOVERY))
    skip = {**wave, "reason": "Rebuilt."}
    assert is_refused(ada.ask("skip_wave", **skip), "NotPermitted", "You started this recovery")
    assert bob.ask("skip_wave", **skip)["changed"]
    run = drills.ended(wave["executionId"])
    assert run.wave_statuses == ["SKIPPED", "COMPLETED"]


def test_a_gate_of_a_start_by_nobody_known_is_passed_over_by_two(drills: Drills, ada: Person, bob: Person) -> None:
    plan = guarded(drills)
    wave = awaiting(drills, drills.ask(EXECUTION, "start_execution", planId=plan["planId"], **RECOVERY))
    skip = {**wave, "reason": "Rebuilt."}
    assert "first of two" in bob.ask("approve_wave", **wave)["statement"]
    assert is_refused(ada.ask("skip_wave", **skip), "SecondPersonNeeded", ada.email)
    refused = ada.ask("skip_wave", **skip)
    assert is_refused(refused, "SecondPersonNeeded", "someone else must send the same request")
    assert refused.details["askedBy"] == ada.email
    assert WaveRunItem.get(wave["executionId"], 1).status == "AWAITING_APPROVAL"
    assert bob.ask("skip_wave", **skip)["changed"], "one approval and one skip are no two skips"
    assert drills.ended(wave["executionId"]).wave_statuses == ["SKIPPED"]


def test_without_the_rule_one_person_with_the_permission_is_enough(drills: Drills, ada: Person) -> None:
    plan_id = drills.plan({"servers": drills.servers(), "approvalRequired": True})
    wave = awaiting(drills, ada.ask("start_execution", planId=plan_id, **RECOVERY))
    operator = Person(drills.cloud, OPERATOR)
    assert is_refused(operator.ask("skip_wave", **wave, reason="Not needed."), "NotPermitted", "'approve'")
    assert ada.ask("skip_wave", **wave, reason="Not needed.")["changed"]
    drills.ended(wave["executionId"])


# --- tasks by hand ---


def test_tasks_by_hand_open_no_gate(drills: Drills, ada: Person, bob: Person) -> None:
    first, second = drills.servers(2)
    plan = guarded(
        drills,
        {"servers": [first], "approvalRequired": True, "onFailure": "CONTINUE"},
        {"servers": [second], "dependsOn": [1]},
    )
    wave = awaiting(drills, ada.ask("start_execution", planId=plan["planId"], **RECOVERY))
    by_hand = partial(drills.cloud.runtime.invoke, EXECUTION)
    task = {**wave, "planId": plan["planId"]}
    by_hand({"action": "start_wave", **task})
    by_hand({"action": "complete_wave", **task, "status": "COMPLETED"})
    by_hand({"action": "start_wave", **task, "waveNumber": 2})
    assert WaveRunItem.get(wave["executionId"], 1).status == "AWAITING_APPROVAL"
    by_hand({"action": "complete_wave", **task, "error": {"Error": "Made up", "Cause": "to let wave 2 go"}})
    by_hand({"action": "start_wave", **task, "waveNumber": 2})
    run = end(drills, bob, wave["executionId"])
    assert run.wave_statuses == ["FAILED", "CANCELLED"]
    assert "was never approved" in run.waves[2]["outcomeReason"]
    assert run.jobs == []


# --- weakening a plan ---


def without_gates(plan: Any) -> dict[str, Any]:
    return {**content_of(plan), **TWO, "waves": [{**wave, "approvalRequired": False} for wave in plan["waves"]]}


def weaker_versions(plan: Any) -> dict[str, dict[str, Any]]:
    first, second = plan["waves"]
    content = content_of(plan)
    return {
        "without the rule": {**content, "approval": {"twoPerson": False}},
        "without the gate": without_gates(plan),
        "without the wave": {**content, **TWO, "waves": [{**second, "number": 1, "dependsOn": []}]},
        "around the gate": {**content, **TWO, "waves": [first, {**second, "dependsOn": []}]},
        "gate moved away": {
            **content,
            **TWO,
            "waves": [{**first, "approvalRequired": False}, {**second, "approvalRequired": True}],
        },
    }


def test_no_single_person_weakens_a_plan_and_saves_it_back(drills: Drills, ada: Person, bob: Person) -> None:
    gate = {"approvalRequired": True}
    plan = guarded(drills, {"servers": drills.servers(), **gate}, {"servers": drills.servers()})
    for name, version in weaker_versions(plan).items():
        refused = ada.ask("update_recovery_plan", **version)
        assert is_refused(refused, "SecondPersonNeeded", "Nothing was saved"), name
        assert is_refused(ada.ask("update_recovery_plan", **version), "SecondPersonNeeded"), name
        direct = drills.ask("data-management-handler", "update_recovery_plan", caller=bob.email, **version)
        assert is_refused(direct, "NotPermitted", "signed-in"), name
    assert drills.query("get_recovery_plan", planId=plan["planId"])["version"] == plan["version"]
    wave = awaiting(drills, ada.ask("start_execution", planId=plan["planId"], **RECOVERY))
    assert is_refused(ada.ask("approve_wave", **wave), "NotPermitted"), "the run has the rule"
    end(drills, bob, wave["executionId"])


def test_an_import_weakens_a_plan_no_more_than_a_save(drills: Drills, ada: Person, bob: Person) -> None:
    plan = guarded(drills)
    text = drills.query("export_configuration", format="json", planId=plan["planId"])["text"]
    document = json.loads(text)
    (entry,) = document["plans"]
    entry["waves"][0]["approvalRequired"] = False
    for caller in (ada, ada):
        (item,) = failed_of(caller.ask("import_configuration", document=document))
        assert (item["code"], "Nothing was saved" in item["reason"]) == ("SecondPersonNeeded", True), item
    direct = drills.ask("data-management-handler", "import_configuration", caller=bob.email, document=document)
    assert [item["code"] for item in failed_of(direct)] == ["NotPermitted"]
    assert drills.query("get_recovery_plan", planId=plan["planId"])["version"] == plan["version"]
    assert failed_of(bob.ask("import_configuration", document=document)) == []
    assert drills.query("get_recovery_plan", planId=plan["planId"])["version"] == plan["version"] + 1


def failed_of(report: Any) -> list[Any]:
    assert not isinstance(report, Refused), report
    return [item for item in report["items"] if item["outcome"] == "FAILED"]


def test_two_persons_weaken_a_plan_with_the_same_content(drills: Drills, ada: Person) -> None:
    planner = Person(drills.cloud, PLANNER)
    plan = guarded(drills)
    wanted = without_gates(plan)
    assert is_refused(ada.ask("update_recovery_plan", **wanted), "SecondPersonNeeded", ada.email)
    shown = drills.query("get_recovery_plan", planId=plan["planId"])
    assert (shown["firstPerson"]["act"], shown["firstPerson"]["subject"]) == ("WEAKEN", ada.subject)
    other = {**wanted, "description": "and something that nobody agreed to"}
    assert is_refused(planner.ask("update_recovery_plan", **other), "SecondPersonNeeded", planner.email)
    assert is_refused(ada.ask("update_recovery_plan", **wanted), "SecondPersonNeeded"), (
        "each change of content asks anew"
    )
    saved = planner.ask("update_recovery_plan", **wanted)
    assert (saved["version"], saved["firstPerson"]) == (plan["version"] + 1, None)
    assert (saved["updatedBy"], saved["updatedBySubject"]) == (planner.email, planner.subject)
    restored = {**content_of(plan), "version": saved["version"], **TWO}
    assert ada.ask("update_recovery_plan", **restored)["version"] == plan["version"] + 2


def test_a_run_keeps_the_gates_of_the_version_it_started_with(drills: Drills, ada: Person, bob: Person) -> None:
    plan = guarded(drills)
    wave = awaiting(drills, ada.ask("start_execution", planId=plan["planId"], **RECOVERY))
    wanted = without_gates(plan)
    for person in (ada, bob):
        person.ask("update_recovery_plan", **wanted)
    assert RecoveryPlanItem.get(plan["planId"]).version == plan["version"] + 1
    assert is_refused(ada.ask("approve_wave", **wave), "NotPermitted")
    assert WaveRunItem.get(wave["executionId"], 1).status == "AWAITING_APPROVAL"
    end(drills, bob, wave["executionId"])


# --- terminating and deleting a recovery ---


def recovered(drills: Drills, person: Person, plan: Any) -> Run:
    started = person.ask("start_execution", planId=plan["planId"], **RECOVERY)
    assert not isinstance(started, Refused), started
    return drills.ended(started["execution"]["executionId"])


def test_the_instances_of_a_recovery_end_only_with_name_reason_and_a_second_person(
    drills: Drills, ada: Person, bob: Person
) -> None:
    plan = guarded(drills, {"servers": drills.servers()})
    run = recovered(drills, ada, plan)
    on = {"executionId": run.execution_id}
    refused = ada.ask("terminate_recovery_instances", **on)
    problems = {problem["field"]: problem["message"] for problem in refused.details["problems"]}
    assert set(problems) == {"confirm", "reason"}
    assert plan["name"] in problems["confirm"]
    assert is_refused(ada.ask("terminate_recovery_instances", **on, confirm="yes", reason="Over."), "InvalidRequest")
    whole = {**on, "confirm": plan["name"], "reason": "Over."}
    direct = drills.ask(EXECUTION, "terminate_recovery_instances", caller=bob.email, **whole)
    assert is_refused(direct, "NotPermitted", "signed-in")
    for _ in range(2):
        assert is_refused(
            ada.ask("terminate_recovery_instances", **whole), "SecondPersonNeeded", "Nothing was terminated"
        )
    assert drills.query("get_execution", **on)["execution"]["termination"] is None
    assert bob.ask("terminate_recovery_instances", **whole)["total"] == 1
    execution = drills.query("get_execution", **on)["execution"]
    assert (execution["termination"]["askedBySubject"], execution["firstPerson"]) == (bob.subject, None)
    (line,) = Run(drills, run.execution_id).kinds("TERMINATION_ASKED")
    assert f"requested by {ada.email} and {bob.email}. Reason: Over." in line["message"]


def test_a_recovery_of_an_ordinary_plan_is_ended_by_one_person_with_its_name(drills: Drills, ada: Person) -> None:
    plan_id = drills.plan({"servers": drills.servers()})
    run = recovered(drills, ada, {"planId": plan_id})
    on = {"executionId": run.execution_id}
    assert is_refused(
        drills.ask(EXECUTION, "terminate_recovery_instances", **on), "InvalidRequest", "plan's exact name"
    )
    assert is_refused(Person(drills.cloud, OPERATOR).ask("terminate_recovery_instances", **on), "NotPermitted")
    assert is_refused(drills.ask(EXECUTION, "delete_execution", **on, force=True), "InUse", "kept for 400 days")
    ended_long_ago = ExecutionItem.get(run.execution_id)
    ended_long_ago.update([ExecutionItem.ended_at.set(ended_long_ago.ended_at.replace(year=2020))])
    assert is_refused(drills.ask(EXECUTION, "delete_execution", **on, force=True), "InUse", "1 instance")
    name = drills.query("get_recovery_plan", planId=plan_id)["name"]
    ada.ask("terminate_recovery_instances", **on, confirm=name, reason="Over.")
    eventually(
        lambda: ada.ask("terminate_recovery_instances", **on, confirm=name, reason="Over.")["terminated"] == 1,
        every=0.2,
    )
    eventually(lambda: not isinstance(drills.ask(EXECUTION, "delete_execution", **on), Refused), every=0.2)
