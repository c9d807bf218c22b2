"""Builds the zips that Chalice uploads, with a compiled file beside each module.

Lambda's /opt and /var/task are read-only, so a module without a compiled file is compiled again at every cold start.
Chalice chooses the content of the zips but does not compile it. It uses an existing package with the right name, which
this program writes. See ADR 12 in docs/adr.

    python -m scripts.compiled_packages PROJECT     before `chalice package` or `chalice deploy` in PROJECT
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from chalice.deploy.packager import (
    AppOnlyDeploymentPackager,
    BaseLambdaDeploymentPackager,
    DependencyBuilder,
    LayerDeploymentPackager,
)
from chalice.utils import UI, OSUtils

BUILD = Path(__file__).resolve().parent.parent / "build"
KEPT_APPLICATIONS = 3
PYTHON_VERSION = f"python{sys.version_info[0]}.{sys.version_info[1]}"
OLDEST_DATE_OF_A_ZIP = (1980, 1, 1, 0, 0, 0)
# The API's document quotes the docstrings of these; those of all other rooms stay in the sources.
ROOMS_WITH_QUOTED_DOCSTRINGS = frozenset({"domain", "operations", "api"})


def main(arguments: Sequence[str]) -> int:
    """Give PROJECT its compiled application and layer.

    A layer is built once for each lock and Python, an application once for each state of its sources.
    """
    (name,) = arguments
    project = Path(name).resolve()
    layer = _wanted(LayerDeploymentPackager, project)
    _give(LayerDeploymentPackager, project, BUILD / "layers" / layer.name, unpacked_at="/opt")
    applications = BUILD / "applications"
    _give(AppOnlyDeploymentPackager, project, applications / f"{_state(project)}.zip", unpacked_at="/var/task")
    for old in sorted(applications.glob("*.zip"), key=lambda built: built.stat().st_mtime)[:-KEPT_APPLICATIONS]:
        old.unlink(missing_ok=True)
    return 0


def _give(kind: type[BaseLambdaDeploymentPackager], project: Path, built: Path, *, unpacked_at: str) -> None:
    """Puts the compiled package `built` where Chalice looks for its own, and builds it first if it is missing."""
    if not built.exists():
        built.parent.mkdir(parents=True, exist_ok=True)
        compile_package(_package(kind, project), built, unpacked_at=unpacked_at)
    wanted = _wanted(kind, project)
    wanted.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(built, wanted)


def _state(project: Path) -> str:
    """Names everything that a compiled application is made from: its files, Chalice's own, Python, and this module.

    Chalice's name for a package covers the content of the files, its own included, but not how they are called.
    """
    chalices_name = _wanted(AppOnlyDeploymentPackager, project).name
    state = sha256(f"{chalices_name}\n{sys.version}\n".encode() + Path(__file__).read_bytes())
    for file in sorted(path for path in (project / "app.py", *(project / "chalicelib").rglob("*")) if path.is_file()):
        content = file.read_bytes()
        state.update(f"{file.relative_to(project)} {len(content)}\n".encode() + content)
    return state.hexdigest()


def compile_package(plain: Path, target: Path, *, unpacked_at: str) -> None:
    """Writes `target`: the package `plain` with a compiled file beside each module; atomic."""
    with tempfile.TemporaryDirectory(dir=target.parent) as directory:
        content = Path(directory) / "content"
        with ZipFile(plain) as archive:
            archive.extractall(content)
        compiled = _compile(content, unpacked_at)
        if not compiled and unpacked_at == "/var/task":
            raise SystemExit(f"The application cannot be packaged: a module does not compile with {PYTHON_VERSION}.")
        written = Path(directory) / "package.zip"
        with ZipFile(written, "w", ZIP_DEFLATED, compresslevel=9) as archive:
            for file in sorted(path for path in content.rglob("*") if path.is_file()):
                entry = ZipInfo(str(file.relative_to(content)), OLDEST_DATE_OF_A_ZIP)
                entry.external_attr = 0o644 << 16
                archive.writestr(entry, file.read_bytes(), ZIP_DEFLATED, compresslevel=9)
        os.replace(written, target)  # noqa: PTH105 — atomic


def _compile(content: Path, unpacked_at: str) -> bool:
    """Compiles every module below a directory; False when one does not compile.

    Unchecked, because unpacking changes the times, and the sources in a package never change. Without the columns of
    instructions, a quarter of a compiled file: tracebacks name lines. And without docstrings that nothing reads.
    """
    options = ["-q", "-s", str(content), "-p", unpacked_at, "--invalidation-mode", "unchecked-hash"]
    command = [sys.executable, "-X", "no_debug_ranges", "-m", "compileall", *options]
    compiled = subprocess.run([*command, str(content)], check=False).returncode == 0
    silent = [str(room) for room in content.glob("chalicelib/*/") if room.name not in ROOMS_WITH_QUOTED_DOCSTRINGS]
    if silent:
        subprocess.run([*command, "-o", "2", *silent], check=True)
    for optimized in content.rglob("*.opt-2.pyc"):
        optimized.rename(optimized.with_name(optimized.name.replace(".opt-2", "")))
    return compiled


def _package(kind: type[BaseLambdaDeploymentPackager], project: Path) -> Path:
    return Path(_packager(kind).create_deployment_package(str(project), PYTHON_VERSION))


def _wanted(kind: type[BaseLambdaDeploymentPackager], project: Path) -> Path:
    """The file name by which Chalice recognizes a package that it does not have to build."""
    return Path(_packager(kind).deployment_package_filename(str(project), PYTHON_VERSION))


def _packager(kind: type[BaseLambdaDeploymentPackager]) -> BaseLambdaDeploymentPackager:
    return kind(OSUtils(), DependencyBuilder(OSUtils()), UI())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
