"""What a sync of the inventory of 4,000 servers in 20 account-Regions costs."""

from benchmarks.inventory_runs import measure_sync
from benchmarks.metric import Measured

PLACES = 20
SERVERS_IN_EACH = 200


def measure() -> Measured:
    """Syncs once from nothing, and once when nothing has changed."""
    return measure_sync("inventory", places=PLACES, servers_in_each=SERVERS_IN_EACH, most_seconds=15)
