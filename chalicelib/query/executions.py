"""Executions: the list, and one with its waves."""

from ..domain.access.context import CallContext
from ..domain.access.tags import Tagged, tagged
from ..domain.pages import Page
from ..domain.runs.live import live_execution, live_wave
from ..domain.runs.records import Execution
from ..domain.runs.timing import measure
from ..operations.runs import ExecutionDetail, ExecutionId, ListExecutions
from ..store.reads.runs import executions as records


def list_executions(request: ListExecutions, _: CallContext) -> Page[Execution]:
    """One page, newest first."""
    return records.list_executions(request)


def get_execution(request: ExecutionId, call: CallContext) -> Tagged[ExecutionDetail]:
    """Header, waves and times. Costs three queries, however many servers there are, and one if nothing has changed."""
    execution = records.get_execution(request.execution_id)
    state = (execution.execution_id, execution.revision)
    return tagged(call, state, lambda: _detail(execution))


def _detail(execution: Execution) -> ExecutionDetail:
    waves = records.get_waves(execution.execution_id)
    jobs = records.get_launch_jobs(execution.execution_id)
    by_number = {wave.wave_number: wave for wave in waves}
    shown = [live_wave(wave, by_number, execution) for wave in waves]
    return ExecutionDetail(live_execution(execution, jobs), shown, measure(execution, waves, jobs))
