"""Writes protection groups, each with its name, its idempotency key and the register of its place in one transaction.

Registers that are passed here are the next version of what the caller read. The writes raise ConditionFailed when
another call has changed the place since, or when another of their conditions does not hold. Then nothing has changed.
"""

from pynamodb.expressions.condition import Condition

from ....domain.access.idempotency import RequestKey
from ....domain.estate.group_standing import GroupStanding
from ....domain.estate.groups import ProtectionGroup
from ....domain.estate.registers import PlaceRegister
from ....domain.runs.leases import Lease, group_lease_key
from ....domain.text import name_key
from ...tables.configuration import GROUP_NAMES, GROUPS, ProtectionGroupItem
from ...transactions import Write, commit_all
from ..access.idempotency import claim_key
from ..runs.leases import lease_stays_free
from .accounts import account_is_registered
from .registers import save_registers
from .unique_names import claim_name, release_name


def create_group(
    group: ProtectionGroup, standing: GroupStanding, register: PlaceRegister, *, key: RequestKey | None
) -> None:
    """Writes a new group. Its name and key must be free."""
    item = GROUPS.to_item(group, standing=standing, used_by=())
    commit_all(
        [
            lambda transaction: transaction.save(item, condition=_group_is_new()),
            _claim_name(group),
            *save_registers([register]),
            account_is_registered(group.account_id),
            *([claim_key(key, group.group_id, group.created_at)] if key else []),
        ]
    )


def update_group(
    before: ProtectionGroup,
    after: ProtectionGroup,
    standing: GroupStanding,
    register: PlaceRegister,
    *,
    abandoned: Lease | None,
) -> None:
    """Replaces ``before``, which must be current, by ``after``. No execution may use it."""
    item = ProtectionGroupItem(group_id=before.group_id)
    actions = [*GROUPS.to_actions(after), ProtectionGroupItem.standing.set(standing)]
    writes: list[Write] = [
        lambda transaction: transaction.update(item, actions=actions, condition=_group_is_at(before.version)),
        lease_stays_free(group_lease_key(before.group_id), abandoned),
        *save_registers([register]),
    ]
    if name_key(before.name) != name_key(after.name):
        writes += [_claim_name(after), _release_name(before)]
    commit_all(writes)


def delete_group(group: ProtectionGroup, register: PlaceRegister, *, abandoned: Lease | None) -> None:
    """Removes a group, which must be current. No execution may use it."""
    item = ProtectionGroupItem(group_id=group.group_id)
    commit_all(
        [
            lambda transaction: transaction.delete(item, condition=_group_is_at(group.version)),
            lease_stays_free(group_lease_key(group.group_id), abandoned),
            _release_name(group),
            *save_registers([register]),
        ]
    )


def _claim_name(group: ProtectionGroup) -> Write:
    return claim_name(GROUP_NAMES, name_key(group.name), group.group_id)


def _release_name(group: ProtectionGroup) -> Write:
    return release_name(GROUP_NAMES, name_key(group.name), group.group_id)


def _group_is_new() -> Condition:
    return ProtectionGroupItem.group_id.does_not_exist()


def _group_is_at(version: int) -> Condition:
    return ProtectionGroupItem.version == version
