"""Reads records of one table by id, consistently."""

from collections.abc import Callable, Iterable
from typing import Any, Generic, TypeVar

import msgspec

from ..domain.errors import RecordNotFound
from .records import Stored

R = TypeVar("R", bound=msgspec.Struct)


class ById(Generic[R]):
    """Reads of a table whose whole key is the attribute ``key``.

    ``missing`` is the message when there is no record; ``{}`` stands for the id. ``field`` names the id in its details.
    """

    def __init__(self, stored: Stored[R, Any], *, key: str, field: str, missing: str) -> None:
        self._stored, self._key, self._field, self._missing = stored, key, field, missing

    def find_all(self, ids: Iterable[str]) -> dict[str, R]:
        """The records that exist, by id; 100 ids a request. Empty ids are passed over.

        Looking up another id in the result raises RecordNotFound.
        """
        return self.found(
            self._stored.item.batch_get(dict.fromkeys(each for each in ids if each), consistent_read=True)
        )

    def found(self, items: Iterable[Any]) -> dict[str, R]:
        """The records of items that were read with others, by id, as ``find_all`` returns them."""
        found = {getattr(item, self._key): self._stored.to_record(item) for item in items}
        return _Found(found, self.not_found)

    def find(self, record_id: str) -> R | None:
        """The record; None when there is none."""
        return self.find_all([record_id]).get(record_id)

    def get(self, record_id: str) -> R:
        """The record. Raises RecordNotFound."""
        return self.find_all([record_id])[record_id]

    def not_found(self, record_id: str) -> RecordNotFound:
        """The error for an id without a record."""
        return RecordNotFound(self._missing.format(record_id), **{self._field: record_id})


class _Found(dict[str, R], Generic[R]):
    """Records by id."""

    def __init__(self, found: dict[str, R], not_found: Callable[[str], RecordNotFound]) -> None:
        super().__init__(found)
        self._not_found = not_found

    def __missing__(self, record_id: str) -> R:
        raise self._not_found(record_id)
