"""The same as `inventory` with 200 account-Regions of 20 servers: what a place costs, whatever is in it."""

from benchmarks.inventory_runs import measure_sync
from benchmarks.metric import Measured

PLACES = 200
SERVERS_IN_EACH = 20


def measure() -> Measured:
    """Syncs once from nothing, and once when nothing has changed."""
    return measure_sync("inventory-200", places=PLACES, servers_in_each=SERVERS_IN_EACH)
