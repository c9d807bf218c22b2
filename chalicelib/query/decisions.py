"""The decisions that people have to make, over all executions."""

from collections.abc import Mapping, Sequence

from ..domain.access.context import CallContext
from ..domain.access.permissions import judge
from ..domain.pages import Page
from ..domain.runs.records import Execution, WaveRun
from ..domain.runs.waiting import open_decision
from ..operations.live import DecisionToMake, ListOpenDecisions
from ..store.reads.runs.executions import find_executions
from ..store.reads.runs.live import list_waves_to_decide


def list_open_decisions(request: ListOpenDecisions, call: CallContext) -> Page[DecisionToMake]:
    """One page of open decisions, oldest first. Costs two calls of DynamoDB, so it can be asked every few seconds."""
    page = list_waves_to_decide(request)
    executions = find_executions({wave.execution_id for wave in page.items})
    return Page(decisions_of(page.items, executions, call), page.next_cursor)


def decisions_of(
    waves: Sequence[WaveRun], executions: Mapping[str, Execution], call: CallContext
) -> list[DecisionToMake]:
    """The decisions that these waves wait for, in their order. A wave without its execution waits for none."""
    found = [_decision(executions[wave.execution_id], wave, call) for wave in waves if wave.execution_id in executions]
    return [decision for decision in found if decision is not None]


def _decision(execution: Execution, wave: WaveRun, call: CallContext) -> DecisionToMake | None:
    """None for a wave that was decided on since the index was written, or whose execution takes no more decisions."""
    decision = open_decision(execution, wave)
    if decision is None:
        return None
    verdict = judge(call.principal, call.mode, decision.permission)
    shown = {name: getattr(decision, name) for name in decision.__struct_fields__}
    return DecisionToMake(**shown, allowed=verdict.allowed, reason=verdict.reason)
