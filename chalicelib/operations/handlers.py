"""Finds the functions that serve operations and tasks by their names."""

from collections.abc import Callable, Iterable, Mapping
from types import ModuleType
from typing import Any

from .declaration import Side
from .table import OPERATIONS, TASKS

Handlers = Mapping[str, Callable[..., Any]]


def operation_handlers(side: Side, *modules: ModuleType) -> Handlers:
    """The functions in ``modules`` that serve the side's operations, by name."""
    return _found((item.name for item in OPERATIONS.values() if item.side is side), modules)


def task_handlers(side: Side, *modules: ModuleType) -> Handlers:
    """The functions in ``modules`` that serve the side's tasks, by name."""
    return _found((item.name for item in TASKS.values() if item.side is side), modules)


def _found(names: Iterable[str], modules: Iterable[ModuleType]) -> Handlers:
    """The functions with these names. A function counts in the module that defines it, not where it is imported."""
    functions = {
        name: function
        for module in modules
        for name, function in vars(module).items()
        if getattr(function, "__module__", "") == module.__name__
    }
    return {name: functions[name] for name in names if name in functions}
