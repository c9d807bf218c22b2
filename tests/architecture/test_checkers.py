"""Each checker of `make check` fails when it is given a fault."""

import subprocess
import sys
from pathlib import Path

import pytest

from scripts import chalice_config, dead_code

ROOT = Path(__file__).resolve().parent.parent.parent
TOOLS = Path(sys.executable).parent

TANGLED = "\n".join(
    [
        '"""A module."""',
        "",
        "",
        "def tangled(number: int) -> int:",
        *(f"    if number == {branch} and number:\n        number += {branch}" for branch in range(12)),
        "    return number",
        "",
    ]
)
LINT_FAULTS = {
    "C901": TANGLED,
    "BLE001": '"""A module."""\n\ntry:\n    N = 1\nexcept Exception:\n    N = 2\n',
    "DTZ005": '"""A module."""\n\nfrom datetime import datetime\n\nNOW = datetime.now()\n',
    "D100": "N = 1\n",
    "E501": f'"""A module."""\n\nTEXT = "{"x" * 120}"\n',
    "TID251": '"""A module."""\n\nfrom dataclasses import dataclass\n\nRECORD = dataclass\n',
    "T201": '"""A module."""\n\nprint("x")\n',
    "ERA001": '"""A module."""\n\n# total = 1 + 2\nN = 1\n',
}


def run(*command: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(TOOLS / command[0]), *command[1:]], cwd=cwd, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("rule", sorted(LINT_FAULTS))
def test_ruff_finds(tmp_path: Path, rule: str) -> None:
    (tmp_path / "faulty.py").write_text(LINT_FAULTS[rule])
    done = run("ruff", "check", "--no-cache", "--config", str(ROOT / "pyproject.toml"), str(tmp_path))
    assert done.returncode == 1
    assert rule in done.stdout


def test_ruff_finds_what_is_not_formatted(tmp_path: Path) -> None:
    (tmp_path / "faulty.py").write_text("n = {  'a':1 }\n")
    done = run("ruff", "format", "--check", "--no-cache", "--config", str(ROOT / "pyproject.toml"), str(tmp_path))
    assert done.returncode == 1


def test_mypy_is_strict(tmp_path: Path) -> None:
    (tmp_path / "faulty.py").write_text("def untyped(number):\n    return number\n")
    done = run(
        "mypy",
        "--config-file",
        str(ROOT / "pyproject.toml"),
        "--cache-dir",
        str(tmp_path / "cache"),
        "faulty.py",
        cwd=tmp_path,
    )
    assert done.returncode == 1
    assert "no-untyped-def" in done.stdout


def test_dead_code_is_found_and_declarations_are_not_mistaken_for_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "faulty.py").write_text(
        '"""A module."""\n\nLIMIT = 1\n\n\nclass View:\n    field: int\n\n\n'
        "def never_called() -> View:\n    return View()\n"
    )
    assert dead_code.main([str(tmp_path)]) == 1
    printed = capsys.readouterr().out
    assert "never_called" in printed
    assert "LIMIT" in printed
    assert "field" not in printed


def test_shellcheck_finds_unquoted_variables(tmp_path: Path) -> None:
    (tmp_path / "faulty.sh").write_text("#!/bin/bash\nrm $1/file\n")
    assert run("shellcheck", str(tmp_path / "faulty.sh")).returncode == 1


def test_a_changed_statement_is_reported_until_the_policies_are_generated_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    statements = tmp_path / ".chalice/statements"
    statements.mkdir(parents=True)
    for source in (ROOT / ".chalice/statements").iterdir():
        (statements / source.name).write_text(source.read_text())
    monkeypatch.setattr(chalice_config, "ROOT", tmp_path)
    assert chalice_config.main([]) == 0
    assert chalice_config.main(["--check"]) == 0
    (statements / "query-handler.json").write_text("[]")
    assert chalice_config.main(["--check"]) == 1
    assert ".chalice/policies/qa/query-handler.json differs from its source" in capsys.readouterr().out
