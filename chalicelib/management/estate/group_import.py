"""Protection groups in an import: servers by hostname, comparison with the groups here, and their changes."""

import functools
import re
from collections.abc import Sequence
from typing import Any

from ...domain.access.context import CallContext
from ...domain.access.idempotency import Replayed
from ...domain.errors import FieldProblem, StateConflict
from ...domain.estate.accounts import Place
from ...domain.estate.groups import GroupContent, ProtectionGroup, content_problems, is_source_server_id
from ...domain.plans.configuration import ConfigurationDocument, GroupEntry, group_entry
from ...domain.text import name_key
from ...operations.estate import CreateProtectionGroup, UpdateProtectionGroup
from ...store.reads.estate.groups import find_groups, group_ids_by_name
from ..importing import Change
from .account_import import AccountImport
from .groups import create_protection_group, place_problems, update_protection_group
from .hostnames import Hostnames

_SERVER = re.compile(r"sourceServerIds\[(\d+)\]")


class GroupImport:
    """The groups of a document, in ``accounts`` that it may register.

    ``here`` are those that exist, by the key of their name, also those that it creates.

    Costs one query of all names, the groups that the document names, and the inventory of places with hostnames.
    """

    field = "groups"

    def __init__(self, document: ConfigurationDocument, call: CallContext, accounts: AccountImport) -> None:
        self._entries, self._call = document.groups, call
        self._all_ids = group_ids_by_name()
        named = {name_key(group.name) for group in document.groups}
        named |= {name_key(name) for plan in document.plans for name in plan.group_names}
        named |= {name_key(entry.group) for entry in document.server_settings}
        found = find_groups(self._all_ids[key] for key in named if key in self._all_ids)
        self.here: dict[str, ProtectionGroup] = {name_key(group.name): group for group in found.values()}
        self._accounts, self._hostnames = accounts, Hostnames()
        self._by_name = {name_key(entry.name): entry for entry in self._entries}

    def knows(self, name: str) -> bool:
        """Whether a group with this name exists, or is in the document."""
        return name_key(name) in self._by_name or name_key(name) in self.here

    def members(self, name: str) -> set[str] | None:
        """The servers of a group as the document makes it; None if it selects them by tags, or is not known."""
        entry, here = self._by_name.get(name_key(name)), self.here.get(name_key(name))
        if entry and not entry.tags:
            place = Place(entry.account_id, entry.region)
            by_name = (server for hostname in entry.hostnames for server in self._hostnames.ids(place, hostname))
            return {*entry.source_server_ids, *by_name}
        return set(here.source_server_ids) if here and not entry and not here.selects_by_tags else None

    def server_problem(self, name: str, server: str) -> str:
        """Why a server of a group that is named by hostname is not known; empty for an id."""
        return "" if is_source_server_id(server) else self._hostnames.problem(self._place(name), server)

    def server_id(self, name: str, server: str) -> str:
        """The id of a server of a group that is named by id or by hostname; what is not known stays as it is."""
        if is_source_server_id(server) or not self.knows(name):
            return server
        return next(iter(self._hostnames.ids(self._place(name), server)), server)

    def saved_id(self, name: str) -> str:
        """The id of a group that exists by now. Raises StateConflict when it was not created."""
        if name_key(name) not in self.here:
            raise StateConflict(
                f"The server belongs to the protection group '{name}', which this import did not create. "
                "See the result of that group, and repeat the import.",
                missing=[name],
            )
        return self.here[name_key(name)].group_id

    def _place(self, name: str) -> Place:
        entry = self._by_name.get(name_key(name))
        return Place(entry.account_id, entry.region) if entry else self.here[name_key(name)].place

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
            place = Place(entry.account_id, entry.region)
            problems = place_problems(place, self._accounts.wanted.get(entry.account_id))
        unknown = self._unknown_hostnames(entry)
        if unknown:
            return [*problems, *unknown]
        found = content_problems(self._content(entry))
        return problems + [FieldProblem(_located(entry, problem.field), problem.message) for problem in found]

    def _unknown_hostnames(self, entry: GroupEntry) -> list[FieldProblem]:
        """Hostnames that the inventory does not have in the place, or more than once."""
        place = Place(entry.account_id, entry.region)
        found = ((field, self._hostnames.problem(place, hostname)) for field, hostname in entry.named_hosts.items())
        return [FieldProblem(field, problem) for field, problem in found if problem]

    def _content(self, entry: GroupEntry) -> GroupContent:
        place = Place(entry.account_id, entry.region)
        return entry.content(
            {hostname: self._hostnames.ids(place, hostname)[0] for hostname in entry.named_hosts.values()}
        )

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


def _moved(entry: GroupEntry, here: ProtectionGroup) -> list[FieldProblem]:
    """The group with this name exists elsewhere."""
    given = (("accountId", entry.account_id, here.account_id), ("region", entry.region, here.region))
    problem = "the group '{}' has {}, which cannot be changed; use another name for a new group"
    return [
        FieldProblem(field, problem.format(here.name, current)) for field, wanted, current in given if wanted != current
    ]


def _located(entry: GroupEntry, field: str) -> str:
    """The field of an entry for a field of its request, where hostnames follow the source server ids."""
    found = _SERVER.fullmatch(field)
    position = int(found[1]) - len(entry.source_server_ids) if found else -1
    return f"hostnames[{position}]" if position >= 0 else field
