"""How recovery plans stand: in which accounts and Regions they recover, and how ready their servers are."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from enum import StrEnum

import msgspec

from ..estate.accounts import Place
from ..estate.group_standing import KeptGroup, ServersReady, add_up, renewed
from ..estate.servers import Readiness
from .plans import RecoveryPlan


class PlanSort(StrEnum):
    """By name, or by the last completed drill, the oldest first; a plan without one counts from its creation."""

    NAME = "NAME"
    LAST_DRILL = "LAST_DRILL"


class PlanStanding(msgspec.Struct, frozen=True):
    """Kept beside a plan: its places, and its servers by readiness. ``servers`` None: they were not counted yet."""

    places: tuple[Place, ...]
    servers: ServersReady | None = None

    def is_in(self, account_id: str, region: str) -> bool:
        """Whether it has a place in the account and in the Region; empty text stands for any."""
        return any(account_id in {"", place.account_id} and region in {"", place.region} for place in self.places)

    def is_like(self, readiness: Readiness) -> bool:
        """Whether this is the worst readiness of its servers, as far as they were counted."""
        return self.servers is not None and self.servers.worst is readiness


def standing_of(
    plan: RecoveryPlan, groups: Mapping[str, KeptGroup], before: PlanStanding | None = None
) -> PlanStanding:
    """The standing of a plan, from those of its groups; ``before`` is the one that is kept now."""
    used = [groups[group_id] for group_id in plan.group_ids if group_id in groups]
    places = tuple(sorted({kept.group.place for kept in used}))
    counted = add_up([kept.standing.servers for kept in used]) if len(used) == len(plan.group_ids) else None
    return PlanStanding(places, renewed(before.servers if before else None, counted))


def plans_by_group(plans: Iterable[RecoveryPlan]) -> dict[str, list[RecoveryPlan]]:
    """The plans that use each group, by group id."""
    users: dict[str, list[RecoveryPlan]] = {}
    for plan in plans:
        for group_id in plan.group_ids:
            users.setdefault(group_id, []).append(plan)
    return users


def drill_order(plan: RecoveryPlan, last_drill_at: datetime | None) -> str:
    """The sort key of a plan by its last completed drill."""
    moment = last_drill_at or plan.created_at
    return f"{moment.astimezone(UTC).isoformat(timespec='microseconds')}#{plan.plan_id}"
