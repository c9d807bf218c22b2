"""What callers ask for, where that is no content of its own: ids, filters, pages."""

from datetime import UTC, datetime
from typing import Annotated

import msgspec

from .executions import ExecutionStatus, Mode
from .limits import MAX_SERVERS, Id, Moment, OptionalId, ServerIds, Short, Tags, Text, WaveNumber, Word
from .plain_requests import PageRequest, Request
from .recovery_points import LATEST


class ListGroups(PageRequest, frozen=True, kw_only=True):
    account_id: OptionalId = ""


class GroupId(Request, frozen=True, kw_only=True):
    group_id: Id


class ResolveGroup(Request, frozen=True, kw_only=True):
    """A selection to try out, before it is saved."""

    account_id: Id
    region: Id
    source_server_ids: ServerIds = ()
    tags: Tags = {}


class PlanId(Request, frozen=True, kw_only=True):
    plan_id: Id


class PlanPreflightRequest(Request, frozen=True, kw_only=True):
    """Of a start in this mode, from this point in time (LATEST or a moment)."""

    plan_id: Id
    mode: Mode = Mode.DRILL
    point_in_time: Word = LATEST


class ListPlanVersions(PageRequest, frozen=True, kw_only=True):
    plan_id: Id


class StartExecution(Request, frozen=True, kw_only=True):
    """``reason`` is required for RECOVERY. With ``acceptDegraded`` servers that cannot launch are left out.

    ``pointInTime`` is LATEST or a moment, for all servers the newest recovery point not after it; or instead
    ``recoveryPoints`` names a point for each of some servers.
    """

    plan_id: Id
    mode: Mode
    reason: Text = ""
    point_in_time: Word = LATEST
    recovery_points: Annotated[dict[Id, Id], msgspec.Meta(max_length=MAX_SERVERS)] = {}
    accept_degraded: bool = False
    idempotency_key: str = ""


class ListExecutions(PageRequest, frozen=True, kw_only=True):
    """Newest first. At most one of ``planId`` and ``status`` picks the index; the rest filters the page."""

    plan_id: OptionalId = ""
    status: ExecutionStatus | None = None
    mode: Mode | None = None
    started_after: Moment | None = None
    started_before: Moment | None = None


class ExecutionId(Request, frozen=True, kw_only=True):
    execution_id: Id


class DeleteExecution(Request, frozen=True, kw_only=True):
    """``force`` deletes a drill although instances of it may still be there."""

    execution_id: Id
    force: bool = False


class DeleteExecutions(Request, frozen=True, kw_only=True):
    """1 to 100 executions; ``force`` as for one."""

    execution_ids: Annotated[tuple[Id, ...], msgspec.Meta(min_length=1, max_length=100)]
    force: bool = False


class WaveDecision(Request, frozen=True, kw_only=True):
    """An operator's word on a wave; ``comment`` goes to the timeline."""

    execution_id: Id
    wave_number: WaveNumber
    comment: Text = ""


class SkipWave(Request, frozen=True, kw_only=True):
    execution_id: Id
    wave_number: WaveNumber
    reason: Text


class ListExecutionServers(PageRequest, frozen=True, kw_only=True):
    execution_id: Id
    wave_number: WaveNumber | None = None


class ListExecutionEvents(PageRequest, frozen=True, kw_only=True):
    """In time order; ``newest`` first on demand."""

    execution_id: Id
    newest_first: bool = False


class ListSourceServers(PageRequest, frozen=True, kw_only=True):
    account_id: Id
    region: Id


class ListAuditLogs(PageRequest, frozen=True, kw_only=True):
    """Newest first, by at most one of the fields; without any, those of one UTC ``day`` (default today)."""

    principal: Short = ""
    invocation_mode: Word = ""
    day: Word = ""
    started_after: Moment | None = None
    started_before: Moment | None = None


# Step Functions tasks: their spelling is the state machine's contract and is not translated.


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
        """When the token came into being: of two tokens of a wave the later one sorts last. Empty when not told."""
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
