"""Looks at what DRS and EC2 hold for one server, and records what is new."""

from datetime import datetime

from ...aws.reads.estate.launch_settings import read_held_settings
from ...domain.access.context import CallContext
from ...domain.errors import DomainError, Unavailable
from ...domain.estate.accounts import TargetAccount
from ...domain.estate.drift_checks import after_failure, after_look, drift_of, says_the_same
from ...domain.estate.launch_settings import LaunchSettings
from ...domain.estate.launch_status import Difference, LaunchRecord
from ...store.failures import translated
from ...store.writes.estate.launch_outcomes import record_check
from .one_by_one import patiently


def look(
    account: TargetAccount, region: str, server_id: str, wanted: LaunchSettings, until: datetime, call: CallContext
) -> tuple[Difference, ...]:
    """What differs from the wanted settings. Costs a call to DRS and one to EC2, more while AWS throttles.

    Raises Unavailable without a call when the time is up.
    """
    if call.now >= until:
        raise Unavailable("There was no time left for it in this run.")
    return drift_of(wanted, patiently(lambda: read_held_settings(account, region, server_id), until, call))


def look_and_record(
    account: TargetAccount,
    region: str,
    record: LaunchRecord,
    wanted: LaunchSettings,
    until: datetime,
    call: CallContext,
    *,
    always: bool,
) -> tuple[tuple[Difference, ...], bool]:
    """Looks at a server whose settings were applied. Returns what differs, and whether something was recorded.

    Without ``always`` only what is new is recorded. An error is recorded as the reason of a failed check, and raised.
    """
    # Before the look, so that an apply that ends meanwhile counts as later.
    at = call.now
    try:
        drift = look(account, region, record.source_server_id, wanted, until, call)
    except DomainError as error:
        _record(after_failure(record, error.message, at), record, at, always=False)
        raise
    return drift, _record(after_look(record, drift, at), record, at, always=always)


def _record(new: LaunchRecord, old: LaunchRecord, at: datetime, *, always: bool) -> bool:
    if says_the_same(new, old) and not always:
        return False
    with translated():
        record_check(new, at=at)
    return True
