"""Exports the configuration as a document, and publishes the document's schema."""

import functools
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

import msgspec

from ..domain.access.context import CallContext
from ..domain.errors import StateConflict, Unprocessable
from ..domain.estate.groups import ProtectionGroup
from ..domain.pages import MAX_PAGE, Page
from ..domain.plans.configuration import (
    MAX_DOCUMENT_BYTES,
    MAX_GROUPS,
    MAX_PLANS,
    SCHEMA_VERSION,
    ConfigurationDocument,
    document_value,
    group_entry,
    plan_entry,
)
from ..domain.plans.plans import RecoveryPlan
from ..domain.plans.yaml_text import to_yaml
from ..operations.configuration import ExportConfiguration, ExportedConfiguration, TextFormat
from ..operations.declaration import Nothing, PageRequest
from ..operations.estate import ListGroups
from ..store.reads.estate.groups import find_groups, list_groups
from ..store.reads.plans.plans import get_plan, list_plans

T = TypeVar("T")
R = TypeVar("R", bound=PageRequest)


def export_configuration(request: ExportConfiguration, _: CallContext) -> ExportedConfiguration:
    """All groups and plans, or one plan with its groups. Costs a query for each 100 of them.

    Raises RecordNotFound, StateConflict when groups of a plan are deleted meanwhile, and Unprocessable for a
    configuration that no import would take.
    """
    groups, plans = _one_plan(request.plan_id) if request.plan_id else _everything()
    if any(group_id not in groups for plan in plans for group_id in plan.group_ids):
        raise StateConflict("Groups were deleted while the configuration was exported. Export it again.")
    document = ConfigurationDocument(
        schema_version=SCHEMA_VERSION,
        groups=tuple(group_entry(group) for group in groups.values()),
        plans=tuple(plan_entry(plan, {key: group.name for key, group in groups.items()}) for plan in plans),
    )
    value = document_value(document)
    _require_importable(document, len(msgspec.json.encode(value)))
    return ExportedConfiguration(SCHEMA_VERSION, request.format, len(groups), len(plans), _text(value, request.format))


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
    plans = list(_all(list_plans, PageRequest()))
    groups = {group.group_id: group for group in _all(list_groups, ListGroups())}
    used = {group_id for plan in plans for group_id in plan.group_ids}
    return {**groups, **find_groups(used - set(groups))}, plans


def _one_plan(plan_id: str) -> tuple[Mapping[str, ProtectionGroup], list[RecoveryPlan]]:
    plan = get_plan(plan_id)
    return find_groups(plan.group_ids), [plan]


def _all(read: Callable[[R], Page[T]], first: R) -> Iterator[T]:
    request: R | None = msgspec.structs.replace(first, limit=MAX_PAGE)
    while request is not None:
        page = read(request)
        yield from page.items
        request = msgspec.structs.replace(request, cursor=page.next_cursor) if page.next_cursor else None


def _text(value: dict[str, Any], wanted: TextFormat) -> str:
    if wanted is TextFormat.YAML:
        return to_yaml(value)
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode() + "\n"


def _require_importable(document: ConfigurationDocument, size: int) -> None:
    """Raises Unprocessable for a document that an import would not take."""
    groups, plans = len(document.groups), len(document.plans)
    if size > MAX_DOCUMENT_BYTES or groups > MAX_GROUPS or plans > MAX_PLANS:
        raise Unprocessable(
            f"The configuration has {groups:,} groups, {plans:,} plans and {size:,} bytes. A document has at most "
            f"{MAX_GROUPS:,} groups, {MAX_PLANS:,} plans and {MAX_DOCUMENT_BYTES:,} bytes. "
            "Export each plan with its groups instead: give planId.",
            groups=groups,
            plans=plans,
            bytes=size,
        )
