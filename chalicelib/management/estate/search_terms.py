"""Keeps the terms under which the search finds source servers, plans and groups."""

from ...domain.estate.accounts import Place
from ...domain.estate.terms import NOWHERE, SearchTerm, TermKind
from ...store.reads.estate.terms import terms_of_names_kept, terms_of_place
from ...store.writes.estate.terms import write_terms


def keep_terms(place: Place, kind: TermKind, wanted: frozenset[SearchTerm]) -> None:
    """Makes the terms of a place and kind the wanted ones. Costs one query, and one write for 25 terms that change.

    What is there is read and not remembered, so that whatever an earlier sync left undone is done now.
    """
    known = terms_of_place(place, kind)
    write_terms(place, add=wanted - known, remove=known - wanted)


def keep_words(wanted: frozenset[SearchTerm]) -> None:
    """Makes the terms of the names of plans and groups, all of them, the wanted ones. Costs as ``keep_terms`` does."""
    known = terms_of_names_kept()
    write_terms(NOWHERE, add=wanted - known, remove=known - wanted)
