"""Conditions and filters, and the conditions of queries on keys; each text is parsed once."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from local.dynamodb.grammar import Check, Operand, Values, Words, check_types
from local.dynamodb.refusals import Refused
from local.dynamodb.values import Item, Value, order, size_of

Names = tuple[tuple[str, str], ...]
"""Placeholders of names with what they stand for."""

Holds = Callable[[Item, Values], bool]

_ORDERED = ("S", "N", "B")
_TYPES = frozenset({"S", "N", "B", "BOOL", "NULL", "L", "M", "SS", "NS", "BS"})
_COMPARED: Mapping[str, Callable[[Any, Any], bool]] = {
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
}
_OPERATORS = ("=", "<>", *_COMPARED)


@dataclass(frozen=True)
class Condition:
    """A parsed condition."""

    kind: str
    test: Holds
    checks: tuple[Check, ...]
    bounds: tuple[tuple[str, str], ...]

    def holds(self, item: Item, values: Values) -> bool:
        return self.test(item, values)

    def check(self, values: Values) -> None:
        """Raises Refused for values that the condition's operators do not take."""
        check_types(self.kind, self.checks, values)
        for low, high in self.bounds:
            check_bounds(self.kind, values[low], values[high])


class KeyCondition(NamedTuple):
    """A condition on one key: ``values`` are placeholders."""

    name: str
    operator: str
    values: tuple[str, ...]


@lru_cache(maxsize=4096)
def condition(kind: str, expression: str, names: Names) -> Condition:
    """Raises Refused for what is no condition."""
    words = Words(kind, expression, dict(names))
    test = _any_of(words)
    if words.next:
        raise words.error()
    return Condition(kind, test, tuple(words.checks), tuple(words.bounds))


@lru_cache(maxsize=4096)
def key_conditions(expression: str, names: Names) -> tuple[KeyCondition, ...]:
    """Raises Refused for anything but comparisons of keys with values, all of which must hold."""
    words = Words("KeyConditionExpression", expression, dict(names))
    found = _all_keys(words)
    if words.next:
        raise words.error()
    return tuple(found)


def check_bounds(kind: str, low: Value, high: Value) -> None:
    """Raises Refused when no value can be between these."""
    if low.keys() != high.keys():
        raise Refused(f"Invalid {kind}: The BETWEEN operator requires same data type for lower and upper bounds")
    if order(low) > order(high):
        raise Refused(
            f"Invalid {kind}: The BETWEEN operator requires upper bound to be greater than or equal to lower bound"
        )


def _all_keys(words: Words) -> list[KeyCondition]:
    found: list[KeyCondition] = []
    while True:
        if words.take_if("("):
            found += words.group(lambda: _all_keys(words))
        else:
            found.append(_key(words))
        if not words.take_if("AND"):
            return found


def _key(words: Words) -> KeyCondition:
    if words.next == "begins_with" and words.calls():
        path, prefix = words.arguments(words.take(), 2)
        return _compared_key(words, "begins_with", path, prefix)
    path, operator = words.operand(), words.take().upper()
    if operator == "BETWEEN":
        low = words.operand()
        words.require("AND")
        return _compared_key(words, operator, path, low, words.operand())
    if operator not in _OPERATORS:
        raise words.error()
    if operator == "<>":
        raise words.refuse("Unsupported operator on KeyCondition: <>")
    return _compared_key(words, operator, path, words.operand())


def _compared_key(words: Words, operator: str, key: Operand, *operands: Operand) -> KeyCondition:
    values = tuple(operand.value for operand in operands if operand.value is not None)
    if key.path is None or len(key.path) > 1 or len(values) < len(operands):
        raise words.refuse("A key must be compared with values")
    return KeyCondition(str(key.path[0]), operator, values)


def _any_of(words: Words) -> Holds:
    tests = [_all_of(words)]
    while words.take_if("OR"):
        tests.append(_all_of(words))
    return tests[0] if len(tests) == 1 else lambda item, values: any(test(item, values) for test in tests)


def _all_of(words: Words) -> Holds:
    tests = [_negated(words)]
    while words.take_if("AND"):
        tests.append(_negated(words))
    return tests[0] if len(tests) == 1 else lambda item, values: all(test(item, values) for test in tests)


def _negated(words: Words) -> Holds:
    if words.take_if("NOT"):
        test = _negated(words)
        return lambda item, values: not test(item, values)
    if words.take_if("("):
        test = words.group(lambda: _any_of(words))
        return test  # type: ignore[no-any-return]
    if words.calls() and words.next != "size":
        return _function(words)
    return _comparison(words)


def _function(words: Words) -> Holds:
    name = words.take()
    if name not in _FUNCTIONS:
        raise words.refuse(f"Invalid function name; function: {name}")
    count, made = _FUNCTIONS[name]
    return made(words, *words.arguments(name, count))


