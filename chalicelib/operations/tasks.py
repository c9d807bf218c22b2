"""The tasks of the state machine. Their field names are fixed by the state machine and are not translated."""

from datetime import UTC, datetime

import msgspec

from ..domain.estate.syncs import SyncTally
from ..domain.limits import Id
from .declaration import Request, Side, Task


class PollWaveStatus(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    execution_id: Id
    plan_id: Id
    job_id: str
    current_wave_number: int
    servers: list[str]


class ExecutionTask(Request, frozen=True, kw_only=True):
    execution_id: Id


class FailExecutionTask(ExecutionTask, frozen=True, kw_only=True):
    """``error`` is the error that Step Functions caught: ``{"Error", "Cause"}``."""

    error: dict[str, str] = {}


class WaveTask(Request, frozen=True, kw_only=True):
    execution_id: Id
    plan_id: Id
    wave_number: int


class TokenTask(WaveTask, frozen=True, kw_only=True):
    """A task that waits on a token. ``timed``: the wait ends by itself when the wave's delay is over.

    ``enteredAt`` and ``retryCount`` come from the context object: when the state was entered, and its retries since.
    Runs that began under an earlier definition of the state machine send neither these nor ``timed``.
    """

    task_token: str
    entered_at: datetime | None = None
    retry_count: int = 0
    timed: bool = False

    @property
    def token_order(self) -> str:
        """A text by which the tokens of a wave sort in the order in which they were made. Empty when not known."""
        if self.entered_at is None:
            return ""
        return f"{self.entered_at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}Z#{self.retry_count:03}"


class ProgressTask(WaveTask, frozen=True, kw_only=True):
    """A wait for the next poll. ``wakes`` is how often events had woken the wave when its latest poll began."""

    task_token: str
    wakes: int = 0


class CompleteWaveTask(WaveTask, frozen=True, kw_only=True):
    """``status`` is the last ``job_status`` seen. ``error`` is the error that Step Functions caught, if any.

    ``attempt`` is the attempt that the state machine has run, or 0 for the current one.
    """

    status: str = ""
    attempt: int = 0
    error: dict[str, str] = {}


class UpdateWaveTask(WaveTask, frozen=True, kw_only=True):
    """``waveData`` is the answer of ``poll_wave_status`` and may be empty."""

    status: str
    wave_data: dict[str, object]


class PlanInventorySync(Request, frozen=True, kw_only=True):
    """The tasks of the inventory sync get the run's start, which identifies it."""

    started_at: datetime


class SyncInventoryPlaces(Request, frozen=True, kw_only=True):
    """``places`` as ``account/region``. The reasons of failures have at most ``reasonCharacters`` together."""

    places: list[str]
    reason_characters: int


class PlacesTally(SyncTally, frozen=True, kw_only=True):
    """``lost`` are the places of a child whose function failed as a whole."""

    lost: list[str] = []


class ConcludeInventorySync(Request, frozen=True, kw_only=True):
    started_at: datetime
    tallies: list[PlacesTally]


def _inventory_task(name: str, request: type[Request], summary: str) -> Task:
    return Task(name=name, side=Side.DATA_MANAGEMENT, request=request, summary=summary)


def _task(name: str, request: type[Request], summary: str) -> Task:
    return Task(name=name, side=Side.EXECUTION, request=request, summary=summary)


TASKS = (
    _inventory_task("plan_inventory_sync", PlanInventorySync, "List the places whose inventory is synced."),
    _inventory_task("sync_inventory_places", SyncInventoryPlaces, "Sync the inventory of some places."),
    _inventory_task("conclude_inventory_sync", ConcludeInventorySync, "Record the result of an inventory sync."),
    Task(
        name="poll_wave_status",
        side=Side.QUERY,
        request=PollWaveStatus,
        summary="Poll the DRS jobs of a wave.",
        addressed_by="operation",
    ),
    _task("begin_execution", ExecutionTask, "Mark the execution as begun and list its waves."),
    _task("await_wave_release", TokenTask, "Wait until a wave may start."),
    _task("start_wave", WaveTask, "Launch as much of a wave as the quotas allow."),
    _task("await_wave_progress", ProgressTask, "Wait until a wave is polled again, or an event wakes it."),
    _task("update_wave_completion_status", UpdateWaveTask, "Record the result of a poll."),
    _task("complete_wave", CompleteWaveTask, "Judge a wave and release the waves that depend on it."),
    _task("await_operator_decision", TokenTask, "Wait for an operator after a failed wave."),
    _task("finalize_execution", ExecutionTask, "Judge the execution and release its servers."),
    _task("fail_execution", FailExecutionTask, "End an execution that failed, with its reason."),
)
