"""Writes the register of what waits at a place. A line launches nothing, it only holds others back."""

from collections.abc import Iterable

from pynamodb.expressions.condition import Condition

from ....domain.estate.accounts import Place
from ....domain.launches.place_lines import PlaceLine, line_name
from ...tables.estate import account_region
from ...tables.launches import PLACE_LINES, PlaceLineItem
from ...tables.runs import WaveRunItem
from ...transactions import Transaction, committed
from ..runs.waves import wave_launches


def stand_in_line(line: PlaceLine, attempt: int) -> bool:
    """Makes or renews a line. False when a later look has renewed it, or the wave launches nothing any more."""

    def write(transaction: Transaction) -> None:
        transaction.check(WaveRunItem, line.execution_id, line.wave_number, condition=wave_launches(attempt))
        transaction.save(PLACE_LINES.to_item(line), condition=_is_older(line))

    return committed(write)


def leave_lines(places: Iterable[Place], execution_id: str, wave_number: int) -> None:
    """Removes a wave's lines at these places, if it has any."""
    name = line_name(execution_id, wave_number)
    for place in places:
        item = PlaceLineItem(place=account_region(place), line=name)
        committed(lambda transaction, item=item: transaction.delete(item, condition=_is_there()))  # type: ignore[misc]


def _is_older(line: PlaceLine) -> Condition:
    older: Condition = PlaceLineItem.line.does_not_exist() | (PlaceLineItem.fresh_until < line.fresh_until)
    return older


def _is_there() -> Condition:
    return PlaceLineItem.line.exists()
