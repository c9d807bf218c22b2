"""The code's own list of writes: every place in the execution side that writes to a table or acts on AWS."""

import ast
import functools
import importlib
import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import chalicelib.execution

EXECUTION = Path(chalicelib.execution.__file__).parent
ROOMS = ("store.writes", "aws.actions")

WRITES_NOTHING = {
    "attempted.attempted_events": "collects what others write, and calls nothing",
    "drs.check_launch_access": "assumes a role, and asks DRS for nothing",
}
"""Functions of these rooms that are no writes, with the reason; a death at one of them cannot be told from none."""


@dataclass(frozen=True, order=True)
class Site:
    """One write where it stands: ``function`` of the execution side (``module.name``) calls ``write`` of a room below.

    All calls of one write in one function are one site.
    """

    function: str
    write: str

    def __str__(self) -> str:
        return f"{self.function}>{self.write}"


@functools.cache
def sites() -> tuple[Site, ...]:
    """All there are, read from the source: whoever writes a new call has added it to this list."""
    found = {site for path in sorted(EXECUTION.glob("*.py")) for site in sites_in(path)}
    return tuple(sorted(site for site in found if site.write not in WRITES_NOTHING))


def sites_in(path: Path) -> Iterator[Site]:
    """The writes in one module of the execution side."""
    tree = ast.parse(path.read_text())
    names: dict[str, str] = {}
    modules: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith(ROOMS):
            for alias in node.names:
                known = names if node.module not in ROOMS else modules
                known[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    for function, node in _functions(tree.body, path.stem):
        for part in ast.walk(node):
            if isinstance(part, ast.Name):
                full = names.get(part.id, "")
            elif isinstance(part, ast.Attribute) and isinstance(part.value, ast.Name):
                full = f"{modules[part.value.id]}.{part.attr}" if part.value.id in modules else ""
            else:
                continue
            if _is_function(full):
                yield Site(function, ".".join(full.split(".")[-2:]))


def _functions(body: list[ast.stmt], prefix: str) -> Iterator[tuple[str, ast.stmt]]:
    """The functions of a module and the methods of its classes; what is defined within one belongs to it."""
    for node in body:
        if isinstance(node, ast.ClassDef):
            yield from _functions(node.body, f"{prefix}.{node.name}")
        elif isinstance(node, ast.FunctionDef):
            yield f"{prefix}.{node.name}", node


def _is_function(full: str) -> bool:
    module, _, name = full.rpartition(".")
    return bool(module) and inspect.isfunction(getattr(importlib.import_module(f"chalicelib.{module}"), name, None))
