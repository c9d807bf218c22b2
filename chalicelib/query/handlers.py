"""Which function of the query side serves which operation and task."""

from collections.abc import Callable, Mapping
from typing import Any

from . import (
    audit_logs,
    executions,
    failback,
    groups,
    health,
    openapi,
    plans,
    polling,
    preflight,
    servers,
    terminations,
    user,
)

OPERATION_HANDLERS: Mapping[str, Callable[..., Any]] = {
    "health": health.get_health,
    "openapi": openapi.get_openapi,
    "get_user": user.get_user,
    "list_protection_groups": groups.list_protection_groups,
    "get_protection_group": groups.get_protection_group,
    "resolve_protection_group": groups.resolve_protection_group,
    "list_recovery_plans": plans.list_recovery_plans,
    "get_recovery_plan": plans.get_recovery_plan,
    "list_plan_versions": plans.list_plan_versions,
    "get_plan_preflight": preflight.get_plan_preflight,
    "list_source_servers": servers.list_source_servers,
    "list_audit_logs": audit_logs.list_audit_logs,
    "list_executions": executions.list_executions,
    "get_execution": executions.get_execution,
    "list_execution_servers": executions.list_execution_servers,
    "list_execution_events": executions.list_execution_events,
    "get_termination_status": terminations.get_termination_status,
    "get_failback_status": failback.get_failback_status,
}

TASK_HANDLERS: Mapping[str, Callable[..., Any]] = {
    "poll_wave_status": polling.poll_wave_status,
}
