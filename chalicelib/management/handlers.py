"""The functions of the data-management side that serve operations."""

from ..operations import Side
from ..operations.handlers import operation_handlers
from .estate import groups, inventory_sync, staging_accounts, staging_sync
from .plans import plans

OPERATION_HANDLERS = operation_handlers(
    Side.DATA_MANAGEMENT, groups, inventory_sync, staging_accounts, staging_sync, plans
)
