"""The frame of creating and updating a record that has an id, a version and a unique name.

It repeats a save that lost one of its conditions, and finds out why it was lost: the same request was carried out by
another call, the name is taken, or the record is being changed.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Generic, Protocol, TypeVar

import msgspec

from ..domain.access.idempotency import Replayed, RequestKey, deleted_since
from ..domain.errors import InUse, NameTaken, StaleVersion, StateConflict
from ..domain.estate.unique_claims import CHANGES, is_live_change
from ..domain.text import name_key
from ..store.reads.access.idempotency import find_earlier
from ..store.reads.estate.unique_claims import find_holder
from ..store.transactions import ConditionFailed

TRIES = 3


class Named(Protocol):
    """A record with a unique name and a version."""

    @property
    def name(self) -> str: ...

    @property
    def version(self) -> int: ...


R = TypeVar("R", bound=Named)


class Draft(msgspec.Struct, Generic[R], frozen=True):
    """A record that is to be saved, and the write that saves it or raises ConditionFailed."""

    record: R
    write: Callable[[], None]


class Kind(msgspec.Struct, Generic[R], frozen=True):
    """One kind of record: what messages call it, where its names are claimed, and how it is read.

    ``id_field`` names the id in the details of an error. ``parts`` names what else a save of the record may wait for.
    """

    noun: str
    id_field: str
    name_scope: str
    get: Callable[[str], R]
    find: Callable[[str], R | None]
    id_of: Callable[[R], str]
    parts: str = ""

    def require_version(self, record: R, version: int) -> None:
        """Raises StaleVersion when a change was based on another version than the current one."""
        if record.version != version:
            raise StaleVersion(
                f"The {self.noun} '{record.name}' is now at version {record.version}, but your change is based on "
                f"version {version}. Nothing was saved. Reload it and repeat your change.",
                currentVersion=record.version,
            )

    def being_changed(self, name: str) -> StateConflict:
        """The error for a record that another call changes now."""
        return StateConflict(
            f"The {self.noun} '{name}'{self.parts} is being changed by another call at this moment. "
            "Nothing was done. Try again in a few seconds."
        )


def create(kind: Kind[R], key: RequestKey | None, now: datetime, draft: Callable[[], Draft[R]]) -> R | Replayed[R]:
    """Saves a new record, or returns the one that the same request with the same key created before.

    ``draft`` is called for each attempt. Raises what it raises, NameTaken and StateConflict. InUse from the write is
    raised too, unless another call has carried out the same request, because then only its record is in the way.
    """
    name = ""
    for _ in range(TRIES):
        made = draft()
        name = made.record.name
        earlier = _created_earlier(kind, key, now)
        if earlier is not None:
            return earlier
        try:
            made.write()
        except (ConditionFailed, InUse) as refused:
            if _created_earlier(kind, key, now):
                continue
            if isinstance(refused, InUse):
                raise
            _require_free_name(kind, made.record)
        else:
            return made.record
    raise kind.being_changed(name)


def update(kind: Kind[R], record_id: str, now: datetime, draft: Callable[[R], Draft[R]]) -> R:
    """Saves the next version of a record. ``draft`` makes it from the current one, for each attempt.

    Raises RecordNotFound, what ``draft`` raises, NameTaken and StateConflict.
    """
    name = record_id
    for _ in range(TRIES):
        made = draft(kind.get(record_id))
        name = made.record.name
        try:
            made.write()
        except ConditionFailed:
            _require_free_name(kind, made.record)
            if is_live_change(find_holder(CHANGES, record_id), now):
                break
        else:
            return made.record
    raise kind.being_changed(name)


def _created_earlier(kind: Kind[R], key: RequestKey | None, now: datetime) -> Replayed[R] | None:
    record_id = find_earlier(key, now)
    if record_id is None:
        return None
    found = kind.find(record_id)
    if found is None:
        raise deleted_since(record_id)
    return Replayed(found)


def _require_free_name(kind: Kind[R], record: R) -> None:
    holder = find_holder(kind.name_scope, name_key(record.name))
    if holder and holder != kind.id_of(record):
        other = kind.find(holder)
        known = f"'{other.name}' ({holder})" if other else holder
        message = f"The name '{record.name}' is taken by the {kind.noun} {known}. Choose another name."
        raise NameTaken(message, **{kind.id_field: holder})
