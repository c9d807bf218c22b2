"""Protection groups: which servers of one account and Region are recovered together."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Protocol, TypeVar

import msgspec

from ..errors import FieldProblem
from ..limits import MAX_SERVERS, Id, Name, ServerIds, Tags, Text
from ..text import name_problems
from .accounts import Place
from .launch_settings import SERVER_ONLY_FIELDS, LaunchSettings, level_problems
from .servers import Finding, Readiness, SourceServer


class Impact(StrEnum):
    """Whether a wave can succeed without the server, in the words of DRS recovery plans."""

    CRITICAL = "CRITICAL"
    OPTIONAL = "OPTIONAL"


class ProtectionGroup(msgspec.Struct, frozen=True, rename="camel"):
    """Servers of one account and Region, chosen by id or by tags, never both; CRITICAL by default.

    The subjects are those of verified persons, beside their names.
    """

    group_id: str
    name: str
    description: str
    account_id: str
    region: str
    source_server_ids: tuple[str, ...]
    tags: dict[str, str]
    impact_levels: dict[str, Impact]
    version: int
    created_at: datetime
    created_by: str
    updated_at: datetime
    updated_by: str
    launch_defaults: LaunchSettings = LaunchSettings()
    created_by_subject: str = ""
    updated_by_subject: str = ""

    @property
    def place(self) -> Place:
        return Place(self.account_id, self.region)

    @property
    def selects_by_tags(self) -> bool:
        return bool(self.tags)

    def impact_of(self, source_server_id: str) -> Impact:
        return self.impact_levels.get(source_server_id, Impact.CRITICAL)


class Selecting(Protocol):
    """What says which servers a group holds."""

    @property
    def group_id(self) -> str: ...

    @property
    def name(self) -> str: ...

    @property
    def source_server_ids(self) -> tuple[str, ...]: ...

    @property
    def tags(self) -> dict[str, str]: ...

    @property
    def selects_by_tags(self) -> bool: ...


G = TypeVar("G", bound=Selecting)

MAX_GROUP_BYTES = 350_000
"""A group is one item, and DynamoDB allows 400 kB for an item."""


class GroupContent(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """The part of a group that users can change."""

    name: Name
    description: Text = ""
    source_server_ids: ServerIds = ()
    tags: Tags = {}
    impact_levels: Annotated[dict[Id, Impact], msgspec.Meta(max_length=MAX_SERVERS)] = {}
    launch_defaults: LaunchSettings = LaunchSettings()


def content_problems(content: GroupContent) -> list[FieldProblem]:
    """Everything wrong with a group's content that can be found without AWS and the tables."""
    problems = name_problems(content.name)
    if bool(content.source_server_ids) == bool(content.tags):
        what = "both are given" if content.tags else "neither is given"
        problems.append(
            FieldProblem("sourceServerIds", f"give either sourceServerIds or tags, with at least one entry; {what}")
        )
    if len(set(content.source_server_ids)) != len(content.source_server_ids):
        problems.append(FieldProblem("sourceServerIds", "lists a server more than once; list each server once"))
    for index, server_id in enumerate(content.source_server_ids):
        if not is_source_server_id(server_id):
            problems.append(
                FieldProblem(
                    f"sourceServerIds[{index}]", f"'{server_id}' is not a source server id (s- and 17 characters)"
                )
            )
    strangers = sorted(set(content.impact_levels) - set(content.source_server_ids)) if content.source_server_ids else []
    problems += [FieldProblem(f"impactLevels.{server_id}", "is not a server of this group") for server_id in strangers]
    problems += [
        FieldProblem(f"tags.{key}", "tag keys and values must not be empty")
        for key, value in content.tags.items()
        if not key or not value
    ]
    problems += [
        FieldProblem(f"launchDefaults.{problem.field}", problem.message)
        for problem in level_problems(content.launch_defaults, SERVER_ONLY_FIELDS, "for a server")
    ]
    size = len(msgspec.json.encode(content))
    if size > MAX_GROUP_BYTES:
        problem = f"the group has {size:,} bytes; at most {MAX_GROUP_BYTES:,} are allowed"
        problems.append(FieldProblem("impactLevels", f"{problem}, so leave out servers that are CRITICAL"))
    return problems


