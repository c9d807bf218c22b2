"""Writes the terms under which the search finds source servers."""

from collections.abc import Iterable

from ....domain.estate.accounts import Place
from ....domain.estate.terms import SearchTerm
from ...tables.estate import SEARCH_TERMS, SearchTermItem, account_region, term_key


def write_terms(place: Place, *, add: Iterable[SearchTerm], remove: Iterable[SearchTerm]) -> None:
    """Writes and removes terms of a place, 25 a request; sends nothing when nothing has changed.

    There are no conditions, because terms follow from the inventories, and the next sync compares them again.
    """
    key = account_region(place)
    with SearchTermItem.batch_write() as batch:
        for term in add:
            batch.save(SEARCH_TERMS.to_item(term))
        for term in remove:
            batch.delete(SearchTermItem(account_region=key, term_key=term_key(term)))
