"""Adds a wave with the servers of `--servers` to the demonstration's plan."""

from collections.abc import Iterable

import msgspec

from chalicelib.domain.plans.configuration import GroupEntry, WaveEntry
from local.demo.plan_file import PlanFile


def with_fleet(content: PlanFile, places: Iterable[tuple[str, str]]) -> PlanFile:
    """Adds a wave with one group for each (account, Region); returns the plan unchanged when there are none."""
    groups = tuple(
        GroupEntry(name=f"Fleet {account} {region}", account_id=account, region=region, tags={"Application": "fleet"})
        for account, region in sorted(set(places))
    )
    if not groups:
        return content
    wave = WaveEntry(name="fleet", group_ids=tuple(group.name for group in groups), depends_on=())
    plan = msgspec.structs.replace(content.plan, waves=(*content.plan.waves, wave))
    return msgspec.structs.replace(content, groups=(*content.groups, *groups), plan=plan)
