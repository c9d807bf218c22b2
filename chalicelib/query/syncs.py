"""Runs of syncs."""

import msgspec

from ..domain.access.context import CallContext
from ..domain.estate.syncs import SyncRun, as_of
from ..domain.pages import Page
from ..operations.syncs import ListSyncRuns
from ..store.reads.estate import syncs as reads


def list_sync_runs(request: ListSyncRuns, call: CallContext) -> Page[SyncRun]:
    """One page of the runs of a kind, newest first. Without a kind, the newest run of each, on one page.

    Costs one query, and without a kind two requests.
    """
    found = reads.list_sync_runs(request.kind, request) if request.kind else _newest_of_each()
    now = call.now
    return msgspec.structs.replace(found, items=[as_of(run, now) for run in found.items])


def _newest_of_each() -> Page[SyncRun]:
    return Page(sorted(reads.find_newest_runs().values(), key=lambda run: run.started_at, reverse=True))
