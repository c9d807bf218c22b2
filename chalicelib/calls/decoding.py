"""Decodes requests into values and reports every problem of every field at once."""

from collections.abc import Iterable, Mapping
from datetime import MAXYEAR, datetime
from enum import Enum
from functools import reduce
from itertools import islice
from operator import or_
from types import NoneType, UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

import msgspec

from ..domain.errors import MOST_PROBLEMS, FieldProblem, InvalidRequest
from ..domain.typed_json import convert

T = TypeVar("T")

_UNREADABLE = (ValueError, ArithmeticError, RecursionError)
"""What msgspec raises for values that it cannot convert; not only its own ValidationError."""

_FIRST_YEAR = 1970


def decode(kind: type[T], raw: Mapping[str, Any]) -> T:
    """The value of ``kind`` that ``raw`` describes. Raises InvalidRequest with every problem of every field."""
    problems: list[FieldProblem] = []
    _check_struct(kind, raw, "", problems)
    if problems:
        raise InvalidRequest(problems)
    try:
        return convert(raw, kind)
    except _UNREADABLE as error:
        raise InvalidRequest([_problem("", error)]) from None


def read_texts(kind: type[Any], raw: Mapping[str, Any], texts: Iterable[str]) -> dict[str, Any]:
    """``raw`` with the fields in ``texts`` converted to the values they spell (``"5"``, ``"true"``).

    A text that does not spell a value of its field stays as it is, and ``decode`` refuses it.
    """
    types = {field.encode_name: field.type for field in msgspec.structs.fields(kind)}
    read = {name: _read_text(raw[name], types[name]) for name in texts if name in raw and name in types}
    return {**raw, **read}


def require_object(value: Any, field: str) -> dict[str, Any]:
    """Returns ``value`` if it is a JSON object; None counts as an empty one. Raises InvalidRequest otherwise."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise InvalidRequest([FieldProblem(field, "must be a JSON object")])
    return value


def _read_text(text: Any, kind: Any) -> Any:
    plain = _without_limits(kind)
    if datetime in {plain, *get_args(plain)}:
        # Times are text in JSON too. Here msgspec would also take a number, as seconds since 1970.
        return text
    try:
        return msgspec.to_builtins(convert(text, plain, strict=False))
    except _UNREADABLE:
        return text


def _without_limits(kind: Any) -> Any:
    """The type without its limits. A number beyond its limits is still a number; ``decode`` reports the limits."""
    if get_origin(kind) is Annotated:
        return _without_limits(get_args(kind)[0])
    if get_origin(kind) in {Union, UnionType}:
        return reduce(or_, (_without_limits(choice) for choice in get_args(kind)))
    return kind


def _check_struct(kind: Any, raw: Any, path: str, problems: list[FieldProblem]) -> None:
    if not isinstance(raw, Mapping):
        problems.append(FieldProblem(path or "body", "must be a JSON object"))
        return
    fields = {field.encode_name: field for field in msgspec.structs.fields(kind)}
    known = ", ".join(sorted(fields)) or "none"
    unknown = islice((key for key in raw if key not in fields), MOST_PROBLEMS)
    reasons: Mapping[str, str] = getattr(kind, "refused_fields", {})
    problems += [
        FieldProblem(_join(path, key), reasons.get(key, f"is not a field here; the fields are: {known}"))
        for key in unknown
    ]
    for name, field in fields.items():
        if name in raw:
            _check_value(field.type, raw[name], _join(path, name), problems)
        elif field.required:
            problems.append(FieldProblem(_join(path, name), "is required"))


def _check_value(kind: Any, value: Any, path: str, problems: list[FieldProblem]) -> None:
    kind = _given(kind, value)
    plain = _without_limits(kind)
    kinds = _structs_of_list(plain)
    if kinds and isinstance(value, list):
        most = _most_items(kind)
        if len(value) > most:
            problems.append(FieldProblem(path, f"can have at most {most:,} entries; it has {len(value):,}"))
        for index, element in enumerate(value[:most]):
            _check_item(kinds, element, f"{path}[{index}]", problems)
            if len(problems) >= MOST_PROBLEMS:
                return
    elif get_origin(plain) is dict and isinstance(value, Mapping):
        _check_map(kind, value, path, problems)
    elif isinstance(plain, type) and issubclass(plain, msgspec.Struct):
        _check_struct(plain, value, path, problems)
    else:
        try:
            problems += _far_times(convert(value, kind), path)
        except _UNREADABLE as error:
            stated = _stated_problem(kind)
            problems.append(FieldProblem(path, stated) if stated else _choices(path, plain) or _problem(path, error))


def _stated_problem(kind: Any) -> str:
    """The problem that a type states for every value that it does not allow; empty for most types."""
    extras = [part.extra or {} for part in getattr(kind, "__metadata__", ()) if isinstance(part, msgspec.Meta)]
    return next((extra["problem"] for extra in extras if "problem" in extra), "")


def _choices(path: str, kind: Any) -> FieldProblem | None:
    """The problem with a value that is none of an enumeration's; None for other types."""
    if not (isinstance(kind, type) and issubclass(kind, Enum)):
        return None
    return FieldProblem(path, f"must be one of: {', '.join(str(member.value) for member in kind)}")


