"""Where things are: room/shelf/thing, requests in ``operations`` alone, and no small file without a reason."""

import ast
import importlib
import pkgutil
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

import msgspec
import pytest

import chalicelib
from chalicelib.operations.declaration import Request
from chalicelib.operations.table import OPERATIONS, TASKS

PRODUCT = Path(chalicelib.__path__[0])
SHELVES = {"access", "estate", "plans", "runs", "launches", "steps", "afterwards", "notices"}
EXECUTION_SHELVES = {"starts", "waves", "steps", "people", "afterwards", "watch", "notices"}


class Room(msgspec.Struct, frozen=True):
    """The shelves that a room may have, and the modules that belong to none of them."""

    shelves: frozenset[str]
    at_top: frozenset[str] = frozenset()


ROOMS = {
    "domain": Room(frozenset(SHELVES), frozenset({"errors", "pages", "text", "limits", "attempts", "typed_json"})),
    "store/reads": Room(frozenset(SHELVES)),
    "store/writes": Room(frozenset(SHELVES)),
    "aws/reads": Room(frozenset(SHELVES)),
    "aws/actions": Room(frozenset(SHELVES)),
    "management": Room(frozenset(SHELVES), frozenset({"handlers", "saving", "importing"})),
    "execution": Room(frozenset(EXECUTION_SHELVES), frozenset({"handlers", "follow_up"})),
}

SMALL_FILE_LINES = 40
# In these rooms a file is small because a boundary is: one function, one resource, one screen, one table or service.
SMALL_BY_NATURE = ("api", "functions", "query", "store", "aws")
SMALL_WITH_REASON = {
    "calls/contexts.py": "what a call is to services, made from what Lambda gives; every entry uses it",
    "calls/schedules.py": "the path of a call whose function knows one operation and not the table of all",
    "calls/sign_in.py": "the one place where a token becomes a person, at the REST edge and where a command runs",
    "domain/typed_json.py": "where JSON becomes typed; msgspec crashes when two threads learn a type at once",
    "execution/follow_up.py": "what follows each call, for the functions with all operations and those with one",
    "domain/access/tags.py": "the tag of an answer: the query side knows its state, the edge knows what the client has",
    "domain/runs/history.py": "what records keep of earlier pauses and attempts, between records, tables and writes",
    "domain/access/context.py": "what every service knows of its call; most modules need nothing else of its shelf",
    "domain/estate/accounts.py": "account and Region, the key of all data about the estate",
    "domain/estate/quotas.py": "the quotas as AWS publishes them, with their codes",
    "domain/estate/figures.py": "the frame of all figures, between table, sync and dashboard",
    "domain/estate/settings.py": "the frame of every setting, between its table and the answers",
    "domain/notices/subscriptions.py": "the state of a subscription, between SNS, its table and the answers",
    "domain/pages.py": "the page of every list",
    "domain/text.py": "the rules on names and counts in messages",
    "execution/handlers.py": "the side's entry: which modules serve operations and tasks",
    "execution/notices/events.py": "how events get their ids, which needs the clock; the domain may not use it",
    "management/estate/list_repairs.py": "what earlier versions did not write; it goes when none of them is left",
    "management/estate/search_terms.py": "how terms follow an inventory, the same in two syncs",
    "execution/notices/notify_after.py": "the border between handlers and the notices of their events",
    "management/estate/syncs.py": "which function runs each kind of sync; it knows them all, and none knows it",
    "management/estate/tag_sync_settings.py": "what a person may change of the sync of tags; the sync only reads it",
    "management/handlers.py": "the side's entry: which modules serve operations",
    "operations/handlers.py": "how the three sides find the functions of operations",
    "probes/addresses.py": "the one place that decides which addresses steps may reach",
}


def test_every_module_is_on_a_shelf_of_its_room() -> None:
    assert misplaced(_modules()) == []


@pytest.mark.parametrize(
    "path",
    [
        "domain/leases.py",
        "domain/servers/inventory.py",
        "domain/runs/waves/timing.py",
        "store/reads/leases.py",
        "store/writes/watch/watch.py",
        "aws/actions/drs.py",
        "aws/reads/people/jobs.py",
        "management/alerts.py",
        "management/estate/groups/create.py",
        "execution/runs/start.py",
        "execution/start.py",
    ],
)
def test_a_misplaced_module_is_found(path: str) -> None:
    assert misplaced(["domain/runs/records.py", "domain/text.py", path]) == [path]


def test_modules_in_rooms_without_shelves_may_be_anywhere() -> None:
    assert misplaced(["store/audit.py", "store/tables/runs.py", "query/servers.py", "aws/asking.py"]) == []


