"""The language of expressions: its words, and document paths and operands, which all expressions have."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from local.dynamodb.paths import Path, at
from local.dynamodb.refusals import Refused
from local.dynamodb.values import Item, Value

Values = Mapping[str, Value]
Read = Callable[[Item, Values], Value | None]

_TOKEN = re.compile(r"\s*(?:([#:]?\w+)|(<>|<=|>=|[=<>()\[\],.+-])|(\S))", re.ASCII)
_END = ""


@dataclass(frozen=True)
class Operand:
    """Something that has a value: a path, a placeholder (``value``) or a function of such."""

    read: Read
    path: Path | None = None
    value: str | None = None


@dataclass(frozen=True)
class Check:
    """Of what types a placeholder's value must be; known before anything is evaluated."""

    value: str
    kinds: frozenset[str]
    taker: str


class Words:
    """The words of one expression, taken one after the other."""

    def __init__(self, kind: str, expression: str, names: Mapping[str, str]) -> None:
        self.kind = kind
        self.checks: list[Check] = []
        self.bounds: list[tuple[str, str]] = []
        self._names = names
        self._groups: dict[int, int] = {}
        self._words = [word for found in _TOKEN.findall(expression) for word in found if word]
        self._at = 0

    @property
    def next(self) -> str:
        """The next word, which is not taken; empty at the end."""
        return self._words[self._at] if self._at < len(self._words) else _END

    def take(self) -> str:
        word = self.next
        self._at += 1
        return word

    def take_if(self, *keywords: str) -> bool:
        """Takes the next word if it is one of these, in any case."""
        found = self.next.upper() in keywords
        self._at += found
        return found

    def group(self, part: Callable[[], Any]) -> Any:
        """What is in parentheses, the first of which has been taken. Raises Refused for parentheses in parentheses."""
        begin = self._at
        found = part()
        if self._groups.get(begin + 1) == self._at:
            raise self.refuse("The expression has redundant parentheses;")
        self.require(")")
        self._groups[begin] = self._at
        return found

    def require(self, word: str) -> None:
        if not self.take_if(word):
            raise self.error()

    def error(self) -> Refused:
        near = " ".join(self._words[max(self._at - 1, 0) : self._at + 2])
        return self.refuse(f'Syntax error; token: "{self.next or "<EOF>"}", near: "{near}"')

    def refuse(self, problem: str) -> Refused:
        return Refused(f"Invalid {self.kind}: {problem}")

    def calls(self) -> bool:
        """Whether a function is next."""
        return self._at + 1 < len(self._words) and self._words[self._at + 1] == "(" and self.next[0].isalpha()

    def listed(self, part: Callable[[], Any]) -> list[Any]:
        """Parts with commas between them."""
        found = [part()]
        while self.take_if(","):
            found.append(part())
        return found

    def arguments(self, name: str, count: int) -> list[Operand]:
        """The operands of a function whose name has been taken."""
        self.require("(")
        found = self.listed(self.operand)
        self.require(")")
        if len(found) != count:
            raise self.refuse(
                f"Incorrect number of operands for operator or function; operator or function: {name}, "
                f"number of operands: {len(found)}"
            )
        return found

    def operand(self) -> Operand:
        """A path or a placeholder of a value."""
        if self.next.startswith(":"):
            word = self.take()
            return Operand(lambda _, values: values[word], value=word)
        path = self.path()
        if len(path) == 1:
            name = path[0]
            return Operand(lambda item, _: item.get(name), path=path)
        return Operand(lambda item, _: at(item, path), path=path)

    def path(self) -> Path:
        steps: list[Any] = [self._name()]
        while self.next in ("[", "."):
            if self.take() == ".":
                steps.append(self._name())
                continue
            if not self.next.isdecimal():
                raise self.error()
            steps.append(int(self.take()))
            self.require("]")
        return tuple(steps)

    def take_only(self, operand: Operand, kinds: Iterable[str], taker: str) -> None:
        """Remembers that the operand, if it is a placeholder, must have one of these types."""
        if operand.value is not None:
            self.checks.append(Check(operand.value, frozenset(kinds), taker))

    def _name(self) -> str:
        word = self.next
        if not word or not (word[0] in "#_" or word[0].isalpha()):
            raise self.error()
        self.take()
        return self._names[word] if word[0] == "#" else word


def check_types(kind: str, checks: Iterable[Check], values: Values) -> None:
    """Raises Refused for a value that an operator or a function does not take."""
    for check in checks:
        given = next(iter(values[check.value]))
        if given not in check.kinds:
            raise Refused(
                f"Invalid {kind}: Incorrect operand type for operator or function; operator or function: "
                f"{check.taker}, operand type: {given}"
            )
