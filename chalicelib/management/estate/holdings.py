"""Keeps in the rows of source servers which groups hold them: after the save of a group, and in each sync."""

import time
from collections.abc import Collection, Sequence

from ...domain.errors import DomainError, Unavailable
from ...domain.estate.accounts import Place
from ...domain.estate.groups import ProtectionGroup
from ...domain.estate.holdings import Correction, changed_members, corrections, corrections_of_save, holdings_of
from ...domain.estate.inventory import Holding, InventoryRow
from ...domain.estate.registers import PlaceRegister
from ...domain.estate.servers import SourceServer
from ...domain.text import count_of
from ...logs import logger
from ...side_by_side import chunks
from ...store.failures import translated
from ...store.reads.estate.inventory import inventory_rows, inventory_rows_with_ids
from ...store.writes.estate.inventory import keep_holdings
from .list_repairs import complete_register_of

_MOST_SECONDS = 10.0
"""A caller waits no longer for the rows of a large group. The next sync of the inventory writes the others."""

_BEFORE_A_LOOK = 100
"""So many rows are written before the time is looked at."""


def show_saved_group(before: ProtectionGroup | None, after: ProtectionGroup | None, register: PlaceRegister) -> None:
    """Makes the rows of servers show a group as its save has committed it, in the transaction with this register.

    No group is before a create, and none after a deletion. A failure is logged, because the group is saved; the next
    sync of the inventory finds the rows that are not right.
    """
    try:
        with translated():
            members = changed_members(before, after)
            if members is None:
                rows = inventory_rows(register.place, consistent=True)
            else:
                rows = inventory_rows_with_ids(register.place, members)
            _write_in_time(register.place, corrections_of_save(rows, before, after, register))
    except DomainError as error:
        logger.warning("groups of servers not shown", extra={"place": str(register.place), "reason": error.message})


def _write_in_time(place: Place, wanted: Sequence[Correction]) -> None:
    until, written = time.monotonic() + _MOST_SECONDS, 0
    for some in chunks(wanted, _BEFORE_A_LOOK):
        if written and time.monotonic() > until:
            raise Unavailable(f"There was no time for {count_of(len(wanted) - written, 'server')}.")
        keep_holdings(place, some)
        written += len(some)


def holdings_of_new_rows(place: Place, servers: Collection[SourceServer]) -> dict[str, Holding]:
    """The holdings of servers whose rows have none yet. Costs one read, and nothing without servers."""
    register = complete_register_of(place) if servers else None
    return holdings_of(servers, register) if register else {}


def correct_holdings(place: Place, rows: Collection[InventoryRow]) -> None:
    """Makes the rows, which the sync has written before this, show the groups of the place as they are now.

    Costs one read where they do. A register that another call is changing is left to that call and the next sync.
    """
    register = complete_register_of(place)
    if register:
        keep_holdings(place, corrections(rows, register))
