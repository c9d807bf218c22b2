"""Operations on the configuration as a whole: its export, its import and its schema."""

from enum import StrEnum
from typing import Annotated, Any

import msgspec

from ..domain.access.permissions import Permission
from ..domain.errors import FieldProblem
from ..domain.limits import Id, OptionalId
from ..domain.plans.configuration import MOST_ENTRIES, SCHEMA_VERSION, ConfigurationDocument
from ..domain.plans.differences import Difference
from .accounts import Secret
from .declaration import Nothing, Operation, Request, Side

ExternalIds = Annotated[dict[Id, Secret], msgspec.Meta(max_length=MOST_ENTRIES["accounts"])]


class TextFormat(StrEnum):
    """The format of an exported text. Both hold the same document."""

    YAML = "yaml"
    JSON = "json"


class ExportConfiguration(Request, frozen=True, kw_only=True):
    """With ``planId``, only this plan is exported, with its groups and their servers' own launch settings."""

    format: TextFormat = TextFormat.YAML
    plan_id: OptionalId = ""


class ExportedConfiguration(msgspec.Struct, frozen=True, rename="camel"):
    """``text`` is a document in ``format``. The same configuration always has the same text."""

    schema_version: int
    format: TextFormat
    accounts: int
    staging_accounts: int
    groups: int
    server_settings: int
    plans: int
    text: str


class ImportConfiguration(Request, frozen=True, kw_only=True):
    """A document to import. A dry run finds its problems and differences and changes nothing.

    ``externalIds`` by account number are for accounts that are registered by this import: a document has none. An
    account that is registered keeps its own.
    """

    document: ConfigurationDocument
    external_ids: ExternalIds = {}
    dry_run: bool = False


class ImportAction(StrEnum):
    """What an entry means for the record with its name."""

    CREATE = "CREATE"
    UPDATE = "UPDATE"
    NONE = "NONE"


class ImportOutcome(StrEnum):
    """UNCHANGED, PLANNED (by a dry run), DONE, FAILED, or NOT_REACHED in the time of one call."""

    UNCHANGED = "UNCHANGED"
    PLANNED = "PLANNED"
    DONE = "DONE"
    FAILED = "FAILED"
    NOT_REACHED = "NOT_REACHED"


class ImportedItem(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """The result of one entry, ``field`` of the document. A failed entry has changed nothing.

    ``moreDifferences`` counts those that are not listed. The last items of a long report list neither differences nor
    problems: import fewer entries at a time to see them.
    """

    field: str
    name: str
    action: ImportAction
    outcome: ImportOutcome
    record_id: str = ""
    differences: tuple[Difference, ...] = ()
    more_differences: int = 0
    code: str = ""
    reason: str = ""
    problems: tuple[FieldProblem, ...] = ()


class OnlyHere(msgspec.Struct, frozen=True, rename="camel"):
    """Records of this installation that the document does not have: their number and up to 100 names.

    An import never deletes them.
    """

    count: int
    names: tuple[str, ...]


class ImportReport(msgspec.Struct, frozen=True, rename="camel"):
    """``counts`` has the number of items by outcome. An import with NOT_REACHED items continues when it is repeated."""

    dry_run: bool
    counts: dict[ImportOutcome, int]
    items: tuple[ImportedItem, ...]
    only_here: dict[str, OnlyHere]


_DOCUMENT: dict[str, Any] = {
    "schemaVersion": SCHEMA_VERSION,
    "groups": [
        {"name": "Shop databases", "accountId": "222233334444", "region": "us-east-1", "tags": {"Tier": "database"}},
        {"name": "Shop web servers", "accountId": "222233334444", "region": "us-east-1", "hostnames": ["shop-web-1"]},
    ],
    "plans": [
        {
            "name": "Storefront",
            "rtoMinutes": 60,
            "waves": [
                {"name": "Databases", "protectionGroups": ["Shop databases"]},
                {"name": "Web servers", "protectionGroups": ["Shop web servers"]},
            ],
        }
    ],
}

OPERATIONS = (
    Operation(
        name="export_configuration",
        side=Side.QUERY,
        permission=Permission.EXPORT,
        request=ExportConfiguration,
        response=ExportedConfiguration,
        summary="Export accounts, settings, groups and plans as one document, without ids and secrets.",
    ),
    Operation(
        name="import_configuration",
        side=Side.DATA_MANAGEMENT,
        permission=Permission.IMPORT,
        request=ImportConfiguration,
        response=ImportReport,
        summary="Create and update what a document describes, or show the differences in a dry run. Deletes nothing.",
        shown_by="export_configuration",
        example={"document": _DOCUMENT, "dryRun": True},
    ),
    Operation(
        name="get_configuration_schema",
        side=Side.QUERY,
        permission=Permission.PUBLIC,
        request=Nothing,
        response=dict[str, Any],
        summary="The JSON Schema of the documents of export and import, for editors and pipelines.",
    ),
)
