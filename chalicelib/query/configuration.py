"""Exports the configuration as a document, and publishes the document's schema."""

import functools
from collections.abc import Collection, Iterator, Mapping
from typing import Any

import msgspec

from ..domain.access.context import CallContext
from ..domain.errors import StateConflict, Unprocessable
from ..domain.estate.accounts import own_role_arns
from ..domain.estate.configuration import (
    SETTINGS,
    ServerSettingsEntry,
    SettingsEntry,
    account_entry,
    staging_account_entry,
)
from ..domain.estate.groups import ProtectionGroup, matches_tags
from ..domain.plans.configuration import (
    MAX_DOCUMENT_BYTES,
    MOST_ENTRIES,
    SCHEMA_VERSION,
    ConfigurationDocument,
    document_value,
    group_entry,
    plan_entry,
)
from ..domain.plans.plans import RecoveryPlan
from ..domain.plans.yaml_text import to_yaml
from ..operations.configuration import ExportConfiguration, ExportedConfiguration, TextFormat
from ..operations.declaration import Nothing
from ..settings import settings
from ..store.reads.estate.accounts import list_accounts
from ..store.reads.estate.groups import find_groups, kept_groups
from ..store.reads.estate.inventory import find_servers
from ..store.reads.estate.launch_records import launch_records_of
from ..store.reads.estate.settings import read_setting
from ..store.reads.estate.staging import all_staging_accounts
from ..store.reads.plans.plans import all_plans, get_plan


def export_configuration(request: ExportConfiguration, call: CallContext) -> ExportedConfiguration:
    """The whole configuration, or one plan with its groups and their servers' own launch settings.

    Costs a query for each 100 groups and plans, one for each group, and one for each 100 accounts. Raises
    RecordNotFound, StateConflict when groups of a plan are deleted meanwhile, and Unprocessable for a configuration
    that no import would take.
    """
    groups, plans = _one_plan(request.plan_id) if request.plan_id else _everything()
    if any(group_id not in groups for plan in plans for group_id in plan.group_ids):
        raise StateConflict("Groups were deleted while the configuration was exported. Export it again.")
    document = ConfigurationDocument(
        schema_version=SCHEMA_VERSION,
        groups=tuple(group_entry(group) for group in groups.values()),
        server_settings=tuple(_server_settings(groups)),
        plans=tuple(plan_entry(plan, {key: group.name for key, group in groups.items()}) for plan in plans),
    )
    if not request.plan_id:
        document = _with_estate(document, call)
    value = document_value(document)
    _require_importable(document, len(msgspec.json.encode(value)))
    return ExportedConfiguration(
        schema_version=SCHEMA_VERSION,
        format=request.format,
        accounts=len(document.accounts),
        staging_accounts=len(document.staging_accounts),
        groups=len(groups),
        server_settings=len(document.server_settings),
        plans=len(plans),
        text=_text(value, request.format),
    )


def get_configuration_schema(_: Nothing, __: CallContext) -> dict[str, Any]:
    """The JSON Schema of a document."""
    return _schema()


@functools.cache
def _schema() -> dict[str, Any]:
    schema = msgspec.json.schema(ConfigurationDocument, schema_hook=lambda _: {"description": "Any JSON value."})
    described = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "DR configuration", **schema}
    plain: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(described))
    return plain


def _everything() -> tuple[Mapping[str, ProtectionGroup], list[RecoveryPlan]]:
    """All plans, and all groups by id. A group that is newer than the list of groups is read by its id."""
    plans = all_plans()
    groups = {kept.group.group_id: kept.group for kept in kept_groups()}
    used = {group_id for plan in plans for group_id in plan.group_ids}
    return {**groups, **find_groups(used - set(groups))}, plans


def _with_estate(document: ConfigurationDocument, call: CallContext) -> ConfigurationDocument:
    """The document with all accounts, staging accounts, and the settings that are not the default."""
    stage = settings().stage
    accounts = (
        account_entry(account, own_role_arns(account.account_id, call.hub, stage)) for account in list_accounts()
    )
    staging = (staging_account_entry(each) for found in all_staging_accounts().values() for each in found)
    values = {field: (read_setting(name, default).value, default) for field, (name, default) in SETTINGS.items()}
    changed: dict[str, Any] = {field: value for field, (value, default) in values.items() if value != default}
    return msgspec.structs.replace(
        document, accounts=tuple(accounts), staging_accounts=tuple(staging), settings=SettingsEntry(**changed)
    )


def _server_settings(groups: Mapping[str, ProtectionGroup]) -> Iterator[ServerSettingsEntry]:
    """What the servers of these groups set themselves; of a group that selects by tags, those of the inventory."""
    for group_id, records in launch_records_of(groups).items():
        group = groups[group_id]
        own = {server_id: record.settings for server_id, record in records.items() if record.settings.given()}
        for server_id in sorted(_members(group, own)):
            yield ServerSettingsEntry(group=group.name, server=server_id, settings=own[server_id])


def _members(group: ProtectionGroup, server_ids: Collection[str]) -> Collection[str]:
    """Those of the servers that are members now. One that has left its group may still have a record."""
    if not group.selects_by_tags:
        return set(server_ids) & set(group.source_server_ids)
    found = find_servers(group.place, server_ids) if server_ids else {}
    return [server_id for server_id, server in found.items() if matches_tags(server.tags, group.tags)]


def _one_plan(plan_id: str) -> tuple[Mapping[str, ProtectionGroup], list[RecoveryPlan]]:
    plan = get_plan(plan_id)
    return find_groups(plan.group_ids), [plan]


def _text(value: dict[str, Any], wanted: TextFormat) -> str:
    if wanted is TextFormat.YAML:
        return to_yaml(value)
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode() + "\n"


def _require_importable(document: ConfigurationDocument, size: int) -> None:
    """Raises Unprocessable for a document that an import would not take."""
    lists = {field.encode_name: getattr(document, field.name) for field in msgspec.structs.fields(document)}
    counts = {name: len(lists[name]) for name in MOST_ENTRIES}
    if size > MAX_DOCUMENT_BYTES or any(counts[name] > most for name, most in MOST_ENTRIES.items()):
        found = ", ".join(f"{counts[name]:,} {name} (at most {most:,})" for name, most in MOST_ENTRIES.items())
        raise Unprocessable(
            f"The configuration is too large for one document: {size:,} bytes (at most {MAX_DOCUMENT_BYTES:,}), "
            f"{found}. Export each plan with its groups instead: give planId.",
            bytes=size,
            **counts,
        )
