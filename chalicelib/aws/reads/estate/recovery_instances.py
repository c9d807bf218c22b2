"""Reads recovery instances: which DRS shows, and whether they exist, which only EC2 knows."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from ....domain.estate.accounts import Place, TargetAccount
from ....domain.estate.sightings import NOT_FOUND, InstanceSighting
from ....side_by_side import chunks
from ...asking import translated
from ...sessions import Access, client
from .instances import Ec2Instance, find_instances
from .source_servers import IDS_PER_SERVER_FILTER


def see_instances(account: TargetAccount, region: str, recorded: Mapping[str, str]) -> list[InstanceSighting]:
    """The instances of source servers: those that DRS shows, and those that are recorded and left DRS.

    ``recorded`` are instance ids by source server, empty where none is recorded. Every state is that of EC2: DRS can
    drop an instance that runs, and show one that is gone. Raises CloudError and Unavailable.
    """
    shown = describe_instances_of(account, region, list(recorded))
    known = {seen.instance_id for seen in shown}
    left = [
        InstanceSighting(instance_id, server_id, "", NOT_FOUND, in_drs=False)
        for server_id, instance_id in recorded.items()
        if instance_id and instance_id not in known
    ]
    found = [*shown, *left]
    there = find_instances(account, region, [seen.instance_id for seen in found])
    return [_as_in_ec2(seen, there.get(seen.instance_id)) for seen in found]


def _as_in_ec2(seen: InstanceSighting, instance: Ec2Instance | None) -> InstanceSighting:
    if instance is None:
        return msgspec.structs.replace(seen, state=NOT_FOUND)
    return msgspec.structs.replace(
        seen,
        state=instance.state,
        private_address=instance.private_address,
        instance_type=instance.instance_type,
        started_at=instance.started_at,
    )


def describe_instances_of(
    account: TargetAccount, region: str, server_ids: Sequence[str] | None = None
) -> list[InstanceSighting]:
    """The recovery instances of source servers as DRS shows them, including foreign ones, and with DRS's own states.

    Without ``server_ids``, those of all servers. Raises CloudError and Unavailable.
    """
    place = Place(account.account_id, region)
    filters: list[dict[str, Any]] = [{}]
    if server_ids is not None:
        filters = [{"sourceServerIDs": list(chunk)} for chunk in chunks(server_ids, IDS_PER_SERVER_FILTER)]
    with translated(place):
        pages = client("drs", place, account, Access.READ).get_paginator("describe_recovery_instances")
        return [
            InstanceSighting(
                instance_id=item["recoveryInstanceID"],
                source_server_id=item.get("sourceServerID", ""),
                job_id=item.get("jobID", ""),
                state=str(item.get("ec2InstanceState", "")).upper(),
                is_drill=item.get("isDrill") is True,
            )
            for chosen in filters
            for page in pages.paginate(filters=chosen)
            for item in page.get("items", [])
        ]
