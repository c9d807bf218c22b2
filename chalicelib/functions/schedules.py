"""The functions that run by schedule: syncs as the data-management side, others as the execution side."""

from typing import Any, cast

from chalice import Blueprint
from chalice.app import CloudWatchEvent

from ..calls.invocations import LambdaContext, serve_schedule

functions = Blueprint(__name__)


@functions.schedule("rate(5 minutes)", name="inventory-sync")
def inventory_sync(event: CloudWatchEvent) -> Any:
    return _serve_management("handle_sync_source_server_inventory", event)


@functions.schedule("rate(10 minutes)", name="recovery-instance-sync")
def recovery_instance_sync(event: CloudWatchEvent) -> Any:
    return _serve_management("handle_sync_recovery_instances", event)


@functions.schedule("rate(1 hour)", name="tag-sync")
def tag_sync(event: CloudWatchEvent) -> Any:
    return _serve_management("handle_sync_tags", event)


@functions.schedule("rate(15 minutes)", name="staging-sync")
def staging_sync(event: CloudWatchEvent) -> Any:
    return _serve_management("handle_sync_staging_accounts", event)


@functions.schedule("rate(15 minutes)", name="launch-settings-drift")
def launch_settings_drift(event: CloudWatchEvent) -> Any:
    return _serve_management("handle_launch_settings_drift", event)


@functions.schedule("rate(1 minute)", name="execution-watchdog")
def execution_watchdog(event: CloudWatchEvent) -> Any:
    return _serve_execution("watch_executions", event)


@functions.schedule("rate(5 minutes)", name="drill-cleanup")
def drill_cleanup(event: CloudWatchEvent) -> Any:
    return _serve_execution("clean_up_drills", event)


@functions.schedule("rate(5 minutes)", name="due-drills")
def due_drills(event: CloudWatchEvent) -> Any:
    return _serve_execution("start_due_drills", event)


def _serve_management(operation: str, event: CloudWatchEvent) -> Any:
    from ..management.handlers import OPERATION_HANDLERS

    return serve_schedule(operation, cast(LambdaContext, event.context), OPERATION_HANDLERS)


def _serve_execution(operation: str, event: CloudWatchEvent) -> Any:
    from ..execution.handlers import OPERATION_HANDLERS

    return serve_schedule(operation, cast(LambdaContext, event.context), OPERATION_HANDLERS)
