"""Values of attributes: the one form in which they are stored, their order and their size.

A value is what DynamoDB's JSON has, such as ``{"S": "text"}``. In its stored form numbers have one spelling and sets
one order, so two values are equal when their stored forms are. A stored value is never changed.
"""

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal
from functools import lru_cache
from typing import Any

from local.dynamodb.refusals import Refused

Value = Mapping[str, Any]
Item = Mapping[str, Value]

_DEEPEST = 32
_MOST_DIGITS = 38
_HIGHEST_EXPONENT, _LOWEST_EXPONENT = 125, -130
_EXACT = Context(prec=1000, Emax=MAX_EMAX, Emin=MIN_EMIN)
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,6})?", re.ASCII)
_INVALID = "One or more parameter values were invalid: "


def stored(value: Any, depth: int = 0) -> Value:
    """The stored form of a value as a client sent it. Raises Refused for one that DynamoDB does not take."""
    if not isinstance(value, dict) or len(value) != 1:
        raise Refused("Supplied AttributeValue is empty, must contain exactly one of the supported datatypes")
    [(kind, content)] = value.items()
    if kind == "S" and isinstance(content, str):
        return value
    if depth > _DEEPEST:
        raise Refused("Nesting Levels have exceeded supported limits")
    form = _FORMS.get(kind)
    if form is None or not isinstance(content, form[0]):
        raise Refused("The request has a value of a type that is not its own", code="SerializationException")
    return {kind: form[1](content, depth + 1)}


def stored_item(item: Mapping[str, Any]) -> Item:
    return {name: stored(value) for name, value in item.items()}


@lru_cache(maxsize=16384)
def number(text: str) -> Decimal:
    """Raises Refused for a number that DynamoDB cannot hold."""
    if not _NUMBER.fullmatch(text):
        raise Refused(f"The parameter cannot be converted to a numeric value: {text}")
    value = _EXACT.normalize(Decimal(text))
    if len(value.as_tuple().digits) > _MOST_DIGITS:
        raise Refused("Attempting to store more than 38 significant digits in a Number")
    if value and not _LOWEST_EXPONENT <= value.adjusted() <= _HIGHEST_EXPONENT:
        size = "larger" if value.adjusted() > 0 else "smaller"
        problem = "overflow" if size == "larger" else "underflow"
        raise Refused(f"Number {problem}. Attempting to store a number with magnitude {size} than supported range")
    return value


def spelled(value: Decimal) -> str:
    """The one spelling of a number. Raises Refused for one that DynamoDB cannot hold."""
    return _spelling(str(value))


def added(left: Value, right: Value, *, sign: int = 1) -> Value:
    """The sum of two numbers, or their difference."""
    return {"N": spelled(_EXACT.add(number(left["N"]), _EXACT.multiply(number(right["N"]), Decimal(sign))))}


def order(value: Value) -> Any:
    """By what values of one type (S, N or B) are ordered: text as its UTF-8, numbers by size."""
    [(kind, content)] = value.items()
    if kind == "N":
        return number(content)
    return base64.b64decode(content) if kind == "B" else content


def size(values: Item) -> int:
    """The bytes of attributes and their names, as DynamoDB counts them."""
    return sum(_length(name) + size_of(value) for name, value in values.items())


def size_of(value: Value) -> int:
    [(kind, content)] = value.items()
    if kind == "S":
        return _length(content)
    if kind == "N":
        return 1 + (len(content.strip("-").replace(".", "").strip("0")) + 1) // 2
    if kind == "M":
        return 3 + size(content) + len(content)
    if kind == "L":
        return 3 + sum(1 + size_of(inner) for inner in content)
    if kind == "B":
        return len(base64.b64decode(content))
    return sum(size_of({kind[0]: inner}) for inner in content) if kind in _SETS else 1


def _length(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode())


@lru_cache(maxsize=16384)
def _spelling(text: str) -> str:
    value = number(text)
    return format(value, "f") if value else "0"


def _number(content: str, _: int) -> str:
    return _spelling(content)


def _binary(content: str, _: int) -> str:
    try:
        base64.b64decode(content, validate=True)
    except binascii.Error as error:
        raise Refused("A binary value is not base64", code="SerializationException") from error
    return content


def _null(content: bool, _: int) -> bool:
    if not content:
        raise Refused(_INVALID + "Null attribute value types must have the value of true")
    return content


def _set_of(kind: str, word: str) -> Callable[[list[Any], int], list[Any]]:
    def form(content: list[Any], depth: int) -> list[Any]:
        if not content:
            raise Refused(f"{_INVALID}An {word} set  may not be empty")
        members = [stored({kind: member}, depth) for member in content]
        found = {member[kind]: member for member in members}
        if len(found) < len(members):
            raise Refused(_INVALID + "Input collection contains duplicates")
        return sorted(found, key=lambda content: order({kind: content}))

    return form


def _list(content: list[Any], depth: int) -> list[Value]:
    return [stored(inner, depth) for inner in content]


def _map(content: Mapping[str, Any], depth: int) -> Item:
    return {name: stored(inner, depth) for name, inner in content.items()}


_SETS = {"SS": "string", "NS": "number", "BS": "binary"}
_FORMS: dict[str, tuple[type, Callable[[Any, int], Any]]] = {
    "S": (str, lambda content, _: content),
    "N": (str, _number),
    "B": (str, _binary),
    "BOOL": (bool, lambda content, _: content),
    "NULL": (bool, _null),
    "L": (list, _list),
    "M": (dict, _map),
    **{kind: (list, _set_of(kind[0], word)) for kind, word in _SETS.items()},
}
