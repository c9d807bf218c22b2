"""Counts the servers of waves again after the calls that change them.

The counts follow the servers in a write of their own. A call that dies in between leaves counts that are not those of
the servers; the next call that reads both, at the latest the watchdog's, finds that and counts again.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial, wraps
from typing import Any

import msgspec

from ...domain.access.context import CallContext
from ...domain.runs.counts import count_statuses
from ...domain.runs.outcomes import count_servers
from ...domain.runs.records import Execution, ServerRun, WaveRun
from ...side_by_side import map_bounded
from ...store.reads.runs.executions import find_execution, get_wave, get_wave_servers, get_waves
from ...store.writes.runs.server_updates import touch_wave, touched_waves
from ...store.writes.runs.waves import record_counts
from ..steps.steps import launched_but_unproven

_TRIES = 3
"""A count that was overtaken twice was overtaken by one that began after the servers were changed."""

_WAVES_AT_ONCE = 4

Handlers = Mapping[str, Callable[..., Any]]


def with_counts(handlers: Handlers) -> Handlers:
    """The handlers by name, each of which counts the waves again whose servers it has changed."""
    return {name: _count_after(handler) for name, handler in handlers.items()}


def note_counts(wave: WaveRun, servers: Sequence[ServerRun]) -> None:
    """Has the wave counted again after this call if its counts are not those of ``servers``, all of its servers."""
    if wave.counts != count_statuses(run.status for run in servers):
        touch_wave(wave.execution_id, wave.wave_number)


def recount(execution: Execution, wave: WaveRun) -> WaveRun:
    """Counts the wave's servers again and records the counts if they differ. Returns the wave with them."""
    for _ in range(_TRIES):
        servers = get_wave_servers(wave.execution_id, wave.wave_number)
        launched, failed = count_servers(servers, launched_but_unproven(execution, wave))
        counts = count_statuses(run.status for run in servers)
        # Servers whose instances were terminated afterwards had launched.
        launched += counts.terminated
        counted = msgspec.structs.replace(wave, launched_count=launched, failed_count=failed, counts=counts)
        if counted == wave or record_counts(wave, counted):
            return counted
        wave = get_wave(wave.execution_id, wave.wave_number)
    return wave


def recount_all(execution: Execution) -> None:
    """Counts the servers of all waves again."""
    map_bounded(partial(recount, execution), get_waves(execution.execution_id), limit=_WAVES_AT_ONCE)


def _count_after(handler: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(handler)
    def handle(request: Any, call: CallContext) -> Any:
        with touched_waves() as touched:
            answer = handler(request, call)
            _recount_touched(touched)
            return answer

    return handle


def _recount_touched(touched: Collection[tuple[str, int]]) -> None:
    for execution_id in sorted({execution_id for execution_id, _ in touched}):
        execution = find_execution(execution_id)
        if execution is None:
            continue
        mine = [wave for wave in get_waves(execution_id) if (execution_id, wave.wave_number) in touched]
        map_bounded(partial(recount, execution), mine, limit=_WAVES_AT_ONCE)
