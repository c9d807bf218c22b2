"""The servers, the timeline and the steps of an execution, and what is new in them.

What is written is not visible in the order of its times: a function takes the time, and commits a little later. So a
client that asks for what is new continues a minute before what it has seen, and gets that minute again.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from ..domain.access.context import CallContext
from ..domain.runs.records import ServerRun, TimelineEvent
from ..domain.steps.step_runs import StepRun
from ..operations.live import (
    EventPage,
    ExecutionStep,
    ExecutionStepPage,
    ListExecutionEvents,
    ListExecutionServers,
    ListExecutionSteps,
    ListServerStates,
    ServerPage,
    ServerState,
    ServerStatePage,
)
from ..store.reads.runs import live as records
from ..store.reads.runs.executions import get_execution

OVERLAP = timedelta(minutes=1)
"""Longer than it takes to write something after its time was taken, with all repetitions."""


def list_execution_servers(request: ListExecutionServers, call: CallContext) -> ServerPage:
    """One page of servers. Raises RecordNotFound for an unknown execution."""
    execution = get_execution(request.execution_id)
    page = records.list_execution_servers(request)
    asked = request.changed_after or execution.started_at
    return ServerPage(page.items, page.next_cursor, _continue_changed_after(page.items, asked, call.now))


def list_server_states(request: ListServerStates, call: CallContext) -> ServerStatePage:
    """One page of the states of servers. Raises RecordNotFound for an unknown execution."""
    execution = get_execution(request.execution_id)
    page = records.list_servers_of_waves(request)
    following = _continue_changed_after(page.items, execution.started_at, call.now)
    return ServerStatePage([_state_of(run) for run in page.items], page.next_cursor, following)


def list_execution_events(request: ListExecutionEvents, call: CallContext) -> EventPage:
    """One page of the timeline. Raises RecordNotFound for an unknown execution."""
    get_execution(request.execution_id)
    page = records.list_execution_events(request)
    return EventPage(page.items, page.next_cursor, _continue_after(page.items, request.after, call.now))


def list_execution_steps(request: ListExecutionSteps, _: CallContext) -> ExecutionStepPage:
    """One page of the steps that were started. Raises RecordNotFound for an unknown execution."""
    get_execution(request.execution_id)
    page = records.list_execution_steps(request)
    return ExecutionStepPage([_step_of(run) for run in page.items], page.next_cursor)


def _continue_after(events: Iterable[TimelineEvent], asked: str, now: datetime) -> str:
    """The id after which later lines are to be asked for; ``asked`` if no line is older than the overlap."""
    return max((event.event_id for event in events if event.at <= now - OVERLAP), default=asked)


def _continue_changed_after(servers: Iterable[ServerRun], asked: datetime, now: datetime) -> datetime:
    """The time after which later changes are to be asked for; ``asked`` if no change is older than the overlap."""
    settled = (run.changed_at for run in servers if run.changed_at and run.changed_at <= now - OVERLAP)
    return max(settled, default=asked)


def _state_of(run: ServerRun) -> ServerState:
    return ServerState(run.source_server_id, run.hostname, run.wave_number, run.status)


def _step_of(run: StepRun) -> ExecutionStep:
    return ExecutionStep(
        wave_number=run.wave_number,
        attempt=run.attempt,
        phase=run.phase,
        order=run.order,
        name=run.name,
        kind=run.kind,
        status=run.status,
        target=run.target.key,
        target_name=run.target.label,
        source_server_id=run.target.source_server_id,
        external_id=run.external_id,
        started_at=run.started_at,
        ended_at=run.ended_at,
        output=run.output,
        waiting=run.refusal if run.is_waiting else "",
    )
