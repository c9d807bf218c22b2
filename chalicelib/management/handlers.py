"""The functions of the data-management side that serve operations."""

from ..operations import Side
from ..operations.handlers import operation_handlers
from .estate import (
    groups,
    inventory_sync,
    launch_settings,
    recovery_instance_sync,
    staging_accounts,
    staging_sync,
    syncs,
    tag_sync,
    tag_sync_settings,
)
from .plans import configuration, plans

OPERATION_HANDLERS = operation_handlers(
    Side.DATA_MANAGEMENT,
    configuration,
    groups,
    inventory_sync,
    launch_settings,
    plans,
    recovery_instance_sync,
    staging_accounts,
    staging_sync,
    syncs,
    tag_sync,
    tag_sync_settings,
)
