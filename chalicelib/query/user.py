"""The signed-in user, with roles and permissions."""

from ..domain.access.context import CallContext
from ..domain.access.permissions import ROLE_PERMISSIONS, permissions_of
from ..operations.access import User
from ..operations.declaration import Nothing


def get_user(_: Nothing, call: CallContext) -> User:
    """The signed-in user. Groups that are not a role of this product are left out."""
    roles = [group for group in call.principal.groups if group in ROLE_PERMISSIONS]
    return User(call.principal.name, call.principal.email, roles, sorted(permissions_of(call.principal)))
