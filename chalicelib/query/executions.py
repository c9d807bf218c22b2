"""Executions: lists, details, servers and timeline."""

from ..domain.access.context import CallContext
from ..domain.pages import Page
from ..domain.runs.records import Execution, ServerRun, TimelineEvent
from ..domain.runs.timing import measure
from ..operations.runs import ExecutionDetail, ExecutionId, ListExecutionEvents, ListExecutions, ListExecutionServers
from ..store.reads.runs import executions as records


def list_executions(request: ListExecutions, _: CallContext) -> Page[Execution]:
    """One page, newest first."""
    return records.list_executions(request)


def get_execution(request: ExecutionId, _: CallContext) -> ExecutionDetail:
    """Header, waves and times; costs three queries, however many servers there are."""
    execution = records.get_execution(request.execution_id)
    waves = records.get_waves(request.execution_id)
    jobs = records.get_launch_jobs(request.execution_id)
    return ExecutionDetail(execution, waves, measure(execution, waves, jobs))


def list_execution_servers(request: ListExecutionServers, _: CallContext) -> Page[ServerRun]:
    """One page of servers. Raises RecordNotFound for an unknown execution."""
    records.get_execution(request.execution_id)
    return records.list_execution_servers(request)


def list_execution_events(request: ListExecutionEvents, _: CallContext) -> Page[TimelineEvent]:
    """One page of the timeline. Raises RecordNotFound for an unknown execution."""
    records.get_execution(request.execution_id)
    return records.list_execution_events(request)
