"""Moves wave runs. Every move is conditional on the state that it leaves, and writes its event.

A move that starts something or requests a decision is also conditional on the execution, so that a run that was paused,
stopped or cancelled in between is not moved on.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from ....domain.access.permissions import Principal
from ....domain.access.two_persons import FirstPerson
from ....domain.runs.counts import changes_of
from ....domain.runs.outcomes import WaveOutcome
from ....domain.runs.records import DECISION_STATUSES, ExecutionStatus, TimelineEvent, WaveRun, WaveStatus, wave_sources
from ....domain.runs.wakes import MAX_WAKES
from ...tables.runs import DECISION_OPEN, ExecutionItem, WaveRunItem, count_attribute
from ...transactions import ConditionFailed, Transaction, commit, committed
from .revisions import revise
from .timeline import save_events

Deadlines = Mapping[int, tuple[datetime, datetime]]
"""Time limits of waves by number: the one that was seen, and the new one."""

_STOP = "stop"
"""Labels the write that prevents further waves of an execution from starting."""


def request_approval(execution_id: str, wave_number: int, event: TimelineEvent, *, at: datetime) -> bool:
    """NOT_STARTED → AWAITING_APPROVAL. False when the wave has left NOT_STARTED, or the run starts no waves."""
    actions = [
        WaveRunItem.status.set(WaveStatus.AWAITING_APPROVAL),
        WaveRunItem.approval_asked_at.set(at),
        *_needs_decision(at),
    ]
    is_new = _wave_is(WaveStatus.NOT_STARTED)
    return _move(execution_id, wave_number, actions, is_new, [event], run=_run_takes_waves())


def approve_wave(
    execution_id: str, wave_number: int, event: TimelineEvent, *, by: Principal, comment: str, at: datetime
) -> bool:
    """Records the approval of a wave. False when it awaits none, or the execution accepts no more decisions."""
    actions = [
        WaveRunItem.approved_by.set(by.name),
        WaveRunItem.approved_by_subject.set(by.person),
        WaveRunItem.approved_at.set(at),
        WaveRunItem.comment.set(comment),
        *is_decided(),
    ]
    return _move(execution_id, wave_number, actions, _awaits_approval(), [event], run=run_takes_decisions())


def record_first_person(seen: WaveRun, first: FirstPerson, event: TimelineEvent) -> bool:
    """Records the first of two persons who decide on a wave that nobody has approved.

    False when the wave, or the first person, has changed since it was ``seen``, or the run takes no more decisions.
    """
    earlier = seen.first_person
    same: Condition = (
        WaveRunItem.first_person == earlier if earlier is not None else WaveRunItem.first_person.does_not_exist()
    )
    actions: list[Action] = [WaveRunItem.first_person.set(first)]
    condition = is_as_seen(seen) & same
    return _move(seen.execution_id, seen.wave_number, actions, condition, [event], run=run_takes_decisions())


def move_deadlines(transaction: Transaction, execution_id: str, waves: Deadlines) -> None:
    """Adds new time limits of running waves to the transaction that ends a pause."""
    for number, (seen, deadline_at) in waves.items():
        condition: Condition = _wave_is_running() & (WaveRunItem.deadline_at == seen)
        model = WaveRunItem(execution_id=execution_id, wave_number=number)
        transaction.update(model, actions=[WaveRunItem.deadline_at.set(deadline_at)], condition=condition)


def queue_wave(
    execution_id: str,
    wave_number: int,
    event: TimelineEvent,
    *,
    ready_at: datetime,
    started_at: datetime,
    deadline_at: datetime,
) -> bool:
    """NOT_STARTED or AWAITING_APPROVAL → QUEUED, when the wave is released.

    False when the wave has left these states, or the execution is paused, stopped or being cancelled.
    """
    actions = [
        WaveRunItem.status.set(WaveStatus.QUEUED),
        WaveRunItem.ready_at.set(ready_at),
        WaveRunItem.started_at.set(started_at),
        WaveRunItem.deadline_at.set(deadline_at),
    ]
    return _move(execution_id, wave_number, actions, _wave_is_before_start(), [event], run=_run_takes_waves())


def mark_executing(execution_id: str, wave_number: int) -> None:
    """QUEUED → EXECUTING, when DRS has accepted a job."""
    actions = [WaveRunItem.status.set(WaveStatus.EXECUTING)]
    _move(execution_id, wave_number, actions, _wave_is(WaveStatus.QUEUED), [])


def mark_validating(execution_id: str, wave_number: int) -> None:
    """QUEUED or EXECUTING → VALIDATING, when the launches have ended and actions and validations run."""
    actions = [WaveRunItem.status.set(WaveStatus.VALIDATING)]
    _move(execution_id, wave_number, actions, _wave_may_become(WaveStatus.VALIDATING), [])


def end_wave(
    seen: WaveRun,
    outcome: WaveOutcome,
    event: TimelineEvent,
    *,
    ended_at: datetime,
    stop_reason: str = "",
) -> bool:
    """Moves a wave to its final state. False when it has changed since it was ``seen``, or the move is not legal.

    With a ``stop_reason`` the same write keeps further waves of the execution from starting. An earlier reason stays.
    """
    execution_id, wave_number = seen.execution_id, seen.wave_number
    condition = is_as_seen(seen) & _wave_may_become(outcome.status)
    actions: list[Action] = [
        WaveRunItem.status.set(outcome.status),
        WaveRunItem.outcome_reason.set(outcome.reason),
        WaveRunItem.launched_count.set(outcome.launched),
        WaveRunItem.failed_count.set(outcome.failed),
        WaveRunItem.ended_at.set(ended_at),
        *is_decided(),
    ]
    model = WaveRunItem(execution_id=execution_id, wave_number=wave_number)

    def write(transaction: Transaction) -> None:
        save_events(transaction, [event])
        transaction.update(model, actions=actions, condition=condition)
        if stop_reason:
            stop = [ExecutionItem.stop_reason.set(stop_reason)]
            revise(transaction, execution_id, actions=stop, condition=_is_not_stopped(), label=_STOP)
        else:
            revise(transaction, execution_id)

    try:
        commit(write)
    except ConditionFailed as failed:
        if failed.labels != {_STOP}:
            return False
        # Another call has stopped the execution, but this wave still ends.
        return _move(execution_id, wave_number, actions, condition, [event])
    return True


def hold_wave(seen: WaveRun, outcome: WaveOutcome, event: TimelineEvent) -> bool:
    """EXECUTING → AWAITING_DECISION, when the wave has failed and an operator decides.

    False when the wave has changed since it was ``seen``, or its execution accepts no more decisions.
    """
    actions = [
        WaveRunItem.status.set(WaveStatus.AWAITING_DECISION),
        WaveRunItem.outcome_reason.set(outcome.reason),
        WaveRunItem.launched_count.set(outcome.launched),
        WaveRunItem.failed_count.set(outcome.failed),
        *_needs_decision(event.at),
    ]
    condition = is_as_seen(seen) & _wave_may_become(WaveStatus.AWAITING_DECISION)
    return _move(seen.execution_id, seen.wave_number, actions, condition, [event], run=run_takes_decisions())


def record_counts(seen: WaveRun, counted: WaveRun) -> bool:
    """Records the counts of ``counted``, a wave in any state, and by how much they change those of its execution.

    False when they were recorded since the wave was ``seen``: then the servers must be counted again, because these
    counts may be older than the recorded ones.
    """
    actions: list[Action] = [
        WaveRunItem.launched_count.set(counted.launched_count),
        WaveRunItem.failed_count.set(counted.failed_count),
        WaveRunItem.counted.set(seen.counted + 1),
    ]
    header: list[Action] = []
    if counted.counts is not None:
        actions.append(WaveRunItem.counts.set(counted.counts))
        changes = changes_of(seen.counts, counted.counts)
        header = [getattr(ExecutionItem, count_attribute(name)).add(change) for name, change in changes.items()]
    wave = WaveRunItem(execution_id=seen.execution_id, wave_number=seen.wave_number)

    def write(transaction: Transaction) -> None:
        transaction.update(wave, actions=actions, condition=_was_counted(seen.counted))
        revise(transaction, seen.execution_id, actions=header)

    return committed(write)


def record_waiting(seen: WaveRun, waiting: dict[str, str], events: Sequence[TimelineEvent]) -> bool:
    """Records why servers of a wave that runs wait. False when that was recorded before, or the wave was judged."""
    changed: Condition = WaveRunItem.waiting.does_not_exist() | (WaveRunItem.waiting != waiting)
    actions: list[Action] = [WaveRunItem.waiting.set(waiting)]
    return _move(seen.execution_id, seen.wave_number, actions, changed & wave_launches(seen.attempt), events)


def remember_token(execution_id: str, wave_number: int, token: str, order: str, *, timed: bool) -> bool:
    """Stores the token that releases the waiting wave. False when the wave is over, or a later token is stored.

    ``order`` sorts the tokens of a wave; an empty one replaces any. ``timed``: the wait ends with the wave's delay.
    """
    actions: list[Action] = [WaveRunItem.task_token.set(token), WaveRunItem.token_timed.set(timed)]
    condition = _wave_is_open()
    if order:
        actions.append(WaveRunItem.token_asked.set(order))
        condition &= WaveRunItem.token_asked.does_not_exist() | (WaveRunItem.token_asked <= order)
    return _keep(execution_id, wave_number, actions, condition)


def forget_token(execution_id: str, wave_number: int, token: str) -> None:
    """Removes a token that has been used; a newer one stays."""
    _keep(execution_id, wave_number, [WaveRunItem.task_token.remove()], WaveRunItem.task_token == token)


def remember_wait(execution_id: str, wave_number: int, token: str) -> bool:
    """Stores the token that ends the wave's wait for its next poll. False when the wave was deleted."""
    return _keep(execution_id, wave_number, [WaveRunItem.progress_token.set(token)], _wave_exists())


