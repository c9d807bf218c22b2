"""The syncs that run by schedule, each a function of its own with the data-management identity."""

from typing import Any, cast

from chalice import Blueprint
from chalice.app import CloudWatchEvent

from ..calls.doors import LambdaContext, serve_schedule

functions = Blueprint(__name__)


@functions.schedule("rate(5 minutes)", name="inventory-sync")
def inventory_sync(event: CloudWatchEvent) -> Any:
    from ..management.handlers import OPERATION_HANDLERS

    return serve_schedule("handle_sync_source_server_inventory", cast(LambdaContext, event.context), OPERATION_HANDLERS)
