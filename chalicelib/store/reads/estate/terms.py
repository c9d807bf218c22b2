"""Reads the terms under which the search finds source servers, and the servers that they lead to."""

from collections.abc import Iterable

from ....domain.estate.accounts import Place
from ....domain.estate.servers import SourceServer
from ....domain.estate.terms import NOWHERE, SearchTerm, TermKind
from ...tables.estate import SEARCH_TERMS, SOURCE_SERVERS, SearchTermItem, SourceServerItem, account_region
from .inventory import find_region_sightings


def find_terms(kind: TermKind, start: str, most: int) -> list[SearchTerm]:
    """The first terms that begin so, in their order. Costs one query."""
    begins = SearchTermItem.term.startswith(start)
    return [SEARCH_TERMS.to_record(item) for item in SearchTermItem.by_kind_term.query(kind.value, begins, limit=most)]


def terms_of_place(place: Place, kind: TermKind) -> frozenset[SearchTerm]:
    """Every term of a place and kind, read consistently. Costs one query, with about 1 MB a page."""
    of_kind = SearchTermItem.term_key.startswith(f"{kind}#")
    items = SearchTermItem.query(account_region(place), of_kind, consistent_read=True)
    return frozenset(SEARCH_TERMS.to_record(item) for item in items)


def terms_of_names_kept() -> frozenset[SearchTerm]:
    """Every term of the names of plans and groups, read consistently. Costs one query, with about 1 MB a page."""
    return frozenset(
        SEARCH_TERMS.to_record(item) for item in SearchTermItem.query(account_region(NOWHERE), consistent_read=True)
    )


def servers_by_key(keys: Iterable[tuple[Place, str]]) -> dict[tuple[Place, str], SourceServer]:
    """The servers of the inventory by place and id, of all places, with two requests for up to 100 of them."""
    wanted = [(account_region(place), server_id) for place, server_id in keys]
    servers = [SOURCE_SERVERS.to_record(item) for item in SourceServerItem.batch_get(wanted)]
    sightings = find_region_sightings(server.place for server in servers)
    fresh = {place: sighting.synced_at for place, sighting in sightings.items()}
    return {(server.place, server.source_server_id): server.seen_again(fresh.get(server.place)) for server in servers}
