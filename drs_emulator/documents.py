"""Reads YAML and JSON files so that no value becomes something else than what its author wrote.

Both are read by the rules of YAML 1.2's core schema, without what people mistake: a number with a leading zero or in
another base is refused, and words, times and dates that YAML 1.1 converts (`no`, `1:30`, `2026-01-01`) are text. A key
given twice is refused, and size, depth and what aliases expand to are bounded.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any, NoReturn

import yaml

from drs_emulator.errors import DocumentError, ScenarioError

MAX_CHARACTERS = 5_000_000
MAX_DEPTH = 32
MAX_VALUES = 100_000

_NULL = {"", "~", "null", "Null", "NULL"}
_BOOLEANS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INTEGER = re.compile(r"[-+]?[0-9]{1,400}")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_AMBIGUOUS = re.compile(r"[-+]?0[0-9_]+(?:\.[0-9_]*)?|[-+]?0[xXoObB][0-9a-fA-F_]+")
_TEXT_TAGS = {None, "!", "tag:yaml.org,2002:str"}


class Document(dict[str, Any]):
    """The mapping in a file, which remembers the line of each field."""

    def __init__(self, file: Path, content: Mapping[str, Any], lines: Mapping[str, int]) -> None:
        super().__init__(content)
        self.file = file
        self._lines = lines

    def line_of(self, field: str) -> int | None:
        """The line of a field, or of the nearest field around it. A field is a path such as `faults[0].kind`."""
        while field not in self._lines and field:
            field = field[: max(field.rfind("."), field.rfind("["), 0)]
        return self._lines.get(field)

    def error(self, field: str, problem: str) -> DocumentError:
        """The error of a field of this file."""
        return DocumentError(self.file, field, self.line_of(field), problem)


def read_document(path: Path) -> Document:
    """A YAML or JSON file whose top level is a mapping. Raises `DocumentError`."""
    try:
        with path.open(encoding="utf-8") as file:
            text = file.read(MAX_CHARACTERS + 1)
    except OSError as error:
        raise DocumentError(path, "file", None, f"cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise DocumentError(path, "file", None, "is not UTF-8 text") from None
    if len(text) > MAX_CHARACTERS:
        raise DocumentError(path, "file", None, f"has more than {MAX_CHARACTERS:,} characters")
    # JSON may be indented with tabs, YAML may not. Within JSON's strings tabs are escaped.
    return parse_document(text.replace("\t", " ") if path.suffix == ".json" else text, path)


def parse_document(text: str, path: Path) -> Document:
    """The mapping in the text of a file. Raises `DocumentError`."""
    reader = _Reader(text, path)
    try:
        content = reader.read()
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark is not None else None
        what = " ".join(part for part in (error.context, error.problem) if part)
        raise DocumentError(path, "file", line, f"is neither YAML nor JSON: {what}") from None
    except yaml.YAMLError as error:
        problem = f"is neither YAML nor JSON: {' '.join(str(error).split())}"
        raise DocumentError(path, "file", None, problem) from None
    if not isinstance(content, dict):
        raise DocumentError(path, "file", None, "must be a mapping")
    return Document(path, content, reader.lines)


@contextmanager
def located(document: Mapping[str, Any], root: str) -> Iterator[None]:
    """Adds file and line to errors about a document that was read from a file. `root` begins the errors' fields."""
    try:
        yield
    except ScenarioError as error:
        if not isinstance(document, Document) or isinstance(error, DocumentError):
            raise
        line = document.line_of(error.where.removeprefix(root).removeprefix("."))
        raise DocumentError(document.file, error.where, line, error.problem) from None


