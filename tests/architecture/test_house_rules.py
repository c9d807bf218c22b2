"""Size, names and docstrings: the rules of CONTRIBUTING that no linter knows."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
PRODUCT = ("app.py", "chalicelib", "drs_emulator", "local", "benchmarks", "scripts")
MAX_FILE_LINES = 400
# The aim is 40; a call with one keyword argument a line must not be what splits a function.
MAX_FUNCTION_LINES = 60
MAX_APP_LINES = 60
NAMES_WITHOUT_PURPOSE = {"utils", "util", "helpers", "helper", "common", "manager", "misc", "shared", "base_utils"}


def product_files() -> list[Path]:
    return [path for name in PRODUCT for path in _python_files(ROOT / name)]


def test_files_that_have_one_subject_stay_small() -> None:
    large = {str(path.relative_to(ROOT)): lines for path in product_files() if (lines := _lines(path)) > MAX_FILE_LINES}
    assert large == {}


def test_functions_stay_small() -> None:
    large = {
        f"{path.relative_to(ROOT)}:{function.lineno} {function.name}": length
        for path in product_files()
        for function in functions(path.read_text())
        if (length := lines_of_code(function)) > MAX_FUNCTION_LINES
    }
    assert large == {}


def test_the_application_file_only_composes() -> None:
    assert _lines(ROOT / "app.py") < MAX_APP_LINES


def test_every_file_has_a_purpose_in_its_name() -> None:
    assert [str(path) for path in product_files() if path.stem in NAMES_WITHOUT_PURPOSE] == []


def test_length_counts_code_and_not_the_docstring() -> None:
    source = 'def f() -> int:\n    """One.\n\n    Two.\n    """\n    n = 1\n    return n\n'
    (function,) = functions(source)
    assert lines_of_code(function) == 3


def functions(source: str) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def lines_of_code(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """From `def` to the last line, the docstring not counted."""
    first = function.body[0]
    is_docstring = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    docstring = (first.end_lineno or 0) - first.lineno + 1 if is_docstring else 0
    return (function.end_lineno or 0) - function.lineno + 1 - docstring


def _python_files(path: Path) -> list[Path]:
    return [path] if path.suffix == ".py" else sorted(path.rglob("*.py"))


def _lines(path: Path) -> int:
    return len(path.read_text().splitlines())


@pytest.mark.parametrize("package", ["chalicelib", "drs_emulator", "local"])
def test_packages_hold_code(package: str) -> None:
    """The rules above must not pass because nothing was looked at."""
    assert len(_python_files(ROOT / package)) > 3
