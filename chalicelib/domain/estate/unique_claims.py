"""What may exist only once: its scope, its key, and the rule by which a claim on it stops to count."""

from collections.abc import Container
from datetime import datetime, timedelta

GROUP_NAMES = "group-name"
PLAN_NAMES = "plan-name"
MEMBERSHIPS = "server"
GROUP_USES = "group-use"
CHANGES = "change"
ACCOUNTS = "account"

CHANGE_ABANDONED_AFTER = timedelta(minutes=16)
"""Longer than a Lambda function can live: a change of this age is nobody's."""


def membership_key(account_id: str, region: str, source_server_id: str) -> str:
    """The one place of a server: in whichever group holds it."""
    return f"{account_id}#{region}#{source_server_id}"


def server_of_membership(key: str) -> str:
    return key.rpartition("#")[2]


def use_key(group_id: str, plan_id: str) -> str:
    return f"{group_id}#{plan_id}"


def group_of_use(key: str) -> str:
    return key.partition("#")[0]


def change_mark(at: datetime, unique: str) -> str:
    """Who changes a record since when; marks sort by time."""
    return f"{at:%Y-%m-%dT%H:%M:%S.%f}Z#{unique}"


def is_live_change(mark: str | None, now: datetime) -> bool:
    """Whether the change behind a mark can still be under way."""
    return mark is not None and mark >= change_mark(now - CHANGE_ABANDONED_AFTER, "")


def binds(wanted_by_holder: Container[str] | None, thing: str, change: str | None, now: datetime) -> bool:
    """Whether a claim binds: its holder exists and wants ``thing``, or is being changed and may come to want it.

    ``wanted_by_holder`` is None for a holder that does not exist. A claim that does not bind is what a change left
    behind that died between its steps; whoever needs the thing may remove it.
    """
    return (wanted_by_holder is not None and thing in wanted_by_holder) or is_live_change(change, now)
