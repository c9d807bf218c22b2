"""The functions of the data-management side that serve operations."""

from ..operations import Side
from ..operations.handlers import operation_handlers
from .estate import apply_settings, groups, inventory_sync
from .plans import plans

OPERATION_HANDLERS = operation_handlers(Side.DATA_MANAGEMENT, apply_settings, groups, inventory_sync, plans)
