"""The same as `scale` with 4,000 servers, as many as DRS has for one account."""

from benchmarks.metric import Measured
from benchmarks.scale import measure_run

SERVERS = 4_000


def measure() -> Measured:
    """Runs a plan of 4,000 servers once."""
    return measure_run("scale-4000", SERVERS)
