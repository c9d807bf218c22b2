"""Reads pages of what belongs to running executions: servers, lines of the timeline, steps, waves to decide on."""

from typing import Any

from pynamodb.expressions.condition import Condition

from ....domain.pages import Page
from ....domain.runs.events import BY_PEOPLE, EventKind
from ....domain.runs.records import ServerRun, TimelineEvent, WaveRun, wave_key
from ....domain.steps.step_runs import StepRun
from ....operations.live import (
    ListExecutionEvents,
    ListExecutionInstances,
    ListExecutionServers,
    ListExecutionSteps,
    ListOpenDecisions,
    ListServerStates,
)
from ...paging import read_page
from ...tables.runs import (
    DECISION_OPEN,
    SERVER_RUNS,
    TIMELINE,
    WAVE_RUNS,
    ExecutionEventItem,
    ServerRunItem,
    WaveRunItem,
)
from ...tables.steps import STEP_RUNS, StepRunItem


def list_execution_servers(request: ListExecutionServers) -> Page[ServerRun]:
    """One page of servers that match, by wave and id, or by the time of their latest change; eventually consistent."""
    options: dict[str, Any] = {
        "filter_condition": _server_is(request),
        "matches": _named(request.q) if request.q else None,
    }
    if request.changed_after:
        options["wanted"] = ServerRunItem.changed_at > request.changed_after
        return read_page(ServerRunItem.by_changed, request.execution_id, request, SERVER_RUNS.to_record, **options)
    options["wanted"] = _of_wave(request.wave_number)
    return read_page(ServerRunItem, request.execution_id, request, SERVER_RUNS.to_record, **options)


def list_servers_of_waves(request: ListExecutionInstances | ListServerStates) -> Page[ServerRun]:
    """One page of all servers by wave and id."""
    wanted = _of_wave(request.wave_number)
    return read_page(ServerRunItem, request.execution_id, request, SERVER_RUNS.to_record, wanted=wanted)


def list_execution_events(request: ListExecutionEvents) -> Page[TimelineEvent]:
    """One page of the lines that match."""
    return read_page(
        ExecutionEventItem,
        request.execution_id,
        request,
        TIMELINE.to_record,
        wanted=ExecutionEventItem.event_id > request.after if request.after else None,
        filter_condition=_event_is(request),
        scan_index_forward=not request.newest_first,
    )


def list_execution_steps(request: ListExecutionSteps) -> Page[StepRun]:
    """One page of the runs of steps, by wave, attempt, phase and order."""
    wanted = (
        None if request.wave_number is None else StepRunItem.step_run.startswith(f"{wave_key(request.wave_number)}#")
    )
    return read_page(StepRunItem, request.execution_id, request, STEP_RUNS.to_record, wanted=wanted)


def list_waves_to_decide(request: ListOpenDecisions) -> Page[WaveRun]:
    """One page of the waves of all executions that a person has to decide on, oldest first; eventually consistent."""
    return read_page(WaveRunItem.by_decision, DECISION_OPEN, request, WAVE_RUNS.to_record)


def _of_wave(number: int | None) -> Condition | None:
    return None if number is None else ServerRunItem.wave_server.startswith(f"{wave_key(number)}#")


def _server_is(request: ListExecutionServers) -> Condition | None:
    wanted: list[Condition | None] = [
        ServerRunItem.status == request.status if request.status else None,
        ServerRunItem.account_id == request.account_id if request.account_id else None,
        ServerRunItem.region == request.region if request.region else None,
        ServerRunItem.impact == request.impact if request.impact else None,
        # The key of the index for changes does not have the wave.
        ServerRunItem.wave_number == request.wave_number if request.wave_number and request.changed_after else None,
    ]
    return _all_of(wanted)


def _event_is(request: ListExecutionEvents) -> Condition | None:
    kind, cause = ExecutionEventItem.kind, ExecutionEventItem.details
    # An execution is also paused when an approval was not given in time.
    by_people = kind.is_in(*sorted(BY_PEOPLE)) & ~cause.contains(EventKind.APPROVAL_TIMED_OUT.value)
    return _all_of(
        [
            kind == request.kind.value if request.kind else None,
            ExecutionEventItem.wave_number == request.wave_number if request.wave_number else None,
            by_people if request.people_only else None,
        ]
    )


def _all_of(conditions: list[Condition | None]) -> Condition | None:
    every: Condition | None = None
    for condition in conditions:
        if condition is not None:
            every = condition if every is None else every & condition
    return every


def _named(text: str) -> Any:
    """Whether a server has ``text`` in its host name or as one of its ids."""
    part = text.strip().casefold()

    def matches(run: ServerRun) -> bool:
        ids = (run.source_server_id.casefold(), run.recovery_instance_id.casefold())
        return part in run.hostname.casefold() or part in ids

    return matches
