"""Keeps the figures of the whole installation, which the sync of the inventory brings up to date after its own work.

Figures that cannot be kept stay as they were, with the reason, and never fail the sync.
"""

from collections.abc import Callable, Mapping
from datetime import datetime

import msgspec

from ...domain.access.context import CallContext
from ...domain.errors import DomainError
from ...domain.estate.accounts import Place
from ...domain.estate.capacity import EstateFigures, place_capacity, worst_first
from ...domain.estate.figures import FigureName, KeptFigures
from ...domain.estate.fleet import count_fleet, count_place
from ...domain.estate.inventory import RegionSighting, places_with_drs
from ...domain.estate.syncs import SyncFigures, SyncKind, as_of, brief
from ...domain.estate.terms import NOWHERE, TermKind, terms_of_names
from ...domain.plans.drill_ages import DrillFigures, drill_figures
from ...domain.runs.figures import OUTCOMES_OVER, OutcomeFigures, outcome_figures
from ...logs import logger
from ...settings import settings
from ...side_by_side import ask_each
from ...store.failures import translated
from ...store.reads.estate.accounts import list_accounts
from ...store.reads.estate.figures import read_figures
from ...store.reads.estate.inventory import find_region_sightings
from ...store.reads.estate.syncs import find_last_run
from ...store.reads.runs.executions import executions_since
from ...store.writes.estate.figures import save_figures
from ..plans.plan_standings import keep_plan_standings
from .group_standings import keep_group_standings
from .search_terms import keep_terms
from .sync_frame import places_of

Kept = Mapping[FigureName, KeptFigures]


def keep_figures(call: CallContext) -> None:
    """Brings all figures up to date. Cost grows with places, groups and plans, and with the executions of 90 days."""
    try:
        with translated():
            kept = read_figures()
    except DomainError as error:
        logger.warning("figures not read", extra={"reason": error.message})
        return
    now = call.now
    found = ask_each(lambda name: _found(name, kept, now), _FIGURES)
    ask_each(save_figures, [_after(name, result, kept, now) for name, result in zip(_FIGURES, found, strict=True)])


def _found(name: FigureName, kept: Kept, now: datetime) -> msgspec.Struct:
    with translated():
        return _FIGURES[name](kept, now)


def _after(name: FigureName, result: msgspec.Struct | DomainError, kept: Kept, now: datetime) -> KeptFigures:
    if isinstance(result, DomainError):
        return msgspec.structs.replace(kept.get(name) or KeptFigures(name, None, ""), problem=result.message)
    return KeptFigures(name, now, msgspec.json.encode(result).decode())


def _estate(_: Kept, __: datetime) -> EstateFigures:
    accounts = list_accounts()
    sightings = find_region_sightings(place for _, place in places_of(accounts))
    places = [place for account in accounts for place in places_with_drs(account, _own(sightings, account.account_id))]
    return EstateFigures(
        servers=count_fleet(count_place(place, sightings.get(place)) for place in places),
        capacity=worst_first(place_capacity(place, sightings.get(place), None) for place in places),
    )


def _own(sightings: Mapping[Place, RegionSighting], account_id: str) -> dict[Place, RegionSighting]:
    return {place: seen for place, seen in sightings.items() if place.account_id == account_id}


def _syncs(_: Kept, now: datetime) -> SyncFigures:
    runs = [find_last_run(kind) for kind in SyncKind]
    return SyncFigures(tuple(brief(as_of(run, now)) for run in runs if run is not None))


def _outcomes(_: Kept, now: datetime) -> OutcomeFigures:
    since = now - OUTCOMES_OVER
    return outcome_figures(executions_since(since), since)


def _drills(_: Kept, now: datetime) -> DrillFigures:
    """Groups come first and then plans, because what is kept beside each follows from the other."""
    groups = keep_group_standings()
    plans = keep_plan_standings(groups, now)
    _keep_words(TermKind.GROUP, {group_id: kept.group.name for group_id, kept in groups.items()})
    _keep_words(TermKind.PLAN, {kept.plan.plan_id: kept.plan.name for kept in plans})
    last = {kept.plan.plan_id: kept.runs.last_drill_at for kept in plans if kept.runs}
    return drill_figures((kept.plan for kept in plans), last, settings().drill_target_days)


def _keep_words(kind: TermKind, names: Mapping[str, str]) -> None:
    """Keeps the words in names for the search. If that fails, the next sync does it."""
    try:
        with translated():
            keep_terms(NOWHERE, kind, terms_of_names(kind, names))
    except DomainError as error:
        logger.warning("search terms not kept", extra={"kind": kind.value, "reason": error.message})


_FIGURES: dict[FigureName, Callable[[Kept, datetime], msgspec.Struct]] = {
    FigureName.ESTATE: _estate,
    FigureName.SYNCS: _syncs,
    FigureName.OUTCOMES: _outcomes,
    FigureName.DRILLS: _drills,
}
