"""The servers' own launch settings in an import: groups by name, servers by id or hostname."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from ...domain.access.context import CallContext
from ...domain.errors import FieldProblem
from ...domain.estate.configuration import ServerSettingsEntry
from ...domain.estate.launch_status import LaunchRecord
from ...domain.plans.configuration import ConfigurationDocument
from ...domain.text import name_key
from ...operations.launch_settings import UpdateServerLaunchSettings
from ...store.reads.estate.launch_records import launch_records_of
from ..importing import Change
from .group_import import GroupImport
from .launch_settings import update_server_launch_settings


class ServerSettingsImport:
    """The servers' own settings in a document, in ``groups`` that it may make. Costs a query for each of these groups.

    A server of a group that selects by tags is looked for when its settings are saved, because the inventory of an
    account that is new in the document is empty.
    """

    field = "serverSettings"

    def __init__(self, document: ConfigurationDocument, call: CallContext, groups: GroupImport) -> None:
        self._entries, self._call, self._groups = document.server_settings, call, groups
        self._servers = [self._groups.server_id(entry.group, entry.server) for entry in self._entries]

    def problems(self) -> list[FieldProblem]:
        return [*self._entry_problems(), *self._listed_twice()]

    def changes(self) -> Sequence[Change]:
        """Read after the groups were saved: a server that has left its group has lost its settings."""
        groups = {name_key(entry.group) for entry in self._entries} & set(self._groups.here)
        ids = {key: self._groups.here[key].group_id for key in groups}
        found = launch_records_of(ids.values())
        records = {key: found[group_id] for key, group_id in ids.items()}
        return [self._change(index, entry, records) for index, entry in enumerate(self._entries)]

    def ids_only_here(self) -> list[str]:
        """None: the settings of servers belong to their groups, which are listed."""
        return []

    def names_of(self, record_ids: Sequence[str]) -> list[str]:
        return list(record_ids)

    def _entry_problems(self) -> Iterator[FieldProblem]:
        for index, entry in enumerate(self._entries):
            members = self._groups.members(entry.group)
            field = f"serverSettings[{index}]"
            if not self._groups.knows(entry.group):
                problem = f"the protection group '{entry.group}' does not exist; check its name, or add it to groups"
                yield FieldProblem(f"{field}.protectionGroup", problem)
            elif problem := self._groups.server_problem(entry.group, entry.server):
                yield FieldProblem(f"{field}.server", problem)
            elif members is not None and self._servers[index] not in members:
                problem = f"'{entry.server}' is not a server of the group '{entry.group}'"
                yield FieldProblem(f"{field}.server", problem)

    def _listed_twice(self) -> Iterator[FieldProblem]:
        first: dict[tuple[str, str], int] = {}
        for index, (entry, server_id) in enumerate(zip(self._entries, self._servers, strict=True)):
            at = first.setdefault((name_key(entry.group), server_id), index)
            if at != index:
                yield FieldProblem(f"serverSettings[{index}].server", f"serverSettings[{at}] is about the same server")

    def _change(
        self, index: int, entry: ServerSettingsEntry, records: Mapping[str, Mapping[str, LaunchRecord]]
    ) -> Change:
        key, server_id = name_key(entry.group), self._servers[index]
        record = records.get(key, {}).get(server_id) or LaunchRecord("", server_id)
        wanted = msgspec.structs.replace(entry, server=server_id)
        before = msgspec.structs.replace(wanted, settings=record.settings)
        is_new = not record.settings.given() and before != wanted

        def update(request: UpdateServerLaunchSettings) -> str:
            return update_server_launch_settings(request, self._call).source_server_id

        fields: dict[str, Any] = {"server_id": server_id, "settings": entry.settings, "version": record.version}
        return Change(
            field=f"serverSettings[{index}]",
            name=f"{entry.group}: {entry.server}",
            record_id=server_id if record.version else "",
            before=None if is_new else before,
            after=wanted,
            operation="update_server_launch_settings",
            request=lambda: UpdateServerLaunchSettings(group_id=self._groups.saved_id(entry.group), **fields),
            run=update,
            located=lambda field: "server" if field == "serverId" else field,
        )
