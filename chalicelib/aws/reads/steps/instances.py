"""Reads addresses and status checks of recovery instances from EC2. Nothing here changes anything."""

from collections.abc import Sequence
from typing import Any

from ....domain.estate.accounts import Place, TargetAccount
from ....side_by_side import chunks
from ...asking import Expected, translated
from ...sessions import Access, client
from ..estate.instances import find_instances

IDS_PER_CALL = 100


def find_private_addresses(account: TargetAccount, region: str, instance_ids: Sequence[str]) -> dict[str, str]:
    """The private address of each instance that has one. Raises CloudError or Unavailable."""
    found = find_instances(account, region, instance_ids)
    return {instance_id: seen.private_address for instance_id, seen in found.items() if seen.private_address}


def see_status_checks(account: TargetAccount, region: str, instance_ids: Sequence[str]) -> dict[str, tuple[bool, str]]:
    """Whether both checks of each instance are ok, and their text. Raises CloudError or Unavailable.

    Instances that EC2 does not know are missing.
    """
    seen = {}
    for chunk in chunks(instance_ids, IDS_PER_CALL):
        for status in _statuses(account, region, chunk):
            instance, system = status["InstanceStatus"]["Status"], status["SystemStatus"]["Status"]
            text = f"{status['InstanceState']['Name']}; instance check {instance}, system check {system}"
            seen[status["InstanceId"]] = (instance == system == "ok", text)
    return seen


def _statuses(account: TargetAccount, region: str, instance_ids: Sequence[str]) -> list[dict[str, Any]]:
    place = Place(account.account_id, region)
    try:
        with translated(place, expected={"InvalidInstanceID.NotFound"}):
            ec2 = client("ec2", place, account, Access.READ)
            answer = ec2.describe_instance_status(InstanceIds=list(instance_ids), IncludeAllInstances=True)
            return list(answer["InstanceStatuses"])
    except Expected:
        # The call has no filter for ids, and one unknown id fails it for all others.
        known = list(find_instances(account, region, instance_ids))
        return _statuses(account, region, known) if 0 < len(known) < len(instance_ids) else []
