"""Follows a check through its accounts and Regions, so that people see how far it is. Writes nothing."""

import threading
from collections.abc import Iterable

import msgspec

from ..domain.errors import DomainError
from ..domain.estate.accounts import Place
from ..domain.runs.planned_servers import PlannedServer
from ..domain.runs.preflight_checks import PlaceProgress, PlaceStep


class Progress:
    """How far a check is in each place. It may be told from several threads, and be read at any time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._places: dict[Place, PlaceProgress] = {}

    def begin(self, places: Iterable[Place]) -> None:
        """These places are to be read."""
        with self._lock:
            for place in places:
                self._places[place] = PlaceProgress(place.account_id, place.region, PlaceStep.WAITING)

    def reading(self, place: Place) -> None:
        self._change(place, step=PlaceStep.READING)

    def read(self, place: Place, problem: DomainError | None) -> None:
        """The servers of a place are known, or cannot be because of ``problem``."""
        if problem is None:
            self._change(place, step=PlaceStep.CHECKING)
        else:
            self._change(place, step=PlaceStep.UNREAD, problem=problem.message)

    def expect(self, servers: Iterable[PlannedServer]) -> None:
        """A call of AWS for each of these servers follows."""
        with self._lock:
            for server in servers:
                known = self._places[server.place]
                self._places[server.place] = msgspec.structs.replace(known, checks=known.checks + 1)

    def answered(self, server: PlannedServer) -> None:
        """One of the expected calls has ended, well or not."""
        with self._lock:
            known = self._places[server.place]
            self._places[server.place] = msgspec.structs.replace(known, checks_done=known.checks_done + 1)

    def end(self) -> None:
        """Everything was checked."""
        with self._lock:
            for place, known in self._places.items():
                if known.step is not PlaceStep.UNREAD:
                    self._places[place] = msgspec.structs.replace(known, step=PlaceStep.DONE)

    def so_far(self) -> tuple[PlaceProgress, ...]:
        """All places in order."""
        with self._lock:
            return tuple(self._places[place] for place in sorted(self._places))

    def _change(self, place: Place, *, step: PlaceStep, problem: str = "") -> None:
        with self._lock:
            self._places[place] = msgspec.structs.replace(self._places[place], step=step, problem=problem)
