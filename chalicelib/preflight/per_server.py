"""Asks AWS about servers one by one within a time limit, where AWS takes one server a call. Writes nothing."""

import random
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TypeVar

from ..domain.errors import DomainError, Unavailable
from ..domain.estate.accounts import Place
from ..domain.runs.planned_servers import PlannedServer
from ..side_by_side import ask_each, map_bounded
from .progress import Progress

T = TypeVar("T")

PLACES_AT_ONCE = 4
CALLS_AT_ONCE = 4
"""At most in each place, because AWS limits the rate of requests by account and Region."""

_PAUSE_SECONDS = 0.5


def ask_servers(
    servers: Sequence[PlannedServer],
    ask: Callable[[PlannedServer], T],
    *,
    until: datetime,
    progress: Progress | None = None,
) -> dict[str, T | DomainError]:
    """The answers of ``ask`` by server id, or the error where it failed; OutOfTime where there was no time.

    If the service throttles or cannot be reached, tries again until the time is up.
    """
    by_place: dict[Place, list[PlannedServer]] = {}
    for server in servers:
        by_place.setdefault(server.place, []).append(server)
    if progress:
        progress.expect(servers)

    def ask_one(server: PlannedServer) -> T:
        try:
            return _ask_until(ask, server, until)
        finally:
            if progress:
                progress.answered(server)

    def ask_place(place: Place) -> Mapping[str, T | DomainError]:
        here = by_place[place]
        answers = ask_each(ask_one, here, limit=CALLS_AT_ONCE)
        return {server.source_server_id: answer for server, answer in zip(here, answers, strict=True)}

    answered: dict[str, T | DomainError] = {}
    for found in map_bounded(ask_place, by_place, limit=PLACES_AT_ONCE):
        answered |= found
    return answered


class OutOfTime(Unavailable):
    """There was no time left for the request."""


def _ask_until(ask: Callable[[PlannedServer], T], server: PlannedServer, until: datetime) -> T:
    last: DomainError = OutOfTime(
        "There was no time left to check it, because AWS takes one server a call and a few calls a second."
    )
    while datetime.now(UTC) < until:
        try:
            return ask(server)
        except Unavailable as error:
            last = error
            time.sleep(_PAUSE_SECONDS * (0.5 + random.random()))  # noqa: S311 — spreads callers, keeps no secret
    raise last
