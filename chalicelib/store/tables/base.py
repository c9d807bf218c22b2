"""What all tables share: the connection, its timeouts, and attributes for domain values."""

import functools
import json
from enum import StrEnum
from typing import Any, Generic, TypeVar

import msgspec
from pynamodb.attributes import Attribute
from pynamodb.connection import Connection
from pynamodb.connection.table import TableConnection
from pynamodb.constants import NUMBER, STRING
from pynamodb.models import Model

from ...domain.typed_json import read_json
from ...sdk_models import core_session
from ...settings import settings

CONNECT_TIMEOUT_SECONDS = 2.0
READ_TIMEOUT_SECONDS = 5.0
POOL_CONNECTIONS = 32

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)


class Table(Model):
    """The base of all models. They share one client, where PynamoDB would make one for each model."""

    @classmethod
    def _get_connection(cls) -> TableConnection:
        table = super()._get_connection()
        shared = shared_connection()
        if table.connection is not shared:
            # PynamoDB has no public function for this.
            if table.table_name not in shared._tables:  # noqa: SLF001
                shared.add_meta_table(table.get_meta_table())
            table.connection = shared
        return table


class _SharedConnection(Connection):
    """A connection whose client is made from the same descriptions of services as all other clients."""

    @property
    def session(self) -> Any:
        return core_session()


@functools.cache
def shared_connection() -> Connection:
    """The DynamoDB connection of this process; thread-safe."""
    return _SharedConnection(
        connect_timeout_seconds=CONNECT_TIMEOUT_SECONDS,
        read_timeout_seconds=READ_TIMEOUT_SECONDS,
        max_retry_attempts=3,
        max_pool_connections=POOL_CONNECTIONS,
    )


def table_name(name: str) -> str:
    return settings().table_name(name)


class ValueAttribute(Attribute[T], Generic[T]):
    """A domain value of type ``kind``, stored as JSON text and validated when it is read."""

    attr_type = STRING

    def __init__(self, kind: Any, **options: Any) -> None:
        super().__init__(**options)
        self.kind = kind

    def serialize(self, value: T) -> str:
        return msgspec.json.encode(value).decode()

    def deserialize(self, value: str) -> T:
        decoded: T = read_json(value, self.kind)
        return decoded


class EnumAttribute(Attribute[E], Generic[E]):
    """A member of the enumeration ``kind``, stored as its value. Other text is refused when read and written."""

    attr_type = STRING

    def __init__(self, kind: type[E], **options: Any) -> None:
        super().__init__(**options)
        self.kind = kind

    def serialize(self, value: E) -> str:
        return self.kind(value).value

    def deserialize(self, value: str) -> E:
        return self.kind(value)


class IntegerAttribute(Attribute[int]):
    """A whole number. PynamoDB's own attribute returns a float where the JSON has one."""

    attr_type = NUMBER

    def serialize(self, value: int) -> str:
        return json.dumps(value)

    def deserialize(self, value: str) -> int:
        return int(json.loads(value))


class FloatAttribute(Attribute[float]):
    """A number that is a float even where it is whole."""

    attr_type = NUMBER

    def serialize(self, value: float) -> str:
        return json.dumps(value)

    def deserialize(self, value: str) -> float:
        return float(json.loads(value))
