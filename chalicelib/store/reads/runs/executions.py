"""Reads executions and all that belongs to them."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

import msgspec

from ....domain.errors import RecordNotFound
from ....domain.pages import MAX_PAGE
from ....domain.runs.records import Execution, JobRun, ServerRun, WaveRun, wave_key
from ....ids import id_start, made_between
from ...tables.base import shared_connection
from ...tables.launches import JOB_RUNS, JobRunItem
from ...tables.runs import EXECUTIONS, SERVER_RUNS, WAVE_RUNS, ExecutionItem, ServerRunItem, WaveRunItem


def check_reachable() -> None:
    """Reads one item to check that the tables answer. Raises PynamoDB's error when they do not."""
    shared_connection()
    ExecutionItem.count("health", limit=1)


def find_execution(execution_id: str) -> Execution | None:
    """The header, read consistently; None when there is none."""
    try:
        item = ExecutionItem.get(execution_id, consistent_read=True)
    except ExecutionItem.DoesNotExist:
        return None
    # An execution that is being deleted has no status any more and counts as gone.
    return EXECUTIONS.to_record(item) if item.status else None


def get_execution(execution_id: str) -> Execution:
    """The header, read consistently. Raises RecordNotFound."""
    found = find_execution(execution_id)
    if found is None:
        raise no_execution(execution_id)
    return found


def no_execution(execution_id: str) -> RecordNotFound:
    """The error for an id without an execution."""
    message = f"There is no execution '{execution_id}'. List executions to see those that exist."
    return RecordNotFound(message, executionId=execution_id)


def find_executions(execution_ids: Iterable[str]) -> dict[str, Execution]:
    """The headers that exist, by id, of at most 100 executions; eventually consistent."""
    items = ExecutionItem.batch_get(list(execution_ids))
    return {item.execution_id: EXECUTIONS.to_record(item) for item in items if item.status}


def executions_since(moment: datetime) -> Iterator[Execution]:
    """The executions that started at this time or later; eventually consistent."""
    items = ExecutionItem.by_started.query("EXECUTION", ExecutionItem.started_at >= moment)
    return (EXECUTIONS.to_record(item) for item in items if item.status)


def execution_ids_from(start: str, most: int) -> list[str]:
    """The first executions whose plan's name, or whose id, begins so; the newest of each plan first.

    Costs one query, and one more for the beginning of an id.
    """
    named = ExecutionItem.plan_name_key.startswith(start)
    found = [item.execution_id for item in ExecutionItem.by_plan_name.query("EXECUTION", named, limit=most)]
    return list(dict.fromkeys([*found, *_ids_from(id_start(start, "exec"), most)]))


def _ids_from(start: str, most: int) -> list[str]:
    """The newest ids of executions that begin so, by the time that an id holds."""
    if not start:
        return []
    first, last = made_between(start)
    made = ExecutionItem.started_at.between(first - _MADE_WITHIN, last)
    begins = ExecutionItem.execution_id.startswith(start)
    query = ExecutionItem.by_started.query
    items = query("EXECUTION", made, filter_condition=begins, scan_index_forward=False, page_size=MAX_PAGE)
    looked = next(items.page_iter)["Items"]
    return [raw["execution_id"]["S"] for raw in looked][:most]


_MADE_WITHIN = timedelta(minutes=15)
"""How much later than the start of an execution its id may be made: the longest that a function runs."""


def executions_of_plan(plan_id: str) -> Iterator[Execution]:
    """Every execution of a plan; eventually consistent. Costs one query, with about 1 MB a page."""
    items = ExecutionItem.by_plan_started.query(plan_id)
    return (EXECUTIONS.to_record(item) for item in items if item.status)


def get_waves(execution_id: str) -> list[WaveRun]:
    """All wave runs of an execution by number, read consistently."""
    return [WAVE_RUNS.to_record(item) for item in WaveRunItem.query(execution_id, consistent_read=True)]


def get_wave(execution_id: str, wave_number: int) -> WaveRun:
    """One wave run, read consistently. Raises RecordNotFound."""
    return get_wave_and_wakes(execution_id, wave_number)[0]


def get_wave_and_wakes(execution_id: str, wave_number: int) -> tuple[WaveRun, int]:
    """One wave run and how often events have woken it, read consistently. Raises RecordNotFound."""
    item = _wave_item(execution_id, wave_number)
    return WAVE_RUNS.to_record(item), item.wakes or 0


class ProgressWait(msgspec.Struct, frozen=True):
    """How often events have woken the wave, and the secret token of its latest wait; empty if it never waited."""

    wakes: int
    token: str


def get_progress_wait(execution_id: str, wave_number: int) -> ProgressWait:
    """Read consistently. Raises RecordNotFound."""
    item = _wave_item(execution_id, wave_number)
    return ProgressWait(item.wakes or 0, item.progress_token or "")


def _wave_item(execution_id: str, wave_number: int) -> WaveRunItem:
    try:
        return WaveRunItem.get(execution_id, wave_number, consistent_read=True)
    except WaveRunItem.DoesNotExist:
        message = f"Execution '{execution_id}' has no wave {wave_number}. Read the execution to see its waves."
        raise RecordNotFound(message, executionId=execution_id, waveNumber=wave_number) from None


class TaskToken(msgspec.Struct, frozen=True):
    """The Step Functions token of a waiting wave; a secret. ``timed``: the wait ends with the wave's delay."""

    text: str
    timed: bool


def get_task_tokens(execution_id: str) -> dict[int, TaskToken]:
    """The tokens of the waiting waves, by wave number."""
    waiting = WaveRunItem.query(execution_id, filter_condition=WaveRunItem.task_token.exists(), consistent_read=True)
    return {item.wave_number: TaskToken(str(item.task_token), bool(item.token_timed)) for item in waiting}


def get_wave_jobs(execution_id: str, wave_number: int) -> list[JobRun]:
    """All launch requests of a wave in the order in which they were made, read consistently."""
    wanted = JobRunItem.job_run.startswith(f"{wave_key(wave_number)}#")
    return [JOB_RUNS.to_record(item) for item in JobRunItem.query(execution_id, wanted, consistent_read=True)]


def get_launch_jobs(execution_id: str) -> list[JobRun]:
    """All launch requests of an execution, read consistently."""
    wanted = JobRunItem.job_run >= f"{wave_key(1)}#"
    return [JOB_RUNS.to_record(item) for item in JobRunItem.query(execution_id, wanted, consistent_read=True)]


def get_wave_servers(execution_id: str, wave_number: int) -> list[ServerRun]:
    """All servers of a wave, read consistently; a page of DynamoDB holds about 2,500."""
    wanted = ServerRunItem.wave_server.startswith(f"{wave_key(wave_number)}#")
    return [SERVER_RUNS.to_record(item) for item in ServerRunItem.query(execution_id, wanted, consistent_read=True)]


def get_servers(execution_id: str) -> list[ServerRun]:
    """All servers of an execution, read consistently."""
    return [SERVER_RUNS.to_record(item) for item in ServerRunItem.query(execution_id, consistent_read=True)]


def find_runs_of_server(source_server_id: str, most: int) -> list[ServerRun]:
    """The latest ``most`` runs in which the server was launched, newest first; eventually consistent."""
    newest = ServerRunItem.by_server_started.query(source_server_id, scan_index_forward=False, limit=most)
    return [SERVER_RUNS.to_record(item) for item in newest]
