"""Records why servers of a wave wait or cannot be seen, and says so in the timeline when it changes.

What is recorded is shown with the wave, and is part of the reason when a server was never launched.
"""

from collections.abc import Mapping, Sequence

from ...domain.access.context import CallContext
from ...domain.runs.events import EventKind
from ...domain.runs.records import WaveRun
from ...domain.text import count_of
from ...store.writes.runs.waves import record_waiting
from ..notices.events import new_event


def note_waiting(
    wave: WaveRun, queued: int, reasons: Mapping[str, str], call: CallContext, problems: Sequence[str] = ()
) -> None:
    """Records, if they changed, the ``reasons`` by place of ``queued`` servers, and the ``problems`` of looks."""
    found = dict(reasons)
    for problem in problems:
        place, _, reason = problem.partition(": ")
        found.setdefault(place, reason)
    found = dict(sorted(found.items()))
    if found == wave.waiting:
        return
    news = {place: reason for place, reason in found.items() if wave.waiting.get(place) != reason}
    lines = []
    if waits := sorted({reason for place, reason in news.items() if place in reasons}):
        lines.append(f"{count_of(queued, 'server')} of wave {wave.wave_number} queued: {'; '.join(waits)}")
    if unseen := [f"{place}: {reason}" for place, reason in news.items() if place not in reasons]:
        lines.append(f"Wave {wave.wave_number} cannot be followed at the moment. {'; '.join(unseen)}")
    events = [
        new_event(wave.execution_id, call.now, EventKind.SERVERS_QUEUED, line, wave_number=wave.wave_number)
        for line in lines
    ]
    record_waiting(wave, found, events)
