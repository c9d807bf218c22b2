"""Maps records to items of a table and back. A field is stored in the attribute with its name."""

from collections.abc import Callable, Collection, Mapping
from functools import cached_property
from typing import Any, Generic, TypeVar, get_args

import msgspec
from pynamodb.attributes import Attribute
from pynamodb.expressions.update import Action
from pynamodb.models import Model

R = TypeVar("R", bound=msgspec.Struct)
M = TypeVar("M", bound=Model)


class Stored(Generic[R, M]):
    """How records of one type are stored: each field in the attribute with its name, with exceptions.

    ``made``: attributes that are computed from the record, such as sort keys.
    ``found``: fields that are computed from the item; a record does not write them unless ``made`` does.
    ``apart``: attributes without a field. ``unstored``: fields without an attribute, read as their default.
    """

    def __init__(
        self,
        record: type[R],
        item: type[M],
        *,
        made: Mapping[str, Callable[[R], Any]] | None = None,
        found: Mapping[str, Callable[[M], Any]] | None = None,
        apart: Collection[str] = (),
        unstored: Collection[str] = (),
    ) -> None:
        self.record, self.item = record, item
        self.made, self.found = made or {}, found or {}
        self.apart, self.unstored = apart, unstored

    def to_item(self, record: R, **others: Any) -> M:
        """The item of a record. ``others`` are attributes that are added to it or replace its own."""
        values = {name: value for name in self._names if (value := getattr(record, name)) is not None}
        for name, absent in self._omitted.items():
            if values.get(name) == absent:
                del values[name]
        for name, make in self.made.items():
            values[name] = make(record)
        return self.item(**{**values, **others})

    def to_actions(self, record: R) -> list[Action]:
        """What makes an existing item this record. Attributes without a field stay as they are."""
        values = self.to_item(record).attribute_values
        attributes = self.item.get_attributes().items()
        changed = [(name, each) for name, each in attributes if not self._stays(name, each)]
        return [each.set(values[name]) if values.get(name) is not None else each.remove() for name, each in changed]

    def _stays(self, name: str, attribute: Attribute[Any]) -> bool:
        return attribute.is_hash_key or attribute.is_range_key or name in self.apart

    def to_record(self, item: M) -> R:
        """The record of an item. An absent attribute is None where the field allows it, else the field's default."""
        stored = item.attribute_values
        values = {name: value for name in self._names if (value := stored.get(name)) is not None}
        for name, find in self.found.items():
            values[name] = find(item)
        return self.record(**{**self._nones, **values})

    @cached_property
    def _fields(self) -> dict[str, msgspec.structs.FieldInfo]:
        """The fields that are stored in attributes. Cached, because resolving types is slow."""
        computed = {*self.found, *self.unstored}
        return {field.name: field for field in msgspec.structs.fields(self.record) if field.name not in computed}

    @cached_property
    def _names(self) -> tuple[str, ...]:
        return tuple(self._fields)

    @cached_property
    def _nones(self) -> dict[str, None]:
        """The fields that are None where their attribute is absent."""
        return {name: None for name, field in self._fields.items() if type(None) in get_args(field.type)}

    @cached_property
    def _omitted(self) -> dict[str, Any]:
        """The values that are stored as an absent attribute, where the table allows it to be absent."""
        attributes = self.item.get_attributes()
        return {
            name: field.default
            for name, field in self._fields.items()
            if attributes[name].null and name not in self._nones
        }
