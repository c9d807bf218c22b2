"""Lets events of DRS end the wait of a wave before its next poll. It launches, ends and decides nothing.

A wave counts the events that wake it, and each poll returns the count that it began with. So an event that comes
between a poll and the wait behind it is not lost: the wait finds a higher count and ends at once. Whichever of the two
writes first, count or token, the other one's read comes after it.
"""

from typing import Any

from ...aws.actions.runs.workflow import release_task
from ...domain.access.context import CallContext, Hub
from ...domain.runs.wakes import LaunchResult, Verdict, judge_event
from ...operations.tasks import ProgressTask
from ...store.reads.runs.executions import find_runs_of_server, get_progress_wait, get_wave
from ...store.writes.runs.waves import count_wake, remember_wait

_WOKEN: dict[str, Any] = {}


def await_wave_progress(task: ProgressTask, call: CallContext) -> dict[str, Any]:
    """Stores the token of the wait, which an event or the state's own time limit ends. Safe to repeat."""
    if not remember_wait(task.execution_id, task.wave_number, task.task_token):
        get_wave(task.execution_id, task.wave_number)  # Raises RecordNotFound: nothing would ever end this wait.
        return {}
    if get_progress_wait(task.execution_id, task.wave_number).wakes > task.wakes:
        release_task(call.hub, task.task_token, _WOKEN)
    return {}


def wake_wave(result: LaunchResult, hub: Hub) -> Verdict:
    """Ends the wait of the wave that the event is about, if there is one. Safe to repeat."""
    newest = next(iter(find_runs_of_server(result.source_server_id, 1)), None)
    verdict = judge_event(result, newest)
    if newest is None or not verdict.wakes:
        return verdict
    if not count_wake(newest.execution_id, newest.wave_number):
        return Verdict(False, f"Wave {newest.wave_number} of {newest.execution_id} is woken no more by events.")
    token = get_progress_wait(newest.execution_id, newest.wave_number).token
    if token:
        release_task(hub, token, _WOKEN)
    return verdict
