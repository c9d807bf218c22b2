"""What a validation of a target account found, and how each fault is fixed."""

from collections.abc import Iterable, Mapping
from enum import StrEnum

import msgspec

from .accounts import TargetAccount
from .inventory import RegionState


class AccountAccess(StrEnum):
    """The two roles of a target account: READ can only describe, OPERATE can launch and terminate."""

    READ = "READ"
    OPERATE = "OPERATE"


NOT_CHECKED = (
    (
        "The actions of the operate role (StartRecovery, TerminateRecoveryInstances and what DRS does in EC2 in its "
        "name) were not checked, because trying them would carry them out. Deploy the current "
        "infrastructure/target-account.yaml and run a drill of one server."
    ),
)
"""What no validation can find out."""


class AccountCheck(msgspec.Struct, frozen=True, rename="camel"):
    """The result of one try. ``remedy`` is empty where there is nothing to do. ``region`` is empty for a role."""

    access: AccountAccess
    what: str
    region: str
    state: RegionState
    reason: str
    remedy: str

    @property
    def prevents_use(self) -> bool:
        """A Region in which DRS is not initialized has no servers, which is no fault of the account."""
        return not self.state.is_complete


def judge_check(
    account: TargetAccount, access: AccountAccess, what: str, region: str, state: RegionState, reason: str
) -> AccountCheck:
    """The check with its remedy."""
    remedy = _remedy(account, access, region, state)
    if state is RegionState.NOT_INITIALIZED and region not in account.regions:
        remedy = ""
    return AccountCheck(access, what, region, state, reason, remedy)


def remedy_of_reading(account: TargetAccount, region: str, state: RegionState) -> str:
    """How to correct what a failed read of the account found; empty if another try may succeed as it is."""
    return "" if state.may_pass else _remedy(account, AccountAccess.READ, region, state)


def _remedy(account: TargetAccount, access: AccountAccess, region: str, state: RegionState) -> str:
    role = account.read_role_arn if access is AccountAccess.READ else account.operate_role_arn
    return _REMEDIES.get(state, "").format(
        role=role or "the platform's own role", region=region, account=account.account_id
    )


def is_usable(checks: Iterable[AccountCheck]) -> bool:
    """Whether every check succeeded, and DRS is initialized in at least one Region."""
    found = list(checks)
    active = any(check.state is RegionState.ACTIVE and check.region for check in found)
    return active and not any(check.prevents_use for check in found)


_REMEDIES: Mapping[RegionState, str] = {
    RegionState.NOT_INITIALIZED: (
        "If servers are to be protected there, initialize DRS: aws drs initialize-service --region {region}"
    ),
    RegionState.REGION_NOT_ENABLED: (
        "Enable the Region in the account (aws account enable-region --region-name {region}), or leave it out of the "
        "account's Regions."
    ),
    RegionState.ROLE_NOT_ASSUMABLE: (
        "STS does not say which of these is wrong, so check them in this order: the role exists (aws iam get-role, in "
        "account {account}); its trust policy names this platform's account and stage; the external id is the one "
        "given to the account's stack. Deploying infrastructure/target-account.yaml again with this stage and a new "
        "external id, and then updating the account with it, corrects all three."
    ),
    RegionState.DENIED_BY_POLICY: (
        "A service control policy of the organization denies the call. Its administrator has to allow it for {role} "
        "in {region}."
    ),
    RegionState.ACCESS_DENIED: (
        "Update the account's stack from infrastructure/target-account.yaml, which gives {role} the permission."
    ),
    RegionState.THROTTLED: "AWS limits the rate of calls in the account at the moment. Validate again in a minute.",
    RegionState.UNREACHABLE: "AWS did not answer in time. Validate again; see the AWS Health Dashboard for {region}.",
    RegionState.FAILED: "Validate again. If it fails again, the log of the function has the details.",
}
