"""Records which tags of source servers the sync of tags has written."""

from collections.abc import Iterable

from pynamodb.exceptions import DeleteError, PutError
from pynamodb.expressions.condition import Condition

from ....domain.estate.accounts import Place
from ....domain.estate.tag_sync import Written
from ...failures import condition_failed
from ...tables.estate import account_region
from ...tables.settings import SyncedTagsItem


def record_written_tags(place: Place, source_server_id: str, before: Written, now: Written) -> bool:
    """Replaces what is recorded of a server; False when another run has changed it since it was read."""
    item = SyncedTagsItem(account_region=account_region(place), source_server_id=source_server_id, written=dict(now))
    try:
        if now:
            item.save(condition=_is_as_read(before))
        else:
            item.delete(condition=_is_as_read(before))
    except (PutError, DeleteError) as error:
        if condition_failed(error):
            return False
        raise
    return True


def forget_servers(place: Place, source_server_ids: Iterable[str]) -> None:
    """Removes the records of servers that are no longer in DRS, 25 a request."""
    key = account_region(place)
    with SyncedTagsItem.batch_write() as batch:
        for server_id in source_server_ids:
            batch.delete(SyncedTagsItem(account_region=key, source_server_id=server_id))


def _is_as_read(before: Written) -> Condition:
    if not before:
        return SyncedTagsItem.source_server_id.does_not_exist()
    condition: Condition = SyncedTagsItem.written == dict(before)
    return condition
