"""Reads recovery instances from DRS, and why one could not be terminated."""

from collections.abc import Sequence

from ....domain.estate.accounts import Place, TargetAccount
from ....domain.estate.sightings import InstanceSighting
from ...asking import translated
from ...sessions import Access, client

_IDS_PER_FILTER = 200


def describe_instances_of(account: TargetAccount, region: str, server_ids: Sequence[str]) -> list[InstanceSighting]:
    """The recovery instances of source servers, including foreign ones. Raises CloudError and Unavailable."""
    place = Place(account.account_id, region)
    found: list[InstanceSighting] = []
    with translated(place):
        pages = client("drs", place, account, Access.READ).get_paginator("describe_recovery_instances")
        for start in range(0, len(server_ids), _IDS_PER_FILTER):
            chosen = {"sourceServerIDs": list(server_ids[start : start + _IDS_PER_FILTER])}
            found += [
                InstanceSighting(
                    instance_id=item["recoveryInstanceID"],
                    source_server_id=item.get("sourceServerID", ""),
                    job_id=item.get("jobID", ""),
                    state=str(item.get("ec2InstanceState", "")).upper(),
                )
                for page in pages.paginate(filters=chosen)
                for item in page.get("items", [])
            ]
    return found


def read_termination_errors(account: TargetAccount, region: str, job_id: str) -> dict[str, str]:
    """Why a TERMINATE job left instances running, by instance. Instances without a line in its log are missing."""
    place = Place(account.account_id, region)
    errors: dict[str, str] = {}
    with translated(place):
        pages = client("drs", place, account, Access.READ).get_paginator("describe_job_log_items")
        for page in pages.paginate(jobID=job_id):
            for item in page.get("items", []):
                data = item.get("eventData", {})
                if item.get("event") == "CLEANUP_FAIL" and data.get("targetInstanceID"):
                    errors[data["targetInstanceID"]] = data.get("rawError") or "DRS gives no reason."
    return errors
