"""Publishes metrics of the whole installation: from kept figures, and from live reads where figures would be late."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TypeVar

from ..domain.access.context import CallContext
from ..domain.errors import DomainError, Unavailable
from ..domain.estate.capacity import EstateFigures
from ..domain.estate.figures import FigureName
from ..domain.estate.measures import (
    UNITS,
    Measures,
    is_fresh,
    measure_decisions,
    measure_drills,
    measure_estate,
    measure_executions,
    measure_left_over,
    measure_syncs,
)
from ..domain.plans.drill_ages import DrillFigures
from ..domain.runs.figures import OutcomeFigures
from ..logs import logger, put_metrics
from ..operations.dashboard import MetricsPart, PublishedMetrics
from ..operations.declaration import Nothing
from ..settings import settings
from ..side_by_side import ask_each
from ..store.failures import translated
from ..store.reads.estate.figures import read_figures
from ..store.reads.estate.syncs import last_successes
from .dashboard import Kept, decisions_to_make, kept_part, running_executions

T = TypeVar("T")


def publish_metrics(_: Nothing, call: CallContext) -> PublishedMetrics:
    """Publishes what can be read, and names what cannot. Costs 13 calls of DynamoDB at most, whatever there is."""
    parts = _parts(_kept(), call)
    found = dict(zip(parts, ask_each(_translated, parts.values()), strict=True))
    missing = {part: result.message for part, result in found.items() if isinstance(result, DomainError)}
    for part, reason in missing.items():
        logger.warning("not measured", extra={"part": part, "reason": reason})
    measured = [each for result in found.values() if not isinstance(result, DomainError) for each in result]
    for each in (*measured, Measures({"MissingParts": len(missing)})):
        put_metrics(each.values, {"Stage": settings().stage, **each.of}, at=call.now, units=UNITS)
    return PublishedMetrics(sum(len(each.values) for each in measured), missing)


def _parts(kept: Kept | DomainError, call: CallContext) -> Mapping[MetricsPart, Callable[[], list[Measures]]]:
    now = call.now

    def figures(name: FigureName, kind: type[T]) -> T:
        return _fresh(kept, name, kind, now)

    return {
        MetricsPart.ESTATE: lambda: measure_estate(figures(FigureName.ESTATE, EstateFigures), now),
        MetricsPart.SYNCS: lambda: measure_syncs(last_successes(), now),
        MetricsPart.EXECUTIONS: lambda: measure_executions(running_executions().items),
        MetricsPart.DECISIONS: lambda: measure_decisions(decisions_to_make(call).items, now),
        MetricsPart.DRILLS: lambda: measure_drills(figures(FigureName.DRILLS, DrillFigures), now),
        MetricsPart.LEFT_OVER: lambda: measure_left_over(figures(FigureName.OUTCOMES, OutcomeFigures)),
    }


def _kept() -> Kept | DomainError:
    try:
        return _translated(read_figures)
    except DomainError as error:
        return error


def _translated(read: Callable[[], T]) -> T:
    with translated():
        return read()


def _fresh(kept: Kept | DomainError, name: FigureName, kind: type[T], now: datetime) -> T:
    """Figures of the last minutes. Raises Unavailable for others, with the reason."""
    part = kept_part(kept, name, kind)
    if part.data is None:
        raise Unavailable(part.problem)
    if not is_fresh(part.as_of, now):
        raise Unavailable(
            f"These figures are of {part.as_of:%Y-%m-%d %H:%M} UTC and were not kept since. {part.problem}"
        )
    return part.data
