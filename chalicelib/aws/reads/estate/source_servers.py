"""Reads source servers from DRS.

Errors of AWS are raised as CloudError or Unavailable, with account and Region.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from ....domain.errors import cut
from ....domain.estate.accounts import Place, TargetAccount
from ....domain.estate.servers import Disk, OperatingSystem, SourceServer
from ....side_by_side import chunks
from ...asking import translated
from ...sessions import Access, client

IDS_PER_SERVER_FILTER = 200
SERVERS_PER_PAGE = 200
_MOST_ERROR_CHARACTERS = 300
_NEVER_LAUNCHED = "NONE"
_NO_POINT_STATES = {"INITIATING", "INITIAL_SYNC", "STOPPED", "DISCONNECTED"}


def describe_source_servers(
    account: TargetAccount, region: str, *, server_ids: Sequence[str] | None = None
) -> list[SourceServer]:
    """All source servers of a Region (200 a call), or those of ``server_ids`` that exist there (200 ids a call)."""
    seen_at = datetime.now(UTC)
    place = Place(account.account_id, region)
    filters: list[dict[str, Any]] = [{}]
    if server_ids is not None:
        filters = [{"sourceServerIDs": list(chunk)} for chunk in chunks(server_ids, IDS_PER_SERVER_FILTER)]
    with translated(place):
        pages = client("drs", place, account, Access.READ).get_paginator("describe_source_servers")
        return [
            source_server(item, place, seen_at)
            for chosen in filters
            for page in pages.paginate(filters=chosen, PaginationConfig={"PageSize": SERVERS_PER_PAGE})
            for item in page.get("items", [])
        ]


def source_server(item: dict[str, Any], place: Place, seen_at: datetime) -> SourceServer:
    """The source server that an answer of DRS describes."""
    properties = item.get("sourceProperties", {})
    hints = properties.get("identificationHints", {})
    replication = item.get("dataReplicationInfo", {})
    state = replication.get("dataReplicationState", "DISCONNECTED")
    os_name = properties.get("os", {}).get("fullString", "")
    origin = item.get("sourceCloudProperties", {})
    launch = item.get("lifeCycle", {}).get("lastLaunch", {}).get("initiated", {})
    return SourceServer(
        source_server_id=item["sourceServerID"],
        account_id=place.account_id,
        region=place.region,
        hostname=hints.get("hostname") or hints.get("fqdn") or item["sourceServerID"],
        os=OperatingSystem.WINDOWS if "windows" in os_name.lower() else OperatingSystem.LINUX,
        replication_state=state,
        lag_seconds=_duration_seconds(replication.get("lagDuration")),
        tags=item.get("tags", {}),
        seen_at=seen_at,
        last_launch_result=item.get("lastLaunchResult", "NOT_STARTED"),
        has_recovery_point=state not in _NO_POINT_STATES,
        source_instance_id=hints.get("awsInstanceID", ""),
        staging_account_id=_staging_account(item.get("stagingArea", {}), place),
        source_account_id=origin.get("originAccountID", ""),
        source_region=origin.get("originRegion", ""),
        os_name=os_name,
        recommended_instance_type=properties.get("recommendedInstanceType", ""),
        private_addresses=_addresses(properties.get("networkInterfaces", [])),
        cpu_cores=sum(cpu.get("cores", 0) for cpu in properties.get("cpus", [])),
        ram_bytes=properties.get("ramBytes", 0),
        disks=_disks(properties.get("disks", [])),
        extension_error=_extension_error(item.get("stagingArea", {})),
        last_launch_mode=launch.get("type", _NEVER_LAUNCHED),
        last_launch_at=_moment(launch.get("apiCallDateTime", "")),
    )


def _addresses(interfaces: list[dict[str, Any]]) -> tuple[str, ...]:
    """The addresses of the primary interface, then the others; the order does not depend on that of the answer."""
    ranked = {
        (not interface.get("isPrimary", False), ip) for interface in interfaces for ip in interface.get("ips", [])
    }
    return tuple(dict.fromkeys(ip for _, ip in sorted(ranked)))


def _disks(disks: list[dict[str, Any]]) -> tuple[Disk, ...]:
    """The disks by device name. How much of them is replicated is left out: it changes with every answer."""
    return tuple(
        sorted(
            (Disk(disk.get("deviceName", ""), disk.get("bytes", 0)) for disk in disks),
            key=lambda disk: disk.device_name,
        )
    )


def _staging_account(area: dict[str, Any], place: Place) -> str:
    """The account that the server replicates into if that is another one; DRS may also name the server's own."""
    account_id = str(area.get("stagingAccountID") or "")
    return "" if account_id == place.account_id else account_id


def _extension_error(area: dict[str, Any]) -> str:
    if area.get("status") != "EXTENSION_ERROR":
        return ""
    return cut(area.get("errorMessage") or "DRS gives no reason.", _MOST_ERROR_CHARACTERS)


def _moment(text: str) -> datetime | None:
    """The time of a text of DRS; None for none or one that cannot be read."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


_DURATION = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:\.\d+)?S)?)?")
_MAX_DURATION_CHARACTERS = 64


def _duration_seconds(text: str | None) -> int | None:
    """Seconds of an ISO-8601 duration such as ``P0DT0H5M12S``; None for none or one that cannot be read."""
    match = _DURATION.fullmatch(text) if text and len(text) <= _MAX_DURATION_CHARACTERS else None
    if not match:
        return None
    days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return days * 86_400 + hours * 3_600 + minutes * 60 + seconds
