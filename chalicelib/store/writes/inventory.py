"""Writing the inventory of source servers and how each place answered."""

from datetime import datetime

from pynamodb.exceptions import PutError
from pynamodb.expressions.condition import Condition

from ...domain.accounts import Place
from ...domain.inventory import InventoryChange, RegionSighting
from ...domain.servers import SourceServer
from ..failures import condition_failed
from ..tables.estate import RegionStatusItem, SourceServerItem, account_region


def write_inventory(place: Place, change: InventoryChange) -> None:
    """Writes and removes rows, 25 a request.

    Without conditions: a row is a copy of what DRS has, and the next sync repairs whatever two at once may mix up.
    """
    key = account_region(place)
    with SourceServerItem.batch_write() as batch:
        for server in change.write:
            batch.save(_server_item(key, server))
        for server_id in change.remove:
            batch.delete(SourceServerItem(account_region=key, source_server_id=server_id))


def record_region(sighting: RegionSighting) -> None:
    """Records how a place answered, unless a later sync has recorded it already."""
    item = RegionStatusItem(
        account_id=sighting.place.account_id,
        region=sighting.place.region,
        status=sighting.state.value,
        server_count=sighting.server_count,
        last_error=sighting.last_error[:1_000],
        synced_at=sighting.synced_at,
    )
    try:
        item.save(condition=_is_not_older(sighting.synced_at))
    except PutError as error:
        if not condition_failed(error):
            raise


def _server_item(key: str, server: SourceServer) -> SourceServerItem:
    return SourceServerItem(
        account_region=key,
        source_server_id=server.source_server_id,
        account_id=server.account_id,
        region=server.region,
        hostname=server.hostname,
        os=server.os.value,
        replication_state=server.replication_state,
        lag_seconds=server.lag_seconds,
        tags=server.tags,
        last_launch_result=server.last_launch_result,
        has_recovery_point=server.has_recovery_point,
        source_instance_id=server.source_instance_id,
        seen_at=server.seen_at,
    )


def _is_not_older(at: datetime) -> Condition:
    condition: Condition = RegionStatusItem.account_id.does_not_exist() | (RegionStatusItem.synced_at <= at)
    return condition
