"""4,000 servers in 30 waves, run to the end: the same as `scale`, with as many servers as DRS has for one account."""

from benchmarks.metric import Measured
from benchmarks.scale import measure_run

SERVERS = 4_000


def measure() -> Measured:
    """Runs a plan of 4,000 servers once."""
    return measure_run("scale-4000", SERVERS)
