"""The tables that moto's control plane has created, with the items that are kept here."""

from collections.abc import Iterable, Mapping
from typing import Any

from moto.dynamodb.models import dynamodb_backends

from local.dynamodb.keys import Schema
from local.dynamodb.storage import Table

_KEPT = "_kept_here"


def find_table(account: str, region: str, name: str) -> Table | None:
    """A table by its name or ARN; None when there is none.

    The items belong to moto's table and go with it when it is deleted or moto is emptied. moto counts them.
    """
    if name.startswith("arn:"):
        _, _, _, region, account, resource = name.split(":", 5)
        name = resource.partition("/")[2]
    described = dynamodb_backends[account][region].tables.get(name)
    if described is None:
        return None
    kept = vars(described).get(_KEPT)
    if kept is None:
        table = Table(name, _schema(described))
        vars(described)["items"] = table.own.partitions
        kept = vars(described)[_KEPT] = (table, described.global_indexes)
    elif kept[1] is not described.global_indexes:
        # moto makes a new list when an index is created or deleted.
        kept[0].follow(_schema(described))
        kept = vars(described)[_KEPT] = (kept[0], described.global_indexes)
    found: Table = kept[0]
    stream: Mapping[str, Any] = described.stream_specification or {}
    found.view = stream.get("StreamViewType", "") if described.stream_shard is not None else ""
    return found


def _schema(described: Any) -> Schema:
    indexes = (*described.global_indexes, *described.indexes)
    return Schema(
        keys=_keys(described.schema),
        indexes={index.name: _keys(index.schema) for index in indexes},
        types={attribute["AttributeName"]: attribute["AttributeType"] for attribute in described.attr},
        projected={index.name: _projected(index.projection) for index in indexes},
        local=frozenset(index.name for index in described.indexes),
    )


def _keys(schema: Iterable[Mapping[str, str]]) -> tuple[str, ...]:
    ordered = sorted(schema, key=lambda element: element["KeyType"] == "RANGE")
    return tuple(element["AttributeName"] for element in ordered)


def _projected(projection: Mapping[str, Any]) -> tuple[str, ...] | None:
    return None if projection["ProjectionType"] == "ALL" else tuple(projection.get("NonKeyAttributes", ()))
