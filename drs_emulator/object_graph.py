"""Writes a graph of this package's objects as JSON values, and reads it back: records, and the steps still to come.

A step is a bound method, a partial or a function, inner ones included. Only classes and functions of this package are
written and read, so a graph can make nothing else. It fits the version of the package that wrote it.
"""

from __future__ import annotations

import dataclasses
import importlib
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from enum import Enum
from functools import partial
from types import CellType, CodeType, FunctionType, MethodType
from typing import Any

_PACKAGE = __name__.partition(".")[0]
_PLAIN = (type(None), bool, int, float, str)
_LOCAL = ".<locals>."


class NotSavable(TypeError):
    """A value that cannot be written."""


class NotReadable(ValueError):
    """Not a graph that this version of the package has written."""


def write_graph(value: Any, known: Mapping[str, Any]) -> dict[str, Any]:
    """The graph below `value`. Objects of `known` are not written, but named. Raises `NotSavable`."""
    writer = _Writer(known)
    root = writer.write(value)
    return {"root": root, "objects": writer.objects}


def read_graph(graph: Any, known: Mapping[str, Any]) -> Any:
    """The value that was written; `known` has what stands for the names. Raises `NotReadable`."""
    try:
        reader = _Reader(graph["objects"], known)
        return reader.read(graph["root"])
    except NotReadable:
        raise
    except (KeyError, IndexError, TypeError, ValueError, AttributeError, ImportError) as error:
        raise NotReadable(f"{type(error).__name__}: {error}") from None


class _Writer:
    """Whatever can change, or be met twice, is written once, into `objects`."""

    def __init__(self, known: Mapping[str, Any]) -> None:
        self.objects: list[Any] = []
        self._known = {id(value): name for name, value in known.items()}
        self._numbers: dict[int, int] = {}
        self._kept: list[Any] = []  # while it is written, no other object may get its id

    def write(self, value: Any) -> Any:
        if id(value) in self._known:
            return {"known": self._known[id(value)]}
        if type(value) in _PLAIN:
            return value
        if isinstance(value, Enum):
            return {"enum": [_name_of(type(value)), value.value]}
        if isinstance(value, datetime):
            return {"time": value.isoformat()}
        if isinstance(value, (tuple, frozenset)):
            kind = "tuple" if isinstance(value, tuple) else "frozenset"
            return {kind: [self.write(item) for item in value]}
        return self._write_step(value) or {"ref": self._number(value)}

    def _write_step(self, value: Any) -> dict[str, Any] | None:
        if isinstance(value, MethodType):
            return {"method": [self.write(value.__self__), value.__func__.__name__]}
        if isinstance(value, partial):
            arguments = [self.write(each) for each in value.args]
            keywords = {name: self.write(each) for name, each in value.keywords.items()}
            return {"partial": [self.write(value.func), arguments, keywords]}
        if isinstance(value, FunctionType) and _LOCAL not in value.__qualname__:
            return {"function": _name_of(value)}
        return None

    def _number(self, value: Any) -> int:
        number = self._numbers.get(id(value))
        if number is None:
            number = self._numbers[id(value)] = len(self.objects)
            self._kept.append(value)
            self.objects.append(None)
            self.objects[number] = self._describe(value)
        return number

    def _describe(self, value: Any) -> dict[str, Any]:
        if type(value) in (list, set):
            return {type(value).__name__: [self.write(item) for item in value]}
        if type(value) is dict:
            return {"dict": [[self.write(key), self.write(item)] for key, item in value.items()]}
        if isinstance(value, FunctionType):
            return self._describe_inner(value)
        return {
            "object": _name_of(type(value)),
            "fields": {name: self.write(each) for name, each in vars(value).items()},
        }

    def _describe_inner(self, function: FunctionType) -> dict[str, Any]:
        outer = f"{function.__module__}:{function.__qualname__.partition(_LOCAL)[0]}"
        for nth, code in enumerate(_codes_within(outer) if _is_ours(function) else ()):
            if code is function.__code__:
                cells = [self.write(cell.cell_contents) for cell in function.__closure__ or ()]
                variables = dict(zip(code.co_freevars, cells, strict=True))
                return {
                    "inner": outer,
                    "nth": nth,
                    "variables": variables,
                    "defaults": self.write(function.__defaults__),
                }
        raise NotSavable(f"{function.__module__}.{function.__qualname__}")


