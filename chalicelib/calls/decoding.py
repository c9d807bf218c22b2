"""Requests from the outside into values: every field problem at once, unknown fields by name."""

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar, get_args, get_origin

import msgspec

from ..domain.errors import FieldProblem, InvalidRequest

T = TypeVar("T")


def decode(kind: type[T], raw: Mapping[str, Any]) -> T:
    """The value of ``kind`` that ``raw`` describes. Raises InvalidRequest with every problem of every field."""
    problems: list[FieldProblem] = []
    _check_struct(kind, raw, "", problems)
    if problems:
        raise InvalidRequest(problems)
    try:
        return msgspec.convert(raw, kind)
    except msgspec.ValidationError as error:
        raise InvalidRequest([_problem("", error)]) from None


def read_texts(kind: type[Any], raw: Mapping[str, Any], texts: Iterable[str]) -> dict[str, Any]:
    """``raw`` with the fields named in ``texts``, which came as text, as the values they spell (``"5"``, ``"true"``).

    A text that spells no value of its field stays as it is, for ``decode`` to refuse.
    """
    types = {field.encode_name: field.type for field in msgspec.structs.fields(kind)}
    read = {name: _read_text(raw[name], types[name]) for name in texts if name in raw and name in types}
    return {**raw, **read}


def require_object(value: Any, field: str) -> dict[str, Any]:
    """``value`` if it is a JSON object (None counts as an empty one); raises InvalidRequest otherwise."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise InvalidRequest([FieldProblem(field, "must be a JSON object")])
    return value


def _read_text(text: Any, kind: Any) -> Any:
    try:
        return msgspec.to_builtins(msgspec.convert(text, kind, strict=False))
    except msgspec.ValidationError:
        return text


def _check_struct(kind: Any, raw: Any, path: str, problems: list[FieldProblem]) -> None:
    if not isinstance(raw, Mapping):
        problems.append(FieldProblem(path or "body", "must be a JSON object"))
        return
    fields = {field.encode_name: field for field in msgspec.structs.fields(kind)}
    known = ", ".join(sorted(fields)) or "none"
    strangers = (key for key in raw if key not in fields)
    problems += [FieldProblem(_join(path, key), f"is not a field here; the fields are: {known}") for key in strangers]
    for name, field in fields.items():
        if name in raw:
            _check_value(field.type, raw[name], _join(path, name), problems)
        elif field.required:
            problems.append(FieldProblem(_join(path, name), "is required"))


def _check_value(kind: Any, value: Any, path: str, problems: list[FieldProblem]) -> None:
    item = _struct_item_of(kind)
    kinds = _tagged_items_of(kind)
    if kinds and isinstance(value, list):
        for index, element in enumerate(value):
            _check_tagged(kinds, element, f"{path}[{index}]", problems)
    elif item is not None and isinstance(value, list):
        for index, element in enumerate(value):
            _check_struct(item, element, f"{path}[{index}]", problems)
    elif isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        _check_struct(kind, value, path, problems)
    else:
        try:
            msgspec.convert(value, kind)
        except msgspec.ValidationError as error:
            problems.append(_problem(path, error))


def _struct_item_of(kind: Any) -> Any:
    if get_origin(kind) not in {list, tuple}:
        return None
    first = get_args(kind)[0]
    return first if isinstance(first, type) and issubclass(first, msgspec.Struct) else None


def _tagged_items_of(kind: Any) -> dict[str, Any]:
    """The structs that a list may hold, by the ``type`` that tells them apart; none for any other list."""
    if get_origin(kind) not in {list, tuple}:
        return {}
    choices = get_args(get_args(kind)[0])
    if not all(isinstance(item, type) and issubclass(item, msgspec.Struct) for item in choices):
        return {}
    return {str(item.__struct_config__.tag): item for item in choices}


def _check_tagged(kinds: Mapping[str, Any], raw: Any, path: str, problems: list[FieldProblem]) -> None:
    if not isinstance(raw, Mapping):
        problems.append(FieldProblem(path, "must be a JSON object"))
    elif raw.get("type") not in kinds:
        problems.append(FieldProblem(f"{path}.type", f"must be one of: {', '.join(kinds)}"))
    else:
        fields = {name: value for name, value in raw.items() if name != "type"}
        _check_struct(kinds[raw["type"]], fields, path, problems)


def _problem(path: str, error: msgspec.ValidationError) -> FieldProblem:
    """msgspec writes ``what - at `$.a[0]```; the place becomes part of the field's path."""
    message, _, place = str(error).partition(" - at `")
    inner = place.rstrip("`").removeprefix("$").replace("[...]", "[]")
    return FieldProblem((path + inner).lstrip(".") or "body", message[:1].lower() + message[1:])


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
