"""Writing wave runs: every move is conditional on the state it leaves and carries its line in the timeline.

A move that starts something, or asks for a decision, is also conditional on the execution: a run that was paused,
stopped or cancelled by then is not moved on by what was read before.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from ....domain.runs.outcomes import WaveOutcome
from ....domain.runs.records import DECISION_STATUSES, ExecutionStatus, TimelineEvent, WaveRun, WaveStatus, wave_sources
from ...tables.runs import ExecutionItem, WaveRunItem
from ...transactions import ConditionFailed, Transaction, commit, committed
from .timeline import save_events

Deadlines = Mapping[int, tuple[datetime, datetime]]
"""Time limits of waves by number: what was seen, and what it becomes."""

_STOP = "stop"
"""Labels the write that lets no further wave of an execution start."""


def ask_approval(execution_id: str, wave_number: int, event: TimelineEvent, *, at: datetime) -> bool:
    """NOT_STARTED → AWAITING_APPROVAL; False when the wave has left NOT_STARTED, or the execution starts no waves."""
    actions = [
        WaveRunItem.status.set(WaveStatus.AWAITING_APPROVAL),
        WaveRunItem.approval_asked_at.set(at),
    ]
    is_new = _wave_is(WaveStatus.NOT_STARTED)
    return _move(execution_id, wave_number, actions, is_new, [event], run=_run_takes_waves())


def approve_wave(
    execution_id: str, wave_number: int, event: TimelineEvent, *, by: str, comment: str, at: datetime
) -> bool:
    """Records the approval of a wave that awaits it; False when it does not, or the run takes no decisions any more."""
    actions = [
        WaveRunItem.approved_by.set(by),
        WaveRunItem.approved_at.set(at),
        WaveRunItem.comment.set(comment),
    ]
    return _move(execution_id, wave_number, actions, _awaits_approval(), [event], run=run_takes_decisions())


def move_deadlines(transaction: Transaction, execution_id: str, waves: Deadlines) -> None:
    """For the transaction that ends a pause: running waves whose time limit still is what was seen."""
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
    """NOT_STARTED or AWAITING_APPROVAL → QUEUED: released, and asking DRS.

    False when the wave has left these states, or the execution is paused, stops or is being cancelled.
    """
    actions = [
        WaveRunItem.status.set(WaveStatus.QUEUED),
        WaveRunItem.ready_at.set(ready_at),
        WaveRunItem.started_at.set(started_at),
        WaveRunItem.deadline_at.set(deadline_at),
    ]
    return _move(execution_id, wave_number, actions, _wave_is_before_start(), [event], run=_run_takes_waves())


def mark_executing(execution_id: str, wave_number: int) -> None:
    """QUEUED → EXECUTING: DRS has taken a job."""
    actions = [WaveRunItem.status.set(WaveStatus.EXECUTING)]
    _move(execution_id, wave_number, actions, _wave_is(WaveStatus.QUEUED), [])


def mark_validating(execution_id: str, wave_number: int) -> None:
    """QUEUED or EXECUTING → VALIDATING: the launches have ended, actions and validations run."""
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
    """Moves the wave that was ``seen`` to its final state; False when it has changed since, or the move is not legal.

    With a ``stop_reason`` no further wave of the execution may start from the same write on; an earlier reason stays.
    """
    execution_id, wave_number = seen.execution_id, seen.wave_number
    condition = is_as_seen(seen) & _wave_may_become(outcome.status)
    actions: list[Action] = [
        WaveRunItem.status.set(outcome.status),
        WaveRunItem.outcome_reason.set(outcome.reason),
        WaveRunItem.launched_count.set(outcome.launched),
        WaveRunItem.failed_count.set(outcome.failed),
        WaveRunItem.ended_at.set(ended_at),
    ]
    header = ExecutionItem(execution_id=execution_id)
    model = WaveRunItem(execution_id=execution_id, wave_number=wave_number)

    def write(transaction: Transaction) -> None:
        save_events(transaction, [event])
        transaction.update(model, actions=actions, condition=condition)
        if stop_reason:
            stop: list[Action] = [ExecutionItem.stop_reason.set(stop_reason)]
            transaction.update(header, actions=stop, condition=_is_not_stopped(), label=_STOP)

    try:
        commit(write)
    except ConditionFailed as failed:
        if failed.labels != {_STOP}:
            return False
        # Somebody else has stopped it, and the wave still ends.
        return _move(execution_id, wave_number, actions, condition, [event])
    return True


def hold_wave(seen: WaveRun, outcome: WaveOutcome, event: TimelineEvent) -> bool:
    """EXECUTING → AWAITING_DECISION: the wave has failed and an operator decides.

    False when the wave has changed since it was ``seen``, or its execution takes no decisions any more.
    """
    actions = [
        WaveRunItem.status.set(WaveStatus.AWAITING_DECISION),
        WaveRunItem.outcome_reason.set(outcome.reason),
        WaveRunItem.launched_count.set(outcome.launched),
        WaveRunItem.failed_count.set(outcome.failed),
    ]
    condition = is_as_seen(seen) & _wave_may_become(WaveStatus.AWAITING_DECISION)
    return _move(seen.execution_id, seen.wave_number, actions, condition, [event], run=run_takes_decisions())


def record_counts(execution_id: str, wave_number: int, *, launched: int, failed: int) -> None:
    """The counts of a wave in any state, as absolute numbers, so that a repeated record changes nothing."""
    actions = [WaveRunItem.launched_count.set(launched), WaveRunItem.failed_count.set(failed)]
    _move(execution_id, wave_number, actions, WaveRunItem.status.exists(), [])


def remember_token(execution_id: str, wave_number: int, token: str, asked: str, *, timed: bool) -> bool:
    """Stores the token by which the waiting wave is released; False when the wave is over, or a later one is known.

    ``asked`` sorts the tokens of a wave; an empty one replaces any. ``timed``: the wait ends with the wave's delay.
    """
    actions: list[Action] = [WaveRunItem.task_token.set(token), WaveRunItem.token_timed.set(timed)]
    condition = _wave_is_open()
    if asked:
        actions.append(WaveRunItem.token_asked.set(asked))
        condition &= WaveRunItem.token_asked.does_not_exist() | (WaveRunItem.token_asked <= asked)
    return _move(execution_id, wave_number, actions, condition, [])


def forget_token(execution_id: str, wave_number: int, token: str) -> None:
    """Drops a token that has been used; a newer one stays."""
    _move(execution_id, wave_number, [WaveRunItem.task_token.remove()], WaveRunItem.task_token == token, [])


def _move(
    execution_id: str,
    wave_number: int,
    actions: Sequence[Action],
    condition: Condition,
    events: Sequence[TimelineEvent],
    *,
    run: Condition | None = None,
) -> bool:
    """One wave's move, under a condition on its execution too where ``run`` is given."""

    def write(transaction: Transaction) -> None:
        save_events(transaction, events)
        if run is not None:
            transaction.check(ExecutionItem, execution_id, condition=run)
        model = WaveRunItem(execution_id=execution_id, wave_number=wave_number)
        transaction.update(model, actions=list(actions), condition=condition)

    return committed(write)