def _check_map(kind: Any, value: Mapping[Any, Any], path: str, problems: list[FieldProblem]) -> None:
    """Checks each key and each value on its own, because msgspec does not say which key has the problem."""
    most = _most_items(kind)
    if len(value) > most:
        problems.append(FieldProblem(path, f"can have at most {most:,} entries; it has {len(value):,}"))
    of_key, of_item = get_args(_without_limits(kind))
    for key, item in islice(value.items(), most):
        place = _join(path, str(key))
        try:
            convert(key, of_key)
        except _UNREADABLE as error:
            problems.append(FieldProblem(place, f"the key is not allowed: {_problem('', error).message}"))
        _check_value(of_item, item, place, problems)
        if len(problems) >= MOST_PROBLEMS:
            return


def _given(kind: Any, value: Any) -> Any:
    """The type without its null, for a value that is there."""
    if value is None or get_origin(kind) not in {Union, UnionType}:
        return kind
    return reduce(or_, (choice for choice in get_args(kind) if choice not in {NoneType, msgspec.UnsetType}))


def _structs_of_list(kind: Any) -> tuple[Any, ...]:
    """The structs that a list may hold; empty for any other type."""
    if get_origin(kind) not in {list, tuple}:
        return ()
    item = get_args(kind)[0]
    choices = get_args(item) or (item,)
    are_structs = all(isinstance(choice, type) and issubclass(choice, msgspec.Struct) for choice in choices)
    return choices if are_structs else ()


def _most_items(kind: Any) -> int:
    limits = [part.max_length for part in getattr(kind, "__metadata__", ()) if isinstance(part, msgspec.Meta)]
    return min((limit for limit in limits if limit is not None), default=_UNBOUNDED)


_UNBOUNDED = 2**31


def _check_item(kinds: tuple[Any, ...], raw: Any, path: str, problems: list[FieldProblem]) -> None:
    """Checks one element of a list of structs. Where there are several kinds, ``type`` says which one it is."""
    if len(kinds) == 1:
        _check_struct(kinds[0], raw, path, problems)
        return
    tagged = {str(kind.__struct_config__.tag): kind for kind in kinds}
    kind = raw.get("type") if isinstance(raw, Mapping) else ""
    if not isinstance(raw, Mapping):
        problems.append(FieldProblem(path, "must be a JSON object"))
    elif not isinstance(kind, str) or kind not in tagged:
        problems.append(FieldProblem(f"{path}.type", f"must be one of: {', '.join(tagged)}"))
    else:
        fields = {name: value for name, value in raw.items() if name != "type"}
        _check_struct(tagged[kind], fields, path, problems)


def _far_times(value: Any, path: str) -> list[FieldProblem]:
    """Problems with times so far away that another time zone or one more minute leaves the calendar."""
    if isinstance(value, datetime):
        if _FIRST_YEAR <= value.year < MAXYEAR:
            return []
        return [FieldProblem(path, f"must be a time from {_FIRST_YEAR} to {MAXYEAR - 1}")]
    if isinstance(value, msgspec.Struct):
        parts = [(f"{path}.{field.encode_name}", getattr(value, field.name)) for field in msgspec.structs.fields(value)]
    elif isinstance(value, list | tuple):
        parts = [(f"{path}[{index}]", item) for index, item in enumerate(value)]
    else:
        return []
    return [problem for place, part in parts for problem in _far_times(part, place)]


def _problem(path: str, error: Exception) -> FieldProblem:
    """The problem in an error of msgspec: ``what - at `$.a[0]```. The place is added to the field's path."""
    if not isinstance(error, msgspec.ValidationError):
        return FieldProblem(path or "body", "cannot be read")
    message, _, place = str(error).partition(" - at `")
    inner = place.rstrip("`").removeprefix("$")
    return FieldProblem((path + inner).lstrip(".") or "body", message[:1].lower() + message[1:])


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
