"""scripts/setup.sh, run with stand-ins for Python, pip and uv: what it installs, and its messages if it cannot."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
PYTHON = r"""#!/bin/bash
echo "${0##*/} $*" >>"$CALLS"
case "$*" in
    "-c import sys; sys.exit"*) exit "$OLD" ;;
    "-c import sys; print"*) echo 3.13 ;;
    *"import ast"*) echo "$MEASURED" ;;
    "--version") echo "Python 3.9.2" ;;
    "-m venv"*)
        [ "$FAILS" != venv ] || exit 1
        mkdir -p "${@: -1}/bin" "${@: -1}/lib" && cp "$0" "${@: -1}/bin/python" ;;
    "-m pip --version") [ -e .venv/has-pip ] ;;
    "-m ensurepip") [ "$FAILS" != ensurepip ] && touch .venv/has-pip ;;
    "-m pip "*) [ -z "$PIP_SAYS" ] || { echo "$PIP_SAYS" >&2; exit 1; } ;;
esac
"""
UV = """#!/bin/bash
echo "uv $*" >>"$CALLS"
exit "$UV_STATUS"
"""
DF = """#!/bin/bash
echo "Filesystem 1024-blocks Used Available Capacity Mounted on"
echo "/dev/disk 1000000000 0 $((FREE * 1024)) 1% /"
"""
LOCKS = ("requirements.txt", "requirements-demo.txt", "requirements-dev.txt")
PROGRAMS = ("bash", "dirname", "cat", "cmp", "cp", "mkdir", "rm", "awk", "mktemp", "grep", "tail", "touch")


class Machine:
    """A clone on a machine that has the programs above and the stand-ins, and nothing else."""

    def __init__(self, directory: Path) -> None:
        self.clone, self.calls_file = directory / "clone", directory / "calls"
        self._programs = directory / "bin"
        (self.clone / "scripts").mkdir(parents=True)
        self._programs.mkdir()
        shutil.copy(ROOT / "scripts/setup.sh", self.clone / "scripts")
        for lock in LOCKS:
            (self.clone / lock).write_text(f"{lock}\n")
        for program in PROGRAMS:
            (self._programs / program).symlink_to(shutil.which(program) or "")
        self.add("python3", PYTHON)
        self.add("df", DF)

    def add(self, name: str, content: str) -> None:
        (self._programs / name).write_text(content)
        (self._programs / name).chmod(0o755)

    def setup(self, packages: str, **environment: str) -> subprocess.CompletedProcess[str]:
        self.calls_file.write_text("")
        kept = {name: value for name, value in os.environ.items() if name not in {"PYTHON", "TMPDIR"}}
        defaults = {"OLD": "0", "FAILS": "", "MEASURED": "", "PIP_SAYS": "", "UV_STATUS": "0", "FREE": "5000"}
        return subprocess.run(
            [str(self.clone / "scripts/setup.sh"), packages],
            env={**kept, "PATH": str(self._programs), "CALLS": str(self.calls_file), **defaults, **environment},
            capture_output=True,
            text=True,
            check=False,
        )

    def calls(self, text: str) -> list[str]:
        return [call for call in self.calls_file.read_text().splitlines() if text in call]


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_the_demonstration_gets_only_its_packages_in_one_call_and_no_wheels(machine: Machine) -> None:
    done = machine.setup("demo")
    assert (done.returncode, done.stderr) == (0, "")
    (install,) = machine.calls("pip install")
    assert "--require-hashes" in install
    assert "-r requirements-demo.txt" in install
    assert machine.calls("pip download") == []


def test_the_checks_get_every_other_package_and_no_wheels(machine: Machine) -> None:
    machine.setup("demo")
    assert machine.setup("dev").returncode == 0
    (install,) = machine.calls("pip install")
    assert "-r requirements-dev.txt" in install
    assert machine.calls("-m venv") == []
    assert machine.calls("compileall") != []
    assert machine.calls("pip download") == []


def test_all_installs_every_package_and_the_wheels_for_this_machine_and_for_lambda(machine: Machine) -> None:
    assert machine.setup("all").returncode == 0
    assert len(machine.calls("pip install")) == 1
    here, there = machine.calls("pip download")
    assert "--require-hashes" in here
    assert "--platform" not in here
    assert "--platform manylinux2014_x86_64 --implementation cp --python-version 3.13" in there


NPM = """#!/bin/bash
echo "npm $*" >>"$CALLS"
[ "$FAILS" != npm ] && mkdir -p dashboard/node_modules
"""


def test_the_packages_of_the_dashboard_are_fetched_once_where_there_is_npm(machine: Machine) -> None:
    machine.add("npm", NPM)
    home = machine.clone / "dashboard"
    home.mkdir()
    lock = home / "package-lock.json"
    lock.write_text("1")
    assert machine.setup("all").returncode == 0
    (call,) = machine.calls("npm")
    assert "ci --prefix dashboard" in call
    machine.setup("all")
    assert machine.calls("npm") == []
    lock.write_text("2")
    failed = machine.setup("all", FAILS="npm")
    assert failed.returncode == 0
    assert "The dashboard and its tests are left out" in failed.stderr


@pytest.mark.parametrize(
    ("measured", "other", "taken"),
    [
        ("3.13 9000", "3.13 6000", "python3.13"),
        ("3.13 9000", "3.13 8900", "python3"),
        ("3.13 6000", "3.13 9000", "python3"),
        ("3.13 9000", "3.12 6000", "python3"),
        ("3.13 9000", "", "python3"),
        ("", "3.13 6000", "python3"),
    ],
    ids=["faster", "hardly faster", "slower", "another version", "without venv", "first without venv"],
)
def test_a_clearly_faster_python_of_the_same_version_is_taken(
    machine: Machine, measured: str, other: str, taken: str
) -> None:
    machine.add("python3.13", PYTHON.replace('"$MEASURED"', f'"{other}"'))
    assert machine.setup("demo", MEASURED=measured).returncode == 0
    (made,) = machine.calls("-m venv")
    assert made.split()[0].rpartition("/")[2] == taken


def test_a_measurement_that_was_disturbed_does_not_decide(machine: Machine) -> None:
    disturbed = '{ [ -e "$CALLS.again" ] && echo "3.13 6000" || { echo >"$CALLS.again"; echo "3.13 20000"; }; }'
    machine.add("python3.13", PYTHON.replace('echo "$MEASURED"', disturbed))
    assert machine.setup("demo", MEASURED="3.13 9000").returncode == 0
    (made,) = machine.calls("-m venv")
    assert made.startswith("python3.13 ")


def test_a_python_that_is_named_is_taken_as_it_is(machine: Machine) -> None:
    machine.add("python3.13", PYTHON.replace('"$MEASURED"', '"3.13 1"'))
    assert machine.setup("demo", MEASURED="3.13 9000", PYTHON="python3").returncode == 0
    (made,) = machine.calls("-m venv")
    assert made.startswith("python3 ")


@pytest.mark.parametrize(("first", "second"), [("demo", "demo"), ("dev", "dev"), ("all", "all"), ("all", "demo")])
def test_what_is_done_is_not_done_again(machine: Machine, first: str, second: str) -> None:
    machine.setup(first)
    done = machine.setup(second)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert machine.calls("-m") == []


@pytest.mark.parametrize(
    ("lock", "packages"), [("requirements-demo.txt", "demo"), ("requirements-dev.txt", "dev"), (LOCKS[0], "all")]
)
def test_a_lock_that_has_changed_is_installed(machine: Machine, lock: str, packages: str) -> None:
    machine.setup("all")
    (machine.clone / lock).write_text("another\n")
    machine.setup(packages)
    assert machine.calls(f"-r {lock}") != []


def test_uv_is_used_where_it_is_installed(machine: Machine) -> None:
    machine.add("uv", UV)
    assert machine.setup("demo").returncode == 0
    (install,) = machine.calls("uv ")
    assert "--require-hashes" in install
    assert "-r requirements-demo.txt" in install
    assert machine.calls("-m pip") == []


def test_pip_is_used_where_uv_fails(machine: Machine) -> None:
    machine.add("uv", UV)
    assert machine.setup("demo", UV_STATUS="2").returncode == 0
    assert len(machine.calls("-m pip install")) == 1


@pytest.mark.parametrize(
    ("environment", "messages"),
    [
        pytest.param({"OLD": "1"}, ["Python 3.11 or newer is needed", "3.9.2", "make setup PYTHON="], id="old-python"),
        pytest.param({"OLD": "1", "PYTHON": "python3"}, ["and python3 does not have it"], id="old-python-by-name"),
        pytest.param({"FAILS": "venv"}, ["apt-get install python3-venv"], id="no-venv"),
        pytest.param({"FAILS": "ensurepip"}, ["apt-get install python3-venv"], id="no-ensurepip"),
        pytest.param({"FREE": "100"}, ["about 300 MB are needed", "100 MB are free"], id="small-disk"),
        pytest.param(
            {"PIP_SAYS": "ERROR: [Errno 28] No space left on device"}, ["the disk is full"], id="disk-fills-up"
        ),
        pytest.param(
            {"PIP_SAYS": "WARNING: Retrying\nERROR: No matching distribution found for rich==15.0.0"},
            ["No matching distribution", "cannot reach its package index", "PIP_INDEX_URL=", "HTTPS_PROXY="],
            id="no-network",
        ),
        pytest.param(
            {"PIP_SAYS": "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE."},
            ["something else than what is locked"],
            id="wrong-hashes",
        ),
    ],
)
def test_what_is_missing_is_named_with_what_to_do_and_a_second_try_succeeds(
    machine: Machine, environment: dict[str, str], messages: list[str]
) -> None:
    done = machine.setup("demo", **environment)
    assert done.returncode == 1
    for message in messages:
        assert message in done.stderr
    assert len(done.stderr.splitlines()) <= 5
    assert "Retrying" not in done.stderr
    assert machine.setup("demo").returncode == 0
    assert machine.setup("demo").stdout == ""


def test_an_argument_that_is_not_understood_installs_nothing(machine: Machine) -> None:
    done = machine.setup("everything")
    assert done.returncode == 1
    assert "usage:" in done.stderr
    assert machine.calls("") == []


def test_make_names_bash_when_it_is_missing(tmp_path: Path) -> None:
    make = shutil.which("make")
    assert make is not None
    done = subprocess.run(
        [make, "demo"], cwd=ROOT, env={"PATH": str(tmp_path)}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "bash is needed and is not on the PATH" in done.stderr
