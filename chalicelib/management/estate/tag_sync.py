"""The sync of tags: gives each source server in DRS the tags of its source instance in EC2.

Before it writes a tag it records that it does, so that after a death at any line the next run finds every tag of its
own. It changes source servers in their own account only, with that account's role.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial

import msgspec

from ...aws.actions.estate.server_tags import remove_tags, write_tags
from ...aws.reads.estate.instances import find_tags
from ...aws.reads.estate.server_tags import describe_tagged_servers
from ...domain.access.context import CallContext
from ...domain.access.permissions import InvocationMode
from ...domain.attempts import STOPS_A_PLACE, Attempt, RefusalKind
from ...domain.errors import DomainError, StateConflict
from ...domain.estate.accounts import Place, TargetAccount
from ...domain.estate.groups import ProtectionGroup
from ...domain.estate.inventory import RegionState, region_state_of
from ...domain.estate.syncs import NOT_REACHED, SyncKind
from ...domain.estate.tag_sync import (
    TAG_SYNC,
    TagChange,
    TaggedServer,
    TagSyncSettings,
    Written,
    after_change,
    before_change,
    is_due,
    plan_change,
)
from ...domain.limits import that_fit
from ...domain.text import count_of
from ...operations.declaration import Nothing
from ...operations.estate import SyncResult
from ...operations.syncs import SyncTags, TagSyncResult
from ...side_by_side import Looks, each_place
from ...store.reads.estate.accounts import find_accounts, list_accounts
from ...store.reads.estate.groups import find_groups
from ...store.reads.estate.registers import read_register
from ...store.reads.estate.settings import read_setting
from ...store.reads.estate.synced_tags import written_tags_of_place
from ...store.reads.estate.syncs import find_last_run
from ...store.writes.estate.synced_tags import forget_servers, record_written_tags
from .sync_frame import (
    PlaceResult,
    Sync,
    failure_of,
    has_time_left,
    places_of,
    result_of,
    run_sync,
    skipped,
    sync_places,
)

_FAILING = "Tags could not be synced completely"
_SHOWN_BYTES = 1_500_000
_NAMED = 5


def handle_sync_tags(_: Nothing, call: CallContext) -> SyncResult:
    """Syncs the tags of all source servers; a schedule only if the sync is switched on and due."""
    settings = read_setting(TAG_SYNC, TagSyncSettings()).value
    if call.mode is InvocationMode.EVENTBRIDGE:
        if not settings.enabled:
            return skipped(SyncKind.TAGS, "The sync of tags is switched off.", call)
        if not is_due(settings, find_last_run(SyncKind.TAGS), call.now):
            every = "hour" if settings.every_hours == 1 else f"{settings.every_hours} hours"
            return skipped(SyncKind.TAGS, f"The sync of tags runs every {every}.", call)
    _require_on(settings)
    return run_sync(_sync(_Run()), call)


def sync_tags(request: SyncTags, call: CallContext) -> TagSyncResult:
    """Syncs the tags of all source servers, or with ``dryRun`` only shows what would change.

    Raises StateConflict when the sync is switched off, and AlreadyRunning while another run goes on.
    """
    run = _Run(force=request.force, dry_run=request.dry_run)
    if request.dry_run:
        started_at = call.now
        tally = sync_places(_sync(run), places_of(list_accounts()), call)
        result = result_of(SyncKind.TAGS, started_at, tally, call)
    else:
        _require_on(read_setting(TAG_SYNC, TagSyncSettings()).value)
        result = run_sync(_sync(run), call)
    changes = sorted(run.changes, key=lambda change: (change.account_id, change.region, change.hostname))
    shown = that_fit(changes, _SHOWN_BYTES)
    return TagSyncResult(request.dry_run, result, shown, len(changes) - len(shown))


def _require_on(settings: TagSyncSettings) -> None:
    if not settings.enabled:
        raise StateConflict(
            "The sync of tags is switched off. Nothing was done. Switch it on with update_tag_sync_settings, "
            "or use sync_tags with dryRun to see what it would change."
        )


class _Run(msgspec.Struct, frozen=True):
    """One run, which collects the changes of all its places."""

    force: bool = False
    dry_run: bool = False
    changes: list[TagChange] = msgspec.field(default_factory=list)


class _Planned(msgspec.Struct, frozen=True):
    """A server, the tags of its instance, what is recorded of it, and what is to be done."""

    server: TaggedServer
    instance_tags: Mapping[str, str]
    written: Written
    change: TagChange

    @property
    def is_to_be_changed(self) -> bool:
        return bool(self.change.written or self.change.removed)

    @property
    def record(self) -> Written:
        return after_change(self.written, self.change, self.instance_tags)


def _sync(run: _Run) -> Sync:
    return Sync(SyncKind.TAGS, _FAILING, partial(_sync_place, run))


def _sync_place(run: _Run, account: TargetAccount, place: Place, call: CallContext) -> PlaceResult:
    """Syncs the servers of a place. Those whose instances cannot be seen keep their tags."""
    try:
        servers = describe_tagged_servers(account, place.region)
    except DomainError as error:
        if region_state_of(error) is RegionState.NOT_INITIALIZED:
            return PlaceResult(place)
        return PlaceResult(place, failure=failure_of(error))
    looks = _look_at_instances(servers)
    written = written_tags_of_place(place)
    planned = _planned(run, place, servers, looks, written)
    changing = [item for item in planned if item.is_to_be_changed]
    run.changes.extend(item.change for item in changing)
    problems = [f"The instances in {problem}" for problem in looks.problems] + _held_back(changing)
    done = [item for item in changing if not item.change.held_back]
    if not run.dry_run:
        gone = set(written) - {server.source_server_id for server in servers}
        if gone and has_time_left(call):
            forget_servers(place, sorted(gone))
        done, failed = _carry_out(account, place, planned, call)
        problems += failed
    return PlaceResult(
        place,
        seen=len(planned),
        written=sum(len(item.change.written) for item in done),
        removed=sum(len(item.change.removed) for item in done),
        failure=f"INCOMPLETE: {' '.join(problems)}" if problems else "",
    )


def _look_at_instances(servers: Sequence[TaggedServer]) -> Looks[dict[str, dict[str, str]]]:
    """The tags of the source instances, by the place of the instances. Each is read with the role of its account."""
    by_origin: dict[Place, list[str]] = {}
    for server in servers:
        if server.origin:
            by_origin.setdefault(server.origin, []).append(server.instance_id)
    accounts = find_accounts({origin.account_id for origin in by_origin})

    def look(origin: Place) -> dict[str, dict[str, str]]:
        return find_tags(accounts[origin.account_id], origin.region, by_origin[origin])

    return each_place(by_origin, look, what="source instances")


def _planned(
    run: _Run,
    place: Place,
    servers: Iterable[TaggedServer],
    looks: Looks[dict[str, dict[str, str]]],
    written: Mapping[str, Written],
) -> list[_Planned]:
    """What is to be done for the servers whose instances exist. A server whose instance is gone keeps its tags."""
    found = [
        (server, looks.found[server.origin][server.instance_id])
        for server in servers
        if server.origin and server.instance_id in looks.found.get(server.origin, {})
    ]
    groups = _groups_by_tags(place) if found else ()
    planned = []
    for server, tags in found:
        known = written.get(server.source_server_id, {})
        change = plan_change(place, server, tags, known, groups, force=run.force)
        planned.append(_Planned(server, tags, known, change))
    return planned


def _groups_by_tags(place: Place) -> tuple[ProtectionGroup, ...]:
    groups = find_groups(read_register(place).groups)
    return tuple(group for group in groups.values() if group.selects_by_tags)


def _held_back(changing: Iterable[_Planned]) -> list[str]:
    held = [item for item in changing if item.change.held_back]
    named = [f"{item.server.hostname}: {item.change.held_back}" for item in held[:_NAMED]]
    more = [f"{count_of(len(held) - _NAMED, 'more server')} for such reasons."] if len(held) > _NAMED else []
    return [f"{count_of(len(held), 'server')} held back.", *named, *more] if held else []


def _carry_out(
    account: TargetAccount, place: Place, planned: Iterable[_Planned], call: CallContext
) -> tuple[list[_Planned], list[str]]:
    """Changes the tags of the servers that are not held back. Returns those that are done, and the problems."""
    done: list[_Planned] = []
    problems: list[str] = []
    todo = [
        item for item in planned if not item.change.held_back and (item.is_to_be_changed or item.record != item.written)
    ]
    for index, item in enumerate(todo):
        if not has_time_left(call):
            problems.append(f"{NOT_REACHED}: there was no time for {count_of(len(todo) - index, 'server')}.")
            break
        refused = _change(account, place, item)
        if refused is None:
            done.append(item)
            continue
        problems.append(f"{item.server.hostname}: {refused.reason}")
        if refused.refusal in STOPS_A_PLACE:
            left = len(todo) - index - 1
            problems += [f"The next run tries {count_of(left, 'more server')}."] if left else []
            break
    return done, problems


def _change(account: TargetAccount, place: Place, item: _Planned) -> Attempt[bool] | None:
    """Changes the tags of one server. Returns the attempt that was not done, or None when everything was."""
    server, change = item.server, item.change
    intended = before_change(item.written, change)
    if not _recorded(place, server, item.written, intended):
        return _OVERTAKEN
    if change.written:
        attempt = write_tags(account, place.region, server, change.written)
        if attempt.result is None:
            return attempt
    if change.removed:
        attempt = remove_tags(account, place.region, server, change.removed)
        if attempt.result is None:
            return attempt
    return None if _recorded(place, server, intended, item.record) else _OVERTAKEN


def _recorded(place: Place, server: TaggedServer, before: Written, now: Written) -> bool:
    return now == before or record_written_tags(place, server.source_server_id, before, now)


_OVERTAKEN: Attempt[bool] = Attempt.refused(RefusalKind.CONFLICT, "Another run is changing its tags now.")
