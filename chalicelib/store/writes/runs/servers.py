"""Writes server runs: only changed ones, and none back from a final state."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from functools import partial

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from ....domain.launches.progress import ServerChange
from ....domain.runs.records import JobRun, ServerRun, ServerStatus, TimelineEvent, WaveRun
from ....side_by_side import map_bounded
from ...tables.runs import ServerRunItem, wave_server_key
from ...transactions import MAX_ITEMS, ConditionFailed, Transaction, commit
from .server_updates import ServerUpdate, changed_now, server_update, touch_wave, write_updates
from .timeline import save_events

_LINES_FOR_ALL = 3
"""How many events fit into a transaction beside the largest number of servers."""

_WITH_A_LINE_EACH = 45
"""How many servers fit when each has its own event."""


class Before(StrEnum):
    """The servers to which a change applies: OPEN ones, GIVEN_UP without an instance, or WAITING for their launch."""

    OPEN = "OPEN"
    GIVEN_UP = "GIVEN_UP"
    WAITING = "WAITING"


EventsOf = Callable[[Sequence[ServerChange]], Sequence[TimelineEvent]]
"""Returns the timeline events of changes: at most one for each server, and a few for all of them."""


def mark_launching(job: JobRun, server_ids: Iterable[str], job_id: str, at: datetime) -> None:
    """Marks servers of a job that DRS has accepted: all of them, or those that a crash has left unmarked."""
    actions: list[Action] = [
        ServerRunItem.status.set(ServerStatus.LAUNCHING),
        ServerRunItem.job_id.set(job_id),
        ServerRunItem.started_at.set(at),
    ]
    # What has kept a server waiting is over.
    actions.append(ServerRunItem.error.set(""))
    keys = (wave_server_key(job.wave_number, server_id) for server_id in server_ids)
    write_updates([ServerUpdate(job.execution_id, key, actions, _server_is_open()) for key in keys])


def record_changes(
    execution_id: str,
    wave_number: int,
    changes: Iterable[ServerChange],
    events_of: EventsOf,
    *,
    before: Before = Before.OPEN,
) -> list[ServerChange]:
    """Records changes of servers that are as in ``before``, and returns the new ones.

    A change that was recorded before has no effect. GIVEN_UP is for servers that DRS has launched after all. A change
    of a WAITING server that only repeats its ``error`` is not new.

    The events of the new changes are part of the same transaction, so that each is written exactly once. Of two
    changes of one server the first counts.
    """
    first: dict[str, ServerChange] = {}
    for change in changes:
        first.setdefault(change.source_server_id, change)
    parts = list(_parts(list(first.values()), events_of))
    recorded = map_bounded(lambda part: _record_new(execution_id, wave_number, part, events_of, before), parts, limit=4)
    return [change for part in recorded for change in part]


def prove_servers(servers: Sequence[ServerRun]) -> None:
    """LAUNCHED → VALIDATED, when every validation of the wave has passed."""
    actions: list[Action] = [ServerRunItem.status.set(ServerStatus.VALIDATED)]
    write_updates([server_update(run, actions, _server_has_launched()) for run in servers])


def fail_launched_servers(servers: Mapping[str, ServerRun], reasons: Mapping[str, str]) -> None:
    """LAUNCHED or VALIDATED → FAILED, with reasons by source server id. The instance and its times stay."""

    def failed(server_id: str) -> ServerUpdate:
        actions: list[Action] = [
            ServerRunItem.status.set(ServerStatus.FAILED),
            ServerRunItem.error.set(reasons[server_id][:1_000]),
        ]
        return server_update(servers[server_id], actions, _server_has_launched())

    write_updates([failed(server_id) for server_id in reasons if server_id in servers])


def close_servers(
    servers: Sequence[ServerRun],
    status: ServerStatus,
    error: str,
    at: datetime,
    *,
    while_wave_is: WaveRun | None = None,
) -> None:
    """Ends open servers for which nothing will happen any more; only ``while_wave_is`` as given.

    What kept a server waiting until now is added to ``error``.
    """

    def closed(run: ServerRun) -> ServerUpdate:
        why = f"{error} {run.error}".rstrip()
        change = ServerChange(run.source_server_id, status, run.recovery_instance_id, run.job_id, why, at)
        return server_update(run, _actions_of(change), _server_is_open())

    write_updates([closed(run) for run in servers], while_wave_is=while_wave_is)


def _parts(changes: Sequence[ServerChange], events_of: EventsOf) -> Iterator[Sequence[ServerChange]]:
    """Parts that fit into a transaction together with their events."""
    rest = changes
    while rest:
        part = rest[: MAX_ITEMS - _LINES_FOR_ALL]
        if len(part) + len(events_of(part)) > MAX_ITEMS:
            part = rest[:_WITH_A_LINE_EACH]
        yield part
        rest = rest[len(part) :]


def _record_new(
    execution_id: str, wave_number: int, changes: Sequence[ServerChange], events_of: EventsOf, before: Before
) -> Sequence[ServerChange]:
    """Records the changes that are new, and returns them."""
    while changes:
        events = events_of(changes)
        try:
            commit(partial(_write_changes, execution_id, wave_number, changes, events, before))
        except ConditionFailed as known:
            changes = [change for change in changes if change.source_server_id not in known.labels]
        else:
            return changes
    return []


def _write_changes(
    execution_id: str,
    wave_number: int,
    changes: Sequence[ServerChange],
    events: Sequence[TimelineEvent],
    before: Before,
    transaction: Transaction,
) -> None:
    save_events(transaction, events)
    touch_wave(execution_id, wave_number)
    for change in changes:
        item = ServerRunItem(
            execution_id=execution_id, wave_server=wave_server_key(wave_number, change.source_server_id)
        )
        condition = _server_is(before, change)
        actions = [*_actions_of(change), changed_now()]
        transaction.update(item, actions=actions, condition=condition, label=change.source_server_id)


def _actions_of(change: ServerChange) -> list[Action]:
    actions: list[Action] = [
        ServerRunItem.status.set(change.status),
        ServerRunItem.error.set(change.error[:1_000]),
    ]
    if change.recovery_instance_id:
        actions.append(ServerRunItem.recovery_instance_id.set(change.recovery_instance_id))
    if change.job_id:
        actions.append(ServerRunItem.job_id.set(change.job_id))
    if change.ended_at:
        actions.append(ServerRunItem.ended_at.set(change.ended_at))
    return actions


def _server_is(before: Before, change: ServerChange) -> Condition:
    match before:
        case Before.OPEN:
            return _server_is_open()
        case Before.GIVEN_UP:
            return _server_failed_without_instance()
        case Before.WAITING:
            return _server_waits_for_another_reason(change.error)


def _server_waits_for_another_reason(reason: str) -> Condition:
    """It has not been launched yet, and this reason is not the one that is recorded."""
    waits: Condition = (ServerRunItem.status == ServerStatus.NOT_STARTED) & (ServerRunItem.error != reason[:1_000])
    return waits


def _server_is_open() -> Condition:
    return ServerRunItem.status.is_in(ServerStatus.NOT_STARTED, ServerStatus.LAUNCHING)


def _server_failed_without_instance() -> Condition:
    failed: Condition = (ServerRunItem.status == ServerStatus.FAILED) & (ServerRunItem.recovery_instance_id == "")
    return failed


def _server_has_launched() -> Condition:
    return ServerRunItem.status.is_in(ServerStatus.LAUNCHED, ServerStatus.VALIDATED)
