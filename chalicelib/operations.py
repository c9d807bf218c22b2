"""THE table: every operation and task once; routes, permissions, direct calls and the API document come from it.

An operation cannot be declared without a permission: deny by default.
"""

from enum import StrEnum
from typing import Any

import msgspec

from .domain import failback, groups, plans, reports, servers, termination, views
from .domain import plain_requests as plain
from .domain import requests as ask
from .domain.access import Permission
from .domain.pages import Page


class Side(StrEnum):
    """The three sides, each with its own functions and IAM identity."""

    QUERY = "query"
    EXECUTION = "execution"
    DATA_MANAGEMENT = "data-management"

    @property
    def handler(self) -> str:
        """The Lambda function that serves the side."""
        return f"{self.value}-handler"


class Route(msgspec.Struct, frozen=True):
    method: str
    path: str


class Operation(msgspec.Struct, frozen=True):
    """One operation. ``stronger`` names a field, a value of it and the permission demanded instead for that value."""

    name: str
    side: Side
    permission: Permission
    request: type[Any]
    response: Any
    summary: str
    routes: tuple[Route, ...] = ()
    stronger: tuple[str, str, Permission] | None = None
    status: int = 200

    @property
    def is_command(self) -> bool:
        return self.side is not Side.QUERY

    def permission_for(self, body: dict[str, Any]) -> Permission:
        if self.stronger and body.get(self.stronger[0]) == self.stronger[1]:
            return self.stronger[2]
        return self.permission


class Task(msgspec.Struct, frozen=True):
    """A Step Functions task: bare data out, named errors raised; who may invoke the function may run it."""

    name: str
    side: Side
    request: type[Any]
    summary: str

    @property
    def is_command(self) -> bool:
        return self.side is not Side.QUERY


def _query(
    name: str, permission: Permission, request: type[Any], response: Any, summary: str, *routes: Route
) -> Operation:
    return Operation(name, Side.QUERY, permission, request, response, summary, routes)


def _manage(
    name: str,
    permission: Permission,
    request: type[Any],
    response: Any,
    summary: str,
    *routes: Route,
    status: int = 200,
) -> Operation:
    return Operation(name, Side.DATA_MANAGEMENT, permission, request, response, summary, routes, status=status)


_GROUPS, _GROUP = "/protection-groups", "/protection-groups/{groupId}"
_PLANS, _PLAN = "/recovery-plans", "/recovery-plans/{planId}"
_EXECUTIONS, _EXECUTION = "/executions", "/executions/{executionId}"

_READS = (
    _query("health", Permission.PUBLIC, plain.Nothing, views.Health, "Is the service up?", Route("GET", "/health")),
    _query("openapi", Permission.PUBLIC, plain.Nothing, dict[str, Any], "This API as an OpenAPI document.",
           Route("GET", "/openapi.json")),
    _query("get_user", Permission.SIGNED_IN, plain.Nothing, views.User, "Who am I and what may I do?",
           Route("GET", "/user")),
    _query("list_protection_groups", Permission.VIEW, ask.ListGroups, Page[groups.ProtectionGroup],
           "Protection groups by name.", Route("GET", _GROUPS)),
    _query("get_protection_group", Permission.VIEW, ask.GroupId, views.GroupDetail,
           "One group with its servers as the inventory knows them.", Route("GET", _GROUP)),
    _query("resolve_protection_group", Permission.VIEW, ask.ResolveGroup, views.ResolvedSelection,
           "Which servers would this selection hold?", Route("POST", "/protection-groups/resolve")),
    _query("list_recovery_plans", Permission.VIEW, plain.PageRequest, Page[views.PlanSummary],
           "Recovery plans by name, each with its last execution.", Route("GET", _PLANS)),
    _query("get_recovery_plan", Permission.VIEW, ask.PlanId, views.PlanDetail, "One plan, current version.",
           Route("GET", _PLAN)),
    _query("list_plan_versions", Permission.VIEW, ask.ListPlanVersions, Page[plans.RecoveryPlan],
           "All versions of a plan, newest first.", Route("GET", f"{_PLAN}/versions")),
    _query("get_plan_preflight", Permission.VIEW, ask.PlanPreflightRequest, views.PlanPreflight,
           "What would a start of this plan do now, and what speaks against each server?",
           Route("GET", f"{_PLAN}/preflight")),
    _query("list_executions", Permission.VIEW, ask.ListExecutions, views.ExecutionPage,
           "Executions, newest first.", Route("GET", _EXECUTIONS)),
    _query("get_execution", Permission.VIEW, ask.ExecutionId, views.ExecutionDetail,
           "One execution with its waves, counts and times.", Route("GET", _EXECUTION)),
    _query("list_execution_servers", Permission.VIEW, ask.ListExecutionServers, views.ServerRunPage,
           "The servers of an execution, by wave.", Route("GET", f"{_EXECUTION}/servers")),
    _query("list_execution_events", Permission.VIEW, ask.ListExecutionEvents, views.EventPage,
           "The timeline of an execution.", Route("GET", f"{_EXECUTION}/events")),
    _query("list_source_servers", Permission.VIEW, ask.ListSourceServers, Page[servers.SourceServer],
           "Source servers of one account and Region as last synced.", Route("GET", "/drs/source-servers")),
    _query("list_audit_logs", Permission.VIEW_AUDIT, ask.ListAuditLogs, Page[views.AuditLine],
           "Who did what, when.", Route("GET", "/audit-logs")),
)  # fmt: skip

