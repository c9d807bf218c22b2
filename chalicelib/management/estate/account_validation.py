"""Validates a target account by trying what the platform needs there. Nothing is changed in the account.

It is on the data-management side, because the query side must not be able to assume the operate role.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from ...aws.reads.estate import account_probes as probes
from ...aws.reads.estate.regions import regions_with_drs
from ...aws.sessions import Access
from ...domain.access.context import CallContext
from ...domain.errors import Unavailable
from ...domain.estate.account_checks import NOT_CHECKED, AccountAccess, AccountCheck, is_usable, judge_check
from ...domain.estate.accounts import TargetAccount
from ...domain.estate.inventory import RegionState, region_state_of
from ...operations.accounts import AccountId, AccountValidation
from ...side_by_side import map_bounded, reason_of
from ...store.reads.estate.accounts import get_account

PATIENCE = timedelta(seconds=12)
"""No check begins later. One that has begun ends within 12 more seconds, before API Gateway's limit of 29."""
_PARALLEL = 16
_ROLE = "assume the role"


def validate_target_account(request: AccountId, call: CallContext) -> AccountValidation:
    """Assumes both roles and tries DRS and EC2 in each Region. Raises RecordNotFound; what fails in AWS is a check."""
    account = get_account(request.account_id)
    until = call.now + PATIENCE
    roles = [_assumed(account, access) for access in Access]
    assumed = [Access(check.access.value) for check in roles if check.state is RegionState.ACTIVE]
    work = [(access, region) for access in assumed for region in account.regions or regions_with_drs()]
    found = map_bounded(lambda pair: _checks_in(account, *pair, until), work, limit=_PARALLEL)
    checks = (*roles, *(check for result in found for check in result))
    return AccountValidation(account.account_id, is_usable(checks), call.now, checks, NOT_CHECKED)


def _assumed(account: TargetAccount, access: Access) -> AccountCheck:
    return _check(account, access, _ROLE, "", lambda: probes.try_role(account, access))


def _checks_in(account: TargetAccount, access: Access, region: str, until: datetime) -> list[AccountCheck]:
    """DRS, and EC2 where DRS is initialized. What the operate role may do is not tried: trying it would do it."""

    def drs_answers() -> None:
        if datetime.now(UTC) >= until:
            raise Unavailable("There was no time left to check it, because other Regions answered slowly.")
        probes.try_drs(account, region, access)

    drs = _check(account, access, "describe source servers", region, drs_answers)
    if drs.state is not RegionState.ACTIVE:
        return [drs]
    ec2 = _check(account, access, "describe instances", region, lambda: probes.try_ec2(account, region, access))
    return [drs, ec2]


def _check(account: TargetAccount, access: Access, what: str, region: str, probe: Callable[[], None]) -> AccountCheck:
    try:
        probe()
    except Exception as error:  # noqa: BLE001 — whatever a probe raises is the result of its check
        state, reason = region_state_of(error), reason_of(error)
    else:
        state, reason = RegionState.ACTIVE, ""
    return judge_check(account, AccountAccess(access.value), what, region, state, reason)
