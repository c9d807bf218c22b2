"""Checks the arguments of a request against the service model and reports all problems at once."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from botocore.model import ListShape, MapShape, OperationModel, Shape, StringShape, StructureShape

from drs_emulator.errors import invalid, validation_failed
from drs_emulator.service_model import input_shape

_TYPES: Mapping[str, type[Any]] = {"string": str, "boolean": bool, "list": list, "map": dict, "structure": dict}
Problem = tuple[str, str]


def read_arguments(
    operation: OperationModel,
    *,
    body: Any,
    query: Mapping[str, list[str]],
    path_values: Mapping[str, str],
) -> dict[str, Any]:
    """The arguments of a request, merged from body, query and path and checked.

    Unknown members are ignored, as AWS does. Raises `ApiError` (ValidationException) naming every wrong field.
    """
    shape = input_shape(operation)
    if shape is None:
        return {}
    if not isinstance(body, dict):
        raise invalid("The request body must be a JSON object.", reason="cannotParse")
    arguments: dict[str, Any] = {}
    for name, member in shape.members.items():
        value = _locate(name, member, body=body, query=query, path_values=path_values)
        if value is not None:
            arguments[name] = value
    problems = list(_structure_problems(shape, arguments, ""))
    if problems:
        raise validation_failed(problems)
    return arguments


def _locate(
    name: str,
    member: Shape,
    *,
    body: Mapping[str, Any],
    query: Mapping[str, list[str]],
    path_values: Mapping[str, str],
) -> Any:
    wire_name = str(member.serialization.get("name", name))
    location = member.serialization.get("location")
    if location == "uri":
        return path_values.get(wire_name)
    if location == "querystring":
        values = query.get(wire_name)
        if values is None:
            return None
        return values if member.type_name == "list" else _from_text(member, values[0])
    return body.get(wire_name)


def _from_text(member: Shape, text: str) -> Any:
    """A query value in its shape's type; text that does not fit stays text and fails the check."""
    if member.type_name in {"integer", "long"} and re.fullmatch(r"-?\d+", text):
        return int(text)
    return text


def _problems(shape: Shape, value: Any, where: str) -> Iterator[Problem]:
    kind = shape.type_name
    if kind in {"integer", "long"}:
        yield from _number_problems(shape, value, where)
    elif kind in _TYPES and not isinstance(value, _TYPES[kind]):
        yield where, f"Member must be a {kind}"
    elif isinstance(shape, StructureShape):
        yield from _structure_problems(shape, value, where)
    elif isinstance(shape, ListShape):
        yield from _length_problems(shape, value, where)
        for index, item in enumerate(value):
            yield from _problems(shape.member, item, f"{where}[{index}]")
    elif isinstance(shape, MapShape):
        for key, item in value.items():
            yield from _problems(shape.key, key, f"{where}.{key} (key)")
            yield from _problems(shape.value, item, f"{where}.{key}")
    elif isinstance(shape, StringShape):
        yield from _string_problems(shape, value, where)


def _structure_problems(shape: StructureShape, value: Mapping[str, Any], where: str) -> Iterator[Problem]:
    prefix = f"{where}." if where else ""
    for name in shape.required_members:
        if value.get(name) is None:
            yield prefix + name, "Member must not be null"
    if shape.is_tagged_union and sum(1 for name in shape.members if value.get(name) is not None) != 1:
        yield where, f"Exactly one member of {', '.join(shape.members)} must be set"
    for name, member in shape.members.items():
        if value.get(name) is not None:
            yield from _problems(member, value[name], prefix + name)


def _number_problems(shape: Shape, value: Any, where: str) -> Iterator[Problem]:
    if isinstance(value, bool) or not isinstance(value, int):
        yield where, f"Member must be of type {shape.type_name}"
        return
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if least is not None and value < least:
        yield where, f"Member must have value greater than or equal to {least}"
    if most is not None and value > most:
        yield where, f"Member must have value less than or equal to {most}"


def _length_problems(shape: Shape, value: Any, where: str) -> Iterator[Problem]:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if least is not None and len(value) < least:
        yield where, f"Member must have length greater than or equal to {least}"
    if most is not None and len(value) > most:
        yield where, f"Member must have length less than or equal to {most}"


def _string_problems(shape: StringShape, value: str, where: str) -> Iterator[Problem]:
    yield from _length_problems(shape, value, where)
    pattern = shape.metadata.get("pattern")
    if pattern and not _compiled(pattern).fullmatch(value):
        yield where, f"Member must satisfy regular expression pattern: {pattern}"
    if shape.enum and value not in shape.enum:
        yield where, f"Member must satisfy enum value set: [{', '.join(shape.enum)}]"


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)
