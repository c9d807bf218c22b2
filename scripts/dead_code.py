"""Reports code that nothing uses; tests do not count as users of the product.

Tests do count as users of the emulator, the local cloud and the benchmarks. vulture finds names that are never read. In
class bodies these are mostly fields, table attributes and enumeration members, and attributes of objects are mostly set
for a library. Both are left out here.

    python -m scripts.dead_code [PATH …]     everything when no path is given
"""

import ast
import sys
from collections.abc import Sequence
from pathlib import Path

from vulture import Vulture
from vulture.core import Item

from chalicelib.operations.table import OPERATIONS, TASKS

ROOT = Path(__file__).resolve().parent.parent
PRODUCT = ("app.py", "chalicelib", "scripts")
# Registers target accounts with the product's own write, which no operation uses yet.
USERS_OF_THE_PRODUCT = ("local/world.py",)
# Used by the product's tests and measurements: a fault that can be injected is used by tests only.
GROUND = ("drs_emulator", "drs_plans", "local", "benchmarks")
USERS_OF_THE_GROUND = ("tests",)

# Called by a framework by name, like the functions of operations and tasks.
CALLED_FROM_OUTSIDE = [
    "do_*",
    "handle_*",  # socketserver and http.server
    "log_*",
    "server_*",
    "Meta",  # PynamoDB
    "serialize",
    "deserialize",
    "attr_type",
    "load_file",  # botocore, which loads its descriptions by this name
    "list_available_services",
    "_enrich_response",  # moto
]
REGISTERED_BY_DECORATOR = ["@*.lambda_function", "@*.schedule", "@*.route", "@*.authorizer"]


def main(arguments: Sequence[str]) -> int:
    """Prints the unused code; returns 1 if there is any."""
    if arguments:
        dead = unused_code([Path(name) for name in arguments])
    else:
        product, ground, users = (_existing(names) for names in (PRODUCT, GROUND, USERS_OF_THE_GROUND))
        used = unused_code([*product, *_existing(USERS_OF_THE_PRODUCT)])
        dead = [item for item in used if _is_within(Path(item.filename), product)]
        dead += [item for item in unused_code([*product, *ground, *users]) if _is_within(Path(item.filename), ground)]
    for item in dead:
        print(f"{item.filename}:{item.first_lineno}: {item.message}")
    return 1 if dead else 0


def _existing(names: Sequence[str]) -> list[Path]:
    return [ROOT / name for name in names if (ROOT / name).exists()]


def _is_within(path: Path, directories: Sequence[Path]) -> bool:
    return any(path.is_relative_to(directory) for directory in directories)


def unused_code(paths: Sequence[Path]) -> list[Item]:
    """What vulture finds in all `paths` together, without names declared in class bodies."""
    finder = Vulture(
        ignore_names=[*CALLED_FROM_OUTSIDE, *OPERATIONS, *TASKS], ignore_decorators=REGISTERED_BY_DECORATOR
    )
    finder.scavenge([str(path) for path in paths])
    return [item for item in finder.get_unused_code() if not _is_used_elsewhere(item)]


def _is_used_elsewhere(item: Item) -> bool:
    if item.typ != "variable":
        return bool(item.typ == "attribute")
    tree = ast.parse(Path(item.filename).read_text())
    bodies = (node.body for node in ast.walk(tree) if isinstance(node, ast.ClassDef))
    return any(statement.lineno == item.first_lineno for body in bodies for statement in body)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
