"""Size, names and caught errors: rules of CONTRIBUTING that no linter checks."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import TypeGuard

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
PRODUCT = ("app.py", "chalicelib", "drs_emulator", "drs_plans", "local", "benchmarks", "scripts")
MAX_FILE_LINES = 400
# The aim is 40. A function must not be split only because a call has one keyword argument on each line.
MAX_FUNCTION_LINES = 60
MAX_APP_LINES = 60
# The one module that catches the errors of the SDK, and the one that interprets them without catching any.
CATCHES_SDK_ERRORS = "chalicelib/aws/asking.py"
KNOWS_SDK_ERRORS = {CATCHES_SDK_ERRORS, "chalicelib/aws/failures.py"}
NAMES_WITHOUT_PURPOSE = {"utils", "util", "helpers", "helper", "common", "manager", "misc", "shared", "base_utils"}


def product_files() -> list[Path]:
    return [path for name in PRODUCT for path in _python_files(ROOT / name)]


def test_files_stay_small() -> None:
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


def test_the_name_of_every_file_says_its_purpose() -> None:
    assert [str(path) for path in product_files() if path.stem in NAMES_WITHOUT_PURPOSE] == []


def test_moto_is_not_started_beside_a_local_cloud() -> None:
    """moto's state is the process's: starting it empties the tables of a cloud that other tests share."""
    starting = [path for path in _python_files(ROOT / "tests") if "import mock_aws" in path.read_text()]
    assert starting
    assert [path.name for path in starting if "clouds.stop()" not in path.read_text()] == []


def test_length_counts_code_and_not_the_docstring() -> None:
    source = 'def f() -> int:\n    """One.\n\n    Two.\n    """\n    n = 1\n    return n\n'
    (function,) = functions(source)
    assert lines_of_code(function) == 3


def test_the_errors_of_the_sdk_are_caught_in_one_module() -> None:
    sources = {str(path.relative_to(ROOT)): path.read_text() for path in _python_files(ROOT / "chalicelib")}
    caught = {name: found for name, source in sources.items() if (found := sdk_errors_caught(source))}
    assert set(caught) == {CATCHES_SDK_ERRORS}, caught
    assert {name for name, source in sources.items() if sdk_errors_imported(source)} == KNOWS_SDK_ERRORS


@pytest.mark.parametrize(
    "source",
    [
        "from botocore.exceptions import ClientError\ntry:\n    f()\nexcept ClientError:\n    g()\n",
        "from botocore.exceptions import ClientError as E\ntry:\n    f()\nexcept (ValueError, E) as error:\n    g()\n",
        "import botocore.exceptions as e\ntry:\n    f()\nexcept e.BotoCoreError:\n    g()\n",
        "import botocore.exceptions\ntry:\n    f()\nexcept botocore.exceptions.ClientError:\n    g()\n",
        "from botocore import exceptions\ntry:\n    f()\nexcept exceptions.ClientError:\n    g()\n",
        "try:\n    sns.publish()\nexcept sns.exceptions.NotFoundException:\n    g()\n",
    ],
)
def test_a_caught_error_of_the_sdk_is_found(source: str) -> None:
    assert sdk_errors_caught(source)
    assert sdk_errors_imported(source) == ("botocore" in source)


def test_other_errors_may_be_caught_anywhere() -> None:
    source = "from ..domain.errors import CloudError\ntry:\n    f()\nexcept (CloudError, ValueError):\n    g()\n"
    assert sdk_errors_caught(source) == []
    assert not sdk_errors_imported(source)


def test_try_each_is_not_used_for_one_thing() -> None:
    found = {
        str(path.relative_to(ROOT)): lines
        for path in product_files()
        if (lines := attempts_at_one_thing(path.read_text()))
    }
    assert found == {}, "try_each of one element swallows faults of ours as well: catch what is expected instead"


@pytest.mark.parametrize(
    "source",
    [
        "[known] = try_each(read, items)\n",
        "(known,) = try_each(read, items)\n",
        "known = try_each(read, [plan_id])[0]\n",
        "known = try_each(read, items)[0]\n",
        "for known in side_by_side.ask_each(read, (plan_id,)):\n    f()\n",
    ],
)
def test_an_attempt_at_one_thing_is_found(source: str) -> None:
    assert attempts_at_one_thing(source) == [1]


def test_many_things_may_be_tried_at_once() -> None:
    assert attempts_at_one_thing("a, b = try_each(f, [c, d])\ne = try_each(f, g)\nh = try_each(f, [*i])\n") == []


def attempts_at_one_thing(source: str) -> list[int]:
    """The lines where ``try_each`` or ``ask_each`` is given one element, or one of its results alone is taken."""
    return sorted({node.lineno for node in ast.walk(ast.parse(source)) if _tries_one(node)})


def _tries_one(node: ast.AST) -> TypeGuard[ast.expr | ast.stmt]:
    match node:
        case ast.Call(args=[_, items, *_]):
            return _tries_each(node) and _is_one(items)
        case ast.Subscript(value=value):
            return _tries_each(value)
        case ast.Assign(value=value, targets=targets):
            return _tries_each(value) and any(map(_is_one, targets))
        case _:
            return False


def _tries_each(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in {"try_each", "ask_each"}


def _is_one(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.List | ast.Tuple | ast.Set)
        and len(node.elts) == 1
        and not isinstance(node.elts[0], ast.Starred)
    )


def sdk_errors_caught(source: str) -> list[str]:
    """The errors of the SDK in ``except`` clauses, imported or of a client (``client.exceptions.…``)."""
    tree = ast.parse(source)
    ours = {
        alias.asname or alias.name.partition(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
        if _is_of_the_sdk(node.module or "" if isinstance(node, ast.ImportFrom) else alias.name)
    }
    named = [
        name
        for node in ast.walk(tree)
        if isinstance(node, ast.ExceptHandler) and node.type is not None
        for name in (node.type.elts if isinstance(node.type, ast.Tuple) else [node.type])
    ]
    texts = [ast.unparse(name) for name in named]
    return [text for text in texts if text.partition(".")[0] in ours or ".exceptions." in text]


def sdk_errors_imported(source: str) -> bool:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names if _is_of_the_sdk(alias.name)]
            if any(module.endswith(".exceptions") for module in modules):
                return True
        if isinstance(node, ast.ImportFrom) and _is_of_the_sdk(node.module or ""):
            names = {*(node.module or "").split("."), *(alias.name for alias in node.names)}
            if "exceptions" in names:
                return True
    return False


def _is_of_the_sdk(module: str) -> bool:
    return module.partition(".")[0] in {"boto3", "botocore"}


def functions(source: str) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def lines_of_code(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """The lines from `def` to the last one, without the docstring."""
    first = function.body[0]
    is_docstring = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    docstring = (first.end_lineno or 0) - first.lineno + 1 if is_docstring else 0
    return (function.end_lineno or 0) - function.lineno + 1 - docstring


def _python_files(path: Path) -> list[Path]:
    return [path] if path.suffix == ".py" else sorted(path.rglob("*.py"))


def _lines(path: Path) -> int:
    return len(path.read_text().splitlines())


@pytest.mark.parametrize("package", ["chalicelib", "drs_emulator", "drs_plans", "local"])
def test_the_packages_are_examined(package: str) -> None:
    """The rules above must not pass because no file was examined."""
    assert len(_python_files(ROOT / package)) > 3
