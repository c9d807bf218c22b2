"""The rounds that check every server for drift once a day, a ninety-sixth of them every 15 minutes.

Only servers whose settings were applied are asked about: for others AWS has nothing of ours that could drift. A round
that finds nothing new writes nothing but the record of its run.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta

import msgspec

from ...domain.access.context import CallContext
from ...domain.errors import DomainError
from ...domain.estate.accounts import Place, TargetAccount
from ...domain.estate.drift_checks import due_slots
from ...domain.estate.groups import ProtectionGroup, matches_tags
from ...domain.estate.inventory import region_state_of
from ...domain.estate.launch_settings import LaunchSettings
from ...domain.estate.launch_status import HELD, Difference, LaunchRecord, status_of
from ...domain.estate.registers import PlaceRegister
from ...domain.estate.syncs import SyncKind
from ...domain.text import count_of
from ...logs import put_metrics
from ...operations.declaration import Nothing
from ...operations.estate import SyncResult
from ...preflight.effective_settings import effective_of_servers, read_launch_defaults
from ...settings import settings
from ...side_by_side import ask_each
from ...store.reads.estate.accounts import find_accounts
from ...store.reads.estate.groups import find_groups
from ...store.reads.estate.inventory import find_servers
from ...store.reads.estate.launch_records import records_of_slots
from ...store.reads.estate.registers import read_registers
from ...store.reads.estate.syncs import find_last_ended_run
from ...store.writes.estate.syncs import begin_sync, end_sync
from .drift_looks import look_and_record
from .sync_frame import PlaceResult, Sync, give_way, result_of, sync_places

_AT_ONCE = 4
"""Servers of one place, because AWS limits the rate of requests by account and Region."""

_RESERVE = timedelta(seconds=40)
"""What is left of the function's time when a round begins with no further server."""

_REASONS_SHOWN = 3


class Due(msgspec.Struct, frozen=True):
    """A server whose turn it is, and its effective settings, which were applied."""

    record: LaunchRecord
    wanted: LaunchSettings
    in_plan: bool


def handle_launch_settings_drift(_: Nothing, call: CallContext) -> SyncResult:
    """Checks the servers whose turn has come since the last round that ended, and records the run.

    A server, an account or a Region that fails stops no other. There is no alert about a place that fails: the sync of
    the inventory, which reads with the same role every 5 minutes, sends it once, and rounds would repeat it. A metric
    and its alarm say that checks fail.
    """
    kind, started_at = SyncKind.LAUNCH_SETTINGS_DRIFT, call.now
    if not begin_sync(kind, started_at, call.deadline):
        return give_way(kind, call)
    last = find_last_ended_run(kind)
    records = records_of_slots(due_slots(last.started_at if last else None, started_at))
    groups = find_groups({record.group_id for record in records})
    accounts = find_accounts({group.account_id for group in groups.values()})
    by_place: dict[Place, list[LaunchRecord]] = {}
    for record in records:
        group = groups.get(record.group_id)
        if group and group.account_id in accounts:
            by_place.setdefault(group.place, []).append(record)
    defaults = read_launch_defaults() if by_place else LaunchSettings()
    registers = read_registers(by_place)

    def check_place(account: TargetAccount, place: Place, call: CallContext) -> PlaceResult:
        return _check_place(account, place, _due_here(registers[place], by_place[place], groups, defaults), call)

    work = [(accounts[place.account_id], place) for place in by_place]
    tally = sync_places(Sync(kind, "", check_place), work, call)
    result = result_of(kind, started_at, tally, call)
    end_sync(result)
    return result


def _due_here(
    register: PlaceRegister,
    records: Sequence[LaunchRecord],
    groups: Mapping[str, ProtectionGroup],
    defaults: LaunchSettings,
) -> list[Due]:
    """The servers of a place to check, those of plans first. Servers that left their group are left out."""
    by_group: dict[str, dict[str, LaunchRecord]] = {}
    for record in records:
        by_group.setdefault(record.group_id, {})[record.source_server_id] = record
    due = []
    for group_id, found in by_group.items():
        group = groups[group_id]
        wanted = effective_of_servers(group, defaults, _members_among(group, found), found)
        due += [
            Due(found[server_id], settings, in_plan=bool(register.plans_of(group_id)))
            for server_id, settings in wanted.items()
            if status_of(settings, found[server_id]) in HELD
        ]
    return sorted(due, key=lambda server: not server.in_plan)


def _members_among(group: ProtectionGroup, server_ids: Iterable[str]) -> list[str]:
    if not group.selects_by_tags:
        members = frozenset(group.source_server_ids)
        return [server_id for server_id in server_ids if server_id in members]
    known = find_servers(group.place, server_ids)
    return [server_id for server_id, server in known.items() if matches_tags(server.tags, group.tags)]


def _check_place(account: TargetAccount, place: Place, due: Sequence[Due], call: CallContext) -> PlaceResult:
    until = call.deadline - _RESERVE

    def check(server: Due) -> tuple[tuple[Difference, ...], bool]:
        return look_and_record(account, place.region, server.record, server.wanted, until, call, always=False)

    answers = ask_each(check, due, limit=_AT_ONCE)
    errors = {
        server.record.source_server_id: answer
        for server, answer in zip(due, answers, strict=True)
        if isinstance(answer, DomainError)
    }
    seen = [answer for answer in answers if not isinstance(answer, DomainError)]
    if due:
        _measure(place, seen=len(seen), drifted=sum(bool(drift) for drift, _ in seen), failed=len(errors), call=call)
    written = sum(recorded for _, recorded in seen)
    return PlaceResult(place, seen=len(seen), written=written, failure=_failure(errors, len(due)))


def _measure(place: Place, *, seen: int, drifted: int, failed: int, call: CallContext) -> None:
    """Each server counts once a day, so the sum of a day is the number of servers."""
    put_metrics(
        {"CheckedServers": seen, "DriftedServers": drifted, "FailedChecks": failed},
        {"Stage": settings().stage, "AccountId": place.account_id, "Region": place.region},
        at=call.now,
    )


def _failure(errors: Mapping[str, DomainError], of: int) -> str:
    """Why servers of a place could not be checked: each reason once, with the first server that has it."""
    if not errors:
        return ""
    reasons: dict[str, str] = {}
    for server_id, error in errors.items():
        reasons.setdefault(error.message, f"{server_id}: {error.message}")
    shown = " ".join([*reasons.values()][:_REASONS_SHOWN])
    state = region_state_of(next(iter(errors.values())))
    return f"{state}: {len(errors)} of {count_of(of, 'server')} could not be checked. {shown}"
