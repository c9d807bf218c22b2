"""Writing wave runs: every move is conditional on the state it leaves and carries its line in the timeline."""

from collections.abc import Sequence
from datetime import datetime

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from ...domain.executions import TimelineEvent, WaveStatus, wave_sources
from ...domain.outcomes import WaveOutcome
from ...models.runs import ExecutionEventItem, WaveRunItem
from ..transactions import ConditionFailed, commit
from .timeline import event_item


def queue_wave(
    execution_id: str, wave_number: int, event: TimelineEvent, *, ready_at: datetime, started_at: datetime
) -> bool:
    """NOT_STARTED → QUEUED: released, and asking DRS; False when the wave has left NOT_STARTED already."""
    actions = [
        WaveRunItem.status.set(WaveStatus.QUEUED.value),
        WaveRunItem.ready_at.set(ready_at),
        WaveRunItem.started_at.set(started_at),
    ]
    return _move(execution_id, wave_number, actions, _wave_is(WaveStatus.NOT_STARTED), [event])


def mark_executing(execution_id: str, wave_number: int) -> None:
    """QUEUED → EXECUTING: DRS has taken a job."""
    actions = [WaveRunItem.status.set(WaveStatus.EXECUTING.value)]
    _move(execution_id, wave_number, actions, _wave_is(WaveStatus.QUEUED), [])


def end_wave(
    execution_id: str, wave_number: int, outcome: WaveOutcome, event: TimelineEvent, *, ended_at: datetime
) -> bool:
    """Moves a wave to its final state; False when it is not in a state from which that is legal."""
    actions = [
        WaveRunItem.status.set(outcome.status.value),
        WaveRunItem.outcome_reason.set(outcome.reason),
        WaveRunItem.launched_count.set(outcome.launched),
        WaveRunItem.failed_count.set(outcome.failed),
        WaveRunItem.ended_at.set(ended_at),
    ]
    return _move(execution_id, wave_number, actions, _wave_may_become(outcome.status), [event])


def hold_wave(execution_id: str, wave_number: int, outcome: WaveOutcome, event: TimelineEvent) -> bool:
    """EXECUTING → AWAITING_DECISION: the wave has failed and an operator decides."""
    actions = [
        WaveRunItem.status.set(WaveStatus.AWAITING_DECISION.value),
        WaveRunItem.outcome_reason.set(outcome.reason),
        WaveRunItem.launched_count.set(outcome.launched),
        WaveRunItem.failed_count.set(outcome.failed),
    ]
    return _move(execution_id, wave_number, actions, _wave_may_become(WaveStatus.AWAITING_DECISION), [event])


def record_counts(execution_id: str, wave_number: int, *, launched: int, failed: int) -> None:
    """The counts so far, as absolute numbers, so that a repeated record changes nothing."""
    actions = [WaveRunItem.launched_count.set(launched), WaveRunItem.failed_count.set(failed)]
    _move(execution_id, wave_number, actions, _wave_is_running(), [])


def remember_token(execution_id: str, wave_number: int, token: str) -> bool:
    """Stores the token by which the waiting wave is released; False when the wave is over."""
    return _move(execution_id, wave_number, [WaveRunItem.task_token.set(token)], _wave_is_open(), [])


def forget_token(execution_id: str, wave_number: int, token: str) -> None:
    """Drops a token that has been used; a newer one stays."""
    _move(execution_id, wave_number, [WaveRunItem.task_token.remove()], WaveRunItem.task_token == token, [])


def _move(
    execution_id: str,
    wave_number: int,
    actions: Sequence[Action],
    condition: Condition,
    events: Sequence[TimelineEvent],
) -> bool:
    def write(transaction: TransactWrite) -> None:
        for event in events:
            transaction.save(event_item(event), condition=_event_is_new())
        model = WaveRunItem(execution_id=execution_id, wave_number=wave_number)
        transaction.update(model, actions=list(actions), condition=condition)

    try:
        commit(write)
    except ConditionFailed:
        return False
    return True


def _event_is_new() -> Condition:
    return ExecutionEventItem.event_id.does_not_exist()


def _wave_is(status: WaveStatus) -> Condition:
    return WaveRunItem.status == status.value


def _wave_may_become(to: WaveStatus) -> Condition:
    return WaveRunItem.status.is_in(*(state.value for state in wave_sources(to)))


def _wave_is_running() -> Condition:
    return WaveRunItem.status.is_in(WaveStatus.QUEUED.value, WaveStatus.EXECUTING.value)


def _wave_is_open() -> Condition:
    return WaveRunItem.status.is_in(*(state.value for state in WaveStatus if not state.is_final))
