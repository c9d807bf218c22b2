"""Writing executions: born in one piece, moved from state to state, each move with its line in the timeline."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.models import Model
from pynamodb.transactions import TransactWrite

from ...domain.executions import (
    Execution,
    ExecutionStatus,
    ServerRun,
    TimelineEvent,
    WaveRun,
    execution_sources,
    wave_key,
)
from ...domain.queues import CLEANUP_QUEUE
from ...models.runs import ExecutionItem, ServerRunItem, WaveRunItem
from ...parallel import map_bounded
from ..transactions import MAX_ITEMS, commit, committed
from .timeline import save_events
from .waves import Deadlines, move_deadlines

_BATCH = 25


def create_execution(
    execution: Execution, waves: Sequence[WaveRun], servers: Sequence[ServerRun], event: TimelineEvent
) -> None:
    """Writes a new execution. Its header comes last: until then nobody sees any of it."""
    items: list[Model] = [_wave_item(wave) for wave in waves]
    items += [_server_item(server) for server in servers]
    chunks = [items[start : start + _BATCH] for start in range(0, len(items), _BATCH)]
    map_bounded(_save_new_items, _by_table(chunks), limit=8)

    def write(transaction: TransactWrite) -> None:
        transaction.save(_execution_item(execution), condition=_execution_is_new())
        save_events(transaction, [event])

    commit(write)


def move_execution(
    execution_id: str,
    to: ExecutionStatus,
    event: TimelineEvent,
    *,
    outcome_reason: str = "",
    ended_at: datetime | None = None,
    timed_out_at: datetime | None = None,
    cleanup_at: datetime | None = None,
) -> bool:
    """Moves an execution, if the table of states allows it from where it is; False when it does not.

    ``paused_at`` is the event's time while the execution is PAUSED, and absent otherwise. ``cleanup_at`` is part of its
    end, so that no crash can leave a drill's instances behind.
    """
    pause = ExecutionItem.paused_at
    actions: list[Action] = [
        ExecutionItem.status.set(to.value),
        pause.set(event.at) if to is ExecutionStatus.PAUSED else pause.remove(),
    ]
    if ended_at:
        actions += [ExecutionItem.ended_at.set(ended_at), ExecutionItem.outcome_reason.set(outcome_reason)]
    if to is ExecutionStatus.IN_PROGRESS:
        actions.append(ExecutionItem.running_since.set(event.at))
    if timed_out_at:
        actions.append(ExecutionItem.timed_out_at.set(timed_out_at))
    if cleanup_at:
        actions += [
            ExecutionItem.termination_queue.set(CLEANUP_QUEUE),
            ExecutionItem.termination_due_at.set(cleanup_at),
        ]

    def write(transaction: TransactWrite) -> None:
        save_events(transaction, [event])
        transaction.update(
            ExecutionItem(execution_id=execution_id), actions=actions, condition=_execution_may_become(to)
        )

    return committed(write)


def resume_execution(seen: Execution, event: TimelineEvent, *, deadline_at: datetime | None, waves: Deadlines) -> bool:
    """PAUSED → IN_PROGRESS, together with the time limits of running ``waves`` from what was seen to what they become.

    False when the pause is over, or some wave is not as it was seen: then nothing has changed. A limit that moved
    without the execution, or was left behind, would count the pause twice, or as work.
    """
    actions: list[Action] = [
        ExecutionItem.status.set(ExecutionStatus.IN_PROGRESS.value),
        ExecutionItem.paused_at.remove(),
        ExecutionItem.running_since.set(event.at),
    ]
    if deadline_at:
        actions.append(ExecutionItem.deadline_at.set(deadline_at))
    first, *others = _chunks_of(waves)

    def write(transaction: TransactWrite) -> None:
        save_events(transaction, [event])
        transaction.update(
            ExecutionItem(execution_id=seen.execution_id), actions=actions, condition=_is_in_this_pause(seen)
        )
        move_deadlines(transaction, seen.execution_id, first)

    if not committed(write):
        return False
    for chunk in others:
        # More waves at once than a transaction holds: these follow.
        committed(partial(move_deadlines, execution_id=seen.execution_id, waves=chunk))
    return True


def _save_new_items(items: Sequence[Model]) -> None:
    with type(items[0]).batch_write() as batch:
        for item in items:
            batch.save(item)


def _chunks_of(waves: Deadlines) -> list[Deadlines]:
    """As many as fit beside the execution and its line; the first chunk may be empty."""
    numbers = sorted(waves)
    size = MAX_ITEMS - 2
    starts = range(0, max(1, len(numbers)), size)
    return [{number: waves[number] for number in numbers[start : start + size]} for start in starts]


def _by_table(chunks: Sequence[Sequence[Model]]) -> list[list[Model]]:
    split: list[list[Model]] = []
    for chunk in chunks:
        for kind in (WaveRunItem, ServerRunItem):
            of_kind: list[Model] = [item for item in chunk if isinstance(item, kind)]
            if of_kind:
                split.append(of_kind)
    return split


def _execution_is_new() -> Condition:
    return ExecutionItem.execution_id.does_not_exist()


def _execution_may_become(to: ExecutionStatus) -> Condition:
    return ExecutionItem.status.is_in(*(state.value for state in execution_sources(to)))


def _is_in_this_pause(seen: Execution) -> Condition:
    same: Condition = ExecutionItem.status == ExecutionStatus.PAUSED.value
    return same & (ExecutionItem.paused_at == seen.paused_at) if seen.paused_at else same


def _execution_item(execution: Execution) -> ExecutionItem:
    return ExecutionItem(
        execution_id=execution.execution_id,
        plan_id=execution.plan_id,
        plan_version=execution.plan_version,
        plan_name=execution.plan_name,
        mode=execution.mode.value,
        status=execution.status.value,
        started_at=execution.started_at,
        initiated_by=execution.initiated_by,
        reason=execution.reason,
        wave_count=execution.wave_count,
        server_count=execution.server_count,
        deadline_at=execution.deadline_at,
        point_in_time=execution.point_in_time,
        point_skew_seconds=execution.point_skew_seconds,
    )


def _wave_item(wave: WaveRun) -> WaveRunItem:
    return WaveRunItem(
        execution_id=wave.execution_id,
        wave_number=wave.wave_number,
        name=wave.name,
        status=wave.status.value,
        depends_on=wave.depends_on,
        on_failure=wave.on_failure.value,
        min_success_percent=wave.min_success_percent,
        timeout_minutes=wave.timeout_minutes,
        delay_seconds=wave.delay_seconds,
        approval_required=wave.approval_required,
        attempt=wave.attempt,
        expected_seconds=wave.expected_seconds,
        server_count=wave.server_count,
        step_count=wave.step_count,
        launched_count=wave.launched_count,
        failed_count=wave.failed_count,
    )


def _server_item(server: ServerRun) -> ServerRunItem:
    return ServerRunItem(
        execution_id=server.execution_id,
        wave_server=f"{wave_key(server.wave_number)}#{server.source_server_id}",
        wave_number=server.wave_number,
        source_server_id=server.source_server_id,
        hostname=server.hostname,
        account_id=server.account_id,
        region=server.region,
        group_id=server.group_id,
        os=server.os.value,
        impact=server.impact.value,
        status=server.status.value,
        error=server.error,
        ended_at=server.ended_at,
        recovery_point_id=server.recovery_point_id,
        recovery_point_at=server.recovery_point_at,
    )
