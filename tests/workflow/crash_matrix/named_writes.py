"""Gives every write a name while it runs: the calling module and the write, ``launching>jobs.claim_launch``.

A write is a public function of ``store.writes``, ``aws.actions`` or ``store.audit``. Within ``named_writes`` every
module of the product calls wrapped writes, which set a context variable for the time of the call; threads of the
product inherit it. Where a module imports a write by name, that name is wrapped in the importing module. Where it
imports the module of the write (``from ..store.writes import waves as writes``), a stand-in for that module takes its
place. So the name is always that of the importing module. Only the last parts of module names count: folders may
change.
"""

import functools
import importlib
import pkgutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from types import CodeType, FunctionType, ModuleType, SimpleNamespace
from typing import Any, ParamSpec, TypeGuard, TypeVar, cast

import pytest

import chalicelib.calls
import chalicelib.execution
import chalicelib.management

P = ParamSpec("P")
R = TypeVar("R")

PRODUCT = "chalicelib."
WRITES = ("chalicelib.store.writes.", "chalicelib.aws.actions.", "chalicelib.store.audit")
BELOW = ("chalicelib.store.", "chalicelib.aws.")
"""The rooms of the writes, whose modules call each other within a write that has its name already."""
EXECUTION = f"{chalicelib.execution.__name__}."

WRITES_NOTHING = {
    "timeline.attempted_events": "collects what others write, and calls nothing",
    "server_updates.touched_waves": "collects what others change, and calls nothing",
    "server_updates.touch_wave": "notes a wave, and calls nothing",
    "recoveries.check_launch_access": "assumes a role, and sends DRS nothing",
}
"""Public functions of these rooms that change nothing, with the reason: a death there has no effect to look at."""


@dataclass(frozen=True)
class Running:
    """The write that runs, if any, and the arguments of the product's running functions, innermost first."""

    site: str = ""
    given: tuple[Any, ...] = ()


_NOTHING = Running()
_running: ContextVar[Running] = ContextVar("running_write", default=_NOTHING)


def running() -> Running:
    """The write and the functions that run in this context."""
    return _running.get()


@functools.cache
def sites() -> tuple[str, ...]:
    """Every write of the execution side and of the modules that carry its calls. A new import is a new site."""
    modules = [*_modules_of(chalicelib.execution), *_modules_of(chalicelib.calls)]
    return tuple(sorted({site for module in modules for site in sites_in(module)}))


@functools.cache
def management_sites() -> tuple[str, ...]:
    """Every write of the management side. A new import is a new site."""
    return tuple(sorted({site for module in _modules_of(chalicelib.management) for site in sites_in(module)}))


def sites_in(module: ModuleType) -> Iterator[str]:
    """The writes that one module imports, and those that it uses of modules that it imports."""
    for value in vars(module).values():
        if _is_write(value):
            yield _site(module, value)
        elif _holds_writes(value):
            used = _names_used_in(module)
            yield from (
                _site(module, write) for name, write in vars(value).items() if name in used and _is_write(write)
            )


@contextmanager
def named_writes() -> Iterator[None]:
    """Within this context ``running`` knows the name of every write that the product makes."""
    _modules_of(chalicelib.execution)
    _modules_of(chalicelib.management)
    above = [module for name, module in sys.modules.items() if name.startswith(PRODUCT) and not name.startswith(BELOW)]
    with pytest.MonkeyPatch.context() as patch:
        for module in above:
            for name, value in list(vars(module).items()):
                if _is_write(value):
                    patch.setattr(module, name, _wrapped(value, _site(module, value)))
                elif _holds_writes(value):
                    patch.setattr(module, name, _stand_in(module, value))
                elif isinstance(value, FunctionType) and value.__module__.startswith(EXECUTION):
                    patch.setattr(module, name, _wrapped(value))
        yield


def _modules_of(room: ModuleType) -> list[ModuleType]:
    """All modules of a room, imported."""
    return [importlib.import_module(item.name) for item in pkgutil.walk_packages(room.__path__, f"{room.__name__}.")]


def _wrapped(function: Callable[P, R], site: str = "") -> Callable[P, R]:
    """The same function; while it runs, its arguments are known, and its name if it is a write."""

    @functools.wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        before = _running.get()
        token = _running.set(Running(site or before.site, (*args, *kwargs.values(), *before.given)))
        try:
            return function(*args, **kwargs)
        finally:
            _running.reset(token)

    return call


def _stand_in(importer: ModuleType, module: ModuleType) -> SimpleNamespace:
    names = vars(module).items()
    return SimpleNamespace(
        **{name: _wrapped(value, _site(importer, value)) if _is_write(value) else value for name, value in names}
    )


def _site(importer: ModuleType, write: FunctionType) -> str:
    caller, owner = (name.rpartition(".")[2] for name in (importer.__name__, write.__module__))
    return f"{caller}>{owner}.{write.__name__}"


def _is_write(value: object) -> TypeGuard[FunctionType]:
    if not isinstance(value, FunctionType) or value.__name__.startswith("_"):
        return False
    known = f"{value.__module__.rpartition('.')[2]}.{value.__name__}" in WRITES_NOTHING
    return value.__module__.startswith(WRITES) and not known


def _holds_writes(value: object) -> TypeGuard[ModuleType]:
    return isinstance(value, ModuleType) and value.__name__.startswith(WRITES)


def _names_used_in(module: ModuleType) -> set[str]:
    """The names that the functions of a module use: its own, those of others and attributes."""
    loader = cast(Any, module.__loader__)
    pending: list[CodeType] = [loader.get_code(module.__name__)]
    names: set[str] = set()
    while pending:
        inner = [item for item in pending.pop().co_consts if isinstance(item, CodeType)]
        names.update(name for code in inner for name in code.co_names)
        pending += inner
    return names
