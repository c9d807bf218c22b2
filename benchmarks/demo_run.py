"""How long `make demo ARGS=--exit` takes, and the most memory that the local cloud needs meanwhile."""

import json
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.metric import Measured, Metric

ROOT = Path(__file__).resolve().parent.parent
TARGET_SECONDS = 120
TARGET_MEGABYTES = 500
_LOOK_EVERY_SECONDS = 0.2


def measure() -> Measured:
    """Runs the demonstration once in a separate process, which contains the whole local cloud."""
    started = time.monotonic()
    with subprocess.Popen(
        [sys.executable, "-m", "local.demo", "--exit", "--json"], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as process:
        peak = 0.0
        while process.poll() is None:
            peak = max(peak, peak_megabytes(process.pid))
            time.sleep(_LOOK_EVERY_SECONDS)
        assert process.stdout is not None
        output = process.stdout.read()
    seconds = time.monotonic() - started
    if process.returncode != 0:
        raise RuntimeError(f"The demonstration ended with status {process.returncode}:\n{output}")
    summary = json.loads(output.splitlines()[-1])
    over = summary["totalSeconds"] - summary["criticalPathSeconds"]
    return Measured(
        metrics=(
            Metric(name="demo.wall-time", value=round(seconds, 1), unit="s", target=TARGET_SECONDS, spread="1 run"),
            Metric(
                name="demo.local-cloud-memory",
                value=round(peak, 1),
                unit="MB",
                target=TARGET_MEGABYTES,
                spread="peak resident memory in 1 run",
            ),
            Metric(name="demo.over-critical-path", value=round(over, 2), unit="s", spread="1 run"),
        )
    )


def peak_megabytes(pid: int) -> float:
    """The peak of the process's resident memory; where the system does not record it, its present value.

    0 when the process has ended.
    """
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        answer = subprocess.run(["ps", "-o", "rss=", "-p", str(pid)], capture_output=True, text=True, check=False)
        return int(answer.stdout.strip() or 0) * 1024 / 1e6
    fields = dict(line.split(":", 1) for line in status.splitlines())
    # Absent when the process has ended and its status has not been collected.
    return int(fields.get("VmHWM", "0 kB").split()[0]) * 1024 / 1e6
