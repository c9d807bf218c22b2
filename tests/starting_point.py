"""The data with which a local cloud starts, so that no tests have to work around what others have left behind.

What is left makes every sync, list and drill of later tests more expensive, as they meet all servers of a Region.
"""

from moto.dynamodb.models import dynamodb_backends

from drs_emulator.saved_worlds import restore_world, save_world
from local import workflow_engine
from local.cloud import LocalCloud
from local.dynamodb.catalogue import find_table
from local.dynamodb.storage import Ordered, Partition, Table
from tests.waiting import eventually

Partitions = dict[object, Partition]


class StartingPoint:
    """The items and the DRS of a cloud as they are now. What other services have stays as it is."""

    def __init__(self, cloud: LocalCloud) -> None:
        self._cloud = cloud
        self._world = save_world(cloud.emulator.world)
        self._tables = {
            table.name: {name: _copied(ordered.partitions) for name, ordered in _orders(table).items()}
            for table in _tables(cloud)
        }

    def return_to_it(self) -> None:
        """Ends what is running, and makes items and DRS what they were. Identifiers continue and never come again."""
        workflow_engine.stop_all_executions()
        # A call that goes on would write into the tables of the next test.
        eventually(lambda: not self._cloud.runtime.running, every=0.002)
        world = self._cloud.emulator.world
        made = {place: region.made for place, region in world.regions.items()}
        restore_world(world, self._world)
        for (account, region), count in made.items():
            world.region(account, region).made = count
        for table in _tables(self._cloud):
            kept = self._tables.get(table.name, {})
            for name, ordered in _orders(table).items():
                ordered.partitions.clear()
                ordered.partitions.update(_copied(kept.get(name, {})))


def _tables(cloud: LocalCloud) -> list[Table]:
    names = list(dynamodb_backends[cloud.hub_account][cloud.hub_region].tables)
    found = (find_table(cloud.hub_account, cloud.hub_region, name) for name in names)
    return [table for table in found if table is not None]


def _orders(table: Table) -> dict[str, Ordered]:
    """The table's own order, under no name, and those of its indexes."""
    return {"": table.own, **table.indexes}


def _copied(partitions: Partitions) -> Partitions:
    return {
        hashed: Partition(kept.number, list(kept.places), dict(kept.records)) for hashed, kept in partitions.items()
    }
