"""The source servers of places by hostname, as the inventory has them, for documents that name them so."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from ...domain.estate.accounts import Place
from ...store.reads.estate.inventory import servers_of_place

_SHOWN = 12


class Hostnames:
    """Looks servers up by hostname. Costs one query for each place that is asked for."""

    def __init__(self) -> None:
        self._places: dict[Place, Mapping[str, Sequence[str]]] = {}

    def ids(self, place: Place, hostname: str) -> Sequence[str]:
        """The ids of the servers with this hostname."""
        return self._of(place).get(hostname, ())

    def problem(self, place: Place, hostname: str) -> str:
        """Why a hostname does not stand for one server of the place; empty if it does."""
        ids = self.ids(place, hostname)
        if not ids:
            return self._no_such_server(place, hostname)
        if len(ids) == 1:
            return ""
        listed = ", ".join(sorted(ids)[:_SHOWN])
        return f"is the hostname of {len(ids)} source servers in {place}: {listed}; use their ids instead"

    def _of(self, place: Place) -> Mapping[str, Sequence[str]]:
        if place not in self._places:
            found: dict[str, list[str]] = defaultdict(list)
            for server in servers_of_place(place):
                found[server.hostname].append(server.source_server_id)
            self._places[place] = found
        return self._places[place]

    def _no_such_server(self, place: Place, hostname: str) -> str:
        known = self._of(place)
        shown = sorted(known)[:_SHOWN]
        more = f" and {len(known) - len(shown)} more" if len(known) > len(shown) else ""
        there = f"the servers there are {', '.join(shown)}{more}" if shown else "it has no servers there"
        return f"the inventory has no source server '{hostname}' in {place}; {there}"
