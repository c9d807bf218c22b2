"""What each function loads when it starts: its own side or its one operation, and no more modules than stated here.

A module costs a start about a quarter of a millisecond. A function that needs more of them gets a higher number here,
in the change that makes it need them.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import grimp
import pytest

from tests.architecture.conftest import ROOT
from tests.architecture.test_packaged_application import HANDLERS

TABLE = "chalicelib.operations.table"
SIDES = {f"chalicelib.{side}" for side in ("query", "execution", "management")}

# Function → the side that it may load, and how many modules of the product at most.
MOST_MODULES = {
    "api_handler": ("query", 325),
    "query-handler": ("query", 320),
    "execution-handler": ("execution", 315),
    "data-management-handler": ("management", 340),
    "metrics": ("query", 135),
    "execution-watchdog": ("execution", 225),
    "drill-cleanup": ("execution", 201),
    "drs-events": ("execution", 92),
    "due-drills": ("execution", 231),
    "inventory-sync": ("management", 171),
    "recovery-instance-sync": ("management", 150),
    "launch-settings-drift": ("management", 146),
    "tag-sync": ("management", 140),
    "staging-sync": ("management", 131),
    "evidence-writer": ("management", 48),
}
WITH_ALL_OPERATIONS = {"api_handler", "query-handler", "execution-handler", "data-management-handler"}


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    return grimp.build_graph("chalicelib", exclude_type_checking_imports=True, cache_dir=None)


@pytest.mark.parametrize("function", sorted(HANDLERS))
def test_a_function_loads_no_more_than_it_may(graph: grimp.ImportGraph, function: str) -> None:
    side, most = MOST_MODULES[function]
    loaded = modules_of(function, graph)
    sides = {module for module in loaded if module in SIDES}
    assert sides <= {f"chalicelib.{side}"}
    assert (TABLE in loaded) == (function in WITH_ALL_OPERATIONS)
    assert len(loaded) <= most, sorted(loaded)


@pytest.mark.parametrize("function", sorted(set(HANDLERS) - WITH_ALL_OPERATIONS))
def test_a_function_of_one_purpose_does_not_load_a_whole_side(graph: grimp.ImportGraph, function: str) -> None:
    loaded = modules_of(function, graph)
    assert not loaded & {f"{side}.handlers" for side in SIDES}
    assert not any(module.startswith("chalicelib.api") for module in loaded)


def test_an_import_within_a_function_is_counted_for_that_function_only() -> None:
    source = "from .calls import a\ndef one():\n    from .x import b\n    helped()\ndef helped():\n    import y\n"
    assert set(imported_by("one", source, "chalicelib")) >= {"chalicelib.calls", "chalicelib.x", "y"}
    assert "chalicelib.x" not in set(imported_by("helped", source, "chalicelib"))
    assert "y" not in set(imported_by("", source, "chalicelib"))


def modules_of(function: str, graph: grimp.ImportGraph) -> set[str]:
    """The modules of the product that the function has loaded when it serves its first request."""
    module, _, name = HANDLERS[function].rpartition(".")
    todo, loaded = [module, *_imports_of_door(module, name)], set[str]()
    while todo:
        each = todo.pop()
        if each in loaded or each not in graph.modules:
            continue
        loaded.add(each)
        todo.append(each.rpartition(".")[0])
        # The modules of functions import within them what only those functions need.
        is_door = each.startswith("chalicelib.functions.")
        todo += _imports_of_door(each) if is_door else graph.find_modules_directly_imported_by(each)
    return loaded


def _imports_of_door(module: str, function: str = "") -> list[str]:
    source = (ROOT / Path(*module.split("."))).with_suffix(".py").read_text()
    return list(imported_by(function, source, module.rpartition(".")[0]))


def imported_by(name: str, source: str, package: str) -> Iterator[str]:
    """What a module imports at its top, and within the function of that name and the functions that it calls."""
    tree = ast.parse(source)
    functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    todo, done = [name], set[str]()
    yield from _imports([node for node in tree.body if not isinstance(node, ast.FunctionDef)], package)
    while todo:
        function = functions.get(todo.pop())
        if function is None or function.name in done:
            continue
        done.add(function.name)
        yield from _imports(function.body, package)
        todo += [node.id for node in ast.walk(function) if isinstance(node, ast.Name)]


def _imports(body: list[ast.stmt], package: str) -> Iterator[str]:
    for node in (each for statement in body for each in ast.walk(statement)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            source = ".".join([*above, *([node.module] if node.module else [])])
            yield source
            # ``from .api import document`` names a module, ``from .answers import Answer`` does not.
            yield from (f"{source}.{alias.name}" for alias in node.names if alias.name.islower())
