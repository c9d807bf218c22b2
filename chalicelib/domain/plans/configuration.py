"""The configuration as a document: accounts, settings, groups and plans with names in place of ids.

Fields are those of the API.

An entry has one normal form, so that two entries mean the same if they are equal, and an export does not depend on the
order in which something was stored.
"""

from collections.abc import Mapping
from typing import Annotated, Any, TypeVar

import msgspec

from ..errors import FieldProblem
from ..estate.configuration import (
    AccountEntry,
    ServerSettingsEntry,
    SettingsEntry,
    StagingAccountEntry,
    account_problems_of,
    staging_account_problems_of,
)
from ..estate.groups import GroupContent, Impact, ProtectionGroup, is_source_server_id
from ..limits import MAX_SERVERS, MAX_WAVE_GROUPS, MAX_WAVES, Id, Name, from_to
from ..notices.addresses import plain_address
from ..text import name_key, plain_name
from .plans import PlanContent, RecoveryPlan, WaveContent

SCHEMA_VERSION = 1
MOST_ENTRIES = {"accounts": 2_000, "stagingAccounts": 2_000, "groups": 2_000, "serverSettings": 5_000, "plans": 500}
"""The most entries of each list in a document; a larger one is split, because what it leaves out is not deleted."""

MAX_DOCUMENT_BYTES = 1_000_000
"""The most bytes of an exported document as JSON, so that a request of 1 MB can import it."""

_VERSION_PROBLEM = (
    f"must be {SCHEMA_VERSION}, the schema version of this installation; export the configuration again, or convert "
    "the document"
)
T = TypeVar("T", bound=msgspec.Struct)


class GroupEntry(GroupContent, frozen=True, rename="camel", forbid_unknown_fields=True, kw_only=True):
    """A protection group. ``hostnames`` choose servers like ``sourceServerIds``; both may be given.

    ``impactLevels`` name servers by id or by hostname.
    """

    account_id: Id
    region: Id
    hostnames: Annotated[tuple[Id, ...], msgspec.Meta(max_length=MAX_SERVERS)] = ()

    @property
    def named_hosts(self) -> Mapping[str, str]:
        """The fields that name servers by hostname, each with its hostname."""
        chosen = {f"hostnames[{position}]": hostname for position, hostname in enumerate(self.hostnames)}
        others = [server for server in self.impact_levels if not is_source_server_id(server)]
        return chosen | {f"impactLevels.{name}": name for name in others if name not in self.hostnames}

    def content(self, id_of: Mapping[str, str]) -> GroupContent:
        """The content of the group; ``id_of`` has the source server id of each hostname."""
        return msgspec.structs.replace(
            _only(self, GroupContent),
            name=plain_name(self.name),
            source_server_ids=(*self.source_server_ids, *(id_of[hostname] for hostname in self.hostnames)),
            impact_levels={id_of.get(server, server): impact for server, impact in self.impact_levels.items()},
        )

    def with_content(self, content: GroupContent) -> "GroupEntry":
        """The normal form of an entry for this account and Region with another content."""
        return _group_entry(content, self.account_id, self.region)


class WaveEntry(WaveContent, frozen=True, rename="camel", forbid_unknown_fields=True, kw_only=True):
    """A wave, with its groups by name. Without ``number`` (0), its place in the list is its number."""

    number: Annotated[int, from_to(0, MAX_WAVES)] = 0
    group_ids: Annotated[tuple[Name, ...], msgspec.Meta(max_length=MAX_WAVE_GROUPS)] = msgspec.field(
        name="protectionGroups"
    )


class PlanEntry(PlanContent, frozen=True, rename="camel", forbid_unknown_fields=True, kw_only=True):
    """A recovery plan."""

    waves: Annotated[tuple[WaveEntry, ...], msgspec.Meta(max_length=MAX_WAVES)]

    @property
    def group_names(self) -> tuple[str, ...]:
        return tuple(name for wave in self.waves for name in wave.group_ids)

    def content(self, id_of: Mapping[str, str]) -> PlanContent:
        """The content of the plan; ``id_of`` has the id of each group by the key of its name."""
        waves = tuple(
            msgspec.structs.replace(
                _only(wave, WaveContent),
                number=wave.number or place,
                group_ids=tuple(id_of[name_key(name)] for name in wave.group_ids),
            )
            for place, wave in enumerate(self.waves, start=1)
        )
        return msgspec.structs.replace(_only(self, PlanContent), name=plain_name(self.name), waves=waves)


