"""Starts a sync of any kind."""

from collections.abc import Callable, Mapping

from ...domain.access.context import CallContext
from ...domain.estate.syncs import SyncKind
from ...operations.declaration import Nothing
from ...operations.estate import SyncResult
from ...operations.syncs import RunSync
from .drift_rounds import handle_launch_settings_drift
from .inventory_sync import handle_sync_source_server_inventory
from .recovery_instance_sync import handle_sync_recovery_instances
from .staging_sync import handle_sync_staging_accounts
from .tag_sync import handle_sync_tags

SYNCS: Mapping[SyncKind, Callable[[Nothing, CallContext], SyncResult]] = {
    SyncKind.SOURCE_SERVER_INVENTORY: handle_sync_source_server_inventory,
    SyncKind.RECOVERY_INSTANCES: handle_sync_recovery_instances,
    SyncKind.STAGING_ACCOUNTS: handle_sync_staging_accounts,
    SyncKind.TAGS: handle_sync_tags,
    SyncKind.LAUNCH_SETTINGS_DRIFT: handle_launch_settings_drift,
}


def run_sync(request: RunSync, call: CallContext) -> SyncResult:
    """Runs a sync now. Raises AlreadyRunning while another run of its kind goes on."""
    return SYNCS[request.kind](Nothing(), call)
