"""Reads source servers from DRS.

Errors of AWS are raised as CloudError or Unavailable, with account and Region.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from ....domain.errors import cut
from ....domain.estate.accounts import Place, TargetAccount
from ....domain.estate.servers import OperatingSystem, SourceServer
from ....side_by_side import chunks
from ...asking import translated
from ...sessions import Access, client

IDS_PER_SERVER_FILTER = 200
_MOST_ERROR_CHARACTERS = 300
_NO_POINT_STATES = {"INITIATING", "INITIAL_SYNC", "STOPPED", "DISCONNECTED"}


def describe_source_servers(
    account: TargetAccount, region: str, *, server_ids: Sequence[str] | None = None
) -> list[SourceServer]:
    """All source servers of a Region, or those of ``server_ids`` that exist there (200 ids a call)."""
    seen_at = datetime.now(UTC)
    place = Place(account.account_id, region)
    filters: list[dict[str, Any]] = [{}]
    if server_ids is not None:
        filters = [{"sourceServerIDs": list(chunk)} for chunk in chunks(server_ids, IDS_PER_SERVER_FILTER)]
    with translated(place):
        pages = client("drs", place, account, Access.READ).get_paginator("describe_source_servers")
        return [
            _source_server(item, place, seen_at)
            for chosen in filters
            for page in pages.paginate(filters=chosen)
            for item in page.get("items", [])
        ]


def _source_server(item: dict[str, Any], place: Place, seen_at: datetime) -> SourceServer:
    properties = item.get("sourceProperties", {})
    hints = properties.get("identificationHints", {})
    replication = item.get("dataReplicationInfo", {})
    state = replication.get("dataReplicationState", "DISCONNECTED")
    windows = "windows" in properties.get("os", {}).get("fullString", "").lower()
    return SourceServer(
        source_server_id=item["sourceServerID"],
        account_id=place.account_id,
        region=place.region,
        hostname=hints.get("hostname") or hints.get("fqdn") or item["sourceServerID"],
        os=OperatingSystem.WINDOWS if windows else OperatingSystem.LINUX,
        replication_state=state,
        lag_seconds=_duration_seconds(replication.get("lagDuration")),
        tags=item.get("tags", {}),
        seen_at=seen_at,
        last_launch_result=item.get("lastLaunchResult", "NOT_STARTED"),
        has_recovery_point=state not in _NO_POINT_STATES,
        source_instance_id=hints.get("awsInstanceID", ""),
        staging_account_id=_staging_account(item.get("stagingArea", {}), place),
        extension_error=_extension_error(item.get("stagingArea", {})),
    )


def _staging_account(area: dict[str, Any], place: Place) -> str:
    """The account that the server replicates into if that is another one; DRS may also name the server's own."""
    account_id = str(area.get("stagingAccountID") or "")
    return "" if account_id == place.account_id else account_id


def _extension_error(area: dict[str, Any]) -> str:
    if area.get("status") != "EXTENSION_ERROR":
        return ""
    return cut(area.get("errorMessage") or "DRS gives no reason.", _MOST_ERROR_CHARACTERS)


_DURATION = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:\.\d+)?S)?)?")
_MAX_DURATION_CHARACTERS = 64


def _duration_seconds(text: str | None) -> int | None:
    """Seconds of an ISO-8601 duration such as ``P0DT0H5M12S``; None for none or one that cannot be read."""
    match = _DURATION.fullmatch(text) if text and len(text) <= _MAX_DURATION_CHARACTERS else None
    if not match:
        return None
    days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return days * 86_400 + hours * 3_600 + minutes * 60 + seconds
