"""Completes what lists read, where it was written before the lists needed it. Each is done once."""

from ...domain.errors import DomainError
from ...domain.estate.accounts import Place
from ...domain.estate.registers import PlaceRegister
from ...logs import logger
from ...side_by_side import ask_each
from ...store.failures import translated
from ...store.reads.estate.accounts import find_accounts, unlisted_account_ids
from ...store.reads.estate.groups import find_groups
from ...store.reads.estate.registers import find_register, read_register
from ...store.reads.estate.syncs import find_last_run, kinds_without_newest
from ...store.writes.estate.accounts import complete_list
from ...store.writes.estate.registers import complete_register
from ...store.writes.estate.syncs import complete_newest


def complete_register_of(place: Place) -> PlaceRegister | None:
    """Makes the place's register describe its groups as far as it has room, and returns it as it then is.

    Costs one read where that is done. A place without a register gets one, collected from groups and plans. What
    another call changes meanwhile stays as it is, and the answer is None; the next sync looks again.
    """
    known = find_register(place)
    if known is not None and not known.can_be_completed:
        return known
    register = known or read_register(place)
    following = register.completed(find_groups(register.incomplete()))
    if following is register:
        return register
    return following if complete_register(following) else None


def complete_account_list() -> None:
    """Adds to the list of accounts what it shows of each. Costs one query where that is done; never fails a sync."""
    try:
        with translated():
            unlisted = find_accounts(unlisted_account_ids())
    except DomainError as error:
        logger.warning("list of accounts not completed", extra={"reason": error.message})
        return
    ask_each(complete_list, unlisted.values())


def complete_newest_syncs() -> None:
    """Records which run of each kind of sync is the newest. Costs one request if that is done; never fails a sync."""
    try:
        with translated():
            for kind in kinds_without_newest():
                last = find_last_run(kind)
                complete_newest(kind, last.started_at if last else None)
    except DomainError as error:
        logger.warning("newest syncs not recorded", extra={"reason": error.message})
