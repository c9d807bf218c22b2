"""What is loaded when it is first used: who serves one operation does not wait for all the others.

Types and the contracts on imports are checked all the same: under TYPE_CHECKING what is late is an ordinary import. In
the handlers' tables it is a neighbour, under the same contracts. See docs/adr/0025-what-a-cold-start-loads.md.
"""

from importlib import import_module
from typing import Any


class LateName:
    """A function or a type of a module that is not loaded yet; ``late[...]`` is the generic type with its arguments."""

    __slots__ = ("_arguments", "_module", "_name")

    def __init__(self, module: str, name: str, arguments: Any = None) -> None:
        self._module = module
        self._name = name
        self._arguments = arguments

    def __getitem__(self, arguments: Any) -> "LateName":
        return LateName(self._module, self._name, arguments)

    def __call__(self, *arguments: Any) -> Any:
        return self.load()(*arguments)

    def load(self) -> Any:
        """What bears the name. Raises AttributeError when its module has none of that name."""
        named = getattr(import_module(self._module), self._name)
        return named if self._arguments is None else named[loaded(self._arguments)]


class LateModule:
    """Stands for ``package.name``; its attributes are late names."""

    def __init__(self, package: str, name: str) -> None:
        self._module = f"{package}.{name}"

    def __getattr__(self, name: str) -> LateName:
        return LateName(self._module, name)


def late_neighbour(beside: str, name: str) -> LateModule:
    """The module ``name`` in the package of the module ``beside`` (its ``__name__``), not loaded yet."""
    return LateModule(beside.rpartition(".")[0], name)


def loaded(named: Any) -> Any:
    """``named`` itself, or what it stands for when it is a late name."""
    return named.load() if isinstance(named, LateName) else named
