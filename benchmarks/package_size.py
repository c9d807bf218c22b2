"""The size of the application that `chalice package` makes, and of the layer of its dependencies."""

import subprocess
import tempfile
from pathlib import Path

from benchmarks.metric import Measured, Metric

ROOT = Path(__file__).resolve().parent.parent
TARGET_KILOBYTES = 2_097  # 2 MB, as Lambda counts its limits
TARGET_LAYER_KILOBYTES = 25_000
_STAGE = "qa"


def measure() -> Measured:
    """Packages the application as a deployment does, and measures the files."""
    with tempfile.TemporaryDirectory() as directory:
        subprocess.run([ROOT / "scripts" / "package.sh", _STAGE, directory], check=True)
        application = Path(directory) / "deployment.zip"
        layers = [file for file in Path(directory).glob("*.zip") if file != application]
        return Measured(
            metrics=(
                Metric(
                    name="package.application-zip",
                    value=round(application.stat().st_size / 1000, 1),
                    unit="kB",
                    target=TARGET_KILOBYTES,
                ),
                Metric(
                    name="package.layer-zip",
                    value=round(sum(file.stat().st_size for file in layers) / 1000, 1),
                    unit="kB",
                    target=TARGET_LAYER_KILOBYTES,
                ),
            )
        )
