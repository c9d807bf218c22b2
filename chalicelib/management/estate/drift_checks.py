"""Checks the servers of a group for drift at once, when a person asks for it."""

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime

from ...domain.access.context import CallContext
from ...domain.errors import DomainError
from ...domain.estate.launch_status import HELD, LaunchRecord, status_of
from ...domain.text import count_of
from ...operations.drift import CheckedSettings, CheckLaunchSettings, CheckOutcome, ServerChecked
from ...preflight.effective_settings import effective_of_servers, read_launch_defaults
from ...side_by_side import ask_each
from ...store.reads.estate.accounts import get_account
from ...store.reads.estate.groups import get_group
from ...store.reads.estate.launch_records import launch_records
from .drift_looks import look, look_and_record
from .one_by_one import SERVERS_AT_ONCE, begins_until, chosen_members

_LONG_AGO = datetime.min.replace(tzinfo=UTC)


def check_launch_settings(request: CheckLaunchSettings, call: CallContext) -> CheckedSettings:
    """Compares what DRS and EC2 hold for all servers of a group, or for those that are named, with what is wanted.

    Servers whose last recorded look is the oldest come first, and what is found is recorded as soon as it is known. So
    the next call begins with the servers that this one had no time for. A server that fails stops no other. Raises
    RecordNotFound, and InvalidRequest for servers that are not members.
    """
    group = get_group(request.group_id)
    account = get_account(group.account_id)
    chosen = chosen_members(group, request.source_server_ids)
    until = begins_until(call)
    records = launch_records(group.group_id)
    wanted = effective_of_servers(group, read_launch_defaults(), chosen, records)

    def check(server_id: str) -> ServerChecked:
        settings, record = wanted[server_id], records.get(server_id)
        if not settings.given():
            return ServerChecked(server_id, CheckOutcome.NOT_CONFIGURED)
        if call.now >= until:
            return ServerChecked(server_id, CheckOutcome.REMAINING)
        if record is None or status_of(settings, record) not in HELD:
            found = look(account, group.region, server_id, settings, until, call)
            return ServerChecked(server_id, CheckOutcome.NOT_APPLIED if found else CheckOutcome.MATCHING, found)
        found, _ = look_and_record(account, group.region, record, settings, until, call, always=True)
        return ServerChecked(server_id, CheckOutcome.DRIFTED if found else CheckOutcome.MATCHING, found)

    work = sorted(chosen, key=lambda server_id: _last_look(records, server_id))
    answers = dict(zip(work, ask_each(check, work, limit=SERVERS_AT_ONCE), strict=True))
    servers = [_result(server_id, answers[server_id]) for server_id in chosen]
    counts = dict(Counter(server.outcome for server in servers))
    return CheckedSettings(group.group_id, _statement(counts), counts, servers)


def _last_look(records: Mapping[str, LaunchRecord], server_id: str) -> datetime:
    record = records.get(server_id)
    return record.checked_at if record and record.checked_at else _LONG_AGO


def _result(server_id: str, found: ServerChecked | DomainError) -> ServerChecked:
    if isinstance(found, DomainError):
        return ServerChecked(server_id, CheckOutcome.FAILED, reason=found.message)
    return found


def _statement(counts: Mapping[CheckOutcome, int]) -> str:
    same = counts.get(CheckOutcome.MATCHING, 0)
    parts = [f"{count_of(same, 'server')} {'has' if same == 1 else 'have'} the wanted launch settings."]
    if drifted := counts.get(CheckOutcome.DRIFTED):
        parts.append(
            f"The launch settings of {count_of(drifted, 'server')} were changed in AWS since they were applied; "
            "apply them again to restore them."
        )
    if pending := counts.get(CheckOutcome.NOT_APPLIED):
        parts.append(f"The launch settings of {count_of(pending, 'server')} are not applied; apply them.")
    if failed := counts.get(CheckOutcome.FAILED):
        parts.append(f"{count_of(failed, 'server')} could not be checked; see the reasons.")
    if remaining := counts.get(CheckOutcome.REMAINING):
        parts.append(f"{count_of(remaining, 'server')} could not be reached in time; check again to go on.")
    if unset := counts.get(CheckOutcome.NOT_CONFIGURED):
        parts.append(f"For {count_of(unset, 'server')} no launch settings are configured.")
    return " ".join(parts)
