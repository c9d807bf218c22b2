"""Updating server runs by the hundred: each under its own condition, and none held back by another's.

One call for a hundred servers instead of one each: what a wave costs in calls grows with its jobs, not its servers.
"""

from collections.abc import Sequence

import msgspec
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from ...domain.executions import ServerRun, WaveRun
from ...parallel import map_bounded
from ..tables.runs import ServerRunItem, WaveRunItem, wave_server_key
from ..transactions import MAX_ITEMS, ConditionFailed, commit
from .waves import is_as_seen

_TRANSACTIONS_AT_ONCE = 4


class ServerUpdate(msgspec.Struct, frozen=True):
    """What becomes of one server run, and what must hold of it for that."""

    execution_id: str
    wave_server: str
    actions: list[Action]
    condition: Condition


def server_update(run: ServerRun, actions: list[Action], condition: Condition) -> ServerUpdate:
    return ServerUpdate(run.execution_id, wave_server_key(run.wave_number, run.source_server_id), actions, condition)


def write_updates(updates: Sequence[ServerUpdate], *, while_wave_is: WaveRun | None = None) -> list[bool]:
    """Makes the updates whose conditions hold; says for each whether it was made. Each server at most once.

    With ``while_wave_is`` none is made once the wave has been moved on from what was seen. A crash leaves whole
    hundreds made or not made; to repeat it is safe when the condition excludes what was made.
    """
    size = MAX_ITEMS - (while_wave_is is not None)
    chunks = [updates[start : start + size] for start in range(0, len(updates), size)]
    written = map_bounded(lambda chunk: _write_chunk(chunk, while_wave_is), chunks, limit=_TRANSACTIONS_AT_ONCE)
    return [made for chunk in written for made in chunk]


def _write_chunk(updates: Sequence[ServerUpdate], wave: WaveRun | None) -> list[bool]:
    left = list(range(len(updates)))

    def write(transaction: TransactWrite) -> None:
        if wave is not None:
            transaction.condition_check(WaveRunItem, wave.execution_id, wave.wave_number, condition=is_as_seen(wave))
        for update in (updates[position] for position in left):
            model = ServerRunItem(execution_id=update.execution_id, wave_server=update.wave_server)
            transaction.update(model, actions=update.actions, condition=update.condition)

    while left:
        try:
            commit(write)
        except ConditionFailed as refused:
            # A transaction has its checks first.
            if wave is not None and 0 in refused.positions:
                return [False] * len(updates)
            lost = {left[position - (wave is not None)] for position in refused.positions}
            left = [position for position in left if position not in lost]
        else:
            break
    made = set(left)
    return [position in made for position in range(len(updates))]
