"""Builds the wheel of `drs-emulator` into a directory, without network: `python -m scripts.emulator_wheel DIRECTORY`.

It builds from a copy, because setuptools writes beside what it builds.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
PACKAGE = REPOSITORY / "drs_emulator"


def build(directory: Path) -> Path:
    """Builds the wheel and returns its path; older ones in the directory are removed. Raises CalledProcessError."""
    directory.mkdir(parents=True, exist_ok=True)
    for older in directory.glob("drs_emulator-*.whl"):
        older.unlink()
    with tempfile.TemporaryDirectory() as copies:
        copy = Path(copies) / PACKAGE.name
        shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__", "*.pyc"))
        shutil.copy(REPOSITORY / "LICENSE", copy)
        pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--disable-pip-version-check"]
        offline = ["--no-index", "--no-deps", "--no-build-isolation"]
        command = [*pip, *offline, "--wheel-dir", str(directory), str(copy)]
        subprocess.run(command, check=True)
    [wheel] = directory.glob("drs_emulator-*.whl")
    return wheel


def main() -> int:
    """Returns the exit status."""
    if len(sys.argv) != 2:
        print("usage: python -m scripts.emulator_wheel DIRECTORY", file=sys.stderr)
        return 2
    print(build(Path(sys.argv[1])))
    return 0


if __name__ == "__main__":
    sys.exit(main())
