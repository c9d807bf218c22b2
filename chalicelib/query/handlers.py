"""The functions of the query side that serve operations and tasks."""

from ..operations import Side
from ..operations.handlers import operation_handlers, task_handlers
from . import (
    accounts,
    audit_logs,
    capacity,
    configuration,
    execution_instances,
    executions,
    existing_instances,
    failback,
    groups,
    health,
    jobs,
    launch_settings,
    plans,
    polling,
    preflight,
    recovery_instances,
    servers,
    staging,
    syncs,
    tag_sync,
    terminations,
    user,
)

OPERATION_HANDLERS = operation_handlers(
    Side.QUERY,
    accounts,
    audit_logs,
    capacity,
    configuration,
    execution_instances,
    executions,
    existing_instances,
    failback,
    groups,
    health,
    jobs,
    launch_settings,
    plans,
    preflight,
    recovery_instances,
    servers,
    staging,
    syncs,
    tag_sync,
    terminations,
    user,
)
TASK_HANDLERS = task_handlers(Side.QUERY, polling)
