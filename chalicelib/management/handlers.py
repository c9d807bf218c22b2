"""The functions of the data-management side that serve operations and tasks."""

from ..operations import Side
from ..operations.handlers import operation_handlers, task_handlers
from .estate import (
    account_validation,
    accounts,
    apply_settings,
    drift_checks,
    drift_rounds,
    groups,
    inventory_map,
    inventory_sync,
    launch_settings,
    recovery_instance_sync,
    staging_accounts,
    staging_sync,
    syncs,
    tag_sync,
    tag_sync_settings,
)
from .plans import configuration, outgoing_hosts, plans, preflights

OPERATION_HANDLERS = operation_handlers(
    Side.DATA_MANAGEMENT,
    account_validation,
    accounts,
    apply_settings,
    configuration,
    drift_checks,
    drift_rounds,
    groups,
    inventory_sync,
    launch_settings,
    outgoing_hosts,
    plans,
    preflights,
    recovery_instance_sync,
    staging_accounts,
    staging_sync,
    syncs,
    tag_sync,
    tag_sync_settings,
)
TASK_HANDLERS = task_handlers(Side.DATA_MANAGEMENT, inventory_map)
