"""Update expressions, each text parsed once: what they change, in terms of the item as it was."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import NamedTuple

from local.dynamodb.conditions import Names
from local.dynamodb.grammar import Check, Operand, Values, Words, check_types
from local.dynamodb.paths import Path, Tree, at, tree_of, with_value
from local.dynamodb.refusals import Refused
from local.dynamodb.values import Item, Value, added, stored

KIND = "UpdateExpression"
_ANY_SET = ("SS", "NS", "BS")
_WRONG_TYPE = "An operand in the update expression has an incorrect data type"


class Action(NamedTuple):
    """One action: ``made`` is the value that the path gets; None removes it."""

    path: Path
    made: Callable[[Item, Values], Value | None]


@dataclass(frozen=True)
class Update:
    """A parsed update. ``touched`` are its paths."""

    actions: tuple[Action, ...]
    touched: Tree
    checks: tuple[Check, ...]

    def check(self, values: Values) -> None:
        """Raises Refused for values that the update's functions and clauses do not take."""
        check_types(KIND, self.checks, values)

    def apply(self, item: Item, values: Values) -> Item:
        """Raises Refused when the item has not what the update needs."""
        changes = [(action.path, action.made(item, values)) for action in self.actions]
        # Positions mean the list as it was: the last element goes first, and after everything else.
        removed = sorted((path for path, value in changes if value is None), key=_position, reverse=True)
        for path, value in sorted(changes, key=lambda change: _position(change[0])):
            if value is not None:
                item = with_value(item, path, value)
        for path in removed:
            if len(path) > 1 and at(item, path[:-1]) is None:
                raise Refused("The document path provided in the update expression is invalid for update")
            item = with_value(item, path, None)
        return item


@lru_cache(maxsize=4096)
def update(expression: str, names: Names) -> Update:
    """Raises Refused for what is no update."""
    words = Words(KIND, expression, dict(names))
    actions: list[Action] = []
    used: set[str] = set()
    while words.next:
        clause = words.next.upper()
        if clause not in _CLAUSES:
            raise words.error()
        if clause in used:
            raise words.refuse(f'The "{clause}" section can only be used once in an update expression;')
        used.add(clause)
        words.take()
        actions += words.listed(partial(_CLAUSES[clause], words))
    return Update(tuple(actions), tree_of([action.path for action in actions], KIND), tuple(words.checks))


def _position(path: Path) -> tuple[int, ...]:
    return tuple(step if isinstance(step, int) else 0 for step in path)


def _set(words: Words) -> Action:
    path = words.path()
    words.require("=")
    value = _operand(words)
    if words.next in ("+", "-"):
        operator = words.take()
        return Action(path, _sum(words, operator, value, _operand(words)))
    return Action(path, lambda item, values: _needed(value, item, values))


def _operand(words: Words) -> Operand:
    if words.take_if("("):
        operand: Operand = words.group(lambda: _operand(words))
        return operand
    if not words.calls():
        return words.operand()
    name = words.take()
    words.require("(")
    found = words.listed(lambda: _operand(words))
    words.require(")")
    if name not in ("if_not_exists", "list_append"):
        raise words.refuse(f"Invalid function name; function: {name}")
    if len(found) != 2:
        raise words.refuse(
            f"Incorrect number of operands for operator or function; operator or function: {name}, "
            f"number of operands: {len(found)}"
        )
    return _if_not_exists(words, *found) if name == "if_not_exists" else _list_append(words, *found)


def _if_not_exists(words: Words, known: Operand, other: Operand) -> Operand:
    if known.path is None:
        raise words.refuse("Operator or function requires a document path; operator or function: if_not_exists")

    def read(item: Item, values: Values) -> Value:
        found = known.read(item, values)
        return _needed(other, item, values) if found is None else found

    return Operand(read)


def _list_append(words: Words, first: Operand, second: Operand) -> Operand:
    for operand in (first, second):
        words.take_only(operand, ("L",), "list_append")

    def read(item: Item, values: Values) -> Value:
        parts = [_needed(operand, item, values) for operand in (first, second)]
        return {"L": [element for part in parts for element in _content(part, "L")]}

    return Operand(read)


def _sum(words: Words, operator: str, left: Operand, right: Operand) -> Callable[[Item, Values], Value]:
    for operand in (left, right):
        words.take_only(operand, ("N",), operator)
    sign = 1 if operator == "+" else -1

    def made(item: Item, values: Values) -> Value:
        terms = _needed(left, item, values), _needed(right, item, values)
        for term in terms:
            _content(term, "N")
        return added(*terms, sign=sign)

    return made


def _remove(words: Words) -> Action:
    return Action(words.path(), lambda item, values: None)  # noqa: ARG005


def _add(words: Words) -> Action:
    path, given = words.path(), _placeholder(words)
    words.take_only(given, ("N", *_ANY_SET), "ADD")

    def made(item: Item, values: Values) -> Value:
        value, known = _needed(given, item, values), at(item, path)
        if known is None:
            return value
        [(kind, content)] = value.items()
        there = _content(known, kind)
        return added(known, value) if kind == "N" else stored({kind: list({*there, *content})})

    return Action(path, made)


def _delete(words: Words) -> Action:
    path, given = words.path(), _placeholder(words)
    words.take_only(given, _ANY_SET, "DELETE")

    def made(item: Item, values: Values) -> Value | None:
        [(kind, content)] = _needed(given, item, values).items()
        known = at(item, path)
        left = [member for member in _content(known, kind) if member not in content] if known is not None else []
        return {kind: left} if left else None

    return Action(path, made)


def _placeholder(words: Words) -> Operand:
    if not words.next.startswith(":"):
        raise words.error()
    return words.operand()


def _needed(operand: Operand, item: Item, values: Values) -> Value:
    found = operand.read(item, values)
    if found is None:
        raise Refused("The provided expression refers to an attribute that does not exist in the item")
    return found


def _content(value: Value, kind: str) -> list[Value]:
    if kind not in value:
        raise Refused(_WRONG_TYPE)
    content: list[Value] = value[kind]
    return content


_CLAUSES: dict[str, Callable[[Words], Action]] = {"SET": _set, "REMOVE": _remove, "ADD": _add, "DELETE": _delete}
