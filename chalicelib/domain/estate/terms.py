"""The terms under which the search finds source servers: host names, ids and addresses."""

from collections.abc import Iterable
from enum import StrEnum

import msgspec

from .accounts import Place
from .fleet import name_start
from .recovery_instances import RecoveryInstance
from .servers import SourceServer


class TermKind(StrEnum):
    """The inventory that a term comes from, whose sync keeps it: of source servers, or of recovery instances."""

    SERVER = "SERVER"
    INSTANCE = "INSTANCE"


class SearchTerm(msgspec.Struct, frozen=True):
    """One text that leads to a source server. ``term`` is folded for comparison."""

    place: Place
    kind: TermKind
    term: str
    source_server_id: str


def terms_of_servers(servers: Iterable[SourceServer]) -> frozenset[SearchTerm]:
    """The host name, the id, the source instance's id and the private addresses of each server."""
    return frozenset(
        SearchTerm(server.place, TermKind.SERVER, name_start(text), server.source_server_id)
        for server in servers
        for text in (server.hostname, server.source_server_id, server.source_instance_id, *server.private_addresses)
        if name_start(text)
    )


def terms_of_instances(rows: Iterable[RecoveryInstance]) -> frozenset[SearchTerm]:
    """The id of each recovery instance, which leads to the server that it was launched from."""
    return frozenset(
        SearchTerm(
            Place(row.account_id, row.region),
            TermKind.INSTANCE,
            name_start(row.recovery_instance_id),
            row.source_server_id,
        )
        for row in rows
    )