def is_source_server_id(text: str) -> bool:
    """Whether a text has the form of an id of DRS's source servers."""
    return len(text) == 19 and text.startswith("s-") and text[2:].isalnum() and text.isascii()


def matches_tags(server_tags: dict[str, str], wanted: dict[str, str]) -> bool:
    """Whether a server carries every wanted tag, key and value exactly."""
    return all(server_tags.get(key) == value for key, value in wanted.items())


def leaving(before: ProtectionGroup, after: ProtectionGroup) -> tuple[str, ...]:
    """The servers chosen by id that a change takes out of a group. One chosen by tags leaves with its tags."""
    if after.selects_by_tags:
        return ()
    return tuple(sorted(set(before.source_server_ids) - set(after.source_server_ids)))


def joining(before: ProtectionGroup, after: ProtectionGroup) -> tuple[str, ...]:
    """The servers chosen by id that a change adds to a group of servers chosen by id."""
    return () if before.selects_by_tags else tuple(sorted(set(after.source_server_ids) - set(before.source_server_ids)))


class Overlap(msgspec.Struct, frozen=True):
    """Servers that another group holds; ``labels`` are their names for people."""

    group_id: str
    group_name: str
    server_ids: tuple[str, ...]
    labels: tuple[str, ...]


def overlaps(servers: Sequence[SourceServer], others: Iterable[Selecting]) -> list[Overlap]:
    """Which of ``servers`` other groups hold, by id or by tags, in the order of the groups' names."""
    chosen = {server.source_server_id: server for server in servers}
    taken: dict[str, list[str]] = {}
    names: dict[str, str] = {}
    for server_id, holders in holders_of(chosen, others).items():
        for group in holders:
            names[group.group_id] = group.name
            taken.setdefault(group.group_id, []).append(server_id)
    return [
        Overlap(
            group_id,
            names[group_id],
            tuple(sorted(taken[group_id])),
            tuple(f"{chosen[each].hostname} ({each})" for each in sorted(taken[group_id])),
        )
        for group_id in sorted(taken, key=lambda group_id: (names[group_id], group_id))
    ]


def holders_of(servers: Mapping[str, SourceServer | None], groups: Iterable[G]) -> dict[str, list[G]]:
    """The groups that hold each of these servers, by id or by tags, in the order of their names.

    ``servers`` are those of one place by id; None is a server whose tags are unknown. Costs the tags of the servers and
    not every pair of a server and a group.
    """
    by_id: dict[str, list[G]] = {}
    by_tag: dict[tuple[str, str], list[G]] = {}
    for group in groups:
        for server_id in group.source_server_ids:
            if server_id in servers:
                by_id.setdefault(server_id, []).append(group)
        if group.selects_by_tags:
            by_tag.setdefault(min(group.tags.items()), []).append(group)
    found = {}
    for server_id, server in servers.items():
        tags = server.tags if server else {}
        matching = [each for tag in tags.items() for each in by_tag.get(tag, ()) if matches_tags(tags, each.tags)]
        holders = by_id.get(server_id, []) + matching
        if holders:
            found[server_id] = sorted(holders, key=lambda group: (group.name, group.group_id))
    return found


def judge_other_groups(names: Sequence[str]) -> tuple[Finding, ...]:
    """Finds a server that other groups hold too, as after a change of its tags. Saving a group refuses that."""
    if not names:
        return ()
    groups = ", ".join(f"'{name}'" for name in names)
    noun = "the protection group" if len(names) == 1 else "the protection groups"
    reason = (
        f"The server is also in {noun} {groups}. DRS keeps one set of launch settings for each server: "
        "it launches with those that were applied last."
    )
    remedy = "Change its tags or one of the groups, so that one group holds it."
    return (Finding(Readiness.DEGRADED, "IN_OTHER_GROUP", reason, remedy),)