def _most(field: str) -> msgspec.Meta:
    return msgspec.Meta(max_length=MOST_ENTRIES[field])


class ConfigurationDocument(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True, kw_only=True):
    """Accounts by number, groups and plans by name, and settings. What is not in it is left as it is."""

    schema_version: Annotated[
        int, msgspec.Meta(ge=SCHEMA_VERSION, le=SCHEMA_VERSION, extra={"problem": _VERSION_PROBLEM})
    ]
    accounts: Annotated[tuple[AccountEntry, ...], _most("accounts")] = ()
    staging_accounts: Annotated[tuple[StagingAccountEntry, ...], _most("stagingAccounts")] = ()
    settings: SettingsEntry = SettingsEntry()
    groups: Annotated[tuple[GroupEntry, ...], _most("groups")] = ()
    server_settings: Annotated[tuple[ServerSettingsEntry, ...], _most("serverSettings")] = ()
    plans: Annotated[tuple[PlanEntry, ...], _most("plans")] = ()


def with_plain_names(document: ConfigurationDocument) -> ConfigurationDocument:
    """The document with the names of accounts, groups and plans as they are stored."""
    accounts = tuple(msgspec.structs.replace(account, name=plain_name(account.name)) for account in document.accounts)
    settings = tuple(
        msgspec.structs.replace(entry, group=plain_name(entry.group)) for entry in document.server_settings
    )
    groups = tuple(msgspec.structs.replace(group, name=plain_name(group.name)) for group in document.groups)
    plans = tuple(
        msgspec.structs.replace(
            plan,
            name=plain_name(plan.name),
            waves=tuple(
                msgspec.structs.replace(wave, group_ids=tuple(plain_name(name) for name in wave.group_ids))
                for wave in plan.waves
            ),
        )
        for plan in document.plans
    )
    return msgspec.structs.replace(document, accounts=accounts, groups=groups, server_settings=settings, plans=plans)


def group_entry(group: ProtectionGroup) -> GroupEntry:
    """The entry of a group, in normal form."""
    return _group_entry(_only(group, GroupContent), group.account_id, group.region)


def plan_entry(plan: RecoveryPlan, name_of: Mapping[str, str]) -> PlanEntry:
    """The entry of a plan, in normal form; ``name_of`` has the name of each of its groups by id."""
    return normal_plan(_only(plan, PlanContent), name_of)


def normal_plan(content: PlanContent, name_of: Mapping[str, str]) -> PlanEntry:
    """The normal form of a plan. It leaves out what is the default: the numbers of waves, and most dependencies."""
    waves = []
    for wave in sorted(content.waves, key=lambda wave: wave.number):
        given = _fields(wave, WaveContent)
        depends_on = None if wave.depends_on is None else tuple(sorted(wave.depends_on))
        previous = (wave.number - 1,) if wave.number > 1 else ()
        given |= {
            "number": 0,
            "name": plain_name(wave.name),
            "group_ids": tuple(name_of[group_id] for group_id in wave.group_ids),
            "depends_on": None if depends_on == previous else depends_on,
        }
        waves.append(WaveEntry(**given))
    emails = tuple(plain_address(address) for address in content.notification_emails)
    given = _fields(content, PlanContent) | {"waves": tuple(waves), "notification_emails": emails}
    return PlanEntry(**given | {"name": plain_name(content.name)})


