"""What launch settings can name in an account and Region, as EC2 and IAM show it now."""

from collections.abc import Callable, Iterable
from typing import TypeVar

from ..aws.reads.estate import launch_choices as reads
from ..aws.reads.estate.regions import regions_with_drs
from ..domain.access.context import CallContext
from ..domain.errors import DomainError, FieldProblem, InvalidRequest
from ..domain.estate.account_checks import remedy_of_reading
from ..domain.estate.accounts import TargetAccount
from ..domain.estate.inventory import region_state_of
from ..domain.pages import Page
from ..operations.ec2 import (
    InstanceProfileChoice,
    InstanceTypeChoice,
    ListOfPlace,
    ListOfVpc,
    SecurityGroupChoice,
    SubnetChoice,
)
from ..store.paging import token_cursor, token_of
from ..store.reads.estate.accounts import get_account

T = TypeVar("T")


def list_subnets(request: ListOfVpc, _: CallContext) -> Page[SubnetChoice]:
    """One page by name. Raises RecordNotFound, InvalidRequest, CloudError and Unavailable, as all lists here."""
    found = _read(request, reads.read_subnets)
    wanted = [each for each in found if request.vpc_id in {"", each.vpc_id}]
    return _page(wanted, lambda each: _by_name(each.name, each.subnet_id), request)


def list_security_groups(request: ListOfVpc, _: CallContext) -> Page[SecurityGroupChoice]:
    """One page by name."""
    found = _read(request, reads.read_security_groups)
    wanted = [each for each in found if request.vpc_id in {"", each.vpc_id}]
    return _page(wanted, lambda each: _by_name(each.name, each.group_id), request)


def list_instance_profiles(request: ListOfPlace, _: CallContext) -> Page[InstanceProfileChoice]:
    """One page by name."""
    found = _read(request, reads.read_instance_profiles)
    return _page(found, lambda each: _by_name(each.name, each.arn), request)


def list_instance_types(request: ListOfPlace, _: CallContext) -> Page[InstanceTypeChoice]:
    """One page by name. Zones and sizes are read of the types on the page only."""
    names = _page(_read(request, reads.read_offered_types), lambda name: name, request)
    types = _read(request, lambda account, region: reads.describe_types(account, region, names.items))
    return Page(types, names.next_cursor)


def _read(request: ListOfPlace, read: Callable[[TargetAccount, str], list[T]]) -> list[T]:
    """What AWS lists now. An error says how the account or the Region answered, and how to correct that."""
    account, region = get_account(request.account_id), request.region
    if region not in regions_with_drs():
        raise InvalidRequest([FieldProblem("region", f"'{region}' is not a Region with DRS; check its name")])
    try:
        return read(account, region)
    except DomainError as error:
        state = region_state_of(error)
        message = f"{error.message} {remedy_of_reading(account, region, state)}".strip()
        raise type(error)(message, **{**error.details, "state": state}) from error


def _page(items: Iterable[T], key: Callable[[T], str], request: ListOfPlace) -> Page[T]:
    """The items whose keys follow the one that the cursor holds.

    EC2 lists in no order. What appears or goes between two pages moves nothing that was shown.
    """
    after = token_of(request.cursor)
    rest = [each for each in sorted(items, key=key) if key(each) > after]
    shown = rest[: request.limit]
    return Page(shown, token_cursor(key(shown[-1])) if len(rest) > len(shown) else None)


def _by_name(name: str, unique_id: str) -> str:
    return f"{name.casefold()} {unique_id}"
