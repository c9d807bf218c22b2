"""Puts the Lambda layer where Chalice looks for a finished one, its modules compiled; never chooses its content.

Lambda's /opt is read-only: a layer without compiled modules is compiled anew at every cold start, some 150 ms on this
side of Lambda's slower processors. Chalice unpacks wheels and compiles nothing, but it takes a layer of the right name
as it finds it. See docs/adr/0012-compiled-layer.md.

    python -m scripts.layer PROJECT     before `chalice package` or `chalice deploy` in the directory PROJECT
"""

import compileall
import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from py_compile import PycInvalidationMode
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from chalice.deploy.packager import DependencyBuilder, LayerDeploymentPackager
from chalice.utils import UI, OSUtils

BUILT_LAYERS = Path(__file__).resolve().parent.parent / "build" / "layers"
PYTHON_VERSION = f"python{sys.version_info[0]}.{sys.version_info[1]}"
OLDEST_DATE_OF_A_ZIP = (1980, 1, 1, 0, 0, 0)


def main(arguments: Sequence[str]) -> int:
    """Give PROJECT its layer, built once for each lock and Python version."""
    (name,) = arguments
    project = Path(name).resolve()
    packager = LayerDeploymentPackager(OSUtils(), DependencyBuilder(OSUtils()), UI())
    wanted = Path(packager.deployment_package_filename(str(project), PYTHON_VERSION))
    built = BUILT_LAYERS / wanted.name
    if not built.exists():
        plain = Path(packager.create_deployment_package(str(project), PYTHON_VERSION))
        BUILT_LAYERS.mkdir(parents=True, exist_ok=True)
        compile_layer(plain, built)
    wanted.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(built, wanted)
    return 0


def compile_layer(plain: Path, target: Path) -> None:
    """Write `target`: the layer `plain` with a compiled file beside each module. It appears whole or not at all."""
    with tempfile.TemporaryDirectory(dir=target.parent) as directory:
        content = Path(directory) / "content"
        with ZipFile(plain) as archive:
            archive.extractall(content)
        # Unchecked: unpacking changes times, and a layer's sources never change under their compiled files.
        compileall.compile_dir(
            content,
            quiet=2,
            stripdir=str(content),
            prependdir="/opt",
            invalidation_mode=PycInvalidationMode.UNCHECKED_HASH,
        )
        compiled = Path(directory) / "layer.zip"
        with ZipFile(compiled, "w", ZIP_DEFLATED) as archive:
            for file in sorted(path for path in content.rglob("*") if path.is_file()):
                entry = ZipInfo(str(file.relative_to(content)), OLDEST_DATE_OF_A_ZIP)
                entry.external_attr = 0o644 << 16
                archive.writestr(entry, file.read_bytes(), ZIP_DEFLATED)
        os.replace(compiled, target)  # noqa: PTH105 — the one atomic step


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
