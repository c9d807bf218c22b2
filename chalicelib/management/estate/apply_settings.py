"""Applies the launch settings of a group's servers: one call at a time for each group, several servers at a time.

The outcome of each server is recorded as soon as it is known. A call that dies or runs out of time loses nothing: the
next one begins with the servers that are not APPLIED yet, and looks at what each of them holds before it changes it.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import msgspec

from ...domain.access.context import CallContext
from ...domain.errors import DomainError, InUse
from ...domain.estate.accounts import TargetAccount
from ...domain.estate.drift_checks import after_look, says_the_same
from ...domain.estate.groups import ProtectionGroup
from ...domain.estate.launch_settings import LaunchSettings, settings_hash
from ...domain.estate.launch_status import LaunchRecord, LaunchStatus, status_of
from ...domain.text import count_of
from ...operations.launch_applies import AppliedSettings, ApplyLaunchSettings, ApplyOutcome, ServerApplied
from ...preflight.effective_settings import effective_of_servers, read_launch_defaults
from ...side_by_side import ask_each
from ...store.failures import translated
from ...store.reads.estate.accounts import get_account
from ...store.reads.estate.groups import get_group
from ...store.reads.estate.launch_records import launch_records
from ...store.reads.estate.unique_names import find_holder
from ...store.tables.configuration import APPLIES
from ...store.writes.estate.launch_outcomes import claim_apply, record_outcome, release_apply
from .applying import apply_to_server
from .one_by_one import SERVERS_AT_ONCE, begins_until, chosen_members, patiently

_LONG_AGO = datetime.min.replace(tzinfo=UTC)


def apply_launch_settings(request: ApplyLaunchSettings, call: CallContext) -> AppliedSettings:
    """Applies the effective settings of all servers of a group, or of those that are named.

    Raises RecordNotFound, InvalidRequest for servers that are not members, and InUse while another call applies the
    settings of the group. A server that fails stops no other.
    """
    group = get_group(request.group_id)
    account = get_account(group.account_id)
    chosen = chosen_members(group, request.source_server_ids)
    until = begins_until(call)
    with _claimed(group, call):
        records = launch_records(group.group_id)
        wanted = effective_of_servers(group, read_launch_defaults(), chosen, records)

        def apply(server_id: str) -> ServerApplied:
            record = records.get(server_id) or LaunchRecord(group.group_id, server_id)
            return _apply(account, group, wanted[server_id], record, until, call)

        work = _in_order(chosen, wanted, records)
        found = dict(zip(work, ask_each(apply, work, limit=SERVERS_AT_ONCE), strict=True))
    servers = [_result(server_id, found[server_id]) for server_id in chosen]
    counts = dict(Counter(server.outcome for server in servers))
    return AppliedSettings(group.group_id, _statement(counts), counts, servers)


@contextmanager
def _claimed(group: ProtectionGroup, call: CallContext) -> Iterator[None]:
    """Keeps other calls from applying the settings of the group. The claim of a call that died ends with its time."""
    holder, until = call.principal.name, call.deadline + timedelta(seconds=1)
    if not claim_apply(group.group_id, holder, now=call.now, until=until):
        other = find_holder(APPLIES, group.group_id) or "Another call"
        raise InUse(
            f"{other} is applying the launch settings of the group '{group.name}' at this moment. Nothing was done. "
            "Look at the launch settings of the group to follow it, and apply again when it has ended."
        )
    try:
        yield
    finally:
        release_apply(group.group_id, holder, until=until)


def _in_order(
    chosen: Sequence[str], wanted: Mapping[str, LaunchSettings], records: Mapping[str, LaunchRecord]
) -> list[str]:
    """Servers that are not APPLIED first, then those whose last look is the oldest."""

    def rank(server_id: str) -> tuple[bool, datetime]:
        record = records.get(server_id)
        done = status_of(wanted[server_id], record) is LaunchStatus.APPLIED
        return done, record.checked_at if record and record.checked_at else _LONG_AGO

    return sorted(chosen, key=rank)


def _apply(
    account: TargetAccount,
    group: ProtectionGroup,
    wanted: LaunchSettings,
    record: LaunchRecord,
    until: datetime,
    call: CallContext,
) -> ServerApplied:
    server_id = record.source_server_id
    if not wanted.given():
        return ServerApplied(server_id, ApplyOutcome.NOT_CONFIGURED)
    if call.now >= until:
        applied = status_of(wanted, record) is LaunchStatus.APPLIED
        return ServerApplied(server_id, ApplyOutcome.UNCHANGED if applied else ApplyOutcome.REMAINING)
    wanted_hash = settings_hash(wanted)
    try:
        changed = patiently(lambda: apply_to_server(account, group.region, server_id, wanted), until, call)
    except DomainError as error:
        _record(msgspec.structs.replace(record, failed_hash=wanted_hash, error=error.message, checked_at=call.now))
        return ServerApplied(server_id, ApplyOutcome.FAILED, reason=error.message)
    # The time after the changes, so that a drift check that looked before them does not count as later.
    now = call.now
    seen = after_look(record, (), now)
    if changed or status_of(wanted, record) is not LaunchStatus.APPLIED or not says_the_same(seen, record):
        _record(msgspec.structs.replace(seen, applied_hash=wanted_hash, applied_at=now, failed_hash="", error=""))
    return ServerApplied(server_id, ApplyOutcome.APPLIED if changed else ApplyOutcome.UNCHANGED, changed)


def _record(record: LaunchRecord) -> None:
    with translated():
        record_outcome(record)


def _result(server_id: str, found: ServerApplied | DomainError) -> ServerApplied:
    if isinstance(found, DomainError):
        return ServerApplied(server_id, ApplyOutcome.FAILED, reason=found.message)
    return found


def _statement(counts: Mapping[ApplyOutcome, int]) -> str:
    done = counts.get(ApplyOutcome.APPLIED, 0) + counts.get(ApplyOutcome.UNCHANGED, 0)
    parts = [f"{count_of(done, 'server')} {'has' if done == 1 else 'have'} the wanted launch settings."]
    if failed := counts.get(ApplyOutcome.FAILED):
        parts.append(f"{count_of(failed, 'server')} failed; see the reasons.")
    if remaining := counts.get(ApplyOutcome.REMAINING):
        parts.append(f"{count_of(remaining, 'server')} could not be reached in time; apply again to go on.")
    if unset := counts.get(ApplyOutcome.NOT_CONFIGURED):
        parts.append(f"For {count_of(unset, 'server')} no launch settings are configured.")
    return " ".join(parts)
