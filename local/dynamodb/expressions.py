"""What DynamoDB refuses in expressions: empty ones, wrong placeholders, reserved words."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from moto.dynamodb.parsing.reserved_keywords import ReservedKeywords

from local.dynamodb.conditions import Names
from local.dynamodb.refusals import Refused

EXPRESSIONS = (
    "ConditionExpression",
    "FilterExpression",
    "KeyConditionExpression",
    "ProjectionExpression",
    "UpdateExpression",
)
_TAKING_VALUES = tuple(name for name in EXPRESSIONS if name != "ProjectionExpression")
_LARGEST_BYTES = 4096
_MOST_OPERANDS_OF_IN = 100

_WORD = re.compile(r"(?P<word>[#:]?[A-Za-z0-9_]+)(?P<function>\s*\()?")
_LIST_OF_IN = re.compile(r"\bIN\s*\(([^)]*)\)", re.IGNORECASE)
# Reserved words that are part of the expression language.
_LANGUAGE = frozenset({"AND", "OR", "NOT", "BETWEEN", "IN", "SET", "REMOVE", "ADD", "DELETE"})
_NAME_KEY = re.compile(r"#[A-Za-z0-9_]+")
_VALUE_KEY = re.compile(r":[A-Za-z0-9_]+")


@dataclass(frozen=True)
class Words:
    """The words of an expression: placeholders of names and of values, and plain attributes."""

    names: frozenset[str]
    values: frozenset[str]
    attributes: frozenset[str]

    @staticmethod
    @lru_cache(maxsize=2048)
    def of(expression: str) -> "Words":
        found = [(match["word"], bool(match["function"])) for match in _WORD.finditer(expression)]
        words = {word for word, is_function in found if not is_function or word.upper() in _LANGUAGE}
        bare = {word for word in words if word[0].isalpha() or word[0] == "_"}
        return Words(
            names=frozenset(word for word in words if word[0] == "#"),
            values=frozenset(word for word in words if word[0] == ":"),
            attributes=frozenset(word for word in bare if word.upper() not in _LANGUAGE),
        )


def names_of(part: Mapping[str, Any]) -> Names:
    """The placeholders of names in a request, or in one item of a transaction."""
    names = part.get("ExpressionAttributeNames")
    return tuple(names.items()) if names else ()


def check_expressions(part: Mapping[str, Any]) -> None:
    """Raises Refused for what is wrong with the expressions of a request, or of one item of a transaction."""
    used = [(name, part[name]) for name in EXPRESSIONS if part.get(name) is not None]
    names, values = part.get("ExpressionAttributeNames"), part.get("ExpressionAttributeValues")
    _check_placeholders("ExpressionAttributeNames", names, _NAME_KEY)
    _check_placeholders("ExpressionAttributeValues", values, _VALUE_KEY)
    if names is not None and not used:
        raise Refused("ExpressionAttributeNames can only be specified when using expressions")
    if values is not None and not any(name in _TAKING_VALUES for name, _ in used):
        raise Refused("ExpressionAttributeValues can only be specified when using expressions")
    for name, expression in used:
        _check_expression(name, expression, names or {}, values or {})
    words = [Words.of(expression) for _, expression in used]
    _check_unused("ExpressionAttributeNames", names or {}, frozenset().union(*(each.names for each in words)))
    _check_unused("ExpressionAttributeValues", values or {}, frozenset().union(*(each.values for each in words)))


def _check_placeholders(kind: str, given: Mapping[str, Any] | None, form: re.Pattern[str]) -> None:
    if given is None:
        return
    if not given:
        raise Refused(f"{kind} must not be empty")
    for key in given:
        if not form.fullmatch(key):
            raise Refused(f'{kind} contains invalid key: Syntax error; key: "{key}"')


def _check_expression(name: str, expression: str, names: Mapping[str, Any], values: Mapping[str, Any]) -> None:
    if not expression.strip():
        raise Refused(f"Invalid {name}: The expression can not be empty;")
    size = len(expression.encode())
    if size > _LARGEST_BYTES:
        raise Refused(f"Invalid {name}: Expression size has exceeded the maximum allowed size; expression size: {size}")
    for listed in _LIST_OF_IN.findall(expression):
        operands = listed.count(",") + 1
        if operands > _MOST_OPERANDS_OF_IN:
            raise Refused(
                f"Invalid {name}: The IN operator is provided with too many operands; number of operands: {operands}"
            )
    words = Words.of(expression)
    for word in sorted(words.attributes):
        if word.upper() in _reserved():
            raise Refused(f"Invalid {name}: Attribute name is a reserved keyword; reserved keyword: {word}")
    for word in sorted(words.names - names.keys()):
        raise Refused(
            f"Invalid {name}: An expression attribute name used in the document path is not defined; "
            f"attribute name: {word}"
        )
    for word in sorted(words.values - values.keys()):
        raise Refused(
            f"Invalid {name}: An expression attribute value used in expression is not defined; attribute value: {word}"
        )


def _check_unused(kind: str, given: Mapping[str, Any], used: frozenset[str]) -> None:
    unused = sorted(given.keys() - used)
    if unused:
        raise Refused(f"Value provided in {kind} unused in expressions: keys: {{{', '.join(unused)}}}")


@lru_cache(maxsize=1)
def _reserved() -> frozenset[str]:
    return frozenset(ReservedKeywords.get_reserved_keywords())
