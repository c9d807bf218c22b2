"""Writes answers as rest-json: results through the model's output shapes, errors in DRS's error form."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape

from drs_emulator.errors import ApiError
from drs_emulator.observed import ALTERATIONS
from drs_emulator.service_model import operation_model, service

Writer = Callable[[Any], Any]


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What goes over the wire."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


def result(operation: str, value: Mapping[str, Any], request_id: str, *, as_observed: bool = False) -> Answer:
    """A successful answer, documented or as observed; raises `ValueError` for a member that the model does not know."""
    model = operation_model(operation)
    status = int(model.http.get("responseCode", 200))
    headers = {"Content-Type": "application/json", "x-amzn-RequestId": request_id}
    shape = model.output_shape
    if status == 204:
        return Answer(status=status, headers=headers)
    body = {} if shape is None else _writer(shape.name, as_observed)(value)
    return Answer(status=status, body=json.dumps(body, separators=(",", ":")).encode(), headers=headers)


def failure(error: ApiError, request_id: str) -> Answer:
    """An error answer: the code in `x-amzn-errortype`, message and fields in the body."""
    headers = {
        "Content-Type": "application/json",
        "x-amzn-RequestId": request_id,
        "x-amzn-errortype": error.code,
        **error.headers,
    }
    body = {"message": error.message, **error.extra}
    return Answer(status=error.status, body=json.dumps(body).encode(), headers=headers)


@cache
def _writer(shape_name: str, as_observed: bool) -> Writer:
    """The writer of a shape, built once: a poll of many jobs writes thousands of values."""
    write = _plain_writer(service().shape_for(shape_name), as_observed)
    alter = ALTERATIONS.get(shape_name) if as_observed else None
    if alter is None:
        return write
    return alter if write is _as_is else lambda value: write(alter(value))


def _plain_writer(shape: Shape, as_observed: bool) -> Writer:
    if isinstance(shape, StructureShape):
        return _structure_writer(shape, as_observed)
    if isinstance(shape, ListShape):
        item = _writer(shape.member.name, as_observed)
        return lambda values: [item(value) for value in values]
    if isinstance(shape, MapShape):
        item = _writer(shape.value.name, as_observed)
        return lambda values: {key: item(value) for key, value in values.items()}
    return _as_is


def _structure_writer(shape: StructureShape, as_observed: bool) -> Writer:
    members = {
        name: (str(member.serialization.get("name", name)), _writer(member.name, as_observed))
        for name, member in shape.members.items()
    }

    def write(values: Mapping[str, Any]) -> dict[str, Any]:
        written: dict[str, Any] = {}
        for name, value in values.items():
            if name not in members:
                raise ValueError(f"{shape.name} has no member {name!r} in the service model.")
            if value is not None:
                wire_name, writer = members[name]
                written[wire_name] = writer(value)
        return written

    return write


def _as_is(value: Any) -> Any:
    return value
