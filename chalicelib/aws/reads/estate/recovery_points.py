"""Reads recovery points of source servers. DRS needs one call per server, so read only what is needed.

Errors of AWS are raised as CloudError or Unavailable, with account and Region.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from ....domain.estate.accounts import Place, TargetAccount
from ....domain.estate.recovery_points import PointSearch, RecoveryPoint, choose_at, choose_named
from ...asking import translated
from ...sessions import Access, client

_TAKEN_EARLY = timedelta(minutes=5)
"""DRS filters by the time at which a point was due. The point may be taken some minutes earlier or later."""


def find_point_at(account: TargetAccount, region: str, server_id: str, moment: datetime) -> PointSearch:
    """The server's newest point that is not after ``moment``. Costs one call, and a second when there is none."""
    until = {"toDateTime": (moment + _TAKEN_EARLY).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")}
    chosen = choose_at(_points(account, region, server_id, until, newest_first=True), moment)
    oldest = None if chosen else next(_points(account, region, server_id, {}, newest_first=False), None)
    return PointSearch(chosen, oldest)


def find_named_point(account: TargetAccount, region: str, server_id: str, point_id: str) -> PointSearch:
    """The server's point with this id, if it exists. Reads all pages."""
    points = list(_points(account, region, server_id, {}, newest_first=True))
    return PointSearch(choose_named(points, point_id), points[-1] if points else None)


def _points(
    account: TargetAccount, region: str, server_id: str, filters: dict[str, str], *, newest_first: bool
) -> Iterator[RecoveryPoint]:
    place = Place(account.account_id, region)
    order = "DESC" if newest_first else "ASC"
    with translated(place):
        drs = client("drs", place, account, Access.READ)
        pages = drs.get_paginator("describe_recovery_snapshots")
        for page in pages.paginate(sourceServerID=server_id, filters=filters, order=order):
            yield from (recovery_point(item) for item in page.get("items", []))


def recovery_point(item: dict[str, Any]) -> RecoveryPoint:
    """The recovery point that an answer of DRS describes."""
    taken = str(item.get("timestamp") or item["expectedTimestamp"])
    at = datetime.fromisoformat(taken)
    return RecoveryPoint(item["snapshotID"], item["sourceServerID"], at if at.tzinfo else at.replace(tzinfo=UTC))
