"""The functions of the data-management side that serve operations."""

from ..operations import Side
from ..operations.handlers import operation_handlers
from . import groups, inventory_sync, plans

OPERATION_HANDLERS = operation_handlers(Side.DATA_MANAGEMENT, groups, inventory_sync, plans)
