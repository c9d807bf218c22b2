"""The sync of staging accounts: extends each of their servers that is not extended into the target account yet.

A repeated sync finds only what is not extended, so it can be interrupted anywhere and run twice at the same time.
"""

import itertools
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import msgspec

from ...aws.actions.estate.extensions import extend_server
from ...aws.reads.estate.regions import regions_with_drs
from ...aws.reads.estate.staging import list_extensible_servers
from ...domain.access.context import CallContext
from ...domain.access.permissions import InvocationMode
from ...domain.attempts import STOPS_A_PLACE, RefusalKind
from ...domain.errors import DomainError
from ...domain.estate.accounts import Place, TargetAccount
from ...domain.estate.inventory import RegionSighting, RegionState, region_state_of
from ...domain.estate.staging import (
    MOST_DENIED,
    ExtensibleServer,
    ExtensionResult,
    RefusedExtension,
    StagingAccount,
    explain,
    in_turn,
    no_room,
    out_of_time,
    remedy_of,
    room_of,
    still_refused,
)
from ...operations.declaration import Nothing
from ...operations.estate import SyncResult
from ...operations.staging import StagingSync, TargetAccountId
from ...side_by_side import ask_each
from ...store.reads.estate.accounts import get_account
from ...store.reads.estate.inventory import find_region_sighting
from ...store.reads.estate.staging import all_staging_accounts, staging_accounts_of
from ...store.writes.estate.syncs import begin_sync_of_account, end_sync
from .sync_frame import PlaceResult, Sync, result_of, run_sync, tally_of

KIND = "staging-accounts"
_PARALLEL = 8
_REST_PATIENCE = timedelta(seconds=15)
"""A call by REST is answered within 24 s; what it does not reach is done by the next sync."""

_TO_END_SECONDS = 9.0
"""For the calls that are under way when the time is up. A Region that hangs for longer is answered as not reached."""

_RESERVE = timedelta(seconds=45)
"""For calls that are under way when the time is up, and for the record of the run; a repeated call may take long."""


def handle_sync_staging_accounts(_: Nothing, call: CallContext) -> SyncResult:
    """Extends the servers of all staging accounts and records the run. ``written`` are the servers it extended."""
    staging = all_staging_accounts()
    until = call.deadline - _RESERVE

    def sync_place(account: TargetAccount, place: Place, call: CallContext) -> PlaceResult:
        return _result_of(place, _sync_place(account, place, staging.get(account.account_id, ()), until, call))

    return run_sync(Sync(KIND, "Servers of staging accounts could not be extended", sync_place), call)


def sync_staging_accounts(request: TargetAccountId, call: CallContext) -> StagingSync:
    """Extends the servers of one target account's staging accounts, as far as the time of the call allows.

    The run is recorded with its account. Raises RecordNotFound.
    """
    account = get_account(request.account_id)
    started_at = call.now
    while not begin_sync_of_account(KIND, account.account_id, started_at):
        started_at += timedelta.resolution
    done = _sync_account(account, call)
    places = itertools.groupby(done.items, lambda item: Place(item.account_id, item.region))
    tally = tally_of([_result_of(place, list(results)) for place, results in places])
    run = result_of(KIND, started_at, tally, call)
    end_sync(msgspec.structs.replace(run, outcome=done.outcome, account_id=account.account_id))
    return done


def _sync_account(account: TargetAccount, call: CallContext) -> StagingSync:
    staging = staging_accounts_of(account.account_id)
    until = call.deadline - _RESERVE
    if call.mode is InvocationMode.API_GATEWAY:
        until = min(until, call.now + _REST_PATIENCE)
    places = [Place(account.account_id, region) for region in account.regions or regions_with_drs()] if staging else []
    results = ask_each(
        lambda place: _sync_place(account, place, staging, until, call),
        places,
        limit=_PARALLEL,
        seconds=max(0.0, (until - call.now).total_seconds()) + _TO_END_SECONDS,
    )
    items: list[ExtensionResult] = []
    for place, result in zip(places, results, strict=True):
        if isinstance(result, DomainError):
            items += [_problem(place, each.staging_account_id, result.message) for each in staging]
        else:
            items += result
    failed = [item for item in items if item.failure]
    return StagingSync(
        account_id=account.account_id,
        outcome="COMPLETED" if not failed else "PARTIAL" if len(failed) < len(items) else "FAILED",
        extended=sum(item.extended for item in items),
        left=sum(item.left + len(item.refused) for item in items),
        items=items,
    )