_MANAGEMENT = (
    _manage("create_protection_group", Permission.CREATE_GROUPS, groups.CreateProtectionGroup, groups.ProtectionGroup,
            "Create a protection group.", Route("POST", _GROUPS), status=201),
    _manage("update_protection_group", Permission.MODIFY_GROUPS, groups.UpdateProtectionGroup, groups.ProtectionGroup,
            "Replace the content of a protection group.", Route("PUT", _GROUP)),
    _manage("delete_protection_group", Permission.DELETE_GROUPS, ask.GroupId, views.Deleted,
            "Delete a protection group that no plan uses.", Route("DELETE", _GROUP)),
    _manage("create_recovery_plan", Permission.CREATE_PLANS, plans.CreateRecoveryPlan, views.PlanDetail,
            "Create a recovery plan.", Route("POST", _PLANS), status=201),
    _manage("update_recovery_plan", Permission.MODIFY_PLANS, plans.UpdateRecoveryPlan, views.PlanDetail,
            "Save a new version of a recovery plan.", Route("PUT", _PLAN)),
    _manage("delete_recovery_plan", Permission.DELETE_PLANS, ask.PlanId, views.Deleted,
            "Delete a recovery plan that has no active execution.", Route("DELETE", _PLAN)),
    _manage("handle_sync_source_server_inventory", Permission.RUN_SYNCS, plain.Nothing, reports.SyncResult,
            "Refresh the inventory of source servers; every 5 minutes by schedule."),
)  # fmt: skip

_EXECUTION_COMMANDS = (
    Operation(
        "start_execution",
        Side.EXECUTION,
        Permission.START_DRILL,
        ask.StartExecution,
        views.StartedExecution,
        "Start a drill or a recovery of a plan.",
        (Route("POST", f"{_PLAN}/execute"), Route("POST", _EXECUTIONS)),
        stronger=("mode", "RECOVERY", Permission.START_RECOVERY),
        status=202,
    ),
)


def _control(name: str, permission: Permission, request: type[Any], summary: str, path: str) -> Operation:
    route = Route("POST", f"{_EXECUTION}{path}")
    return Operation(name, Side.EXECUTION, permission, request, views.Intervention, summary, (route,))


_WAVE = "/waves/{waveNumber}"
_INTERVENTIONS = (
    _control("pause_execution", Permission.CONTROL_EXECUTION, ask.ExecutionId,
             "Start no new wave and no new job; DRS jobs in progress run on.", "/pause"),
    _control("resume_execution", Permission.CONTROL_EXECUTION, ask.ExecutionId,
             "Go on after a pause.", "/resume"),
    _control("cancel_execution", Permission.CONTROL_EXECUTION, ask.ExecutionId,
             "Start nothing new and end once the running DRS jobs have ended.", "/cancel"),
    _control("approve_wave", Permission.APPROVE, ask.WaveDecision,
             "Let a wave start that needs an approval.", f"{_WAVE}/approve"),
    _control("reject_wave", Permission.APPROVE, ask.WaveDecision,
             "Refuse a wave that needs an approval, or give up a failed one.", f"{_WAVE}/reject"),
    _control("retry_wave", Permission.CONTROL_EXECUTION, ask.WaveDecision,
             "Launch the failed servers of a wave once more.", f"{_WAVE}/retry"),
    _control("skip_wave", Permission.CONTROL_EXECUTION, ask.SkipWave,
             "Pass over a wave that has not started or has failed.", f"{_WAVE}/skip"),
)  # fmt: skip


