"""The locks: packages are pinned with hashes, the runtime's are the same in each lock, and wheels are as locked."""

import ast
import hashlib
import re
import sys
from collections.abc import Iterable
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
# Runtime packages that are never imported, and why they are needed.
NEVER_IMPORTED = {"tzdata": "zoneinfo reads its files: Lambda's own copy of the time zones may be old or missing"}
ROOMS = ("chalicelib", "drs_emulator", "drs_plans", "local")
TYPES_ONLY = ("_typeshed", "mypy_boto3_")
PIN = re.compile(r"^(?P<name>[a-z0-9.-]+)==(?P<version>[^\s;]+)(?P<marker> ;[^\\]*)?")


def locked(name: str) -> dict[str, tuple[str, frozenset[str]]]:
    """Package → (version, hashes)."""
    pins: dict[str, tuple[str, set[str]]] = {}
    current: set[str] = set()
    for line in (ROOT / name).read_text().splitlines():
        if match := PIN.match(line):
            current = set()
            pins[match["name"]] = (match["version"], current)
        elif "--hash=sha256:" in line:
            current.add(line.strip().removesuffix("\\").strip().removeprefix("--hash=sha256:"))
        else:
            assert line.strip() == "" or line.lstrip().startswith("#"), f"{name}: not a pinned package: {line}"
    return {package: (version, frozenset(hashes)) for package, (version, hashes) in pins.items()}


def named_in(name: str) -> set[str]:
    """The packages that an .in file names."""
    lines = (line.partition("#")[0].strip() for line in (ROOT / name).read_text().splitlines())
    return {re.split(r"[\[<>=]", line)[0].lower() for line in lines if line and not line.startswith("-")}


@pytest.mark.parametrize("lock", ["requirements.txt", "requirements-demo.txt", "requirements-dev.txt"])
def test_every_package_has_a_hash(lock: str) -> None:
    assert [package for package, (_, hashes) in locked(lock).items() if not hashes] == []


@pytest.mark.parametrize("name", ["requirements", "requirements-demo", "requirements-dev"])
def test_the_lock_has_every_package_that_is_named(name: str) -> None:
    assert named_in(f"{name}.in") <= set(locked(f"{name}.txt"))


@pytest.mark.parametrize(
    ("smaller", "larger"),
    [("requirements.txt", "requirements-demo.txt"), ("requirements-demo.txt", "requirements-dev.txt")],
)
def test_the_demonstration_and_the_tests_run_with_the_packages_that_are_deployed(smaller: str, larger: str) -> None:
    few, many = locked(smaller), locked(larger)
    assert {package: many.get(package) for package in few} == few


def test_chalice_is_a_tool_and_not_in_the_layer() -> None:
    assert "chalice" not in locked("requirements.txt")
    assert "chalice" in locked("requirements-demo.txt")


def test_every_runtime_package_is_explained_in_an_adr() -> None:
    reasons = " ".join(path.read_text() for path in (ROOT / "docs/adr").glob("*.md")).lower()
    assert [package for package in sorted(named_in("requirements.in")) if package not in reasons] == []


def imported_by(sources: Iterable[str]) -> set[str]:
    """The top-level packages in all import statements."""
    nodes = [node for source in sources for node in ast.walk(ast.parse(source))]
    names = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    names += [node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module and not node.level]
    return {name.partition(".")[0] for name in names}


def test_the_product_imports_every_runtime_package() -> None:
    product = [ROOT / "app.py", *(ROOT / "chalicelib").rglob("*.py")]
    imported = imported_by(path.read_text() for path in product)
    assert named_in("requirements.in") - imported == set(NEVER_IMPORTED)


def test_the_demonstration_imports_only_packages_that_its_requirements_name() -> None:
    files = [ROOT / "app.py", *(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))]
    # The emulator's pytest plugin is loaded by pytest alone.
    files.remove(ROOT / "drs_emulator" / "pytest_plugin.py")
    imported = imported_by(path.read_text() for path in files) - {*sys.stdlib_module_names, *ROOMS, "scripts"}
    at_run_time = {name for name in imported if not name.startswith(TYPES_ONLY)}
    distributions = packages_distributions()
    owners = {distributions[name][0].lower() for name in at_run_time}
    assert owners - named_in("requirements.in") - named_in("requirements-demo.in") == set()


def test_the_demonstration_needs_none_of_the_checkers() -> None:
    assert {"cfn-lint", "mypy", "pytest", "ruff", "uv"} & set(locked("requirements-demo.txt")) == set()


def test_an_import_is_found_anywhere_in_a_source() -> None:
    assert imported_by(["import a.b\n", "def f():\n    from c.d import e\n", "from . import f\n"]) == {"a", "c"}


def test_the_wheelhouse_has_exactly_the_locked_packages() -> None:
    """Chalice downloads without hashes when its first wheel does not fit, so every wheel it can find is checked."""
    wheels = list((ROOT / "build/wheelhouse").glob("*.whl"))
    allowed = {digest for _, hashes in locked("requirements.txt").values() for digest in hashes}
    assert [wheel.name for wheel in wheels if hashlib.sha256(wheel.read_bytes()).hexdigest() not in allowed] == []
    found = {wheel.name.split("-")[0].replace("_", "-").lower() for wheel in wheels}
    assert found == set(locked("requirements.txt"))


def test_this_python_is_one_that_lambda_runs() -> None:
    """Chalice derives the Lambda runtime from the Python that runs the packaging; see docs/adr."""
    assert (3, 11) <= sys.version_info[:2] <= (3, 14)
