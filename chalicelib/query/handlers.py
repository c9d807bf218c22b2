"""The functions of the query side that serve operations and tasks."""

from ..operations import Side
from ..operations.handlers import operation_handlers, task_handlers
from . import (
    audit_logs,
    capacity,
    execution_instances,
    executions,
    existing_instances,
    failback,
    groups,
    health,
    plans,
    polling,
    preflight,
    servers,
    staging,
    terminations,
    user,
)

OPERATION_HANDLERS = operation_handlers(
    Side.QUERY,
    audit_logs,
    capacity,
    execution_instances,
    executions,
    existing_instances,
    failback,
    groups,
    health,
    plans,
    preflight,
    servers,
    staging,
    terminations,
    user,
)
TASK_HANDLERS = task_handlers(Side.QUERY, polling)
