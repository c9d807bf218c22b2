"""The items of one table: in its own order, in that of each index, and as its stream reports them."""

import hashlib
from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from local.dynamodb.keys import Schema
from local.dynamodb.values import Item, order, size

Place = tuple[Any, ...]
"""Where an item is within its partition: its sort key, and in an index also the table's keys."""


class Record(NamedTuple):
    """A stored item and its bytes."""

    item: Item
    size: int

    @classmethod
    def of(cls, item: Item) -> "Record":
        return cls(item, size(item))


class Change(NamedTuple):
    """A write: the item before and after it, when it was, and the bytes of both."""

    before: Item | None
    after: Item | None
    at: datetime
    size: int


Observer = Callable[[Change], None]


@dataclass
class Partition:
    """The items of one partition key, sorted. ``number`` orders partitions in scans, as a hash does in DynamoDB."""

    number: bytes
    places: list[Place] = field(default_factory=list)
    records: dict[Place, Record] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.places)

    def put(self, place: Place, record: Record) -> None:
        if place not in self.records:
            insort(self.places, place)
        self.records[place] = record

    def remove(self, place: Place) -> None:
        del self.records[place]
        del self.places[bisect_left(self.places, place)]

    def between(self, first: int, last: int, *, forward: bool) -> Iterator[Record]:
        """The records at the positions from ``first`` to before ``last``."""
        positions = range(first, last) if forward else range(last - 1, first - 1, -1)
        return (self.records[self.places[position]] for position in positions)


class Ordered:
    """Items by partition key and, in each partition, by sort key: a table's own order, or an index.

    ``keys`` are partition key and sort key, if any; ``tie`` are the table's keys, which order what shares both.
    ``kept`` are the attributes that an index has; None means all. An item without one of the keys is not in it.
    """

    def __init__(self, keys: Sequence[str], tie: Sequence[str] = (), kept: frozenset[str] | None = None) -> None:
        self.keys, self.kept = tuple(keys), kept
        self.all_keys = tuple(dict.fromkeys((*keys, *tie)))
        self.partitions: dict[Any, Partition] = {}
        self._sort = (*keys[1:], *tie)

    def find(self, key: Item) -> Record | None:
        """The record with these keys."""
        partition = self.partitions.get(order(key[self.keys[0]]))
        return partition.records.get(self.place(key)) if partition is not None else None

    def place(self, item: Item) -> Place:
        return tuple(order(item[name]) for name in self._sort)

    def change(self, before: Item | None, after: Record | None) -> None:
        """Replaces what was there of an item by what is now."""
        old = self._position(before)
        new = self._position(after.item) if after is not None else None
        if old is not None and old != new:
            hashed, place = old
            self.partitions[hashed].remove(place)
            if not self.partitions[hashed]:
                del self.partitions[hashed]
        if new is not None and after is not None:
            hashed, place = new
            partition = self.partitions.get(hashed)
            if partition is None:
                partition = self.partitions[hashed] = Partition(_number(hashed))
            partition.put(place, after if self.kept is None else self._kept(after.item))

    def scanned(self, start: Item | None) -> Iterator[Record]:
        """All records after those of the start key, partition by partition."""
        after, first = (b"", None) if start is None else (_number(order(start[self.keys[0]])), self.place(start))
        for partition in sorted(self.partitions.values(), key=lambda each: each.number):
            if partition.number >= after:
                begins = bisect_right(partition.places, first) if first is not None and partition.number == after else 0
                yield from partition.between(begins, len(partition), forward=True)

    def _position(self, item: Item | None) -> tuple[Any, Place] | None:
        if item is None or any(name not in item for name in self.keys):
            return None
        return order(item[self.keys[0]]), self.place(item)

    def _kept(self, item: Item) -> Record:
        return Record.of({name: value for name, value in item.items() if self.kept is None or name in self.kept})


class Table:
    """A table's items, indexes and stream. ``observers`` see each write.

    ``view`` says what the stream has of an item; it is empty for a table without one.
    """

    def __init__(self, name: str, schema: Schema) -> None:
        self.name, self.schema, self.view = name, schema, ""
        self.own = Ordered(schema.keys)
        self.indexes: dict[str, Ordered] = {}
        self.changes: list[Change] = []
        self.observers: list[Observer] = []
        self.follow(schema)

    def follow(self, schema: Schema) -> None:
        """Makes the indexes of a schema, and fills those that are new."""
        known = self.indexes
        self.schema, self.indexes = schema, {}
        for name, keys in schema.indexes.items():
            index = known.get(name)
            if index is None:
                index = Ordered(keys, schema.keys, _kept(schema, name))
                for record in self.own.scanned(None):
                    index.change(None, record)
            self.indexes[name] = index

    def ordered(self, index: str | None) -> Ordered:
        return self.own if index is None else self.indexes[index]

    def write(self, before: Record | None, record: Record | None, at: datetime) -> None:
        """Puts a record in the place of the one that has its key by now; None where there is none."""
        if before is None and record is None:
            return
        length = sum(each.size for each in (before, record) if each is not None)
        change = Change(before.item if before else None, record.item if record else None, at, length)
        for ordered in (self.own, *self.indexes.values()):
            ordered.change(change.before, record)
        # A write that changes nothing is not in the stream.
        if self.view and change.before != change.after:
            self.changes.append(change)
        for observer in self.observers:
            observer(change)


def _kept(schema: Schema, index: str) -> frozenset[str] | None:
    others = schema.projected[index]
    return None if others is None else frozenset((*schema.keys, *schema.indexes[index], *others))


def _number(hashed: Any) -> bytes:
    return hashlib.blake2b(repr(hashed).encode(), digest_size=8).digest()