def count_wake(execution_id: str, wave_number: int) -> bool:
    """Counts an event that wakes the wave. False when the wave was deleted, or was woken too often."""
    few: Condition = WaveRunItem.wakes.does_not_exist() | (WaveRunItem.wakes < MAX_WAKES)
    return _keep(execution_id, wave_number, [WaveRunItem.wakes.add(1)], _wave_exists() & few)


def _move(
    execution_id: str,
    wave_number: int,
    actions: Sequence[Action],
    condition: Condition,
    events: Sequence[TimelineEvent],
    *,
    run: Condition | None = None,
) -> bool:
    """Moves a wave under ``condition``. With ``run``, its execution must meet that condition too."""

    def write(transaction: Transaction) -> None:
        save_events(transaction, events)
        revise(transaction, execution_id, condition=run)
        model = WaveRunItem(execution_id=execution_id, wave_number=wave_number)
        transaction.update(model, actions=list(actions), condition=condition)

    return committed(write)


def _keep(execution_id: str, wave_number: int, actions: Sequence[Action], condition: Condition) -> bool:
    """Writes what is not shown of a wave, and so is no change of its execution."""
    model = WaveRunItem(execution_id=execution_id, wave_number=wave_number)
    return committed(lambda transaction: transaction.update(model, actions=list(actions), condition=condition))


