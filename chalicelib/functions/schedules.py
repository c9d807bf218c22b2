"""The functions that run by schedule: syncs as the data-management side, others as the execution side.

Each loads the module of its one operation and not its whole side, which it would have to wait for at each start.
"""

from collections.abc import Callable
from typing import Any, cast

from chalice import Blueprint
from chalice.app import CloudWatchEvent

from ..calls.invocations import LambdaContext, serve_schedule

functions = Blueprint(__name__)


@functions.schedule("rate(5 minutes)", name="inventory-sync")
def inventory_sync(event: CloudWatchEvent) -> Any:
    from ..management.estate.inventory_sync import handle_sync_source_server_inventory

    return _serve_management(handle_sync_source_server_inventory, event)


@functions.schedule("rate(10 minutes)", name="recovery-instance-sync")
def recovery_instance_sync(event: CloudWatchEvent) -> Any:
    from ..management.estate.recovery_instance_sync import handle_sync_recovery_instances

    return _serve_management(handle_sync_recovery_instances, event)


@functions.schedule("rate(1 hour)", name="tag-sync")
def tag_sync(event: CloudWatchEvent) -> Any:
    from ..management.estate.tag_sync import handle_sync_tags

    return _serve_management(handle_sync_tags, event)


@functions.schedule("rate(15 minutes)", name="staging-sync")
def staging_sync(event: CloudWatchEvent) -> Any:
    from ..management.estate.staging_sync import handle_sync_staging_accounts

    return _serve_management(handle_sync_staging_accounts, event)


@functions.schedule("rate(15 minutes)", name="launch-settings-drift")
def launch_settings_drift(event: CloudWatchEvent) -> Any:
    from ..management.estate.drift_rounds import handle_launch_settings_drift

    return _serve_management(handle_launch_settings_drift, event)


@functions.schedule("rate(1 minute)", name="execution-watchdog")
def execution_watchdog(event: CloudWatchEvent) -> Any:
    from ..execution.watch.watchdog import watch_executions

    return _serve_execution(watch_executions, event)


@functions.schedule("rate(5 minutes)", name="drill-cleanup")
def drill_cleanup(event: CloudWatchEvent) -> Any:
    from ..execution.afterwards.cleanup import clean_up_drills

    return _serve_execution(clean_up_drills, event)


@functions.schedule("rate(5 minutes)", name="due-drills")
def due_drills(event: CloudWatchEvent) -> Any:
    from ..execution.starts.drills import start_due_drills

    return _serve_execution(start_due_drills, event)


def _serve_management(handler: Callable[..., Any], event: CloudWatchEvent) -> Any:
    return serve_schedule(handler.__name__, cast(LambdaContext, event.context), {handler.__name__: handler})


def _serve_execution(handler: Callable[..., Any], event: CloudWatchEvent) -> Any:
    from ..execution.follow_up import followed_up

    handlers = followed_up({handler.__name__: handler})
    return serve_schedule(handler.__name__, cast(LambdaContext, event.context), handlers)
