"""Operations on executions: starting, watching and controlling them."""

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec

from ..domain.access.permissions import Permission
from ..domain.estate.recovery_points import LATEST
from ..domain.launches.eta import RunForecast
from ..domain.limits import MAX_SERVERS, Id, Moment, OptionalId, ServerIds, Short, Text, WaveNumber, Word
from ..domain.pages import Page
from ..domain.runs.actions import OfferedAction
from ..domain.runs.records import Execution, ExecutionStatus, Mode, ServerRun
from ..domain.runs.timing import RunTiming
from ..domain.runs.waiting import LiveExecution, LiveWave
from .declaration import Nothing, Operation, PageRequest, Request, Side


class StartExecution(Request, frozen=True, kw_only=True):
    """``reason`` is required for RECOVERY. With ``acceptDegraded``, servers that cannot launch are left out.

    ``pointInTime`` is LATEST or a time; each server is launched from its newest recovery point that is not after it.
    Alternatively ``recoveryPoints`` names the points of some servers. ``replaceInstances`` names the servers of which a
    RECOVERY may replace the instance of an earlier recovery: source server ids, or the plan's name for all of them.
    """

    plan_id: Id
    mode: Mode
    reason: Text = ""
    point_in_time: Word = LATEST
    recovery_points: Annotated[dict[Id, Id], msgspec.Meta(max_length=MAX_SERVERS)] = {}
    accept_degraded: bool = False
    replace_instances: ServerIds | Short = ()
    idempotency_key: str = ""


class StartedExecution(msgspec.Struct, frozen=True, rename="camel"):
    """``repeated`` is true when the same request with this key had started this execution before.

    ``preempted`` are the ids of drills that were cancelled for this recovery.
    """

    execution: Execution
    repeated: bool
    excluded: list[ServerRun]
    preempted: list[str] = []


class ListExecutions(PageRequest, frozen=True, kw_only=True):
    """Newest first. ``q`` is the beginning of the plan's name or of the execution's id.

    With more filters than one of ``planId`` and ``status`` and the times, a page may have fewer executions than
    ``limit``, and even none, and yet a ``nextCursor``.
    """

    plan_id: OptionalId = ""
    status: ExecutionStatus | None = None
    mode: Mode | None = None
    initiated_by: Short = ""
    q: Short = ""
    started_after: Moment | None = None
    started_before: Moment | None = None


class ListedExecution(Execution, frozen=True, rename="camel", kw_only=True):
    """An execution with the figures of a list.

    ``rtoMet``: whether it was completed within ``rtoMinutes``; null without such a target, and as long as it is open.
    ``instancesLeft`` are the instances that it has launched and that were not terminated; null if not counted.
    """

    duration_seconds: int | None
    rto_met: bool | None
    instances_left: int | None


class ExecutionId(Request, frozen=True, kw_only=True):
    execution_id: Id


class ExecutionDetail(msgspec.Struct, frozen=True, rename="camel"):
    """``actions`` are what the caller may do to it now, or may not and why, each with what it would do.

    ``forecast`` was made when something last changed.
    """

    execution: LiveExecution
    waves: list[LiveWave]
    timing: RunTiming
    forecast: RunForecast
    actions: list[OfferedAction] = []


class WaveDecision(Request, frozen=True, kw_only=True):
    """An operator's decision on a wave. ``comment`` is added to the timeline."""

    execution_id: Id
    wave_number: WaveNumber
    comment: Text = ""


class SkipWave(Request, frozen=True, kw_only=True):
    execution_id: Id
    wave_number: WaveNumber
    reason: Text


class Intervention(msgspec.Struct, frozen=True, rename="camel"):
    """The result of an intervention. ``changed`` is false when it had been carried out before.

    ``statement`` says in a sentence what will still happen and what will not. ``requestsUnderWay`` counts launch
    requests that DRS had not answered when the execution was paused or cancelled; they may still start a job.
    """

    execution: Execution
    changed: bool
    statement: str
    requests_under_way: int = 0


class WatchReport(msgspec.Struct, frozen=True, rename="camel"):
    """One run of the watchdog, with actions and failures by execution.

    ``learntJobs`` is from how many DRS jobs that have ended it has learnt how long launches take.
    """

    watched: int
    terminating: int
    learnt_jobs: int
    actions: dict[str, str]
    failures: dict[str, str]


def permission_to_start(parameters: Mapping[str, Any]) -> Permission:
    """start-recovery for a RECOVERY, start-drill for a DRILL"""
    return Permission.START_RECOVERY if parameters.get("mode") == Mode.RECOVERY else Permission.START_DRILL


def _control(name: str, summary: str, request: type[Any], permission: Permission) -> Operation:
    return Operation(
        name=name,
        side=Side.EXECUTION,
        permission=permission,
        request=request,
        response=Intervention,
        summary=summary,
        shown_by="get_execution",
    )


OPERATIONS = (
    Operation(
        name="list_executions",
        side=Side.QUERY,
        permission=Permission.VIEW,
        request=ListExecutions,
        response=Page[ListedExecution],
        summary="Executions, newest first, with their duration, whether the RTO was met, and instances left.",
    ),
    Operation(
        name="get_execution",
        side=Side.QUERY,
        permission=Permission.VIEW,
        request=ExecutionId,
        response=ExecutionDetail,
        summary="An execution, with its waves, counts and times.",
    ),
    Operation(
        name="start_execution",
        side=Side.EXECUTION,
        permission=Permission.START_DRILL,
        permission_rule=permission_to_start,
        request=StartExecution,
        response=StartedExecution,
        summary="Start a drill or a recovery of a plan.",
        status=202,
        shown_by="list_executions",
        location="get_execution",
        example={"planId": "plan-01J0000000000000000000000A", "mode": "DRILL", "reason": "Quarterly drill"},
    ),
    _control(
        "pause_execution",
        "Pause an execution: start no new wave and no new job. Running DRS jobs continue.",
        ExecutionId,
        Permission.CONTROL_EXECUTION,
    ),
    _control("resume_execution", "Resume a paused execution.", ExecutionId, Permission.CONTROL_EXECUTION),
    _control(
        "cancel_execution",
        "Cancel an execution: start nothing new, and end when the running DRS jobs have ended.",
        ExecutionId,
        Permission.CONTROL_EXECUTION,
    ),
    _control(
        "approve_wave", "Approve a wave that needs an approval, so that it may start.", WaveDecision, Permission.APPROVE
    ),
    _control(
        "reject_wave",
        "Reject a wave that needs an approval, or give up a failed wave.",
        WaveDecision,
        Permission.APPROVE,
    ),
    _control("retry_wave", "Launch the failed servers of a wave again.", WaveDecision, Permission.CONTROL_EXECUTION),
    _control("skip_wave", "Skip a wave that has not started or has failed.", SkipWave, Permission.CONTROL_EXECUTION),
    Operation(
        name="watch_executions",
        side=Side.EXECUTION,
        permission=Permission.RUN_SYNCS,
        request=Nothing,
        response=WatchReport,
        summary="Repair or end executions that have stalled. Runs every minute by schedule.",
    ),
)
