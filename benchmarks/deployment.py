"""A deployment of code alone, of all functions, to the stand-in of AWS against which deployments are rehearsed.

It is `scripts/deploy.sh qa --lambda-only --skip-tests`: account, package, functions, API, aliases and smoke test. The
checks of the repository are left out. The stand-in answers at once, so the time is that of packaging and of Chalice.
"""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.metric import Measured, Metric, median_metric
from scripts.compiled_packages import BUILD

ROOT = Path(__file__).resolve().parent.parent
STAND_IN = ROOT / "tests" / "deployment" / "stand_in.py"
TARGET_SECONDS = 60.0
ROUNDS = 3

_FIRST = "from scripts.deployment import deploy, stage; deploy.run(stage.Stage.of('qa'), {steps})"
_STEPS = ("data", "functions", "aliases", "application", "smoke")


def measure() -> Measured:
    """Makes the stage, and then deploys its functions again and again, each time in a process of its own."""
    samples, processor = [], []
    with _stand_in() as environment:
        first = [sys.executable, "-c", _FIRST.format(steps=_STEPS)]
        subprocess.run(first, cwd=ROOT, env=environment, check=True)
        command = [sys.executable, "-m", "scripts.deployment.deploy", "qa", "--lambda-only", "--skip-tests"]
        for _ in range(ROUNDS):
            # Code is deployed because it has changed; without this it would be compiled in the first round only.
            shutil.rmtree(BUILD / "applications")
            began, used = time.monotonic(), _processor_seconds()
            subprocess.run(command, cwd=ROOT, env=environment, check=True)
            samples.append(time.monotonic() - began)
            processor.append(_processor_seconds() - used)
    return Measured(
        metrics=(
            median_metric("deployment.lambda-only", samples, "s", target=TARGET_SECONDS),
            Metric(name="deployment.lambda-only-processor", value=round(min(processor), 1), unit="s"),
        )
    )


@contextmanager
def _stand_in() -> Iterator[dict[str, str]]:
    """The environment of a program that deploys to a stand-in of its own."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    clean["PYTHONPATH"] = str(ROOT)
    process = subprocess.Popen(
        [sys.executable, str(STAND_IN)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=clean, text=True
    )
    if process.stdin is None or process.stdout is None:
        raise RuntimeError("The stand-in has no pipes.")
    try:
        endpoint = process.stdout.readline().strip()
        yield {
            **clean,
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_REGION": "us-east-2",
            "AWS_DEFAULT_REGION": "us-east-2",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
        }
    finally:
        process.stdin.close()
        process.wait(60)
        process.stdout.close()


def _processor_seconds() -> float:
    """What ended processes of this one have used; the stand-in still runs."""
    times = os.times()
    return times.children_user + times.children_system