def _failback(name: str, summary: str, path: str) -> Operation:
    route = Route("POST", f"/drs/failback{path}")
    asked, answered = failback.FailbackCommand, failback.FailbackReport
    return Operation(name, Side.EXECUTION, Permission.START_RECOVERY, asked, answered, summary, (route,))


_FAILBACK = (
    _query("get_failback_status", Permission.VIEW, failback.GetFailbackStatus, failback.FailbackReport,
           "How far are servers on their way home?", Route("GET", "/drs/failback")),
    _failback("reverse_replication", "Replicate recovered servers back to where they came from.",
              "/reverse-replication"),
    _failback("start_failback", "Launch servers at their origin once their data is there.", "/start"),
    _failback("stop_failback", "End the replication home of servers that do not launch yet.", "/stop"),
)  # fmt: skip


def _after_the_end(
    name: str, permission: Permission, request: type[Any], response: Any, summary: str, *routes: Route
) -> Operation:
    return Operation(name, Side.EXECUTION, permission, request, response, summary, routes)


_AFTER_THE_END = (
    _query("get_termination_status", Permission.VIEW, ask.ExecutionId, termination.TerminationProgress,
           "How far is the termination of an execution's instances?", Route("GET", f"{_EXECUTION}/termination-status")),
    _after_the_end("terminate_recovery_instances", Permission.TERMINATE_INSTANCES, ask.ExecutionId,
                   termination.TerminationProgress, "Terminate the instances of an execution that has ended.",
                   Route("POST", f"{_EXECUTION}/terminate-instances")),
    _after_the_end("delete_execution", Permission.DELETE_EXECUTIONS, ask.DeleteExecution, views.Deleted,
                   "Delete an execution that has ended.", Route("DELETE", _EXECUTION)),
    _after_the_end("delete_executions", Permission.DELETE_EXECUTIONS, ask.DeleteExecutions, views.DeletionResults,
                   "Delete up to 100 executions, with a result for each.", Route("POST", f"{_EXECUTIONS}/delete")),
    _after_the_end("watch_executions", Permission.RUN_SYNCS, plain.Nothing, reports.WatchReport,
                   "Mend or end executions that have stalled; every minute by schedule."),
    _after_the_end("clean_up_drills", Permission.RUN_SYNCS, plain.Nothing, reports.CleanupReport,
                   "Terminate the instances of drills as their plans say; every 5 minutes by schedule."),
    _after_the_end("start_due_drills", Permission.RUN_SYNCS, plain.Nothing, reports.DrillReport,
                   "Start the drills that are due by their plans' schedules; every 5 minutes by schedule."),
)  # fmt: skip

OPERATIONS: dict[str, Operation] = {
    item.name: item
    for item in (*_READS, *_MANAGEMENT, *_EXECUTION_COMMANDS, *_INTERVENTIONS, *_AFTER_THE_END, *_FAILBACK)
}

TASKS: dict[str, Task] = {
    task.name: task
    for task in (
        Task("poll_wave_status", Side.QUERY, ask.PollWaveStatus, "Look at the DRS jobs of a wave."),
        Task("begin_execution", Side.EXECUTION, ask.ExecutionTask, "Mark the run as begun and name its waves."),
        Task("await_wave_release", Side.EXECUTION, ask.TokenTask, "Wait until a wave may start."),
        Task("start_wave", Side.EXECUTION, ask.WaveTask, "Launch a wave, as far as quotas allow."),
        Task(
            "update_wave_completion_status", Side.EXECUTION, ask.UpdateWaveTask, "Record what a look at DRS has shown."
        ),
        Task(
            "complete_wave", Side.EXECUTION, ask.CompleteWaveTask, "Judge a wave and release those that waited for it."
        ),
        Task("await_operator_decision", Side.EXECUTION, ask.TokenTask, "Wait for an operator after a failed wave."),
        Task("finalize_execution", Side.EXECUTION, ask.ExecutionTask, "Judge the run and free its servers."),
        Task("fail_execution", Side.EXECUTION, ask.FailExecutionTask, "End a run that broke, truthfully."),
    )
}