def _wave_exists() -> Condition:
    exists: Condition = WaveRunItem.status.exists()
    return exists


def _was_counted(times: int) -> Condition:
    """The wave exists, and its servers were counted so often."""
    same = WaveRunItem.counted == times if times else WaveRunItem.counted.does_not_exist()
    condition: Condition = WaveRunItem.status.exists() & same
    return condition


def _needs_decision(since: datetime) -> list[Action]:
    """Lists the wave among those on which a person has to decide."""
    return [WaveRunItem.decision_queue.set(DECISION_OPEN), WaveRunItem.decision_since.set(since)]


def is_decided() -> list[Action]:
    """Removes the wave from that list."""
    return [WaveRunItem.decision_queue.remove(), WaveRunItem.decision_since.remove()]


def _wave_is(status: WaveStatus) -> Condition:
    return WaveRunItem.status == status


def _wave_is_before_start() -> Condition:
    return WaveRunItem.status.is_in(*(state for state in WaveStatus if state.is_before_start))


def run_launches() -> Condition:
    """The execution is in progress: not paused, being cancelled or over."""
    launches: Condition = ExecutionItem.status == ExecutionStatus.IN_PROGRESS
    return launches


def run_takes_decisions() -> Condition:
    """The execution runs or is paused, and was not cancelled."""
    return ExecutionItem.status.is_in(*DECISION_STATUSES)


def _run_takes_waves() -> Condition:
    free: Condition = run_launches() & (ExecutionItem.stop_reason == "")
    return free


def _is_not_stopped() -> Condition:
    free: Condition = ExecutionItem.execution_id.exists() & (ExecutionItem.stop_reason == "")
    return free


def _awaits_approval() -> Condition:
    awaits: Condition = _wave_is(WaveStatus.AWAITING_APPROVAL) & (WaveRunItem.approved_by == "")
    return awaits


def is_as_seen(wave: WaveRun) -> Condition:
    """The wave was not moved, decided on or opened for another attempt since it was read."""
    attempt: Condition = _wave_is(wave.status) & (WaveRunItem.attempt == wave.attempt)
    same: Condition = attempt & (WaveRunItem.approved_by == wave.approved_by)
    return same


def wave_launches(attempt: int) -> Condition:
    """The wave is in this attempt and was not judged."""
    launches: Condition = _wave_is_running() & (WaveRunItem.attempt == attempt)
    return launches


def _wave_may_become(to: WaveStatus) -> Condition:
    return WaveRunItem.status.is_in(*wave_sources(to))


def _wave_is_running() -> Condition:
    return WaveRunItem.status.is_in(*(state for state in WaveStatus if state.is_running))


def _wave_is_open() -> Condition:
    return WaveRunItem.status.is_in(*(state for state in WaveStatus if not state.is_final))
