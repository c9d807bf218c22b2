"""Reads the register of what waits at a place."""

from ....domain.estate.accounts import Place
from ....domain.launches.place_lines import PlaceLine
from ...tables.estate import account_region
from ...tables.launches import PLACE_LINES, PlaceLineItem


def find_place_lines(place: Place) -> list[PlaceLine]:
    """All lines of a place, also outdated ones, read consistently. One query, however many waves wait."""
    found = PlaceLineItem.query(account_region(place), consistent_read=True)
    return [PLACE_LINES.to_record(item) for item in found]
