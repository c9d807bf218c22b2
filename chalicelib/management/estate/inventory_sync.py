"""The sync of the source-server inventory: every target account and Region, side by side, each on its own."""

from ...aws.reads.estate.regions import regions_with_drs
from ...domain.access.context import CallContext
from ...domain.estate.accounts import Place
from ...operations.declaration import Nothing
from ...operations.estate import SyncResult
from ...side_by_side import try_each
from ...store.reads.estate.accounts import list_accounts
from ...store.writes.estate.syncs import begin_sync, end_sync
from . import alerts, place_sync

KIND = "source-server-inventory"
_PARALLEL = 16


def handle_sync_source_server_inventory(_: Nothing, call: CallContext) -> SyncResult:
    """Brings the inventory up to date and records the run.

    A place that fails stops no other, and keeps its rows. Writes only what changed. COMPLETED, PARTIAL when some places
    failed, FAILED when all did.
    """
    started_at = call.now
    begin_sync(KIND, started_at)
    work = [(account, region) for account in list_accounts() for region in account.regions or regions_with_drs()]
    scans = [
        place_sync.failed_scan(Place(account.account_id, region), result) if isinstance(result, Exception) else result
        for (account, region), result in zip(
            work, try_each(lambda pair: place_sync.sync_place(*pair, call), work, limit=_PARALLEL), strict=True
        )
    ]
    failures = {str(scan.place): scan.failure for scan in scans if scan.failure}
    result = SyncResult(
        kind=KIND,
        outcome="COMPLETED" if not failures else "PARTIAL" if len(failures) < len(scans) else "FAILED",
        started_at=started_at,
        ended_at=call.now,
        seen=sum(scan.seen for scan in scans),
        written=sum(scan.written for scan in scans),
        removed=sum(scan.removed for scan in scans),
        failures=failures,
    )
    if failures:
        alerts.tell_failing_places(KIND, failures, call)
    end_sync(result)
    return result
