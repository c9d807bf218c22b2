"""Adds a wave with the servers of `--servers` to the demonstration's plan."""

from collections.abc import Iterable

import msgspec

from local.demo.plan_file import GroupEntry, PlanFile, WaveEntry


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
    return PlanFile(groups=(*content.groups, *groups), plan=plan)
