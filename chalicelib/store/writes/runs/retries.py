"""Opens another attempt of a failed wave: the wave and its failed servers in one write."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from ....domain.runs.history import WaveAttempt, with_attempt
from ....domain.runs.records import ServerRun, ServerStatus, TimelineEvent, WaveRun, WaveStatus
from ...tables.runs import ServerRunItem, WaveRunItem, wave_server_key
from ...transactions import MAX_ITEMS, Transaction, committed
from .revisions import revise
from .server_updates import changed_now, touch_wave
from .timeline import save_events
from .waves import is_decided, run_takes_decisions

_SERVERS = MAX_ITEMS - 3
"""How many servers fit into a transaction with their wave, its execution and an event."""


def open_next_attempt(
    seen: WaveRun,
    event: TimelineEvent,
    *,
    deadline_at: datetime,
    launch_again: Sequence[ServerRun],
    check_again: Sequence[ServerRun],
) -> bool:
    """AWAITING_DECISION → QUEUED with the next attempt, and opens the failed servers again.

    False when that attempt was opened before, or the execution accepts no more decisions. If there are more servers
    than fit into a transaction, the first ones are opened while the wave still awaits its decision; a repeated retry
    continues with the others.
    """
    unchanged: list[Action] = [WaveRunItem.status.set(WaveStatus.AWAITING_DECISION)]
    queued: list[Action] = [
        WaveRunItem.status.set(WaveStatus.QUEUED),
        WaveRunItem.attempt.set(seen.attempt + 1),
        WaveRunItem.deadline_at.set(deadline_at),
        WaveRunItem.attempts.set(_attempts(seen, event.at)),
        *is_decided(),
    ]
    work = [*((run, _opened_again()) for run in launch_again), *((run, _checked_again()) for run in check_again)]

    def write(start: int, actions: list[Action], events: Sequence[TimelineEvent], transaction: Transaction) -> None:
        save_events(transaction, events)
        revise(transaction, seen.execution_id, condition=run_takes_decisions())
        touch_wave(seen.execution_id, seen.wave_number)
        wave = WaveRunItem(execution_id=seen.execution_id, wave_number=seen.wave_number)
        transaction.update(wave, actions=actions, condition=_awaits_decision_on(seen.attempt))
        for run, opening in work[start : start + _SERVERS]:
            key = wave_server_key(run.wave_number, run.source_server_id)
            server = ServerRunItem(execution_id=run.execution_id, wave_server=key)
            transaction.update(server, actions=[*opening, changed_now()], condition=_server_has_failed())

    last = max(0, len(work) - 1) // _SERVERS * _SERVERS
    for start in range(0, last, _SERVERS):
        if not committed(partial(write, start, unchanged, [])):
            return False
    return committed(partial(write, last, queued, [event]))


def _attempts(seen: WaveRun, now: datetime) -> tuple[WaveAttempt, ...]:
    began_at = seen.attempts[-1].began_at if seen.attempts else seen.started_at
    ended = WaveAttempt(seen.attempt, began_at, seen.decision_since, seen.outcome_reason)
    return with_attempt(seen.attempts, ended, WaveAttempt(seen.attempt + 1, now))


def _opened_again() -> list[Action]:
    """FAILED → NOT_STARTED, without the data of the failed launch."""
    return [
        ServerRunItem.status.set(ServerStatus.NOT_STARTED),
        ServerRunItem.error.set(""),
        ServerRunItem.job_id.set(""),
        ServerRunItem.ended_at.remove(),
    ]


def _checked_again() -> list[Action]:
    """FAILED → LAUNCHED, for a running instance of which only the checks have failed."""
    return [ServerRunItem.status.set(ServerStatus.LAUNCHED), ServerRunItem.error.set("")]


def _awaits_decision_on(attempt: int) -> Condition:
    status, awaited = WaveRunItem.status, WaveStatus.AWAITING_DECISION
    awaits: Condition = (status == awaited) & (WaveRunItem.attempt == attempt)
    return awaits


def _server_has_failed() -> Condition:
    return ServerRunItem.status == ServerStatus.FAILED
