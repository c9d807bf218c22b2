"""The functions that run by schedule: syncs as the data-management side, others as the execution side.

Each loads the module and the subject of its one operation, and not its whole side or the table of all operations.
"""

from collections.abc import Iterable
from typing import Any, cast

from chalice import Blueprint
from chalice.app import CloudWatchEvent

from ..calls.contexts import LambdaContext
from ..calls.pipeline import Handler
from ..calls.schedules import serve_schedule
from ..operations import Operation

functions = Blueprint(__name__)


@functions.schedule("rate(5 minutes)", name="inventory-sync")
def inventory_sync(event: CloudWatchEvent) -> Any:
    from ..management.estate.inventory_sync import handle_sync_source_server_inventory
    from ..operations.estate import OPERATIONS

    return _serve_management(handle_sync_source_server_inventory, OPERATIONS, event)


@functions.schedule("rate(10 minutes)", name="recovery-instance-sync")
def recovery_instance_sync(event: CloudWatchEvent) -> Any:
    from ..management.estate.recovery_instance_sync import handle_sync_recovery_instances
    from ..operations.syncs import OPERATIONS

    return _serve_management(handle_sync_recovery_instances, OPERATIONS, event)


@functions.schedule("rate(1 hour)", name="tag-sync")
def tag_sync(event: CloudWatchEvent) -> Any:
    from ..management.estate.tag_sync import handle_sync_tags
    from ..operations.syncs import OPERATIONS

    return _serve_management(handle_sync_tags, OPERATIONS, event)


@functions.schedule("rate(15 minutes)", name="staging-sync")
def staging_sync(event: CloudWatchEvent) -> Any:
    from ..management.estate.staging_sync import handle_sync_staging_accounts
    from ..operations.staging import OPERATIONS

    return _serve_management(handle_sync_staging_accounts, OPERATIONS, event)


@functions.schedule("rate(15 minutes)", name="launch-settings-drift")
def launch_settings_drift(event: CloudWatchEvent) -> Any:
    from ..management.estate.drift_rounds import handle_launch_settings_drift
    from ..operations.drift import OPERATIONS

    return _serve_management(handle_launch_settings_drift, OPERATIONS, event)


@functions.schedule("rate(1 minute)", name="execution-watchdog")
def execution_watchdog(event: CloudWatchEvent) -> Any:
    from ..execution.watch.watchdog import watch_executions
    from ..operations.runs import OPERATIONS

    return _serve_execution(watch_executions, OPERATIONS, event)


@functions.schedule("rate(5 minutes)", name="drill-cleanup")
def drill_cleanup(event: CloudWatchEvent) -> Any:
    from ..execution.afterwards.cleanup import clean_up_drills
    from ..operations.afterwards import OPERATIONS

    return _serve_execution(clean_up_drills, OPERATIONS, event)


@functions.schedule("rate(5 minutes)", name="due-drills")
def due_drills(event: CloudWatchEvent) -> Any:
    from ..execution.starts.drills import start_due_drills
    from ..operations.plans import OPERATIONS

    return _serve_execution(start_due_drills, OPERATIONS, event)


def _serve_management(handler: Handler, subject: Iterable[Operation], event: CloudWatchEvent) -> Any:
    return serve_schedule(handler, subject, cast(LambdaContext, event.context))


def _serve_execution(handler: Handler, subject: Iterable[Operation], event: CloudWatchEvent) -> Any:
    from ..execution.follow_up import followed_up

    (handled,) = followed_up({handler.__name__: handler}).values()
    return serve_schedule(handled, subject, cast(LambdaContext, event.context))
