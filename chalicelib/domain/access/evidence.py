"""Evidence: the changes of audit log and timelines as links of chains, and what breaks a chain.

A link is one stored object. It holds changes as the stream of their table reported them, and the SHA-256 of the object
before it. So nothing can be removed, inserted or changed without a trace, and each change is judged on its own.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec

from ..typed_json import read_json

FIRST = "0" * 64
"""What the first link of a chain has in place of the hash of the link before it."""

Image = dict[str, Any]
"""An item as DynamoDB's JSON, such as ``{"status_code": {"N": "200"}}``."""

_PLAIN_NAME = re.compile(r"[A-Za-z0-9-]{1,64}")
_CLOSING = frozenset({"status_code", "error_code", "duration_ms"})
_NOTICE = frozenset({"notice", "notice_due", "notice_failure", "notice_left", "notice_tries"})
_TIME_TO_LIVE = "dynamodb.amazonaws.com"
_OPEN = {"N": "0"}


class Log(StrEnum):
    """What is chained: the audit log, a chain for each day, and timelines, a chain for each execution."""

    AUDIT = "audit"
    TIMELINE = "timeline"

    @property
    def table(self) -> str:
        return "audit-logs" if self is Log.AUDIT else "execution-events"

    @property
    def keys(self) -> tuple[str, str]:
        """The attributes that name the chain and the item in it."""
        return ("audit_day", "entry_id") if self is Log.AUDIT else ("execution_id", "event_id")


class ChangeKind(StrEnum):
    INSERT = "INSERT"
    MODIFY = "MODIFY"
    REMOVE = "REMOVE"


class Change(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One change of an item. ``at`` is in epoch seconds and ``sequence`` the stream's number, both as text."""

    item: str
    kind: ChangeKind
    at: str
    sequence: str
    before: Image | None = None
    after: Image | None = None


class Link(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One object of a chain. Numbers begin with 1 and have no gap; ``previous`` is the hash of the one before."""

    chain: str
    number: int
    previous: str
    changes: tuple[Change, ...]


class Break(msgspec.Struct, frozen=True, rename="camel"):
    """The first thing wrong with a chain: in which link, with which entry or event, and what it is."""

    link: int
    item: str
    problem: str


def chain_of(log: Log, partition: str) -> str:
    """The name of a chain and the beginning of its objects' keys, such as ``audit/2026-03-31``.

    A partition that no code of ours writes is named by its hash, because it may not fit into the key of an object.
    """
    plain = _PLAIN_NAME.fullmatch(partition)
    return f"{log}/{partition if plain else hashlib.sha256(partition.encode()).hexdigest()}"


def object_key(chain: str, number: int) -> str:
    """The key of a link's object. Keys sort like numbers."""
    return f"{chain}/{number:08}.json"


def number_of(key: str) -> int:
    """The number in the key of a link's object; 0 for an object that is not a link."""
    name = key.rpartition("/")[2].removesuffix(".json")
    return int(name) if name.isascii() and name.isdigit() else 0


def encode(link: Link) -> bytes:
    """The object of a link. The same link always has the same bytes, so a repeated batch makes no other object."""
    return msgspec.json.encode(link, order="deterministic")


def decode(stored: bytes) -> Link | None:
    """The link in an object; None for an object that holds none."""
    try:
        return read_json(stored, Link)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def hash_of(stored: bytes) -> str:
    """The hash by which the next link knows this object, as ``sha256sum`` prints it."""
    return hashlib.sha256(stored).hexdigest()


def changes_by_chain(records: Sequence[Mapping[str, Any]]) -> dict[str, list[Change]]:
    """The changes that a batch of a table's stream reports, in its order, by chain.

    Left out are expired entries that the table itself removes, and the state of notices, which is no evidence.
    """
    chains: dict[str, list[Change]] = {}
    for record in records:
        log = _log_of(record)
        change = _change_of(log, record)
        if not _is_expiry(record) and change.before != change.after:
            partition, _ = log.keys
            name = chain_of(log, str(record["dynamodb"]["Keys"][partition]["S"]))
            chains.setdefault(name, []).append(change)
    return chains


def evident(log: Log, image: Mapping[str, Any] | None) -> Image | None:
    """The part of an item that is evidence."""
    if image is None:
        return None
    return {name: value for name, value in image.items() if log is Log.AUDIT or name not in _NOTICE}


def log_of_chain(chain: str) -> Log:
    return Log(chain.partition("/")[0])


def change_problem(log: Log, change: Change) -> str:
    """What is wrong with a change; empty for the changes that the platform makes.

    An audit entry is written once, or opened and then closed. An event is written once, and removed only together with
    its execution, which is not known here.
    """
    if change.kind is ChangeKind.INSERT:
        return ""
    if change.kind is ChangeKind.REMOVE:
        return "" if log is Log.TIMELINE else "was removed from the table"
    if log is Log.AUDIT and closes(change.before, change.after):
        return ""
    return f"was changed after it had been written ({', '.join(_differing(change.before, change.after))})"


def closes(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> bool:
    """Whether the second image of an audit entry is the first one, open until then, with its outcome."""
    if before is None or after is None or before.get("status_code") != _OPEN or after.get("status_code") == _OPEN:
        return False
    return set(_differing(before, after)) <= _CLOSING


def item_problem(log: Log, sealed: Image, found: Mapping[str, Any] | None, now: datetime) -> str:
    """What is wrong with the item in the table, by what the chain says of it; empty when they agree.

    An item that is missing is right once its time to live is over, and an open entry may have been closed since.
    """
    if found is None:
        expires = int(sealed.get("expires_at", {}).get("N", 0))
        return "" if expires and expires <= now.timestamp() else "is missing from the table"
    if evident(log, found) == sealed or (log is Log.AUDIT and closes(sealed, found)):
        return ""
    return f"differs in the table from what was sealed ({', '.join(_differing(sealed, evident(log, found)))})"


def read_link(stored: bytes, chain: str, number: int, previous: str) -> Link | str:
    """The link in an object, or what is wrong with it as the link with this number after ``previous``."""
    link = decode(stored)
    if link is None:
        return "is not a link of a chain: its object cannot be read"
    if (link.chain, link.number) != (chain, number):
        return f"says that it is link {link.number} of {link.chain}"
    if link.previous != previous:
        return f"does not follow the link before it: it names {link.previous}, and that object has {previous}"
    return link


def _log_of(record: Mapping[str, Any]) -> Log:
    """Raises ValueError for a table that is not chained."""
    table = str(record["eventSourceARN"]).partition(":table/")[2].partition("/")[0]
    for log in Log:
        if f"-{log.table}-" in table:
            return log
    raise ValueError(f"The table {table} has no chain.")


def _change_of(log: Log, record: Mapping[str, Any]) -> Change:
    reported = record["dynamodb"]
    return Change(
        item=str(reported["Keys"][log.keys[1]]["S"]),
        kind=ChangeKind(record["eventName"]),
        at=str(int(reported.get("ApproximateCreationDateTime", 0))),
        sequence=str(reported.get("SequenceNumber", "")),
        before=evident(log, reported.get("OldImage")),
        after=evident(log, reported.get("NewImage")),
    )


def _is_expiry(record: Mapping[str, Any]) -> bool:
    identity = record.get("userIdentity") or {}
    return record["eventName"] == ChangeKind.REMOVE and identity.get("principalId") == _TIME_TO_LIVE


def _differing(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> list[str]:
    first, second = before or {}, after or {}
    return sorted(name for name in {*first, *second} if first.get(name) != second.get(name))
