"""Protection groups in an import: servers by hostname, comparison with the groups here, and their changes."""

import functools
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from ...domain.access.context import CallContext
from ...domain.access.idempotency import Replayed
from ...domain.errors import FieldProblem
from ...domain.estate.accounts import Place
from ...domain.estate.groups import GroupContent, ProtectionGroup, content_problems
from ...domain.plans.configuration import ConfigurationDocument, GroupEntry, group_entry
from ...domain.text import name_key
from ...operations.estate import CreateProtectionGroup, UpdateProtectionGroup
from ...store.reads.estate.accounts import find_accounts
from ...store.reads.estate.groups import find_groups, group_ids_by_name
from ...store.reads.estate.inventory import servers_of_place
from ..importing import Change
from .groups import create_protection_group, place_problems, update_protection_group

_SHOWN = 12
_SERVER = re.compile(r"sourceServerIds\[(\d+)\]")


class GroupImport:
    """The groups of a document. ``here`` are those that exist, by the key of their name, also those that it creates.

    Costs one query of all names, the groups that the document names, and the inventory of places with hostnames.
    """

    field = "groups"

    def __init__(self, document: ConfigurationDocument, call: CallContext) -> None:
        self._entries, self._call = document.groups, call
        self._all_ids = group_ids_by_name()
        named = {name_key(group.name) for group in document.groups}
        named |= {name_key(name) for plan in document.plans for name in plan.group_names}
        found = find_groups(self._all_ids[key] for key in named if key in self._all_ids)
        self.here: dict[str, ProtectionGroup] = {name_key(group.name): group for group in found.values()}
        self._accounts = find_accounts({group.account_id for group in document.groups})
        self._by_hostname = {
            place: _by_hostname(place)
            for place in {Place(entry.account_id, entry.region) for entry in document.groups if entry.named_hosts}
        }

    def problems(self) -> list[FieldProblem]:
        return [
            FieldProblem(f"groups[{index}].{problem.field}", problem.message)
            for index, entry in enumerate(self._entries)
            for problem in self._entry_problems(entry)
        ]

    def changes(self) -> Sequence[Change]:
        return [self._change(index, entry) for index, entry in enumerate(self._entries)]

    def ids_only_here(self) -> list[str]:
        named = {name_key(group.name) for group in self._entries}
        return [group_id for key, group_id in sorted(self._all_ids.items()) if key not in named]

    def names_of(self, record_ids: Sequence[str]) -> list[str]:
        return [group.name for group in find_groups(record_ids).values()]

    def _entry_problems(self, entry: GroupEntry) -> list[FieldProblem]:
        here = self.here.get(name_key(entry.name))
        if here:
            problems = _moved(entry, here)
        else:
            problems = place_problems(Place(entry.account_id, entry.region), self._accounts.get(entry.account_id))
        known = self._servers(entry)
        unknown = _hostname_problems(entry, known)
        if unknown:
            return [*problems, *unknown]
        found = content_problems(self._content(entry))
        return problems + [FieldProblem(_located(entry, problem.field), problem.message) for problem in found]

    def _servers(self, entry: GroupEntry) -> Mapping[str, Sequence[str]]:
        """The source server ids of each hostname in the group's place; empty for an entry without hostnames."""
        return self._by_hostname[Place(entry.account_id, entry.region)] if entry.named_hosts else {}

    def _content(self, entry: GroupEntry) -> GroupContent:
        known = self._servers(entry)
        return entry.content({hostname: known[hostname][0] for hostname in entry.named_hosts.values()})

    def _change(self, index: int, entry: GroupEntry) -> Change:
        key, content = name_key(entry.name), self._content(entry)
        here = self.here.get(key)
        fields: dict[str, Any] = {name: getattr(content, name) for name in GroupContent.__struct_fields__}

        def create(request: CreateProtectionGroup) -> str:
            made = create_protection_group(request, self._call)
            self.here[key] = made.record if isinstance(made, Replayed) else made
            return self.here[key].group_id

        def update(request: UpdateProtectionGroup) -> str:
            self.here[key] = update_protection_group(request, self._call)
            return self.here[key].group_id

        act: dict[str, Any]
        if here is None:
            place: dict[str, Any] = {"account_id": entry.account_id, "region": entry.region}
            act = {"request": lambda: CreateProtectionGroup(**fields, **place), "run": create}
        else:
            version: dict[str, Any] = {"group_id": here.group_id, "version": here.version}
            act = {"request": lambda: UpdateProtectionGroup(**fields, **version), "run": update}
        return Change(
            field=f"groups[{index}]",
            name=content.name,
            record_id=here.group_id if here else "",
            before=group_entry(here) if here else None,
            after=entry.with_content(content),
            operation="update_protection_group" if here else "create_protection_group",
            located=functools.partial(_located, entry),
            **act,
        )


def _by_hostname(place: Place) -> Mapping[str, Sequence[str]]:
    """The source server ids of each hostname that the inventory has in a place."""
    found: dict[str, list[str]] = defaultdict(list)
    for server in servers_of_place(place):
        found[server.hostname].append(server.source_server_id)
    return found


def _moved(entry: GroupEntry, here: ProtectionGroup) -> list[FieldProblem]:
    """The group with this name exists elsewhere."""
    given = (("accountId", entry.account_id, here.account_id), ("region", entry.region, here.region))
    problem = "the group '{}' has {}, which cannot be changed; use another name for a new group"
    return [
        FieldProblem(field, problem.format(here.name, current)) for field, wanted, current in given if wanted != current
    ]


def _hostname_problems(entry: GroupEntry, known: Mapping[str, Sequence[str]]) -> list[FieldProblem]:
    """Hostnames that the inventory does not have in the place, or more than once."""
    place = Place(entry.account_id, entry.region)
    problems = []
    for field, hostname in entry.named_hosts.items():
        ids = known.get(hostname, ())
        if not ids:
            problems.append(FieldProblem(field, _no_such_server(hostname, place, known)))
        elif len(ids) > 1:
            problem = f"is the hostname of {len(ids)} source servers in {place}: {', '.join(sorted(ids)[:_SHOWN])}"
            problems.append(FieldProblem(field, f"{problem}; use their ids instead"))
    return problems


def _no_such_server(hostname: str, place: Place, known: Mapping[str, Sequence[str]]) -> str:
    shown = sorted(known)[:_SHOWN]
    more = f" and {len(known) - len(shown)} more" if len(known) > len(shown) else ""
    there = f"the servers there are {', '.join(shown)}{more}" if shown else "it has no servers there"
    return f"the inventory has no source server '{hostname}' in {place}; {there}"


def _located(entry: GroupEntry, field: str) -> str:
    """The field of an entry for a field of its request, where hostnames follow the source server ids."""
    found = _SERVER.fullmatch(field)
    position = int(found[1]) - len(entry.source_server_ids) if found else -1
    return f"hostnames[{position}]" if position >= 0 else field
