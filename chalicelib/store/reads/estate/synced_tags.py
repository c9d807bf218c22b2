"""Reads which tags of source servers the sync of tags has written."""

from ....domain.estate.accounts import Place
from ....domain.estate.tag_sync import Written
from ...tables.estate import account_region
from ...tables.settings import SyncedTagsItem


def written_tags_of_place(place: Place) -> dict[str, Written]:
    """The tags that were written in a place, by source server. Costs one query, with about 1 MB a page."""
    items = SyncedTagsItem.query(account_region(place), consistent_read=True)
    return {item.source_server_id: item.written for item in items}
