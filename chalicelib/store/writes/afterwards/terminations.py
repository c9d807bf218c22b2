"""Writes terminations: rounds, of which one may be open at a time, and the result for each instance."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from ....domain.access.permissions import Principal
from ....domain.access.two_persons import FirstPerson
from ....domain.afterwards.termination import status_after_termination
from ....domain.runs.records import TERMINATING_QUEUE, Execution, ExecutionStatus, ServerRun, TimelineEvent
from ...tables.runs import ExecutionItem, ServerRunItem
from ...transactions import Transaction, committed
from ..runs.revisions import revise
from ..runs.server_updates import ServerUpdate, server_update, write_updates
from ..runs.timeline import save_events


def begin_termination(seen: Execution, event: TimelineEvent, *, by: Principal) -> bool:
    """Opens the next round of an execution that has ended. False when another call has opened one."""
    before = seen.termination.round if seen.termination else 0
    actions: list[Action] = [
        ExecutionItem.termination_round.set(before + 1),
        ExecutionItem.termination_asked_at.set(event.at),
        ExecutionItem.termination_asked_by.set(by.name),
        ExecutionItem.termination_asked_by_subject.set(by.person),
        ExecutionItem.first_person.remove(),
        ExecutionItem.termination_ended_at.remove(),
        ExecutionItem.termination_queue.set(TERMINATING_QUEUE),
        ExecutionItem.termination_due_at.set(event.at),
    ]
    return _move(seen.execution_id, actions, _has_ended() & _no_round_open(before), event)


def record_first_person(seen: Execution, first: FirstPerson, event: TimelineEvent) -> bool:
    """Records the first of two persons who ask to terminate the instances of a RECOVERY.

    False when another person has asked, or a round has been opened, since the execution was ``seen``.
    """
    earlier = seen.first_person
    same: Condition = (
        ExecutionItem.first_person == earlier if earlier is not None else ExecutionItem.first_person.does_not_exist()
    )
    before = seen.termination.round if seen.termination else 0
    actions: list[Action] = [ExecutionItem.first_person.set(first)]
    return _move(seen.execution_id, actions, _has_ended() & _no_round_open(before) & same, event)


def finish_termination(seen: Execution, event: TimelineEvent) -> bool:
    """Closes the open round. False when it is already closed."""
    round_ = seen.termination.round if seen.termination else 0
    actions: list[Action] = [
        ExecutionItem.termination_ended_at.set(event.at),
        ExecutionItem.termination_queue.remove(),
        ExecutionItem.termination_due_at.remove(),
    ]
    return _move(seen.execution_id, actions, _round_is_open(round_), event)


def record_terminated(servers: Sequence[ServerRun], at: datetime) -> None:
    """Records that the instances of these servers are gone."""

    def recorded(run: ServerRun) -> ServerUpdate:
        actions: list[Action] = [
            ServerRunItem.status.set(status_after_termination(run)),
            ServerRunItem.terminated_at.set(at),
            ServerRunItem.termination_error.set(""),
        ]
        return server_update(run, actions, _instance_is(run.recovery_instance_id))

    write_updates([recorded(run) for run in servers])


def record_late_instances(servers: Sequence[ServerRun]) -> None:
    """Records instances that appeared after their server was recorded as failed."""

    def recorded(run: ServerRun) -> ServerUpdate:
        actions: list[Action] = [ServerRunItem.recovery_instance_id.set(run.recovery_instance_id)]
        return server_update(run, actions, _instance_is(""))

    write_updates([recorded(run) for run in servers])


def record_termination_errors(servers: Sequence[ServerRun], errors: Mapping[str, str]) -> None:
    """Records why instances could not be terminated; ``errors`` by instance."""

    def recorded(run: ServerRun) -> ServerUpdate:
        error = errors[run.recovery_instance_id][:1_000]
        return server_update(
            run, [ServerRunItem.termination_error.set(error)], _instance_is(run.recovery_instance_id) & _is_not_gone()
        )

    write_updates([recorded(run) for run in servers if run.recovery_instance_id in errors])


def _move(execution_id: str, actions: list[Action], condition: Condition, event: TimelineEvent) -> bool:
    def write(transaction: Transaction) -> None:
        save_events(transaction, [event])
        revise(transaction, execution_id, actions=actions, condition=condition)

    return committed(write)


def _has_ended() -> Condition:
    return ExecutionItem.status.is_in(*(status for status in ExecutionStatus if status.is_final))


def _no_round_open(before: int) -> Condition:
    """The round that was seen is still the latest, and it is closed."""
    free: Condition = (ExecutionItem.termination_round == before) & (
        ExecutionItem.termination_asked_at.does_not_exist() | ExecutionItem.termination_ended_at.exists()
    )
    return free


def _round_is_open(round_: int) -> Condition:
    condition: Condition = (ExecutionItem.termination_round == round_) & (
        ExecutionItem.termination_ended_at.does_not_exist()
    )
    return condition


def _instance_is(instance_id: str) -> Condition:
    return ServerRunItem.recovery_instance_id == instance_id


def _is_not_gone() -> Condition:
    return ServerRunItem.terminated_at.does_not_exist()
