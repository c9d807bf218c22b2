"""Reads from EC2 the instances that source servers run on, in batches for each source Region."""

from collections.abc import Mapping, Sequence

import msgspec

from ...aws.reads.estate.instances import find_source_instances
from ...domain.errors import DomainError
from ...domain.estate.accounts import TargetAccount
from ...domain.estate.servers import SourceServer
from ...domain.estate.sightings import SourceInstance
from ...logs import logger


class SourceInstances(msgspec.Struct, frozen=True):
    """What EC2 shows, by instance id, and why it could not be read in some Regions; ``problem`` is empty for none."""

    found: Mapping[str, SourceInstance]
    problem: str = ""


def read_source_instances(account: TargetAccount, servers: Sequence[SourceServer]) -> SourceInstances:
    """The source instances of servers that run in their own account, 200 a call.

    Servers that run in another account, or outside AWS, have no details from EC2: the sync of an account asks this
    account alone. A Region that cannot be read stops no other.
    """
    found: dict[str, SourceInstance] = {}
    problems: list[str] = []
    for region, instance_ids in sorted(_by_region(account, servers).items()):
        try:
            found |= find_source_instances(account, region, instance_ids)
        except DomainError as error:
            logger.warning("source instances not read", extra={"region": region, "reason": error.message})
            problems.append(f"{region}: {error.message}")
    return SourceInstances(found, " ".join(problems))


def _by_region(account: TargetAccount, servers: Sequence[SourceServer]) -> dict[str, list[str]]:
    regions: dict[str, list[str]] = {}
    for server in servers:
        if server.source_instance_id and server.source_region and server.source_account_id == account.account_id:
            regions.setdefault(server.source_region, []).append(server.source_instance_id)
    return regions
