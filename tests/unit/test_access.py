"""Roles and permissions: what a call may do."""

import pytest

from chalicelib.domain.access.permissions import (
    ROLE_PERMISSIONS,
    InvocationMode,
    Permission,
    Principal,
    PrincipalType,
    judge,
    permissions_of,
)

NEED_NO_ROLE = {Permission.PUBLIC, Permission.SIGNED_IN}


def user(*groups: str, verified: bool = True) -> Principal:
    return Principal(PrincipalType.USER, "ada", groups=groups, verified=verified)


@pytest.mark.parametrize("role", ROLE_PERMISSIONS)
@pytest.mark.parametrize("permission", [item for item in Permission if item not in NEED_NO_ROLE])
def test_a_user_may_do_what_one_of_the_roles_allows(role: str, permission: Permission) -> None:
    verdict = judge(user("strangers", role), InvocationMode.API_GATEWAY, permission)
    assert verdict.allowed is (permission in ROLE_PERMISSIONS[role])
    assert (role if verdict.allowed else f"'{permission}'") in verdict.reason


@pytest.mark.parametrize("permission", [item for item in Permission if item not in NEED_NO_ROLE])
def test_without_a_role_nothing_is_allowed(permission: Permission) -> None:
    for caller in (user(), user("strangers"), user("DRSOrchestrationAdmin", verified=False)):
        assert not judge(caller, InvocationMode.API_GATEWAY, permission).allowed


def test_every_permission_is_held_by_some_role() -> None:
    assert frozenset().union(*ROLE_PERMISSIONS.values()) == set(Permission) - NEED_NO_ROLE


def test_the_auditor_reads_and_changes_nothing() -> None:
    assert ROLE_PERMISSIONS["DRSAuditor"] == {Permission.VIEW, Permission.VIEW_AUDIT}


def test_roles_add_up() -> None:
    both = permissions_of(user("DRSOperator", "DRSAuditor", "strangers"))
    assert both == ROLE_PERMISSIONS["DRSOperator"] | ROLE_PERMISSIONS["DRSAuditor"]


def test_any_signed_in_user_may_use_operations_without_a_role() -> None:
    assert judge(user(), InvocationMode.API_GATEWAY, Permission.SIGNED_IN).allowed
    anonymous = Principal(PrincipalType.ANONYMOUS, "anonymous")
    assert not judge(anonymous, InvocationMode.API_GATEWAY, Permission.SIGNED_IN).allowed
    assert judge(anonymous, InvocationMode.API_GATEWAY, Permission.PUBLIC).allowed


@pytest.mark.parametrize("mode", [item for item in InvocationMode if item is not InvocationMode.API_GATEWAY])
def test_direct_and_service_calls_were_decided_by_iam(mode: InvocationMode) -> None:
    verdict = judge(Principal(PrincipalType.IAM, "undeclared"), mode, Permission.MANAGE_ACCOUNTS)
    assert verdict.allowed
    assert "IAM" in verdict.reason
