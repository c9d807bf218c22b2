"""Reads the tags of source servers from DRS, and where their source instances are.

Errors of AWS are raised as CloudError or Unavailable, with account and Region.
"""

from typing import Any

from ....domain.estate.accounts import Place, TargetAccount
from ....domain.estate.tag_sync import TaggedServer
from ...asking import translated
from ...sessions import Access, client


def describe_tagged_servers(account: TargetAccount, region: str) -> list[TaggedServer]:
    """Every source server of a Region with its tags."""
    place = Place(account.account_id, region)
    with translated(place):
        pages = client("drs", place, account, Access.READ).get_paginator("describe_source_servers")
        return [_tagged(item, place) for page in pages.paginate(filters={}) for item in page.get("items", [])]


def _tagged(item: dict[str, Any], place: Place) -> TaggedServer:
    hints = item.get("sourceProperties", {}).get("identificationHints", {})
    cloud = item.get("sourceCloudProperties", {})
    region, instance_id = cloud.get("originRegion", ""), hints.get("awsInstanceID", "")
    return TaggedServer(
        source_server_id=item["sourceServerID"],
        arn=item["arn"],
        hostname=hints.get("hostname") or hints.get("fqdn") or item["sourceServerID"],
        tags=item.get("tags", {}),
        origin=Place(cloud.get("originAccountID") or place.account_id, region) if region and instance_id else None,
        instance_id=instance_id,
    )
