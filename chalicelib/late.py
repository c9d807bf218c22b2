"""Modules that are loaded when they are first used: who serves one operation does not wait for all the others.

The contracts on imports hold all the same: a late module is a neighbour of the module that names it, and each
neighbour is under the contracts itself.
"""

from collections.abc import Callable
from importlib import import_module
from typing import Any


class LateFunction:
    """A function of a module that is loaded with its first call."""

    def __init__(self, module: str, name: str) -> None:
        self._module = module
        self._name = name

    def load(self) -> Callable[..., Any]:
        """The function itself. Raises AttributeError when its module has none of that name."""
        function: Callable[..., Any] = getattr(import_module(self._module), self._name)
        return function

    def __call__(self, *arguments: Any) -> Any:
        return self.load()(*arguments)


class LateModule:
    """Stands for ``package.name``; its attributes are late functions."""

    def __init__(self, package: str, name: str) -> None:
        self._module = f"{package}.{name}"

    def __getattr__(self, name: str) -> LateFunction:
        return LateFunction(self._module, name)


def late_neighbour(beside: str, name: str) -> LateModule:
    """The module ``name`` in the package of the module ``beside`` (its ``__name__``), not loaded yet."""
    return LateModule(beside.rpartition(".")[0], name)
