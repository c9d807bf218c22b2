"""`drs-emulator` as its users get it: the wheel, its command, and its fixture with the example of the README."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import zipfile
from configparser import ConfigParser
from email import message_from_string
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from drs_emulator.version import VERSION
from scripts.emulator_wheel import PACKAGE, build
from tests.architecture.test_requirements import TYPES_ONLY, imported_by
from tests.waiting import PATIENCE_SECONDS

USERS_TESTS = Path(__file__).with_name("with_the_fixture.py")
OTHER_PLUGINS = ("xdist", "randomly", "cacheprovider", "schemathesis", "anyio")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with the wheel's content and nothing else; its dependencies are those of this environment."""
    target = tmp_path_factory.mktemp("installed")
    offline = ["--no-index", "--no-deps", "--no-compile", "--quiet", "--disable-pip-version-check"]
    subprocess.run([sys.executable, "-m", "pip", "install", *offline, "--target", target, wheel], check=True)
    return target


def run(installed: Path, directory: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Runs a command outside this project, where the emulator is the installed one."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PYTEST_"))}
    # A thousand machine images of moto's, which take half a second for each test and are not used.
    environment["MOTO_EC2_LOAD_DEFAULT_AMIS"] = "false"
    return subprocess.run(
        command,
        cwd=directory,
        env={**environment, "PYTHONPATH": str(installed), "AWS_PROFILE": "production"},
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_SECONDS,
    )


def test_the_wheel_holds_the_package_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        described = message_from_string(archive.read(f"drs_emulator-{VERSION}.dist-info/METADATA").decode())
        entry_points = ConfigParser()
        entry_points.read_string(archive.read(f"drs_emulator-{VERSION}.dist-info/entry_points.txt").decode())
    content = {name for name in names if ".dist-info/" not in name}
    wanted = [*PACKAGE.rglob("*.py"), *PACKAGE.glob("examples/*.yaml"), PACKAGE / "py.typed"]
    assert content == {str(path.relative_to(PACKAGE.parent)) for path in wanted}
    assert any(name.endswith("LICENSE") for name in names - content)
    assert (described["Name"], described["Version"]) == ("drs-emulator", VERSION)
    assert described.get_all("Provides-Extra") == ["moto", "pytest"]
    assert "test_a_drill_launches_an_instance" in described.as_string()
    assert entry_points["console_scripts"]["drs-emulator"] == "drs_emulator.cli:main"
    assert entry_points["pytest11"]["drs_emulator"] == "drs_emulator.pytest_plugin"


def test_the_wheel_requires_what_the_package_imports(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        described = message_from_string(archive.read(f"drs_emulator-{VERSION}.dist-info/METADATA").decode())
    required = {re.split(r"[\[>;]", line)[0].strip().lower() for line in described.get_all("Requires-Dist") or ()}
    imported = imported_by(path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py"))
    foreign = {
        name for name in imported - sys.stdlib_module_names - {"drs_emulator"} if not name.startswith(TYPES_ONLY)
    }
    distributions = packages_distributions()
    assert {distributions[name][0].lower() for name in foreign} == required


def test_the_command_runs(installed: Path, tmp_path: Path) -> None:
    done = run(installed, tmp_path, sys.executable, str(installed / "bin" / "drs-emulator"), "--help")
    assert "usage: drs-emulator" in done.stdout, done.stderr


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_readmes_example_and_a_users_tests_pass_with_the_installed_fixture(installed: Path, tmp_path: Path) -> None:
    readme = (PACKAGE / "README.md").read_text(encoding="utf-8")
    [example] = re.findall(r"```python\n(.*?)```", readme, re.DOTALL)
    (tmp_path / "test_readme.py").write_text(example, encoding="utf-8")
    where = "import drs_emulator\n\n\ndef test_installed():\n"
    where += f"    assert drs_emulator.__file__.startswith({str(installed)!r})\n"
    (tmp_path / "test_where.py").write_text(where, encoding="utf-8")
    (tmp_path / "test_user.py").write_text(USERS_TESTS.read_text(encoding="utf-8"), encoding="utf-8")
    plugins = [part for name in OTHER_PLUGINS for part in ("-p", f"no:{name}")]
    done = run(installed, tmp_path, sys.executable, "-m", "pytest", *plugins, "-q", "-W", "error", ".")
    passed = re.search(r"(\d+) passed", done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr
    assert passed is not None
    assert int(passed[1]) == 2 + USERS_TESTS.read_text(encoding="utf-8").count("\ndef test_")