def _result_of(place: Place, results: Sequence[ExtensionResult]) -> PlaceResult:
    return PlaceResult(
        place,
        seen=sum(result.extensible for result in results),
        written=sum(result.extended for result in results),
        failure=" ".join(result.failure for result in results if result.failure),
    )


def _sync_place(
    account: TargetAccount, place: Place, staging: Sequence[StagingAccount], until: datetime, call: CallContext
) -> list[ExtensionResult]:
    """Extends what is extensible in one Region. A staging account that fails stops no other."""
    if not staging:
        return []
    sighting = find_region_sighting(place)
    if sighting is not None and sighting.state.has_no_drs:
        return []
    return list(_each_staging_account(account, place, staging, sighting, until, call))


def _each_staging_account(
    account: TargetAccount,
    place: Place,
    staging: Sequence[StagingAccount],
    sighting: RegionSighting | None,
    until: datetime,
    call: CallContext,
) -> Iterator[ExtensionResult]:
    room = room_of(sighting.server_count if sighting else None)
    for each in staging:
        result = _extend_all(account, place, each.staging_account_id, room, until, call)
        if result is not None:
            room -= result.extended
            yield result


def _extend_all(
    account: TargetAccount, place: Place, staging_id: str, room: int, until: datetime, call: CallContext
) -> ExtensionResult | None:
    """Extends a staging account's servers; None when DRS is not in use there, so that it has no servers."""
    try:
        found = list_extensible_servers(account, place.region, staging_id)
    except DomainError as error:
        state = region_state_of(error)
        if state is RegionState.NOT_INITIALIZED:
            return None
        return _problem(place, staging_id, f"{state}: {error.message} {remedy_of(state, account.account_id)}".strip())
    run = _Extensions(account, place, until, call)
    run.extend(in_turn(found, call.now), room)
    refused = _really_refused(account, place, staging_id, run.refused)
    return ExtensionResult(
        account_id=place.account_id,
        region=place.region,
        staging_account_id=staging_id,
        extensible=len(found),
        extended=len(found) - run.left - len(refused),
        refused=refused,
        left=run.left,
        problem=run.problem,
    )


def _really_refused(
    account: TargetAccount, place: Place, staging_id: str, refused: Sequence[RefusedExtension]
) -> tuple[RefusedExtension, ...]:
    """The refused servers that DRS still lists: another call may have been faster, or an answer was lost."""
    if not refused:
        return ()
    try:
        listed = list_extensible_servers(account, place.region, staging_id)
    except DomainError:
        return tuple(refused)
    return still_refused(refused, {server.source_server_arn for server in listed})


def _problem(place: Place, staging_id: str, reason: str) -> ExtensionResult:
    return ExtensionResult(place.account_id, place.region, staging_id, problem=reason)


class _Extensions:
    """Extends servers one after the other until there is no time, no room, or a refusal that would meet all."""

    def __init__(self, account: TargetAccount, place: Place, until: datetime, call: CallContext) -> None:
        self._account, self._place, self._until, self._call = account, place, until, call
        self.refused: list[RefusedExtension] = []
        self.left = 0
        self.problem = ""
        self._denied_in_a_row = 0

    def extend(self, servers: Sequence[ExtensibleServer], room: int) -> None:
        for number, server in enumerate(servers):
            left = len(servers) - number
            if number - len(self.refused) >= room:
                self.left, self.problem = left, no_room(self._place, left)
            elif self._call.now >= self._until:
                self.left, self.problem = left, out_of_time(left)
            else:
                self._extend_one(server, left - 1)
            if self.problem:
                return

    def _extend_one(self, server: ExtensibleServer, after: int) -> None:
        made = extend_server(self._account, self._place.region, server)
        if made.result is not None:
            self._denied_in_a_row = 0
            return
        reason = explain(made.refusal, made.reason, self._account.account_id)
        self.refused.append(RefusedExtension(server.source_server_arn, server.hostname, reason))
        self._denied_in_a_row = self._denied_in_a_row + 1 if made.refusal is RefusalKind.DENIED else 0
        stops = made.refusal in STOPS_A_PLACE - {RefusalKind.DENIED} or self._denied_in_a_row >= MOST_DENIED
        if stops and after:
            self.left, self.problem = after, f"The others were not tried, because DRS would refuse them too. {reason}"
