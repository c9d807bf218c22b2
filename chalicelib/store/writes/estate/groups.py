"""Writes protection groups together with their names, memberships and idempotency keys."""

from datetime import datetime

from pynamodb.expressions.condition import Condition

from ....domain.access.idempotency import RequestKey
from ....domain.estate.groups import ProtectionGroup
from ....domain.estate.unique_claims import (
    GROUP_NAMES,
    GROUP_USES,
    MEMBERSHIPS,
    membership_key,
    server_of_membership,
    use_key,
)
from ....domain.runs.leases import Lease, group_lease_key
from ....domain.text import name_key
from ...tables.configuration import GROUPS, ProtectionGroupItem
from ...transactions import Transaction, Write
from ..access.idempotency import claim_key
from ..runs.leases import lease_stays_free
from .unique_claims import (
    Change,
    Claim,
    claim,
    commit_with_releases,
    end_of,
    no_change_runs,
    release,
    remove_abandoned,
    save_with_claims,
)


def create_group(group: ProtectionGroup, *, key: RequestKey | None) -> None:
    """Writes a new group, its name, memberships and key. Raises ConditionFailed when one of them is taken."""
    item = GROUPS.to_item(group)
    save_with_claims(
        group.group_id,
        [
            lambda transaction: transaction.save(item, condition=_group_is_new()),
            claim(_name_claim(group)),
            *([claim_key(key, group.group_id, group.created_at)] if key else []),
        ],
        claims=_memberships(group),
        releases=(),
        at=group.created_at,
    )


def update_group(before: ProtectionGroup, after: ProtectionGroup, *, abandoned: Lease | None) -> None:
    """Replaces ``before`` by ``after``.

    Raises ConditionFailed when it was saved in between, a claim is taken, or an execution uses it.
    """
    item = GROUPS.to_item(after)
    writes: list[Write] = [
        lambda transaction: transaction.save(item, condition=_group_is_at(before.version)),
        lease_stays_free(group_lease_key(before.group_id), abandoned),
    ]
    if name_key(before.name) != name_key(after.name):
        writes += [claim(_name_claim(after)), release(_name_claim(before))]
    old, new = set(before.source_server_ids), set(after.source_server_ids)
    save_with_claims(
        after.group_id,
        writes,
        claims=[wanted for wanted in _memberships(after) if server_of_membership(wanted.key) not in old],
        releases=[held for held in _memberships(before) if server_of_membership(held.key) not in new],
        at=after.updated_at,
    )


def delete_group(group: ProtectionGroup, change: Change, *, abandoned: Lease | None) -> None:
    """Removes a group, its name and memberships. ``change`` keeps other calls away until then and ends here."""
    item = ProtectionGroupItem(group_id=group.group_id)
    writes: list[Write] = [
        lambda transaction: transaction.delete(item, condition=_group_is_at(group.version)),
        end_of(change),
        lease_stays_free(group_lease_key(group.group_id), abandoned),
    ]
    commit_with_releases(writes, [_name_claim(group), *_memberships(group)])


def remove_abandoned_membership(key: str, holder: str, seen: ProtectionGroup | None, at: datetime) -> None:
    """Removes the membership of a server that ``holder``, which was read as ``seen``, does not list."""
    remove_abandoned(Claim(MEMBERSHIPS, key, holder), [_group_is_still(holder, seen)], at)


def group_may_be_used(group_id: str, at: datetime) -> tuple[Write, Write]:
    """Checks that the group exists and that no call is about to delete it."""

    def exists(transaction: Transaction) -> None:
        transaction.check(ProtectionGroupItem, group_id, condition=_group_exists())

    return exists, no_change_runs(group_id, at)


def use_claim(group_id: str, plan_id: str, at: datetime) -> Claim:
    """The use of a group by a plan, which prevents the deletion of the group."""
    return Claim(GROUP_USES, use_key(group_id, plan_id), plan_id, group_may_be_used(group_id, at))


def _name_claim(group: ProtectionGroup) -> Claim:
    return Claim(GROUP_NAMES, name_key(group.name), group.group_id)


def _memberships(group: ProtectionGroup) -> list[Claim]:
    keys = (membership_key(group.account_id, group.region, server_id) for server_id in group.source_server_ids)
    return [Claim(MEMBERSHIPS, key, group.group_id) for key in keys]


def _group_is_still(group_id: str, seen: ProtectionGroup | None) -> Write:
    condition = _group_is_at(seen.version) if seen else _group_is_new()
    return lambda transaction: transaction.check(ProtectionGroupItem, group_id, condition=condition)


def _group_is_new() -> Condition:
    return ProtectionGroupItem.group_id.does_not_exist()


def _group_exists() -> Condition:
    return ProtectionGroupItem.group_id.exists()


def _group_is_at(version: int) -> Condition:
    return ProtectionGroupItem.version == version
