"""Which function of the data-management side serves which operation."""

from collections.abc import Callable, Mapping
from typing import Any

from . import groups, inventory_sync, subscriptions

OPERATION_HANDLERS: Mapping[str, Callable[..., Any]] = {
    "create_protection_group": groups.create_protection_group,
    "update_protection_group": groups.update_protection_group,
    "delete_protection_group": groups.delete_protection_group,
    "create_recovery_plan": subscriptions.create_recovery_plan,
    "update_recovery_plan": subscriptions.update_recovery_plan,
    "delete_recovery_plan": subscriptions.delete_recovery_plan,
    "handle_sync_source_server_inventory": inventory_sync.handle_sync_source_server_inventory,
}
