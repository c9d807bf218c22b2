"""Writing server runs: only those that changed, and never back from a final state."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial

from pynamodb.exceptions import UpdateError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from ...domain.executions import JobRun, ServerRun, ServerStatus, TimelineEvent, wave_key
from ...domain.progress import ServerChange
from ...models.runs import ServerRunItem
from ...parallel import map_bounded
from ..failures import condition_failed
from ..transactions import ConditionFailed, commit
from .timeline import save_events

_PARALLEL = 16
_IN_ONE_TRANSACTION = 45
"""Servers with a line in the timeline each, and some lines for all of them."""

Tell = Callable[[Sequence[ServerChange]], Sequence[TimelineEvent]]
"""The lines of the timeline that tell of changes: for each server one at most, and a few for all of them."""


def mark_launching(job: JobRun, job_id: str, at: datetime) -> None:
    """The servers of a job that DRS has taken."""
    actions: list[Action] = [
        ServerRunItem.status.set(ServerStatus.LAUNCHING.value),
        ServerRunItem.job_id.set(job_id),
        ServerRunItem.started_at.set(at),
    ]
    keys = [_key(job.wave_number, server_id) for server_id in job.server_ids]
    map_bounded(lambda key: _update(job.execution_id, key, actions), keys, limit=_PARALLEL)


def record_changes(
    execution_id: str, wave_number: int, changes: Iterable[ServerChange], told: Tell
) -> list[ServerChange]:
    """Records changes and returns those that were news; one that had been recorded before changes nothing.

    What is ``told`` of the news is part of the same transaction, so that it is told, and once.
    """
    work = list(changes)
    chunks = [work[start : start + _IN_ONE_TRANSACTION] for start in range(0, len(work), _IN_ONE_TRANSACTION)]
    recorded = map_bounded(lambda chunk: _record_news(execution_id, wave_number, chunk, told), chunks, limit=4)
    return [change for news in recorded for change in news]


def reopen_servers(transaction: TransactWrite, servers: Sequence[ServerRun]) -> None:
    """For the transaction of another attempt: FAILED → NOT_STARTED; what is known of the failed launch goes."""
    actions: list[Action] = [
        ServerRunItem.status.set(ServerStatus.NOT_STARTED.value),
        ServerRunItem.error.set(""),
        ServerRunItem.job_id.set(""),
        ServerRunItem.ended_at.remove(),
    ]
    _add(transaction, servers, actions, _server_has_failed())


def check_servers_again(transaction: TransactWrite, servers: Sequence[ServerRun]) -> None:
    """For the same: FAILED → LAUNCHED, where the instance runs and only its checks have failed."""
    actions: list[Action] = [
        ServerRunItem.status.set(ServerStatus.LAUNCHED.value),
        ServerRunItem.error.set(""),
    ]
    _add(transaction, servers, actions, _server_has_failed())


def prove_servers(servers: Sequence[ServerRun]) -> None:
    """LAUNCHED → VALIDATED: every validation of the wave has passed."""
    actions: list[Action] = [ServerRunItem.status.set(ServerStatus.VALIDATED.value)]

    def prove(run: ServerRun) -> bool:
        return _update(run.execution_id, _key(run.wave_number, run.source_server_id), actions, _server_has_launched())

    map_bounded(prove, servers, limit=_PARALLEL)


def fail_launched_servers(servers: Mapping[str, ServerRun], reasons: Mapping[str, str]) -> None:
    """LAUNCHED or VALIDATED → FAILED, with the reason by source server id; the instance and its times stay."""

    def fail(server_id: str) -> bool:
        run = servers[server_id]
        actions: list[Action] = [
            ServerRunItem.status.set(ServerStatus.FAILED.value),
            ServerRunItem.error.set(reasons[server_id][:1_000]),
        ]
        return _update(run.execution_id, _key(run.wave_number, server_id), actions, _server_has_launched())

    map_bounded(fail, [server_id for server_id in reasons if server_id in servers], limit=_PARALLEL)


def close_servers(servers: Sequence[ServerRun], status: ServerStatus, error: str, at: datetime) -> None:
    """Ends servers that nothing more will happen to."""

    def close(run: ServerRun) -> bool:
        change = ServerChange(run.source_server_id, status, run.recovery_instance_id, run.job_id, error, at)
        return _update(run.execution_id, _key(run.wave_number, run.source_server_id), _actions_of(change))

    map_bounded(close, servers, limit=_PARALLEL)


def _record_news(
    execution_id: str, wave_number: int, changes: Sequence[ServerChange], told: Tell
) -> Sequence[ServerChange]:
    """Those of the changes that are news, once they have been recorded."""
    while changes:
        events = told(changes)
        try:
            commit(partial(_write_changes, execution_id, wave_number, changes, events))
        except ConditionFailed as known:
            # A transaction has its new lines first; the other items that fail have been recorded before.
            old = {position - len(events) for position in known.positions}
            changes = [change for place, change in enumerate(changes) if place not in old]
        else:
            return changes
    return []


def _write_changes(
    execution_id: str,
    wave_number: int,
    changes: Sequence[ServerChange],
    events: Sequence[TimelineEvent],
    transaction: TransactWrite,
) -> None:
    save_events(transaction, events)
    for change in changes:
        item = ServerRunItem(execution_id=execution_id, wave_server=_key(wave_number, change.source_server_id))
        transaction.update(item, actions=_actions_of(change), condition=_server_is_open())


def _actions_of(change: ServerChange) -> list[Action]:
    actions: list[Action] = [
        ServerRunItem.status.set(change.status.value),
        ServerRunItem.error.set(change.error[:1_000]),
    ]
    if change.recovery_instance_id:
        actions.append(ServerRunItem.recovery_instance_id.set(change.recovery_instance_id))
    if change.job_id:
        actions.append(ServerRunItem.job_id.set(change.job_id))
    if change.ended_at:
        actions.append(ServerRunItem.ended_at.set(change.ended_at))
    return actions


def _add(transaction: TransactWrite, servers: Sequence[ServerRun], actions: list[Action], condition: Condition) -> None:
    for run in servers:
        item = ServerRunItem(execution_id=run.execution_id, wave_server=_key(run.wave_number, run.source_server_id))
        transaction.update(item, actions=actions, condition=condition)


def _update(execution_id: str, wave_server: str, actions: list[Action], condition: Condition | None = None) -> bool:
    try:
        ServerRunItem(execution_id=execution_id, wave_server=wave_server).update(
            actions=actions, condition=_server_is_open() if condition is None else condition
        )
    except UpdateError as error:
        if condition_failed(error):
            return False
        raise
    return True


def _server_is_open() -> Condition:
    return ServerRunItem.status.is_in(ServerStatus.NOT_STARTED.value, ServerStatus.LAUNCHING.value)


def _server_has_launched() -> Condition:
    return ServerRunItem.status.is_in(ServerStatus.LAUNCHED.value, ServerStatus.VALIDATED.value)


def _server_has_failed() -> Condition:
    return ServerRunItem.status == ServerStatus.FAILED.value


def _key(wave_number: int, server_id: str) -> str:
    return f"{wave_key(wave_number)}#{server_id}"
