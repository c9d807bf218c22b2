"""Reads addresses and status checks of recovery instances from EC2. Nothing here changes anything."""

from collections.abc import Iterator, Sequence
from typing import Any

from ....domain.estate.accounts import Place, TargetAccount
from ...asking import translated
from ...sessions import Access, client

IDS_PER_CALL = 100


def find_private_addresses(account: TargetAccount, region: str, instance_ids: Sequence[str]) -> dict[str, str]:
    """The private address of each instance that has one. Raises CloudError or Unavailable."""
    pages = _describe(account, region, "describe_instances", instance_ids)
    return {
        instance["InstanceId"]: instance["PrivateIpAddress"]
        for page in pages
        for reservation in page["Reservations"]
        for instance in reservation["Instances"]
        if instance.get("PrivateIpAddress")
    }


def see_status_checks(account: TargetAccount, region: str, instance_ids: Sequence[str]) -> dict[str, tuple[bool, str]]:
    """Whether both checks of each instance are ok, and their text. Raises CloudError or Unavailable."""
    seen = {}
    for page in _describe(account, region, "describe_instance_status", instance_ids, IncludeAllInstances=True):
        for status in page["InstanceStatuses"]:
            instance, system = status["InstanceStatus"]["Status"], status["SystemStatus"]["Status"]
            text = f"{status['InstanceState']['Name']}; instance check {instance}, system check {system}"
            seen[status["InstanceId"]] = (instance == system == "ok", text)
    return seen


def _describe(
    account: TargetAccount, region: str, operation: str, instance_ids: Sequence[str], **options: Any
) -> Iterator[Any]:
    place = Place(account.account_id, region)
    with translated(place):
        ec2 = client("ec2", place, account, Access.READ)
        for start in range(0, len(instance_ids), IDS_PER_CALL):
            yield getattr(ec2, operation)(InstanceIds=list(instance_ids[start : start + IDS_PER_CALL]), **options)
