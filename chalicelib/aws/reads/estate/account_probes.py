"""Tries what the roles of a target account allow: assuming them, and one harmless call of DRS and of EC2."""

from ....domain.estate.accounts import Place, TargetAccount
from ...asking import translated
from ...sessions import Access, assume_anew, probe_client


def try_role(account: TargetAccount, access: Access) -> None:
    """Assumes the role without a cached session. Raises CloudError or Unavailable."""
    assume_anew(account, access)


def try_drs(account: TargetAccount, region: str, access: Access) -> None:
    """Describes at most one source server. Raises CloudError or Unavailable."""
    place = Place(account.account_id, region)
    with translated(place):
        probe_client("drs", place, account, access).describe_source_servers(filters={}, maxResults=1)


def try_ec2(account: TargetAccount, region: str, access: Access) -> None:
    """Describes at most five instances. Raises CloudError or Unavailable."""
    place = Place(account.account_id, region)
    with translated(place):
        probe_client("ec2", place, account, access).describe_instances(MaxResults=5)
