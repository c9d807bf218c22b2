"""The terms under which the search finds source servers, plans and groups: names, words in them, ids, addresses."""

import re
from collections.abc import Iterable, Mapping
from enum import StrEnum

import msgspec

from .accounts import Place
from .fleet import name_start
from .recovery_instances import RecoveryInstance
from .servers import SourceServer


class TermKind(StrEnum):
    """What a term comes from: the inventory of source servers, that of recovery instances, a plan or a group."""

    SERVER = "SERVER"
    INSTANCE = "INSTANCE"
    PLAN = "PLAN"
    GROUP = "GROUP"


NOWHERE = Place("", "")
"""Stands for the place in terms of plans and groups, which are kept together."""

_MOST_WORDS = 8
_BETWEEN_WORDS = re.compile(r"[-_.\s]+(?=[^-_.\s])")


class SearchTerm(msgspec.Struct, frozen=True):
    """One text that leads to a source server, or to the plan or group with this id. ``term`` is folded to compare."""

    place: Place
    kind: TermKind
    term: str
    source_server_id: str


def terms_of_servers(servers: Iterable[SourceServer]) -> frozenset[SearchTerm]:
    """The host name from each of its words on, the ids of server and instance, and the addresses of each server."""
    return frozenset(
        SearchTerm(server.place, TermKind.SERVER, name_start(text), server.source_server_id)
        for server in servers
        for text in (
            server.hostname,
            *later_words(server.hostname),
            server.source_server_id,
            server.source_instance_id,
            *server.private_addresses,
        )
        if name_start(text)
    )


def terms_of_names(kind: TermKind, names: Mapping[str, str]) -> frozenset[SearchTerm]:
    """The names of plans or groups, by id, from their second word on; an index of names finds their beginnings."""
    return frozenset(
        SearchTerm(NOWHERE, kind, name_start(text), each) for each, name in names.items() for text in later_words(name)
    )


def later_words(name: str) -> list[str]:
    """The rest of a name from its second word on, from its third, and so on; at most eight.

    Words are parted by ``-``, ``_``, ``.`` and blanks, so that "web-01" is found in "prod-web-01", and "01" too.
    """
    return [name[match.end() :] for match in _BETWEEN_WORDS.finditer(name) if match.start()][:_MOST_WORDS]


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
