"""The actions that an execution offers: who may take them, why not, and what they would do."""

from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import msgspec
import pytest

from chalicelib.domain.access.permissions import InvocationMode, Permission, Principal, PrincipalType
from chalicelib.domain.access.two_persons import Act, FirstPerson
from chalicelib.domain.plans.plans import ApprovalPolicy
from chalicelib.domain.runs import actions
from chalicelib.domain.runs.actions import Action, Caller, OfferedAction, offered_actions
from chalicelib.domain.runs.counts import ServerCounts
from chalicelib.domain.runs.records import Execution, ExecutionStatus, JobStatus, Mode, Termination, WaveRun, WaveStatus
from chalicelib.operations.table import OPERATIONS
from tests.unit.domain.records import a_job, a_wave, an_execution

NOW = datetime(2026, 1, 1, tzinfo=UTC)
WHOLE = {Action.PAUSE, Action.RESUME, Action.CANCEL, Action.TERMINATE_INSTANCES, Action.DELETE}


def a_person(role: str = "DRSOrchestrationAdmin", name: str = "Grace") -> Caller:
    principal = Principal(PrincipalType.USER, name, groups=(role,), verified=True, subject=f"sub-{name}")
    return Caller(principal, InvocationMode.API_GATEWAY, NOW, kept_days=400)


def offers(
    *waves: WaveRun, caller: Caller | None = None, two_person: bool = False, jobs: Any = (), **fields: Any
) -> dict[tuple[Action, int | None], OfferedAction]:
    execution: Execution = an_execution(**fields)
    policy = ApprovalPolicy(two_person=two_person)
    offered = offered_actions(execution, waves, jobs, policy, caller or a_person())
    return {(offer.action, offer.wave_number): offer for offer in offered}


def test_an_action_has_the_permission_of_its_operation() -> None:
    assert set(actions.OPERATIONS) == set(actions.PERMISSIONS) == set(Action)
    for action, name in actions.OPERATIONS.items():
        assert OPERATIONS[name].permission == actions.PERMISSIONS[action]


@pytest.mark.parametrize(("status", "wave"), list(product(ExecutionStatus, WaveStatus)))
def test_what_is_allowed_says_what_it_does_and_what_is_not_says_why(status: ExecutionStatus, wave: WaveStatus) -> None:
    offered = offers(a_wave(1, status=wave), status=status)
    assert {action for action, number in offered if number is None} == WHOLE
    for offer in offered.values():
        assert offer.reason
        assert bool(offer.consequence) == offer.allowed
    if not status.takes_decisions or wave.is_final or wave.is_running:
        assert {action for action, _ in offered} == WHOLE


def test_a_role_without_the_permission_is_told_which_roles_have_it() -> None:
    waiting = a_wave(1, status=WaveStatus.AWAITING_APPROVAL, approval_required=True)
    offered = offers(waiting, caller=a_person("DRSOperator"))
    approve = offered[Action.APPROVE, 1]
    assert not approve.allowed
    assert "DRSRecoveryManager" in approve.reason
    assert approve.consequence == "Wave 1 starts now.", "it is known what another person may do"
    assert offered[Action.PAUSE, None].allowed


WAITING = a_wave(1, status=WaveStatus.AWAITING_APPROVAL, approval_required=True)


def test_who_started_a_recovery_of_a_plan_for_two_may_neither_approve_nor_skip_its_gate() -> None:
    fields: dict[str, Any] = {"mode": Mode.RECOVERY, "two_person": True, "initiated_by_subject": "sub-Grace"}
    for action in (Action.APPROVE, Action.SKIP):
        own = offers(WAITING, **fields)[action, 1]
        assert (own.allowed, own.consequence) == (False, "")
        assert "someone else must decide" in own.reason
        renamed = msgspec.structs.replace(a_person(), principal=replace_name("Grace Hopper"))
        assert not offers(WAITING, caller=renamed, **fields)[action, 1].allowed
        assert offers(WAITING, caller=a_person(name="Ada"), **fields)[action, 1].allowed
        assert offers(WAITING, **{**fields, "mode": Mode.DRILL})[action, 1].allowed
    operator = a_person("DRSOperator", "Ada")
    assert "needs an approval" in offers(WAITING, caller=operator, **fields)[Action.SKIP, 1].reason


@pytest.mark.parametrize("act", [Act.APPROVE, Act.SKIP])
def test_the_first_of_two_persons_is_told_so_and_cannot_be_the_second(act: Act) -> None:
    fields: dict[str, Any] = {"mode": Mode.RECOVERY, "two_person": True}
    offered = offers(WAITING, **fields)[Action(act), 1]
    assert offered.allowed
    assert "as the first of two" in offered.consequence
    asked = msgspec.structs.replace(WAITING, first_person=FirstPerson(act, "Grace", "sub-Grace", NOW))
    again = offers(asked, **fields)[Action(act), 1]
    assert (again.allowed, again.consequence) == (False, "")
    assert "someone else must send the same request" in again.reason
    second = offers(asked, caller=a_person(name="Ada"), **fields)[Action(act), 1]
    assert second.allowed
    assert "first of two" not in second.consequence


