"""The frame of creating, updating and deleting a record that has an id, a version and a unique name.

It repeats a write that lost one of its conditions, from what is read again, and finds out why it was lost: the same
request was carried out by another call, the name is taken, or the record or its place is being changed.
"""

import random
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Generic, Protocol, TypeVar

import msgspec

from ..domain.access.idempotency import Replayed, RequestKey, deleted_since
from ..domain.errors import InUse, NameTaken, StaleVersion, StateConflict
from ..operations.declaration import Deleted
from ..store.reads.access.idempotency import find_earlier
from ..store.transactions import ConditionFailed, pauses
from ..store.writes.estate.unique_names import NAME


class Named(Protocol):
    """A record with a unique name and a version."""

    @property
    def name(self) -> str: ...

    @property
    def version(self) -> int: ...


R = TypeVar("R", bound=Named)


class Draft(msgspec.Struct, Generic[R], frozen=True):
    """A record that is to be saved, and the write that saves it or raises ConditionFailed.

    ConditionFailed also stands for reads that another call's transaction made inconsistent.
    """

    record: R
    write: Callable[[], None]


class Kind(msgspec.Struct, Generic[R], frozen=True):
    """One kind of record: what messages call it, how it is read, and which id holds a name.

    ``id_field`` names the id in the details of an error. ``others`` names what else a write of the record may meet.
    """

    noun: str
    id_field: str
    find_holder: Callable[[str], str | None]
    get: Callable[[str], R]
    find: Callable[[str], R | None]
    id_of: Callable[[R], str]
    others: str

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
            f"The {self.noun} '{name}'{self.others} is being changed by another call at this moment. "
            "Nothing was done. Try again in a few seconds."
        )


def create(kind: Kind[R], key: RequestKey | None, now: datetime, draft: Callable[[], Draft[R]]) -> R | Replayed[R]:
    """Saves a new record, or returns the one that the same request with the same key created before.

    ``draft`` is called for each attempt. Raises what it raises, NameTaken and StateConflict. InUse from the write is
    raised too, unless another call has carried out the same request, because then only its record is in the way.
    """
    name = ""
    for _ in _attempts():
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
            _require_free_name(kind, made.record, refused)
        else:
            return made.record
    raise kind.being_changed(name)


def update(kind: Kind[R], record_id: str, draft: Callable[[R], Draft[R]]) -> R:
    """Saves the next version of a record. ``draft`` makes it from the current one, for each attempt.

    Raises RecordNotFound, what ``draft`` and its write raise except ConditionFailed, NameTaken and StateConflict.
    """
    name = record_id
    for _ in _attempts():
        made = draft(kind.get(record_id))
        name = made.record.name
        try:
            made.write()
        except ConditionFailed as refused:
            _require_free_name(kind, made.record, refused)
        else:
            return made.record
    raise kind.being_changed(name)


def delete(kind: Kind[R], record_id: str, version: int, write: Callable[[R], None]) -> Deleted:
    """Deletes a record with ``write``, which is called with the current one for each attempt.

    ``version`` is the one that the caller has seen; 0 deletes whichever there is. Raises RecordNotFound, StaleVersion,
    what ``write`` raises except ConditionFailed, and StateConflict.
    """
    name = record_id
    for _ in _attempts():
        record = kind.get(record_id)
        name = record.name
        if version:
            kind.require_version(record, version)
        try:
            write(record)
        except ConditionFailed:
            continue
        return Deleted(record_id, name)
    raise kind.being_changed(name)


def _attempts() -> Iterator[None]:
    """Twenty attempts with pauses of random length between them; of calls that meet, one gets through each time."""
    yield
    for pause in pauses(random.random):
        time.sleep(pause)
        yield


def _created_earlier(kind: Kind[R], key: RequestKey | None, now: datetime) -> Replayed[R] | None:
    record_id = find_earlier(key, now)
    if record_id is None:
        return None
    found = kind.find(record_id)
    if found is None:
        raise deleted_since(record_id)
    return Replayed(found)


def _require_free_name(kind: Kind[R], record: R, refused: ConditionFailed) -> None:
    """Raises NameTaken if this is why a write was refused. It is looked up only if the name's condition failed."""
    if NAME not in refused.labels:
        return
    holder = kind.find_holder(record.name)
    if holder and holder != kind.id_of(record):
        other = kind.find(holder)
        known = f"'{other.name}' ({holder})" if other else holder
        message = f"The name '{record.name}' is taken by the {kind.noun} {known}. Choose another name."
        raise NameTaken(message, **{kind.id_field: holder})
