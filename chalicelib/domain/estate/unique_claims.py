"""Things that may exist only once: their scopes and keys, and whether a claim on one is binding."""

from collections.abc import Container
from datetime import datetime, timedelta

GROUP_NAMES = "group-name"
PLAN_NAMES = "plan-name"
MEMBERSHIPS = "server"
GROUP_USES = "group-use"
CHANGES = "change"
ACCOUNTS = "account"

CHANGE_ABANDONED_AFTER = timedelta(minutes=16)
"""Longer than a Lambda function can run, so a change of this age is no longer in progress."""


def membership_key(account_id: str, region: str, source_server_id: str) -> str:
    """The key under which a server is held by its one group."""
    return f"{account_id}#{region}#{source_server_id}"


def server_of_membership(key: str) -> str:
    return key.rpartition("#")[2]


def use_key(group_id: str, plan_id: str) -> str:
    return f"{group_id}#{plan_id}"


def group_of_use(key: str) -> str:
    return key.partition("#")[0]


def change_mark(at: datetime, unique: str) -> str:
    """The mark of a change that began at ``at``; marks sort by time."""
    return f"{at:%Y-%m-%dT%H:%M:%S.%f}Z#{unique}"


def is_live_change(mark: str | None, now: datetime) -> bool:
    """Whether the change with this mark can still be in progress."""
    return mark is not None and mark >= change_mark(now - CHANGE_ABANDONED_AFTER, "")


def binds(wanted_by_holder: Container[str] | None, thing: str, change: str | None, now: datetime) -> bool:
    """Whether a claim is binding: its holder wants ``thing``, or is being changed and may want it.

    ``wanted_by_holder`` is None for a holder that does not exist. A claim that is not binding was left behind by a
    change that failed between its steps; a call that needs the thing may remove the claim.
    """
    return (wanted_by_holder is not None and thing in wanted_by_holder) or is_live_change(change, now)
