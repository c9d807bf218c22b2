"""Keeps the figures of the whole installation, which the sync of the inventory brings up to date after its own work.

Figures that cannot be kept stay as they were, with the reason, and never fail the sync.
"""

import functools
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import msgspec

from ...domain.access.context import CallContext
from ...domain.errors import DomainError
from ...domain.estate.accounts import Place
from ...domain.estate.capacity import EstateFigures, place_capacity, worst_first
from ...domain.estate.figures import FigureName, KeptFigures
from ...domain.estate.fleet import count_fleet, count_place
from ...domain.estate.group_standing import KeptGroup
from ...domain.estate.inventory import RegionSighting, places_with_drs
from ...domain.estate.syncs import SyncFigures, SyncKind, as_of, brief
from ...domain.estate.terms import TermKind, terms_of_names
from ...domain.plans.drill_ages import DrillFigures, drill_figures
from ...domain.runs.figures import OUTCOMES_OVER, OutcomeFigures, outcome_figures
from ...domain.runs.plan_runs import KeptPlan
from ...domain.runs.records import Execution
from ...logs import logger
from ...settings import settings
from ...side_by_side import ask_each
from ...store.failures import translated
from ...store.reads.estate.accounts import list_accounts
from ...store.reads.estate.figures import read_figures
from ...store.reads.estate.inventory import find_region_sightings
from ...store.reads.estate.syncs import find_newest_runs
from ...store.reads.plans.kept_plans import kept_plans
from ...store.reads.runs.executions import executions_since
from ...store.writes.estate.figures import save_figures
from ..plans.plan_standings import keep_plan_standings
from .group_standings import keep_group_standings
from .search_terms import keep_words
from .sync_frame import places_of

_AT_ONCE = 1
"""One kind of figures after the other: nobody waits for them, and each thread would open a connection of its own."""


class _Now:
    """The time of the figures, and what several kinds of them are made from, which is read once."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    @functools.cached_property
    def executions(self) -> Sequence[Execution]:
        """Those that started in the last 90 days."""
        return list(executions_since(self.now - OUTCOMES_OVER))


def keep_figures(call: CallContext) -> None:
    """Brings all figures up to date. Cost grows with places, groups and plans, and with the executions of 90 days."""
    seen = _Now(call.now)
    found = dict(zip(_FIGURES, ask_each(lambda name: _found(name, seen), _FIGURES, limit=_AT_ONCE), strict=True))
    failed = {name: result for name, result in found.items() if isinstance(result, DomainError)}
    made = [_made(name, result, seen.now) for name, result in found.items() if not isinstance(result, DomainError)]
    ask_each(save_figures, [*made, *_as_before(failed)], limit=_AT_ONCE)


def _found(name: FigureName, seen: _Now) -> msgspec.Struct:
    with translated():
        return _FIGURES[name](seen)


def _made(name: FigureName, result: msgspec.Struct, now: datetime) -> KeptFigures:
    return KeptFigures(name, now, msgspec.json.encode(result).decode())


def _as_before(failed: Mapping[FigureName, DomainError]) -> list[KeptFigures]:
    """The figures that could not be made, as they are kept now, with the reason; none if these cannot be read."""
    if not failed:
        return []
    try:
        with translated():
            kept = read_figures()
    except DomainError as error:
        logger.warning("figures not read", extra={"reason": error.message})
        return []
    return [
        msgspec.structs.replace(kept.get(name) or KeptFigures(name, None, ""), problem=error.message)
        for name, error in failed.items()
    ]


def _estate(_: _Now) -> EstateFigures:
    accounts = list_accounts()
    sightings = find_region_sightings(place for _, place in places_of(accounts))
    places = [place for account in accounts for place in places_with_drs(account, _own(sightings, account.account_id))]
    return EstateFigures(
        servers=count_fleet(count_place(place, sightings.get(place)) for place in places),
        capacity=worst_first(place_capacity(place, sightings.get(place), None) for place in places),
    )


def _own(sightings: Mapping[Place, RegionSighting], account_id: str) -> dict[Place, RegionSighting]:
    return {place: seen for place, seen in sightings.items() if place.account_id == account_id}


def _syncs(seen: _Now) -> SyncFigures:
    found = find_newest_runs()
    return SyncFigures(tuple(brief(as_of(found[kind], seen.now)) for kind in SyncKind if kind in found))


def _outcomes(seen: _Now) -> OutcomeFigures:
    return outcome_figures(seen.executions, seen.now - OUTCOMES_OVER)


def _drills(seen: _Now) -> DrillFigures:
    """Groups come first and then plans, because what is kept beside each follows from the other."""
    before = kept_plans()
    groups = keep_group_standings([kept.plan for kept in before])
    plans = keep_plan_standings(before, groups, seen.executions, seen.now - OUTCOMES_OVER)
    _keep_words(groups, plans)
    last = {kept.plan.plan_id: kept.runs.last_drill_at for kept in plans if kept.runs}
    return drill_figures((kept.plan for kept in plans), last, settings().drill_target_days)


def _keep_words(groups: Mapping[str, KeptGroup], plans: Sequence[KeptPlan]) -> None:
    """Keeps the words in names for the search. If that fails, the next sync does it."""
    of_groups = {group_id: kept.group.name for group_id, kept in groups.items()}
    of_plans = {kept.plan.plan_id: kept.plan.name for kept in plans}
    try:
        with translated():
            keep_words(terms_of_names(TermKind.GROUP, of_groups) | terms_of_names(TermKind.PLAN, of_plans))
    except DomainError as error:
        logger.warning("search terms not kept", extra={"reason": error.message})


_FIGURES: dict[FigureName, Callable[[_Now], msgspec.Struct]] = {
    FigureName.ESTATE: _estate,
    FigureName.SYNCS: _syncs,
    FigureName.OUTCOMES: _outcomes,
    FigureName.DRILLS: _drills,
}
