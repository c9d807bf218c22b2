"""What is named late is there when it is called for, and nothing loads it before."""

import ast
import importlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from chalicelib.late import LateName, late_neighbour, loaded

ROOT = Path(__file__).resolve().parent.parent.parent
BESIDE = "chalicelib.operations"


def late_names() -> Iterator[tuple[str, str]]:
    """Each (module, name) that some module of the product names late, read from the sources."""
    for path in sorted((ROOT / "chalicelib").rglob("*.py")):
        package = ".".join(path.relative_to(ROOT).parent.parts)
        tree = ast.parse(path.read_text())
        late = {
            target.id: f"{package}.{argument.value}"
            for node in ast.walk(tree)
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call)
            for target in node.targets
            for argument in node.value.args[1:]
            if isinstance(target, ast.Name)
            and isinstance(node.value.func, ast.Name)
            and node.value.func.id == "late_neighbour"
            and isinstance(argument, ast.Constant)
            and isinstance(argument.value, str)
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in late:
                yield late[node.value.id], node.attr


LATE_NAMES = sorted(set(late_names()))


def test_there_are_late_names() -> None:
    assert ("chalicelib.execution.mending", "mend_execution") in LATE_NAMES
    assert ("chalicelib.domain.requests", "StartExecution") in LATE_NAMES
    assert ("chalicelib.query.plans", "get_recovery_plan") in LATE_NAMES


@pytest.mark.parametrize(("module", "name"), LATE_NAMES)
def test_every_late_name_is_there(module: str, name: str) -> None:
    assert hasattr(importlib.import_module(module), name)


def test_a_late_type_is_the_type() -> None:
    from chalicelib.domain.pages import Page  # noqa: PLC0415
    from chalicelib.domain.plans import RecoveryPlan  # noqa: PLC0415

    pages, plans = late_neighbour(BESIDE, "domain.pages"), late_neighbour(BESIDE, "domain.plans")
    assert loaded(plans.RecoveryPlan) is RecoveryPlan
    assert loaded(pages.Page[plans.RecoveryPlan]) == Page[RecoveryPlan]
    assert loaded(RecoveryPlan) is RecoveryPlan


def test_a_late_function_is_called_and_a_missing_one_is_named() -> None:
    text = late_neighbour(BESIDE, "domain.text")
    assert text.name_key("Web") == "web"
    with pytest.raises(AttributeError, match="no_such_thing"):
        text.no_such_thing("Web")


def test_a_late_name_loads_nothing_by_itself() -> None:
    assert isinstance(late_neighbour(BESIDE, "no.such.module").anything, LateName)


def test_a_function_that_starts_has_loaded_no_operation() -> None:
    code = "import app, json, sys; print(json.dumps([name for name in sys.modules if name.startswith('chalicelib.')]))"
    environment = {"AWS_DEFAULT_REGION": "us-east-2", "STAGE": "qa", "PATH": ""}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    names = set(json.loads(done.stdout))
    assert {name for name in names if name.startswith("chalicelib.domain.")} == {
        f"chalicelib.domain.{name}"
        for name in ("access", "accounts", "audit", "context", "emails", "errors", "idempotency")
    }
    assert not {name for name in names if name.startswith(("chalicelib.execution.", "chalicelib.management."))}
