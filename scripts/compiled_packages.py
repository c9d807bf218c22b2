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
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from chalice.deploy.packager import (
    AppOnlyDeploymentPackager,
    BaseLambdaDeploymentPackager,
    DependencyBuilder,
    LayerDeploymentPackager,
)
from chalice.utils import UI, OSUtils

BUILT_LAYERS = Path(__file__).resolve().parent.parent / "build" / "layers"
PYTHON_VERSION = f"python{sys.version_info[0]}.{sys.version_info[1]}"
OLDEST_DATE_OF_A_ZIP = (1980, 1, 1, 0, 0, 0)
# The API's document quotes the docstrings of these; those of all other rooms stay in the sources.
ROOMS_WITH_QUOTED_DOCSTRINGS = frozenset({"domain", "operations", "api"})


def main(arguments: Sequence[str]) -> int:
    """Give PROJECT its compiled application and layer; a layer is built once for each lock and Python."""
    (name,) = arguments
    project = Path(name).resolve()
    layer = _wanted(LayerDeploymentPackager, project)
    built = BUILT_LAYERS / layer.name
    if not built.exists():
        BUILT_LAYERS.mkdir(parents=True, exist_ok=True)
        compile_package(_package(LayerDeploymentPackager, project), built, unpacked_at="/opt")
    layer.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(built, layer)
    application = _package(AppOnlyDeploymentPackager, project)
    compile_package(application, application, unpacked_at="/var/task")
    return 0


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