def _comparison(words: Words) -> Holds:
    left, operator = _operand(words), words.take().upper()
    if operator == "IN":
        words.require("(")
        others: list[Operand] = words.listed(lambda: _operand(words))
        words.require(")")
        for other in others:
            _require_distinct(words, operator, left, other)
        return lambda item, values: _is_one_of(left.read(item, values), [each.read(item, values) for each in others])
    if operator == "BETWEEN":
        low = _operand(words)
        words.require("AND")
        high = _operand(words)
        if low.value is not None and high.value is not None:
            words.bounds.append((low.value, high.value))
        above, below = _compared(words, "BETWEEN", ">=", left, low), _compared(words, "BETWEEN", "<=", left, high)
        return lambda item, values: above(item, values) and below(item, values)
    if operator not in _OPERATORS:
        raise words.error()
    return _compared(words, operator, operator, left, _operand(words))


def _operand(words: Words) -> Operand:
    """An operand of a comparison, which may be the size of something."""
    if words.next != "size" or not words.calls():
        return words.operand()
    [measured] = words.arguments(words.take(), 1)
    words.take_only(measured, _TYPES - {"N", "BOOL", "NULL"}, "size")
    return Operand(lambda item, values: _size_of(measured.read(item, values)))


def _compared(words: Words, taker: str, operator: str, left: Operand, right: Operand) -> Holds:
    _require_distinct(words, operator, left, right)
    one, other = left.read, right.read
    if operator == "=":
        return lambda item, values: (found := one(item, values)) is not None and found == other(item, values)
    if operator == "<>":
        return lambda item, values: one(item, values) != other(item, values)
    for operand in (left, right):
        words.take_only(operand, _ORDERED, taker)
    compare = _COMPARED[operator]

    def test(item: Item, values: Values) -> bool:
        first, second = one(item, values), other(item, values)
        if first is None or second is None:
            return False
        kind = next(iter(first))
        return kind in _ORDERED and kind in second and compare(order(first), order(second))

    return test


def _require_distinct(words: Words, operator: str, left: Operand, right: Operand) -> None:
    if left.path is not None and left.path == right.path:
        raise words.refuse(
            "The first operand must be distinct from the remaining operands for this operator or function; "
            f"operator: {operator}"
        )


def _is_one_of(value: Value | None, others: list[Value | None]) -> bool:
    return value is not None and value in others


def _size_of(value: Value | None) -> Value | None:
    [(kind, content)] = value.items() if value is not None else [("", "")]
    if kind == "B":
        return {"N": str(size_of({kind: content}))}
    return {"N": str(len(content))} if kind in ("S", "L", "M", "SS", "NS", "BS") else None


def _attribute_exists(words: Words, operand: Operand) -> Holds:
    _require_path(words, "attribute_exists", operand)
    return lambda item, values: operand.read(item, values) is not None


def _attribute_not_exists(words: Words, operand: Operand) -> Holds:
    _require_path(words, "attribute_not_exists", operand)
    return lambda item, values: operand.read(item, values) is None


def _attribute_type(words: Words, operand: Operand, kind: Operand) -> Holds:
    _require_path(words, "attribute_type", operand)
    words.take_only(kind, ("S",), "attribute_type")
    if kind.value is None:
        raise words.refuse("The second operand of attribute_type must be a value")

    def test(item: Item, values: Values) -> bool:
        wanted = values[kind.value or ""]["S"]
        if wanted not in _TYPES:
            raise words.refuse(f"Invalid attribute type name found; type: {wanted}, valid types: {sorted(_TYPES)}")
        return wanted in (operand.read(item, values) or ())

    return test


def _begins_with(words: Words, operand: Operand, prefix: Operand) -> Holds:
    for each in (operand, prefix):
        words.take_only(each, ("S", "B"), "begins_with")

    def test(item: Item, values: Values) -> bool:
        found, wanted = operand.read(item, values), prefix.read(item, values)
        if found is None or wanted is None:
            return False
        kind = next(iter(wanted))
        return kind in ("S", "B") and kind in found and bool(order(found).startswith(order(wanted)))

    return test


def _contains(_: Words, operand: Operand, part: Operand) -> Holds:
    def test(item: Item, values: Values) -> bool:
        whole, wanted = operand.read(item, values), part.read(item, values)
        if whole is None or wanted is None:
            return False
        [(kind, content)] = whole.items()
        [(sort, sought)] = wanted.items()
        if kind == "L":
            return wanted in content
        if kind in ("S", "B"):
            return kind == sort and order(wanted) in order(whole)
        return kind == f"{sort}S" and sought in content

    return test


def _require_path(words: Words, function: str, operand: Operand) -> None:
    if operand.path is None:
        raise words.refuse(f"Operator or function requires a document path; operator or function: {function}")


_FUNCTIONS: Mapping[str, tuple[int, Callable[..., Holds]]] = {
    "attribute_exists": (1, _attribute_exists),
    "attribute_not_exists": (1, _attribute_not_exists),
    "attribute_type": (2, _attribute_type),
    "begins_with": (2, _begins_with),
    "contains": (2, _contains),
}
