"""Operations after the end of an execution: termination, failback and deletion."""

from typing import Annotated

import msgspec

from ..domain.access.permissions import Permission
from ..domain.afterwards.failback import MOST_SERVERS, FailbackReport, FailbackServer
from ..domain.afterwards.termination import TerminationProgress
from ..domain.limits import Id, Long, OptionalId, Short, Text
from .declaration import Deleted, Nothing, Operation, Request, Side
from .runs import ExecutionId


class TerminateInstances(Request, frozen=True, kw_only=True):
    """``confirm`` and ``reason`` are required for a RECOVERY: the plan's name as it stands there, and why."""

    execution_id: Id
    confirm: Short = ""
    reason: Text = ""


class DeleteExecution(Request, frozen=True, kw_only=True):
    """``force`` deletes a drill even if instances of it may still exist."""

    execution_id: Id
    force: bool = False


class DeleteExecutions(Request, frozen=True, kw_only=True):
    """1 to 100 executions. ``force`` works as for one execution."""

    execution_ids: Annotated[tuple[Id, ...], msgspec.Meta(min_length=1, max_length=100)]
    force: bool = False


class DeletionResult(msgspec.Struct, frozen=True, rename="camel"):
    """The result for one execution. ``code`` and ``message`` are those of the error, and empty without one."""

    execution_id: str
    deleted: bool
    code: str = ""
    message: str = ""


class DeletionResults(msgspec.Struct, frozen=True, rename="camel"):
    items: list[DeletionResult]


class CleanupReport(msgspec.Struct, frozen=True, rename="camel"):
    """One run of the clean-up: terminations begun and checked, deletions finished, failures by execution."""

    begun: int
    followed: int
    deleted: int
    failures: dict[str, str]


class FailbackCommand(Request, frozen=True, kw_only=True):
    """Either all servers of an execution that has ended, or a list of at most 200 servers."""

    execution_id: OptionalId = ""
    servers: Annotated[tuple[FailbackServer, ...], msgspec.Meta(max_length=MOST_SERVERS)] = ()


class GetFailbackStatus(Request, frozen=True, kw_only=True):
    """By execution, or by account and Region with ids separated by commas."""

    execution_id: OptionalId = ""
    account_id: OptionalId = ""
    region: OptionalId = ""
    source_server_ids: Long = ""
    recovery_instance_ids: Long = ""


def _failback(name: str, summary: str) -> Operation:
    return Operation(
        name=name,
        side=Side.EXECUTION,
        permission=Permission.START_RECOVERY,
        request=FailbackCommand,
        response=FailbackReport,
        summary=summary,
        shown_by="get_failback_status",
    )


OPERATIONS = (
    Operation(
        name="get_termination_status",
        side=Side.QUERY,
        permission=Permission.VIEW,
        request=ExecutionId,
        response=TerminationProgress,
        summary="The progress of the termination of an execution's instances.",
    ),
    Operation(
        name="terminate_recovery_instances",
        side=Side.EXECUTION,
        permission=Permission.TERMINATE_INSTANCES,
        request=TerminateInstances,
        response=TerminationProgress,
        summary="Terminate the instances of an execution that has ended; of a RECOVERY also with terminate-recovery.",
        shown_by="get_termination_status",
    ),
    Operation(
        name="delete_execution",
        side=Side.EXECUTION,
        permission=Permission.DELETE_EXECUTIONS,
        request=DeleteExecution,
        response=Deleted,
        summary="Delete an execution that has ended.",
        shown_by="get_execution",
    ),
    Operation(
        name="delete_executions",
        side=Side.EXECUTION,
        permission=Permission.DELETE_EXECUTIONS,
        request=DeleteExecutions,
        response=DeletionResults,
        summary="Delete up to 100 executions that have ended, with a result for each.",
        shown_by="list_executions",
    ),
    Operation(
        name="clean_up_drills",
        side=Side.EXECUTION,
        permission=Permission.RUN_SYNCS,
        request=Nothing,
        response=CleanupReport,
        summary="Terminate the instances of drills according to their plans. Runs every 5 minutes by schedule.",
    ),
    Operation(
        name="get_failback_status",
        side=Side.QUERY,
        permission=Permission.VIEW,
        request=GetFailbackStatus,
        response=FailbackReport,
        summary="The progress of the failback of servers.",
    ),
    _failback("reverse_replication", "Replicate recovered servers back to their origin."),
    _failback("start_failback", "Launch servers at their origin after their data has been replicated there."),
    _failback("stop_failback", "Stop the replication to the origin of servers that are not being launched yet."),
)