def test_the_instances_of_a_recovery_are_ended_by_two_with_a_permission_of_its_own() -> None:
    fields: dict[str, Any] = {"mode": Mode.RECOVERY, "two_person": True, "status": ExecutionStatus.COMPLETED}
    done = a_wave(1, status=WaveStatus.COMPLETED, launched_count=2)
    offered = offers(done, **fields)[Action.TERMINATE_INSTANCES, None]
    assert (offered.allowed, offered.permission) == (True, Permission.TERMINATE_RECOVERY)
    assert "first of two" in offered.consequence
    asked = FirstPerson(Act.TERMINATE, "Grace", "sub-Grace", NOW)
    assert not offers(done, first_person=asked, **fields)[Action.TERMINATE_INSTANCES, None].allowed
    second = offers(done, caller=a_person(name="Ada"), first_person=asked, **fields)[Action.TERMINATE_INSTANCES, None]
    assert (second.allowed, second.consequence[:15]) == (True, "The 2 instances")


def replace_name(name: str) -> Principal:
    return msgspec.structs.replace(a_person().principal, name=name)


def test_an_approval_says_when_the_wave_would_start() -> None:
    first = a_wave(1, status=WaveStatus.EXECUTING)
    waiting = a_wave(2, status=WaveStatus.AWAITING_APPROVAL, approval_required=True)
    delayed = a_wave(2, status=WaveStatus.AWAITING_APPROVAL, approval_required=True, delay_seconds=600)
    paused = ExecutionStatus.PAUSED
    assert offers(first, waiting)[Action.APPROVE, 2].consequence == "Wave 2 starts now."
    assert "600 seconds after the approval" in offers(first, delayed)[Action.APPROVE, 2].consequence
    assert "when the execution is resumed" in offers(first, waiting, status=paused)[Action.APPROVE, 2].consequence


def test_a_retry_says_what_is_launched_and_what_is_only_checked_again() -> None:
    counts = ServerCounts(launched=4, failed=3, launching=1)
    held = a_wave(1, status=WaveStatus.AWAITING_DECISION, counts=counts, launched_count=5, failed_count=3)
    retry = offers(held)[Action.RETRY, 1]
    assert "2 servers to launch, 1 server to check again, 1 server still launching in DRS" in retry.consequence
    assert {action for action, number in offers(held) if number} == {Action.RETRY, Action.SKIP, Action.REJECT}


def test_a_cancellation_counts_what_goes_on_and_what_stays() -> None:
    waves = [a_wave(1, status=WaveStatus.EXECUTING, launched_count=3), a_wave(2, 1)]
    jobs = [a_job(0), a_job(1, status=JobStatus.CLAIMED)]
    cancel = offers(*waves, jobs=jobs)[Action.CANCEL, None]
    assert "1 DRS job cannot be stopped" in cancel.consequence
    assert "1 launch request sent before" in cancel.consequence
    assert "3 servers launched so far" in cancel.consequence


def test_the_termination_of_a_recovery_is_confirmed_with_the_name_of_the_plan() -> None:
    ended = a_wave(1, status=WaveStatus.COMPLETED, launched_count=2)
    recovery = offers(ended, status=ExecutionStatus.COMPLETED, mode=Mode.RECOVERY)[Action.TERMINATE_INSTANCES, None]
    assert (recovery.allowed, recovery.confirm) == (True, "Shop")
    assert "2 instances of this RECOVERY" in recovery.consequence
    assert offers(ended, status=ExecutionStatus.COMPLETED)[Action.TERMINATE_INSTANCES, None].confirm == ""
    running = offers(ended)[Action.TERMINATE_INSTANCES, None]
    assert not running.allowed
    assert "after it has ended" in running.reason


ENDED: dict[str, Any] = {"status": ExecutionStatus.COMPLETED, "ended_at": NOW, "server_count": 2}


def test_a_drill_that_left_nothing_can_be_deleted() -> None:
    offer = offers(a_wave(1, status=WaveStatus.COMPLETED), **ENDED)[Action.DELETE, None]
    assert (offer.allowed, offer.operation) == (True, "delete_execution")
    assert "2 servers" in offer.consequence
    assert "audit log stays" in offer.consequence
    refused = offers(caller=a_person("DRSOperator"), **ENDED)[Action.DELETE, None]
    assert (refused.allowed, "delete-executions" in refused.reason) == (False, True)


@pytest.mark.parametrize(
    ("fields", "wave", "jobs", "reason"),
    [
        ({"status": ExecutionStatus.IN_PROGRESS}, {}, (), "has ended"),
        ({"termination": Termination(1, NOW, "Ada")}, {}, (), "being terminated"),
        ({"mode": Mode.RECOVERY}, {}, (), "kept for 400 days"),
        ({"mode": Mode.RECOVERY, "ended_at": NOW - timedelta(days=401)}, {"launched_count": 1}, (), "1 instance"),
        ({}, {"launched_count": 2}, (), "2 instances"),
        ({}, {}, (a_job(status=JobStatus.STARTED),), "1 DRS job"),
    ],
)
def test_why_an_execution_cannot_be_deleted(fields: Any, wave: Any, jobs: Any, reason: str) -> None:
    done = a_wave(1, status=WaveStatus.COMPLETED, **wave)
    offer = offers(done, jobs=jobs, **{**ENDED, **fields})[Action.DELETE, None]
    assert (offer.allowed, offer.consequence) == (False, "")
    assert reason in offer.reason


def test_a_recovery_that_was_kept_long_enough_can_be_deleted() -> None:
    terminated = ServerCounts(terminated=2)
    done = a_wave(1, status=WaveStatus.COMPLETED, launched_count=2, counts=terminated)
    old = {**ENDED, "mode": Mode.RECOVERY, "ended_at": NOW - timedelta(days=400)}
    assert offers(done, **old)[Action.DELETE, None].allowed
