"""Roles, permissions and the verdict on one call; what no role allows is denied."""

from collections.abc import Iterable
from enum import StrEnum

import msgspec


class Permission(StrEnum):
    """What an operation requires; PUBLIC and SIGNED_IN need no role."""

    PUBLIC = "public"
    SIGNED_IN = "signed-in"
    VIEW = "view"
    CREATE_GROUPS = "create-groups"
    MODIFY_GROUPS = "modify-groups"
    DELETE_GROUPS = "delete-groups"
    CREATE_PLANS = "create-plans"
    MODIFY_PLANS = "modify-plans"
    DELETE_PLANS = "delete-plans"
    START_DRILL = "start-drill"
    START_RECOVERY = "start-recovery"
    CONTROL_EXECUTION = "control-execution"
    APPROVE = "approve"
    TERMINATE_INSTANCES = "terminate-instances"
    TERMINATE_RECOVERY = "terminate-recovery"
    DELETE_EXECUTIONS = "delete-executions"
    MANAGE_ACCOUNTS = "manage-accounts"
    MANAGE_SETTINGS = "manage-settings"
    RUN_SYNCS = "run-syncs"
    EXPORT = "export"
    IMPORT = "import"
    VIEW_AUDIT = "view-audit"


class InvocationMode(StrEnum):
    """How a call arrived; STEP_FUNCTIONS and EVENTBRIDGE calls come from AWS services."""

    API_GATEWAY = "API_GATEWAY"
    DIRECT_LAMBDA = "DIRECT_LAMBDA"
    STEP_FUNCTIONS = "STEP_FUNCTIONS"
    EVENTBRIDGE = "EVENTBRIDGE"


class PrincipalType(StrEnum):
    USER = "USER"
    IAM = "IAM"
    SERVICE = "SERVICE"
    ANONYMOUS = "ANONYMOUS"


class Principal(msgspec.Struct, frozen=True, rename="camel"):
    """The caller. ``verified`` is true only if a signature proved it: that of the user pool's token.

    ``subject`` identifies a person for ever: the user pool's ``sub``. Names and e-mail addresses may change.
    """

    type: PrincipalType
    name: str
    email: str = ""
    groups: tuple[str, ...] = ()
    verified: bool = False
    subject: str = ""

    @property
    def person(self) -> str:
        """The subject of a verified person; empty for everything that is not one."""
        return self.subject if self.verified else ""


ANONYMOUS = Principal(PrincipalType.ANONYMOUS, "anonymous")
"""The principal of a REST call that carries no token, or none that counts."""

SCHEDULE = Principal(PrincipalType.SERVICE, "events.amazonaws.com")
"""The principal of calls that a schedule makes."""


class Verdict(msgspec.Struct, frozen=True):
    """The decision on one call, with the reason that is also logged and audited."""

    allowed: bool
    reason: str


_PLANNING = frozenset(
    {
        Permission.CREATE_GROUPS,
        Permission.MODIFY_GROUPS,
        Permission.DELETE_GROUPS,
        Permission.CREATE_PLANS,
        Permission.MODIFY_PLANS,
        Permission.DELETE_PLANS,
    }
)
_RUNNING = frozenset({Permission.START_RECOVERY, Permission.CONTROL_EXECUTION})
_VIEW = frozenset({Permission.VIEW})

ROLE_PERMISSIONS: dict[str, frozenset[Permission]] = {
    "DRSOrchestrationAdmin": frozenset(Permission) - {Permission.PUBLIC, Permission.SIGNED_IN},
    "DRSRecoveryManager": _VIEW
    | _PLANNING
    | _RUNNING
    | {
        Permission.START_DRILL,
        Permission.APPROVE,
        Permission.TERMINATE_INSTANCES,
        Permission.TERMINATE_RECOVERY,
        Permission.DELETE_EXECUTIONS,
        Permission.RUN_SYNCS,
        Permission.EXPORT,
        Permission.IMPORT,
    },
    "DRSPlanManager": _VIEW | _PLANNING | {Permission.START_DRILL},
    "DRSOperator": _VIEW | _RUNNING | {Permission.START_DRILL},
    "DRSReadOnly": _VIEW,
    "DRSAuditor": _VIEW | {Permission.VIEW_AUDIT},
}
"""The Cognito groups and their permissions: the table of docs/access.md."""


def permissions_of(principal: Principal) -> frozenset[Permission]:
    """All permissions of the principal's groups; unknown groups have none."""
    return frozenset().union(*(ROLE_PERMISSIONS.get(group, frozenset()) for group in principal.groups))


ROLE_NAMES = {
    "DRSOrchestrationAdmin": "Admin",
    "DRSRecoveryManager": "Recovery manager",
    "DRSPlanManager": "Plan manager",
    "DRSOperator": "Operator",
    "DRSReadOnly": "Read only",
    "DRSAuditor": "Auditor",
}
"""What people call the roles."""


def roles_with(permission: Permission) -> list[str]:
    """The roles that hold a permission."""
    return [role for role, held in ROLE_PERMISSIONS.items() if permission in held]


def why_not(permission: Permission, roles: Iterable[str]) -> str:
    """Why someone with these roles may not do what needs the permission, for a screen."""
    able = ", ".join(ROLE_NAMES[role] for role in roles_with(permission))
    own = ", ".join(ROLE_NAMES[role] for role in roles)
    return f"Needs the permission '{permission}' ({able}). You {f'are {own}' if own else 'have no role'}."


def judge(principal: Principal, mode: InvocationMode, permission: Permission) -> Verdict:
    """Decides whether one call is allowed.

    A user needs a role that holds the permission. Direct calls and calls of AWS services are allowed: IAM has already
    decided who may invoke the function, and Lambda does not pass the caller's identity on.
    """
    if permission is Permission.PUBLIC:
        return Verdict(True, "The operation is public.")
    if mode is not InvocationMode.API_GATEWAY:
        return Verdict(True, f"IAM allowed this {mode} invocation of the function.")
    if principal.type is not PrincipalType.USER or not principal.verified:
        return Verdict(False, "The request has no verified user. Sign in and send it again.")
    if permission is Permission.SIGNED_IN:
        return Verdict(True, "Any signed-in user may do this.")
    holders = sorted(group for group in principal.groups if permission in ROLE_PERMISSIONS.get(group, frozenset()))
    if holders:
        return Verdict(True, f"The role {holders[0]} has the permission {permission}.")
    able = ", ".join(roles_with(permission))
    return Verdict(False, f"This requires the permission '{permission}', which these roles have: {able}.")