class _Reader:
    """First every object is made, then all are filled: they may refer to each other in circles."""

    def __init__(self, described: list[Any], known: Mapping[str, Any]) -> None:
        self._known = known
        self._objects = [_empty(each) for each in described]
        for made, each in zip(self._objects, described, strict=True):
            self._fill(made, each)

    def read(self, value: Any) -> Any:
        if not isinstance(value, dict):
            if type(value) in _PLAIN:
                return value
            raise NotReadable(f"{value!r} is not a value")
        [(kind, content)] = value.items()
        return _READERS[kind](self, content)

    def _fill(self, made: Any, described: dict[str, Any]) -> None:
        if isinstance(made, list):
            made.extend(self.read(item) for item in described["list"])
        elif isinstance(made, set):
            made.update(self.read(item) for item in described["set"])
        elif isinstance(made, dict):
            made.update((self.read(key), self.read(item)) for key, item in described["dict"])
        elif isinstance(made, FunctionType):
            variables = described["variables"]
            if list(variables) != list(made.__code__.co_freevars):
                raise NotReadable(f"{described['inner']} has other variables here")
            for cell, value in zip(made.__closure__ or (), variables.values(), strict=True):
                cell.cell_contents = self.read(value)
            made.__defaults__ = self.read(described["defaults"])
        else:
            vars(made).update((name, self.read(value)) for name, value in described["fields"].items())

    def known(self, name: str) -> Any:
        return self._known[name]

    def ref(self, number: int) -> Any:
        return self._objects[number]

    def partial(self, parts: list[Any]) -> Any:
        function, arguments, keywords = parts
        given = {name: self.read(each) for name, each in keywords.items()}
        return partial(self.read(function), *(self.read(each) for each in arguments), **given)

    def method(self, parts: list[Any]) -> Any:
        owner, name = self.read(parts[0]), parts[1]
        function = getattr(type(owner), name)
        if not isinstance(function, FunctionType) or not _is_ours(function):
            raise NotReadable(f"{name} is not a method of {type(owner).__name__}")
        return MethodType(function, owner)


_READERS: Mapping[str, Callable[[_Reader, Any], Any]] = {
    "known": _Reader.known,
    "ref": _Reader.ref,
    "time": lambda _reader, text: datetime.fromisoformat(text),
    "enum": lambda _reader, named: _resolve_class(named[0])(named[1]),
    "tuple": lambda reader, items: tuple(reader.read(item) for item in items),
    "frozenset": lambda reader, items: frozenset(reader.read(item) for item in items),
    "method": _Reader.method,
    "partial": _Reader.partial,
    "function": lambda _reader, name: _resolve(name),
}


def _empty(described: dict[str, Any]) -> Any:
    for kind in (list, set, dict):
        if kind.__name__ in described:
            return kind()
    if "inner" in described:
        code = list(_codes_within(described["inner"]))[described["nth"]]
        module = importlib.import_module(described["inner"].partition(":")[0])
        return FunctionType(code, vars(module), code.co_name, None, tuple(CellType() for _ in code.co_freevars))
    cls = _resolve_class(described["object"])
    expected = {field.name for field in dataclasses.fields(cls)} if dataclasses.is_dataclass(cls) else None
    if expected is not None and expected != set(described["fields"]):
        raise NotReadable(f"{described['object']} has other fields here")
    return object.__new__(cls)


def _codes_within(name: str) -> Iterator[CodeType]:
    """The codes of all functions inside a function, outer ones first, in the order of the source."""
    waiting: list[CodeType] = [_resolve(name).__code__]
    while waiting:
        for constant in waiting.pop(0).co_consts:
            if isinstance(constant, CodeType):
                yield constant
                waiting.append(constant)


def _name_of(value: Any) -> str:
    name = f"{value.__module__}:{value.__qualname__}"
    if not _is_ours(value) or "<" in name:
        raise NotSavable(name.replace(":", "."))
    return name


def _resolve(name: str) -> Any:
    """A class or function by its name; only of this package, so that a graph reaches nothing else."""
    module, _, path = name.partition(":")
    if module.partition(".")[0] != _PACKAGE:
        raise NotReadable(f"{name} is not of {_PACKAGE}")
    found: Any = importlib.import_module(module)
    for part in path.split("."):
        found = getattr(found, part)
    if not isinstance(found, (type, FunctionType)) or not _is_ours(found):
        raise NotReadable(f"{name} is not a class or function of {_PACKAGE}")
    return found


def _resolve_class(name: str) -> Any:
    found = _resolve(name)
    if not isinstance(found, type):
        raise NotReadable(f"{name} is not a class")
    return found


def _is_ours(value: Any) -> bool:
    return str(value.__module__).partition(".")[0] == _PACKAGE
