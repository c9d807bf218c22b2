"""Reads the results of syncs."""

from ...tables.estate import SyncRunItem

_LOOKED_AT = 20


def failures_of_last_sync(kind: str) -> dict[str, str]:
    """The failures of the newest sync of a kind that has ended, by place; empty without a recent sync."""
    newest = SyncRunItem.query(kind, scan_index_forward=False, limit=_LOOKED_AT, consistent_read=True)
    ended = next((item for item in newest if item.outcome != "RUNNING"), None)
    return dict(ended.details.get("failures", {})) if ended else {}
