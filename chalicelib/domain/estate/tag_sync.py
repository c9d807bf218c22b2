"""The sync of tags: which tags of a source instance in EC2 its source server in DRS gets, and which it loses.

EC2's value wins. A tag is removed only if this sync has written it, with the value that it still has: what people or
other tools set in DRS is never removed.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Annotated

import msgspec
from msgspec import Meta

from .accounts import Place
from .groups import ProtectionGroup, matches_tags
from .syncs import SyncRun

Hours = Annotated[int, Meta(ge=1, le=24)]

TAG_SYNC = "tag-sync"
"""The name of the setting."""

MAX_RESOURCE_TAGS = 50
"""AWS's limit for the tags of a resource."""

_RESERVED = ("aws:", "awselasticdisasterrecovery", "drs.amazonaws.com")
_LAUNCH_PERMISSION = "AWSDRS"
"""The tag with which people allow DRS to launch into an instance; DRS would copy it to what it launches."""

_LATE = timedelta(minutes=5)
"""A schedule is never exactly on time. A run counts as due this much before its time."""


class TagSyncSettings(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """Whether tags are synced at all, and how many hours lie between two runs of the schedule."""

    enabled: bool = True
    every_hours: Hours = 1


class TaggedServer(msgspec.Struct, frozen=True):
    """A source server with its tags in DRS. ``origin`` is where its source instance is; None outside EC2."""

    source_server_id: str
    arn: str
    hostname: str
    tags: dict[str, str]
    origin: Place | None
    instance_id: str


class TagChange(msgspec.Struct, frozen=True, rename="camel"):
    """What the sync does to the tags of one source server.

    ``replaced`` are values that this sync did not write and that EC2's values replace. ``leavesGroups`` are protection
    groups that select the server by its tags now and not afterwards. ``heldBack`` says why nothing is done.
    """

    account_id: str
    region: str
    source_server_id: str
    hostname: str
    written: dict[str, str]
    removed: tuple[str, ...]
    replaced: dict[str, str]
    leaves_groups: tuple[str, ...]
    held_back: str = ""


Written = Mapping[str, tuple[str, ...]]
"""The tags of a server that this sync has written, or was about to write when it died: key to values."""


def copied_tags(tags: Mapping[str, str]) -> dict[str, str]:
    """The tags of an instance that its source server gets: not those that AWS and DRS reserve for themselves."""
    return {
        key: value for key, value in tags.items() if not key.lower().startswith(_RESERVED) and key != _LAUNCH_PERMISSION
    }


def plan_change(
    place: Place,
    server: TaggedServer,
    instance_tags: Mapping[str, str],
    written: Written,
    groups: Iterable[ProtectionGroup],
    *,
    force: bool = False,
) -> TagChange:
    """What the sync does to a server whose instance has these tags, and whether it is held back.

    Without ``force``, no server is taken out of a group that selects it by tags.
    """
    wanted = copied_tags(instance_tags)
    added = {key: value for key, value in wanted.items() if server.tags.get(key) != value}
    removed = tuple(sorted(key for key in written if key not in wanted and _is_ours(server, written, key)))
    replaced = {key: server.tags[key] for key in added if key in server.tags and not _is_ours(server, written, key)}
    after = {key: value for key, value in {**server.tags, **added}.items() if key not in removed}
    leaves = tuple(
        sorted(
            group.name
            for group in groups
            if group.selects_by_tags and matches_tags(server.tags, group.tags) and not matches_tags(after, group.tags)
        )
    )
    return TagChange(
        account_id=place.account_id,
        region=place.region,
        source_server_id=server.source_server_id,
        hostname=server.hostname,
        written=added,
        removed=removed,
        replaced=replaced,
        leaves_groups=leaves,
        held_back=_why_held_back(leaves, len(after), force=force),
    )


def before_change(written: Written, change: TagChange) -> dict[str, tuple[str, ...]]:
    """What is recorded before the tags are written. If the sync dies then, both values count as its own."""
    added = {key: (*written.get(key, ()), value) for key, value in change.written.items()}
    return {**written, **added}


def after_change(written: Written, change: TagChange, instance_tags: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """What is recorded once the server has the tags of its instance."""
    wanted = copied_tags(instance_tags)
    return {key: (value,) for key, value in wanted.items() if key in written or key in change.written}


def when_due(settings: TagSyncSettings, last: SyncRun | None) -> datetime | None:
    """When the schedule has to run the sync again; None when it never ran, and so has to run at once."""
    return last.started_at + timedelta(hours=settings.every_hours) if last else None


def is_due(settings: TagSyncSettings, last: SyncRun | None, now: datetime) -> bool:
    """Whether a scheduled run has to do something now."""
    due = when_due(settings, last)
    return due is None or due - now <= _LATE


def _is_ours(server: TaggedServer, written: Written, key: str) -> bool:
    return server.tags.get(key) in written.get(key, ())


def _why_held_back(leaves: Collection[str], count: int, *, force: bool) -> str:
    if count > MAX_RESOURCE_TAGS:
        return (
            f"The server would have {count} tags, and AWS allows {MAX_RESOURCE_TAGS}. "
            "Remove tags of the source server in DRS, or of its instance in EC2."
        )
    if leaves and not force:
        names = ", ".join(f"'{name}'" for name in leaves)
        return (
            f"The server would no longer be in the protection group {names}, which selects it by its tags. Change the "
            "group or the tags of the instance; or run sync_tags with force, if the server is to leave the group."
        )
    return ""
