"""The dashboard's first page, from live reads and from the figures that the data-management side keeps."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from ..domain.access.context import CallContext
from ..domain.errors import DomainError
from ..domain.estate.capacity import EstateFigures
from ..domain.estate.figures import FigureName, KeptFigures, read_kept
from ..domain.estate.syncs import SyncFigures
from ..domain.pages import MAX_PAGE
from ..domain.plans.drill_ages import DrillFigures
from ..domain.runs.figures import OutcomeFigures
from ..operations.dashboard import DashboardData, DecisionsToMake, Part, RunningExecutions
from ..operations.declaration import Nothing
from ..operations.live import ListOpenDecisions
from ..side_by_side import ask_each
from ..store.failures import translated
from ..store.reads.estate.figures import read_figures
from ..store.reads.runs import executions
from .decisions import list_open_decisions

T = TypeVar("T")
Kept = Mapping[FigureName, KeptFigures]
_NOT_KEPT = "These figures are kept after each sync of the inventory, and none has ended yet; run it."
_OTHER_FORM = "These figures are of another release; the next sync of the inventory replaces them."


def get_dashboard_data(_: Nothing, call: CallContext) -> DashboardData:
    """All parts, each with its age. Costs seven calls of DynamoDB, whatever there is."""
    reads: tuple[Callable[[], Any], ...] = (running_executions, lambda: decisions_to_make(call), read_figures)
    running, decisions, kept = ask_each(_translated, reads)
    return DashboardData(
        running=_live(running, call),
        decisions=_live(decisions, call),
        estate=kept_part(kept, FigureName.ESTATE, EstateFigures),
        syncs=kept_part(kept, FigureName.SYNCS, SyncFigures),
        outcomes=kept_part(kept, FigureName.OUTCOMES, OutcomeFigures),
        drills=kept_part(kept, FigureName.DRILLS, DrillFigures),
    )


def _translated(read: Callable[[], T]) -> T:
    with translated():
        return read()


def running_executions() -> RunningExecutions:
    """The executions that have not ended, the oldest first. Costs one query for each status."""
    return RunningExecutions(executions.running_executions()[:MAX_PAGE])


def decisions_to_make(call: CallContext) -> DecisionsToMake:
    """The decisions that people have to make, the oldest first. Costs two calls."""
    return DecisionsToMake(list_open_decisions(ListOpenDecisions(limit=MAX_PAGE), call).items)


def _live(found: T | DomainError, call: CallContext) -> Part[T]:
    return Part(None, found.message, None) if isinstance(found, DomainError) else Part(call.now, "", found)


def kept_part(kept: Kept | DomainError, name: FigureName, kind: type[T]) -> Part[T]:
    """One kind of figures with its time, or the reason why there is none."""
    if isinstance(kept, DomainError):
        return Part(None, kept.message, None)
    figures = kept.get(name)
    if figures is None:
        return Part(None, _NOT_KEPT, None)
    data = read_kept(figures, kind)
    problem = figures.problem if data or figures.problem else _OTHER_FORM
    return Part(figures.as_of if data else None, problem, data)