def test_every_shelf_is_used_and_every_exception_exists() -> None:
    """A module that is listed but does not exist could later be added without review."""
    modules = set(_modules())
    used = {PurePosixPath(path).parts[1] for path in modules if path.startswith("domain/") and path.count("/") == 2}
    assert used == SHELVES
    at_top = {f"{name}/{module}.py" for name, room in ROOMS.items() for module in room.at_top}
    assert at_top - modules == set()
    assert set(SMALL_WITH_REASON) - modules == set()


def test_requests_are_defined_in_operations() -> None:
    operations, tasks = (item.request for item in OPERATIONS.values()), (item.request for item in TASKS.values())
    requests = {*operations, *tasks, *_all_subclasses(Request)}
    assert defined_elsewhere(requests) == []
    assert len(requests) > 20


def test_no_other_module_derives_a_request() -> None:
    """Reads the source, so that a class defined inside a function is found as well."""
    names = {cls.__name__ for cls in _all_subclasses(Request)} | {Request.__name__}
    sources = {path: (PRODUCT / path).read_text() for path in _modules() if not path.startswith("operations/")}
    assert {path: found for path, source in sources.items() if (found := requests_derived(source, names))} == {}


def test_a_request_that_is_defined_elsewhere_is_found() -> None:
    class Elsewhere(msgspec.Struct):
        pass

    assert defined_elsewhere({Elsewhere, Request}) == [f"{__name__}.{Elsewhere.__qualname__}"]


@pytest.mark.parametrize("base", ["Request", "declaration.Request", "PageRequest"])
def test_a_derived_request_is_found(base: str) -> None:
    source = f"def f() -> None:\n    class Mine({base}, frozen=True):\n        pass\n"
    assert requests_derived(source, {"Request", "PageRequest"}) == ["Mine"]
    assert requests_derived("class Mine(Struct):\n    pass\n", {"Request"}) == []


def test_a_small_file_has_a_boundary_as_its_reason() -> None:
    found = small_without_reason({path: len((PRODUCT / path).read_text().splitlines()) for path in _modules()})
    assert found == [], "move its content to where it is used, or name the boundary that it is in SMALL_WITH_REASON"


@pytest.mark.parametrize("path", ["domain/runs/small.py", "calls/small.py", "management/estate/small.py", "small.py"])
def test_a_small_file_without_a_reason_is_found(path: str) -> None:
    lines = {path: SMALL_FILE_LINES - 1, "domain/text.py": 1, "store/reads/runs/small.py": 1, "calls/large.py": 40}
    assert small_without_reason(lines) == [path]


def misplaced(paths: Iterable[str]) -> list[str]:
    """The modules of rooms with shelves that are neither on one of the room's shelves nor allowed at its top."""
    found = []
    for path in paths:
        name = next((name for name in ROOMS if path.startswith(f"{name}/")), None)
        if name is None:
            continue
        room, parts = ROOMS[name], PurePosixPath(path).relative_to(name).with_suffix("").parts
        on_a_shelf = len(parts) == 2 and parts[0] in room.shelves
        at_top = len(parts) == 1 and parts[0] in room.at_top
        if not on_a_shelf and not at_top:
            found.append(path)
    return found


def defined_elsewhere(requests: Iterable[type]) -> list[str]:
    """The classes that are not defined in a module of ``operations``."""
    return sorted(
        f"{cls.__module__}.{cls.__qualname__}"
        for cls in requests
        if not cls.__module__.startswith("chalicelib.operations.")
    )


def requests_derived(source: str, requests: Iterable[str]) -> list[str]:
    """The classes in a source that are derived from a request, recognised by the last part of the base's name."""
    known = set(requests)
    return [
        node.name
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.ClassDef) and any(ast.unparse(base).rpartition(".")[2] in known for base in node.bases)
    ]


def small_without_reason(lines: dict[str, int]) -> list[str]:
    """The files under 40 lines for which no reason is given."""
    return [
        path
        for path, count in lines.items()
        if count < SMALL_FILE_LINES
        and PurePosixPath(path).parts[0] not in SMALL_BY_NATURE
        and path not in SMALL_WITH_REASON
    ]


def _modules() -> list[str]:
    """The path in ``chalicelib`` of every module except packages (``__init__``)."""
    paths = (path.relative_to(PRODUCT) for path in sorted(PRODUCT.rglob("*.py")))
    return [path.as_posix() for path in paths if path.name != "__init__.py"]


def _all_subclasses(base: type) -> Iterator[type]:
    for module in pkgutil.walk_packages(chalicelib.__path__, "chalicelib."):
        importlib.import_module(module.name)
    waiting: list[type] = [base]
    while waiting:
        subclasses: list[type] = waiting.pop().__subclasses__()
        for cls in subclasses:
            # A test may have defined subclasses of its own.
            if cls.__module__.startswith("chalicelib."):
                waiting.append(cls)
                yield cls


def test_the_modules_of_the_product_are_examined() -> None:
    """The rules above must not pass because no file was examined."""
    assert len(_modules()) > 100
    assert Path(PRODUCT / "domain/text.py").is_file()
