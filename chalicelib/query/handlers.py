"""Which function of the query side serves which operation and task."""

from collections.abc import Callable, Mapping
from typing import Any

from ..late import late_neighbour

audit_logs = late_neighbour(__name__, "audit_logs")
executions = late_neighbour(__name__, "executions")
failback = late_neighbour(__name__, "failback")
groups = late_neighbour(__name__, "groups")
health = late_neighbour(__name__, "health")
openapi = late_neighbour(__name__, "openapi")
plans = late_neighbour(__name__, "plans")
polling = late_neighbour(__name__, "polling")
preflight = late_neighbour(__name__, "preflight")
servers = late_neighbour(__name__, "servers")
terminations = late_neighbour(__name__, "terminations")
user = late_neighbour(__name__, "user")

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
