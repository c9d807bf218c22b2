"""The signed-in user, with roles and permissions, and the stage that the user has signed in to."""

from ..domain.access.context import CallContext
from ..domain.access.permissions import ROLE_PERMISSIONS, Permission, permissions_of, roles_with, why_not
from ..operations.access import Features, PermissionView, Retention, User
from ..operations.declaration import Nothing
from ..settings import VERSION, settings

_NEED_NO_ROLE = {Permission.PUBLIC, Permission.SIGNED_IN}


def get_user(_: Nothing, call: CallContext) -> User:
    """The signed-in user. Groups that are not a role of this product are left out."""
    stage, held = settings(), permissions_of(call.principal)
    roles = [group for group in call.principal.groups if group in ROLE_PERMISSIONS]
    return User(
        name=call.principal.name,
        email=call.principal.email,
        roles=roles,
        permissions=sorted(held),
        all_permissions=[
            PermissionView(each, each in held, roles_with(each), "" if each in held else why_not(each, roles))
            for each in Permission
            if each not in _NEED_NO_ROLE
        ],
        stage=stage.stage,
        region=call.hub.region,
        account_id=call.hub.account_id,
        version=VERSION,
        features=Features(inventory_sync=stage.inventory_sync, rehearsal=stage.drs_pace != 1),
        retention=Retention(audit_days=stage.audit_days, recovery_days=stage.recovery_retention_days),
    )