def _wave_is(status: WaveStatus) -> Condition:
    return WaveRunItem.status == status


def _wave_is_before_start() -> Condition:
    return WaveRunItem.status.is_in(*(state for state in WaveStatus if state.is_before_start))


def run_launches() -> Condition:
    """The execution is neither paused nor being cancelled, nor over."""
    launches: Condition = ExecutionItem.status == ExecutionStatus.IN_PROGRESS
    return launches


def run_takes_decisions() -> Condition:
    """The execution runs or is paused, and nobody has cancelled it."""
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
    """Nobody has moved the wave, decided on it or opened another attempt since it was read."""
    attempt: Condition = _wave_is(wave.status) & (WaveRunItem.attempt == wave.attempt)
    same: Condition = attempt & (WaveRunItem.approved_by == wave.approved_by)
    return same


def wave_launches(attempt: int) -> Condition:
    """The wave is in this attempt, and has not been judged."""
    launches: Condition = _wave_is_running() & (WaveRunItem.attempt == attempt)
    return launches


def _wave_may_become(to: WaveStatus) -> Condition:
    return WaveRunItem.status.is_in(*wave_sources(to))


def _wave_is_running() -> Condition:
    return WaveRunItem.status.is_in(*(state for state in WaveStatus if state.is_running))


def _wave_is_open() -> Condition:
    return WaveRunItem.status.is_in(*(state for state in WaveStatus if not state.is_final))
