"""Settings of the installation in an import: launch settings that all groups inherit, sync of tags, outgoing hosts."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import UNSET

from ...domain.access.context import CallContext
from ...domain.errors import FieldProblem
from ...domain.estate.configuration import SETTINGS
from ...domain.estate.launch_settings import LaunchSettings, defaults_problems
from ...domain.estate.settings import Setting
from ...domain.estate.tag_sync import TagSyncSettings
from ...domain.plans.configuration import ConfigurationDocument
from ...domain.plans.outgoing import OutgoingHosts, outgoing_problems
from ...operations.launch_settings import UpdateLaunchDefaults
from ...operations.outgoing import UpdateOutgoingHosts
from ...operations.syncs import UpdateTagSyncSettings
from ...store.reads.estate.settings import read_setting
from ..importing import Change
from ..plans.outgoing_hosts import update_outgoing_hosts
from .launch_settings import update_launch_defaults
from .tag_sync_settings import update_tag_sync_settings


class SettingsImport:
    """The settings of a document. One that it leaves out stays as it is. Costs a read for each setting."""

    field = "settings"

    def __init__(self, document: ConfigurationDocument, call: CallContext) -> None:
        self._call = call
        self._here: Mapping[str, Setting[Any]] = {
            field: read_setting(name, default) for field, (name, default) in SETTINGS.items()
        }
        given = msgspec.structs.asdict(document.settings)
        self._given = {field: value for field, value in given.items() if value is not UNSET}

    def problems(self) -> list[FieldProblem]:
        launch = self._given.get("launch_defaults", LaunchSettings())
        outgoing = self._given.get("outgoing_hosts", OutgoingHosts())
        found = {"launch_defaults": defaults_problems(launch), "outgoing_hosts": outgoing_problems(outgoing)}
        return [
            FieldProblem(f"settings.{_NAMES[field]}.{problem.field}", problem.message)
            for field, problems in found.items()
            for problem in problems
        ]

    def changes(self) -> Sequence[Change]:
        of: Mapping[str, Callable[[Any, int], Change]] = {
            "launch_defaults": self._launch_defaults,
            "tag_sync": self._tag_sync,
            "outgoing_hosts": self._outgoing_hosts,
        }
        return [of[field](value, self._here[field].version) for field, value in self._given.items()]

    def ids_only_here(self) -> list[str]:
        """The settings that somebody has changed here."""
        return [
            field
            for field, (_, default) in SETTINGS.items()
            if field not in self._given and self._here[field].value != default
        ]

    def names_of(self, record_ids: Sequence[str]) -> list[str]:
        return [_NAMES[field] for field in record_ids]

    def _launch_defaults(self, wanted: LaunchSettings, version: int) -> Change:
        def update(request: UpdateLaunchDefaults) -> str:
            update_launch_defaults(request, self._call)
            return _NAMES["launch_defaults"]

        return Change(
            **self._compared("launch_defaults", wanted),
            operation="update_launch_defaults",
            request=lambda: UpdateLaunchDefaults(settings=wanted, version=version),
            run=update,
            located=lambda field: field.removeprefix("settings."),
        )

    def _tag_sync(self, wanted: TagSyncSettings, version: int) -> Change:
        def update(request: UpdateTagSyncSettings) -> str:
            update_tag_sync_settings(request, self._call)
            return _NAMES["tag_sync"]

        return Change(
            **self._compared("tag_sync", wanted),
            operation="update_tag_sync_settings",
            request=lambda: UpdateTagSyncSettings(**msgspec.structs.asdict(wanted), version=version),
            run=update,
        )

    def _outgoing_hosts(self, wanted: OutgoingHosts, version: int) -> Change:
        def update(request: UpdateOutgoingHosts) -> str:
            update_outgoing_hosts(request, self._call)
            return _NAMES["outgoing_hosts"]

        return Change(
            **self._compared("outgoing_hosts", wanted),
            operation="update_outgoing_hosts",
            request=lambda: UpdateOutgoingHosts(**msgspec.structs.asdict(wanted), version=version),
            run=update,
        )

    def _compared(self, field: str, wanted: msgspec.Struct) -> dict[str, Any]:
        name = _NAMES[field]
        return {
            "field": f"settings.{name}",
            "name": name,
            "record_id": name,
            "before": self._here[field].value,
            "after": wanted,
        }


_NAMES = {"launch_defaults": "launchDefaults", "tag_sync": "tagSync", "outgoing_hosts": "outgoingHosts"}
"""The fields as a document spells them."""