class _Reader:
    """Makes values from the parser's events, because only there lines, tags and the spelling of scalars are known."""

    def __init__(self, text: str, path: Path) -> None:
        self.lines: dict[str, int] = {}
        self._path = path
        self._events: Iterator[Any] = iter(yaml.parse(text, Loader=yaml.SafeLoader))
        self._anchors: dict[str, tuple[Any, int]] = {}
        self._values = 0

    def read(self) -> Any:
        """The only document of the file; None for an empty file."""
        next(self._events)
        event = next(self._events)
        if isinstance(event, yaml.StreamEndEvent):
            return None
        content = self._value(next(self._events), "", 1)
        next(self._events)
        event = next(self._events)
        if not isinstance(event, yaml.StreamEndEvent):
            self._refuse(event, "file", "has a second document; a file has one")
        return content

    def _value(self, event: Any, field: str, depth: int) -> Any:
        before = self._values
        self._count(event, field, 1)
        if isinstance(event, yaml.AliasEvent):
            return self._aliased(event, field)
        if isinstance(event, yaml.ScalarEvent):
            value = self._scalar(event, field)
        else:
            if event.tag is not None:
                self._refuse(event, field, f"has the tag '{event.tag}'; tags are not supported, so leave it out")
            if depth > MAX_DEPTH:
                self._refuse(event, field, f"is nested more than {MAX_DEPTH} levels deep")
            is_mapping = isinstance(event, yaml.MappingStartEvent)
            value = self._mapping(field, depth) if is_mapping else self._sequence(field, depth)
        if event.anchor is not None:
            self._anchors[event.anchor] = (value, self._values - before)
        return value

    def _mapping(self, field: str, depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            if not isinstance(event, yaml.ScalarEvent):
                self._refuse(event, field, "has a key that is not text")
            key = self._text(event, field)
            place = f"{field}.{key}" if field else key
            if key in found:
                self._refuse(event, place, f"is given twice, first in line {self.lines[place]}; give it once")
            self.lines[place] = _line(event)
            found[key] = self._value(next(self._events), place, depth + 1)
        return found

    def _sequence(self, field: str, depth: int) -> list[Any]:
        found: list[Any] = []
        for index in count():
            event = next(self._events)
            if isinstance(event, yaml.SequenceEndEvent):
                break
            place = f"{field}[{index}]"
            self.lines[place] = _line(event)
            found.append(self._value(event, place, depth + 1))
        return found

    def _aliased(self, event: Any, field: str) -> Any:
        if event.anchor not in self._anchors:
            self._refuse(event, field, f"refers to '*{event.anchor}', which is not complete above it")
        value, size = self._anchors[event.anchor]
        self._count(event, field, size)
        return value

    def _scalar(self, event: Any, field: str) -> Any:
        text = self._text(event, field)
        if event.style is not None or event.tag is not None:
            return text
        if text in _NULL:
            return None
        if text in _BOOLEANS:
            return _BOOLEANS[text]
        if _AMBIGUOUS.fullmatch(text):
            problem = f"is {text}, which programs read as different numbers; write '{text}' in quotes if it is text"
            self._refuse(event, field, f"{problem}, or the number without leading zeros in decimal digits")
        if _INTEGER.fullmatch(text):
            return int(text)
        return self._number(event, field, text) if _FLOAT.fullmatch(text) else text

    def _number(self, event: Any, field: str, text: str) -> float:
        number = float(text)
        if number in {float("inf"), float("-inf")}:
            self._refuse(event, field, "is too large a number; write it in quotes if it is text")
        return number

    def _text(self, event: Any, field: str) -> str:
        if event.tag not in _TEXT_TAGS:
            self._refuse(event, field, f"has the tag '{event.tag}'; tags are not supported, so leave it out")
        try:
            # JSON escapes a character beyond U+FFFF as two, which the YAML parser does not join.
            return str(event.value).encode("utf-16", "surrogatepass").decode("utf-16")
        except UnicodeDecodeError:
            self._refuse(event, field, "contains half a character (a lone surrogate)")

    def _count(self, event: Any, field: str, size: int) -> None:
        self._values += size
        if self._values > MAX_VALUES:
            self._refuse(event, field, f"is beyond the {MAX_VALUES:,} values that a file may have, aliases included")

    def _refuse(self, event: Any, field: str, problem: str) -> NoReturn:
        raise DocumentError(self._path, field or "file", _line(event), problem)


def _line(event: Any) -> int:
    return int(event.start_mark.line) + 1
