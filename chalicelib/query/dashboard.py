"""The dashboard's first page, from live reads and from the figures that the data-management side keeps."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from ..domain.access.context import CallContext
from ..domain.access.evidence_standing import FIGURE_OF, EvidenceStanding, SealedFigures, SealedLog, standing_of
from ..domain.errors import DomainError
from ..domain.estate.capacity import EstateFigures
from ..domain.estate.figures import FigureName, KeptFigures, read_kept
from ..domain.estate.syncs import SyncFigures
from ..domain.notices.unsent import MOST_SHOWN, SHOWN_FOR, UnsentNotices, UnsentState, unsent_notice
from ..domain.pages import MAX_PAGE
from ..domain.plans.drill_ages import DrillFigures
from ..domain.runs.figures import OutcomeFigures
from ..domain.runs.records import Execution, WaveRun
from ..operations.dashboard import DashboardData, DecisionsToMake, Part, RunningExecutions
from ..operations.declaration import Nothing
from ..operations.live import ListOpenDecisions
from ..side_by_side import ask_each, map_bounded
from ..store.failures import translated
from ..store.reads.estate.figures import read_figures
from ..store.reads.notices.outbox import DueNotice, list_due_notices, list_given_up_notices
from ..store.reads.runs import execution_lists
from ..store.reads.runs.executions import find_executions
from ..store.reads.runs.live import list_waves_to_decide
from .decisions import decisions_of, list_open_decisions

T = TypeVar("T")
U = TypeVar("U")
Kept = Mapping[FigureName, KeptFigures]
_NOT_KEPT = "These figures are kept after each sync of the inventory, and none has ended yet; run it."
_OTHER_FORM = "These figures are of another release; the next sync of the inventory replaces them."


def get_dashboard_data(_: Nothing, call: CallContext) -> DashboardData:
    """All parts, each with its age. Costs eight calls of DynamoDB, whatever there is.

    One more is made only for decisions in executions that are not among the 100 newest of their status.
    """
    reads: tuple[Callable[[], Any], ...] = (
        execution_lists.running_executions,
        lambda: list_waves_to_decide(ListOpenDecisions(limit=MAX_PAGE)).items,
        read_figures,
        lambda: unsent_notices(call),
    )
    active, waves, kept, notices = ask_each(_translated, reads)
    return DashboardData(
        running=_live(_mapped(active, _oldest), call),
        decisions=_live(_mapped(waves, lambda found: _decisions(found, active, call)), call),
        notices=_live(notices, call),
        evidence=_live(_mapped(kept, lambda found: _evidence(found, call)), call),
        estate=kept_part(kept, FigureName.ESTATE, EstateFigures),
        syncs=kept_part(kept, FigureName.SYNCS, SyncFigures),
        outcomes=kept_part(kept, FigureName.OUTCOMES, OutcomeFigures),
        drills=kept_part(kept, FigureName.DRILLS, DrillFigures),
    )


def _translated(read: Callable[[], T]) -> T:
    with translated():
        return read()


def _mapped(found: T | DomainError, make: Callable[[T], U]) -> U | DomainError:
    """What is made of something that was read; the reason where it, or something further, could not be read."""
    if isinstance(found, DomainError):
        return found
    try:
        with translated():
            return make(found)
    except DomainError as error:
        return error


def running_executions() -> RunningExecutions:
    """The executions that have not ended, the oldest first. Costs one query for each status."""
    return _oldest(execution_lists.running_executions())


def _oldest(active: Sequence[Execution]) -> RunningExecutions:
    return RunningExecutions(list(active[:MAX_PAGE]))


def _decisions(
    waves: Sequence[WaveRun], active: Sequence[Execution] | DomainError, call: CallContext
) -> DecisionsToMake:
    """Executions that wait for a decision have not ended, so those that are known need not be read again."""
    known = {} if isinstance(active, DomainError) else {run.execution_id: run for run in active}
    missing = {wave.execution_id for wave in waves} - known.keys()
    return DecisionsToMake(decisions_of(waves, known | (find_executions(missing) if missing else {}), call))


def unsent_notices(call: CallContext) -> UnsentNotices:
    """Notices that could not be sent: those that were given up, the newest first, and those that are sent again.

    Costs two queries.
    """
    reads: tuple[Callable[[], list[DueNotice]], ...] = (
        lambda: list_given_up_notices(call.now - SHOWN_FOR, MOST_SHOWN + 1),
        lambda: [item for item in list_due_notices(None, MAX_PAGE) if item.tries],
    )
    given_up, due = map_bounded(lambda read: read(), reads)
    shown = [
        unsent_notice(item.event, item.content, item.left, item.tries, item.failure, state=state)
        for state, items in ((UnsentState.GIVEN_UP, given_up), (UnsentState.RETRYING, due))
        for item in items[:MOST_SHOWN]
    ]
    return UnsentNotices(shown, len(shown) < len(given_up) + len(due))


def _evidence(kept: Kept, call: CallContext) -> EvidenceStanding:
    """The sync of the inventory is audited, so an entry is as new as its figures."""
    logs = []
    for log, name in FIGURE_OF.items():
        if (figures := kept.get(name)) is not None:
            sealed = read_kept(figures, SealedFigures)
            logs.append(SealedLog(log, figures.as_of, figures.problem, sealed.tampered if sealed else ()))
    syncs = kept.get(FigureName.SYNCS)
    return standing_of(logs, syncs.as_of if syncs else None, call.now)


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