def document_problems(document: ConfigurationDocument) -> list[FieldProblem]:
    """What stands for two entries, and servers that two groups list. Other rules are those of each entry."""
    problems = account_problems_of(document.accounts) + staging_account_problems_of(document.staging_accounts)
    for field, names in {
        "accounts": [account.name for account in document.accounts],
        "groups": [group.name for group in document.groups],
        "plans": [plan.name for plan in document.plans],
    }.items():
        first: dict[str, int] = {}
        for index, name in enumerate(names):
            at = first.setdefault(name_key(name), index)
            if at != index:
                same = "has the same name" if names[at] == name else f"has the name '{names[at]}', which is the same"
                problem = f"{field}[{at}] {same}; upper and lower case do not make a difference"
                problems.append(FieldProblem(f"{field}[{index}].name", problem))
    return problems + _servers_listed_twice(document)


def _servers_listed_twice(document: ConfigurationDocument) -> list[FieldProblem]:
    listed: dict[tuple[str, str, str], int] = {}
    problems = []
    for index, group in enumerate(document.groups):
        for field, servers in (("sourceServerIds", group.source_server_ids), ("hostnames", group.hostnames)):
            for position, server in enumerate(servers):
                at = listed.setdefault((group.account_id, group.region, server), index)
                if at != index:
                    problem = f"'{server}' is also in groups[{at}]; a server can belong to one protection group only"
                    problems.append(FieldProblem(f"groups[{index}].{field}[{position}]", problem))
    return problems


def plain_value(value: Any) -> Any:
    """A value as JSON, without fields that have their default, with sorted keys, and lists after other fields."""
    if isinstance(value, msgspec.Struct):
        return _plain_struct(value)
    if isinstance(value, Mapping):
        return {key: plain_value(value[key]) for key in sorted(value)}
    if isinstance(value, list | tuple):
        return [plain_value(item) for item in value]
    return msgspec.to_builtins(value)


def document_value(document: ConfigurationDocument) -> dict[str, Any]:
    """The document as JSON. Accounts are in the order of their numbers, groups and plans in that of their names."""
    parts = {
        "accounts": sorted(document.accounts, key=lambda account: account.account_id),
        "stagingAccounts": sorted(document.staging_accounts, key=lambda account: account.key),
        "settings": document.settings,
        "groups": sorted(document.groups, key=lambda group: (name_key(group.name), group.name)),
        "serverSettings": sorted(document.server_settings, key=lambda entry: (name_key(entry.group), entry.server)),
        "plans": sorted(document.plans, key=lambda plan: (name_key(plan.name), plan.name)),
    }
    plain = {name: plain_value(part) for name, part in parts.items()}
    return {"schemaVersion": document.schema_version, **{name: part for name, part in plain.items() if part}}


def _plain_struct(value: msgspec.Struct) -> dict[str, Any]:
    config = value.__struct_config__
    plain = {config.tag_field: config.tag} if config.tag_field else {}
    for field in msgspec.structs.fields(value):
        default = field.default if field.default_factory is msgspec.NODEFAULT else field.default_factory()
        given = getattr(value, field.name)
        if given != default:
            plain[field.encode_name] = plain_value(given)
    ranks = {name: _rank(item) for name, item in plain.items()}
    return {name: plain[name] for name in sorted(plain, key=ranks.__getitem__)}


def _rank(value: Any) -> int:
    """What is short comes first, so that the head of an entry shows what it is."""
    return 2 if isinstance(value, list) else 1 if isinstance(value, dict) else 0


def _group_entry(content: GroupContent, account_id: str, region: str) -> GroupEntry:
    given = _fields(content, GroupContent)
    given |= {
        "source_server_ids": tuple(sorted(content.source_server_ids)),
        "impact_levels": {
            server: impact for server, impact in content.impact_levels.items() if impact is not Impact.CRITICAL
        },
    }
    return GroupEntry(**given, account_id=account_id, region=region)


def _only(value: Any, kind: type[T]) -> T:
    """The fields of ``kind`` that ``value`` has, for another type with these fields."""
    return kind(**_fields(value, kind))


def _fields(value: Any, kind: type[msgspec.Struct]) -> dict[str, Any]:
    return {name: getattr(value, name) for name in kind.__struct_fields__}
