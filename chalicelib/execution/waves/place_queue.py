"""A wave's place in the order of all that waits at its places: what waits before it, and what it makes others wait for.

All waves decide by the same order. Each launches its own servers only and leaves to better ones what is theirs.
"""

from collections.abc import Iterable, Mapping, Sequence

from ...domain.access.context import CallContext
from ...domain.estate.accounts import Place
from ...domain.estate.quotas import Load
from ...domain.launches.packing import line_of, seconds_behind
from ...domain.launches.place_lines import PlaceLine, line_life, lines_that_count, must_be_saved, place_line
from ...domain.launches.place_order import Line, LineKey, WaitingServer
from ...domain.runs.records import Execution, ServerRun, WaveRun
from ...settings import settings
from ...side_by_side import map_bounded
from ...store.reads.launches.place_lines import find_place_lines
from ...store.reads.runs.executions import get_waves
from ...store.writes.launches.place_lines import leave_lines, stand_in_line


class PlaceQueue:
    """The queues at the places where servers of a wave wait, as one round of launches finds and leaves them.

    ``lines`` are the wave's own servers by place, ``others`` the lines of other waves that count there. Reading costs
    one query for each place, and one for the waves of the execution where quotas bind.
    """

    def __init__(
        self,
        execution: Execution,
        wave: WaveRun,
        waiting: Mapping[Place, Sequence[ServerRun]],
        loads: Mapping[Place, Load],
        limits: Mapping[str, int],
        call: CallContext,
    ) -> None:
        self._execution, self._wave, self._call = execution, wave, call
        self._own: LineKey = (execution.execution_id, wave.wave_number)
        places = [place for place in waiting if place in loads]
        found = dict(zip(places, map_bounded(find_place_lines, places), strict=True))
        self._earlier = {place: line for place, lines in found.items() for line in lines if line.key == self._own}
        self.others: dict[Place, list[PlaceLine]] = {
            place: lines_that_count(lines, self._own, call.now) for place, lines in found.items()
        }
        binds = any(self.others[place] or len(waiting[place]) > loads[place].free_servers for place in places)
        behind = seconds_behind(wave, get_waves(execution.execution_id)) if binds else 0.0
        self.lines: dict[Place, Line] = {
            place: line_of(execution, wave, runs, limits, seconds_behind=behind, pace=settings().drs_pace)
            for place, runs in waiting.items()
        }

    def keep(self, left: Mapping[Place, Sequence[WaitingServer]], next_look_seconds: float) -> None:
        """Stands in line with the servers that are ``left`` at each place, and leaves where none is."""
        now = self._call.now
        for place, servers in left.items():
            line = place_line(
                place,
                self.lines[place],
                servers,
                names=(self._execution.plan_name, self._wave.name),
                fresh_until=now + line_life(next_look_seconds),
            )
            if must_be_saved(self._earlier.get(place), line, now):
                stand_in_line(line, self._wave.attempt)
        if gone := [place for place in self._earlier if place not in left]:
            leave_lines(gone, *self._own)


def leave_place_lines(wave: WaveRun, places: Iterable[Place]) -> None:
    """Leaves the wave's lines at these places, if it has any."""
    leave_lines(sorted(places), wave.execution_id, wave.wave_number)
