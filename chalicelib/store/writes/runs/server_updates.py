"""Updates server runs by the hundred, each with its own condition, which stops no other update.

One call updates a hundred servers, so that the calls of a wave grow with its jobs and not with its servers.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from functools import partial

import msgspec
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from ....domain.runs.records import ServerRun, WaveRun
from ....side_by_side import map_bounded
from ...tables.runs import ServerRunItem, WaveRunItem, wave_of, wave_server_key
from ...transactions import MAX_ITEMS, ConditionFailed, Transaction, commit
from .waves import is_as_seen

_TRANSACTIONS_AT_ONCE = 4
_WAVE = "wave"

_touched: ContextVar[set[tuple[str, int]] | None] = ContextVar("touched_waves", default=None)


@contextmanager
def touched_waves() -> Iterator[set[tuple[str, int]]]:
    """Collects the waves, by execution and number, whose counts may no longer be those of their servers.

    These are the waves whose servers this context, including its threads, tries to change, and those that it names with
    ``touch_wave``.
    """
    touched: set[tuple[str, int]] = set()
    token = _touched.set(touched)
    try:
        yield touched
    finally:
        _touched.reset(token)


def touch_wave(execution_id: str, wave_number: int) -> None:
    """Adds a wave to those that are counted again. Has no effect outside of ``touched_waves``."""
    touched = _touched.get()
    if touched is not None:
        touched.add((execution_id, wave_number))


def changed_now() -> Action:
    """The moment of a change of a server, which each write of one sets.

    It is taken when the write is sent, so that it is at most the time of one call older than the commit.
    """
    return ServerRunItem.changed_at.set(datetime.now(UTC))


class ServerUpdate(msgspec.Struct, frozen=True):
    """The update of one server run, and its condition."""

    execution_id: str
    wave_server: str
    actions: list[Action]
    condition: Condition

    @property
    def key(self) -> tuple[str, str]:
        return self.execution_id, self.wave_server


def server_update(run: ServerRun, actions: list[Action], condition: Condition) -> ServerUpdate:
    return ServerUpdate(run.execution_id, wave_server_key(run.wave_number, run.source_server_id), actions, condition)


def write_updates(updates: Sequence[ServerUpdate], *, while_wave_is: WaveRun | None = None) -> None:
    """Writes the updates whose conditions hold. Each server may be in ``updates`` only once.

    With ``while_wave_is`` nothing is written after the wave has changed. A crash leaves complete hundreds written or
    not written. Repeating is safe when the conditions exclude what was written.
    """
    size = MAX_ITEMS - (while_wave_is is not None)
    chunks = [updates[start : start + size] for start in range(0, len(updates), size)]
    map_bounded(lambda chunk: _write_chunk(chunk, while_wave_is), chunks, limit=_TRANSACTIONS_AT_ONCE)


def _write_chunk(updates: Sequence[ServerUpdate], wave: WaveRun | None) -> None:
    left = updates
    while left:
        try:
            commit(partial(_write_all, left, wave))
        except ConditionFailed as refused:
            if _WAVE in refused.labels:
                return
            left = [update for update in left if update.key not in refused.labels]
        else:
            return


def _write_all(updates: Sequence[ServerUpdate], wave: WaveRun | None, transaction: Transaction) -> None:
    if wave is not None:
        key = (wave.execution_id, wave.wave_number)
        transaction.check(WaveRunItem, *key, condition=is_as_seen(wave), label=_WAVE)
    for update in updates:
        item = ServerRunItem(execution_id=update.execution_id, wave_server=update.wave_server)
        actions = [*update.actions, changed_now()]
        transaction.update(item, actions=actions, condition=update.condition, label=update.key)
        touch_wave(update.execution_id, wave_of(update.wave_server))
