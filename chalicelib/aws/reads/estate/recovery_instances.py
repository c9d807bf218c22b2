"""Reads recovery instances from DRS."""

from collections.abc import Sequence

from ....domain.estate.accounts import Place, TargetAccount
from ....domain.estate.sightings import InstanceSighting
from ....side_by_side import chunks
from ...asking import translated
from ...sessions import Access, client
from .source_servers import IDS_PER_SERVER_FILTER


def describe_instances_of(account: TargetAccount, region: str, server_ids: Sequence[str]) -> list[InstanceSighting]:
    """The recovery instances of source servers, including foreign ones. Raises CloudError and Unavailable."""
    place = Place(account.account_id, region)
    found: list[InstanceSighting] = []
    with translated(place):
        pages = client("drs", place, account, Access.READ).get_paginator("describe_recovery_instances")
        for chunk in chunks(server_ids, IDS_PER_SERVER_FILTER):
            chosen = {"sourceServerIDs": list(chunk)}
            found += [
                InstanceSighting(
                    instance_id=item["recoveryInstanceID"],
                    source_server_id=item.get("sourceServerID", ""),
                    job_id=item.get("jobID", ""),
                    state=str(item.get("ec2InstanceState", "")).upper(),
                    is_drill=item.get("isDrill") is True,
                )
                for page in pages.paginate(filters=chosen)
                for item in page.get("items", [])
            ]
    return found
