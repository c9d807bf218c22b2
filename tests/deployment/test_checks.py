"""The checks before a deployment: what each runs, and what is said when one cannot run or fails."""

import shutil
import subprocess
from pathlib import Path

import pytest

from scripts.deployment import checks, deploy


class Programs:
    """In the place of all programs: notes what is run, and answers with a status."""

    def __init__(self) -> None:
        self.run: list[str] = []
        self.failing = ""

    def __call__(self, command: tuple[str, ...], **_: object) -> subprocess.CompletedProcess[str]:
        line = " ".join(command)
        self.run.append(line)
        failed = bool(self.failing) and self.failing in line
        return subprocess.CompletedProcess(command, int(failed), stdout="Makefile")


@pytest.fixture
def programs(monkeypatch: pytest.MonkeyPatch) -> Programs:
    made = Programs()
    monkeypatch.setattr(subprocess, "run", made)
    return made


def test_what_is_not_installed_is_said_not_to_have_run(
    programs: Programs, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    monkeypatch.setattr(checks, "ROOT", tmp_path)
    checks.security()
    said = capsys.readouterr().out
    assert "pip-audit did not run: it is not installed here." in said
    assert "npm audit did not run: the dashboard's packages are not installed." in said
    (tmp_path / "dashboard" / "node_modules").mkdir(parents=True)
    checks.security()
    assert "npm did not run: it is not installed here." in capsys.readouterr().out
    assert not any("audit" in line for line in programs.run)


@pytest.mark.parametrize("failing", ["ruff check --select S", "pip-audit", "npm audit", "tests/architecture"])
def test_every_part_of_the_security_step_is_run_and_can_end_the_deployment(
    programs: Programs, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, failing: str
) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(checks, "ROOT", tmp_path)
    (tmp_path / "dashboard" / "node_modules").mkdir(parents=True)
    checks.security()
    assert any(failing in line for line in programs.run)
    programs.failing = failing
    with pytest.raises(checks.CheckFailed, match=f"{failing}.*` failed"):
        checks.security()


def test_a_check_that_fails_ends_the_deployment_and_names_itself(
    programs: Programs, capsys: pytest.CaptureFixture[str]
) -> None:
    programs.failing = "cfn-lint"
    assert deploy.main(["qa", "--validate-only"]) == 1
    shown = capsys.readouterr()
    assert shown.err.startswith("The deployment of qa ended: `")
    assert "cfn-lint" in shown.err
    assert "nothing was deployed" not in shown.out
    programs.failing = ""
    assert deploy.main(["qa", "--validate-only"]) == 0
    assert capsys.readouterr().out.endswith("== done (qa): nothing was deployed\n")


def test_secrets_are_found_and_the_repository_has_none(tmp_path: Path) -> None:
    for text in ("AKIA" + "Q" * 16, "-----BEGIN " + "PRIVATE KEY-----\n" + "M" * 64):
        file = tmp_path / "file"
        file.write_text(f"key = {text}")
        assert checks.secrets_in([file]) == [str(file)]
    assert checks.secrets_in(checks.tracked_files()) == []
