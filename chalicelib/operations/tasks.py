"""The tasks of the state machine; their spelling is the state machine's contract and is not translated."""

from datetime import UTC, datetime

import msgspec

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
    """``error`` is what Step Functions caught: ``{"Error", "Cause"}``."""

    error: dict[str, str] = {}


class WaveTask(Request, frozen=True, kw_only=True):
    execution_id: Id
    plan_id: Id
    wave_number: int


class TokenTask(WaveTask, frozen=True, kw_only=True):
    """``enteredAt`` and ``retryCount`` are the context object's: when the state was entered, how often it asked since.

    ``timed``: the wait ends by itself when the wave's delay is over.
    Runs that began under an earlier definition of the state machine do not send them.
    """

    task_token: str
    entered_at: datetime | None = None
    retry_count: int = 0
    timed: bool = False

    @property
    def asked(self) -> str:
        """When the token was made: of two tokens of a wave the later one sorts last. Empty when not known."""
        if self.entered_at is None:
            return ""
        return f"{self.entered_at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}Z#{self.retry_count:03}"


class CompleteWaveTask(WaveTask, frozen=True, kw_only=True):
    """``status`` is the last ``job_status`` seen; ``error`` what Step Functions caught, if the wave broke.

    ``attempt`` is the one that the state machine has run; 0 for the current one.
    """

    status: str = ""
    attempt: int = 0
    error: dict[str, str] = {}


class UpdateWaveTask(WaveTask, frozen=True, kw_only=True):
    """``waveData`` is the answer of ``poll_wave_status``; it may be empty."""

    status: str
    wave_data: dict[str, object]


def _task(name: str, request: type[Request], summary: str) -> Task:
    return Task(name=name, side=Side.EXECUTION, request=request, summary=summary)


TASKS = (
    Task(
        name="poll_wave_status",
        side=Side.QUERY,
        request=PollWaveStatus,
        summary="Look at the DRS jobs of a wave.",
        addressed_by="operation",
    ),
    _task("begin_execution", ExecutionTask, "Mark the run as begun and name its waves."),
    _task("await_wave_release", TokenTask, "Wait until a wave may start."),
    _task("start_wave", WaveTask, "Launch a wave, as far as quotas allow."),
    _task("update_wave_completion_status", UpdateWaveTask, "Record what a look at DRS has shown."),
    _task("complete_wave", CompleteWaveTask, "Judge a wave and release those that waited for it."),
    _task("await_operator_decision", TokenTask, "Wait for an operator after a failed wave."),
    _task("finalize_execution", ExecutionTask, "Judge the run and free its servers."),
    _task("fail_execution", FailExecutionTask, "End a run that broke, with its reason."),
)
