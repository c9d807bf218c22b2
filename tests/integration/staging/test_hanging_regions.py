"""A Region that hangs holds no answer past API Gateway's limit; the answer names it."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.domain.access.context import CallContext, Hub
from chalicelib.domain.access.permissions import SCHEDULE, InvocationMode
from chalicelib.operations.staging import PlaceRequest, StagingAccountId, TargetAccountId
from chalicelib.query.capacity import get_capacity, get_quotas
from chalicelib.query.staging import discover_staging_accounts, validate_staging_account
from chalicelib.store.tables.estate import TargetAccountItem
from local.cloud import LocalCloud
from tests.integration.conftest import EAST

Make = Callable[..., Any]
SLOW = "eu-north-1"
NO_ANSWER = "It did not answer in time. Try again."
HANGING = {"delaySeconds": 3.0}


@pytest.fixture
def two_regions(cloud: LocalCloud) -> Iterator[None]:
    """Another Region of EAST, which the tests here let hang."""
    cloud.emulator.initialize(EAST, SLOW)
    account = TargetAccountItem.get(EAST)
    before = account.regions
    account.update([TargetAccountItem.regions.set((*before, SLOW))])
    yield
    account.update([TargetAccountItem.regions.set(before)])


@pytest.fixture
def hurried(cloud: LocalCloud) -> CallContext:
    """A call that has half a second to read AWS."""
    now = datetime.now(UTC)
    hub = Hub("aws", cloud.hub_account, "us-east-2")
    until = now + timedelta(seconds=3.5)
    return CallContext("request", SCHEDULE, InvocationMode.API_GATEWAY, lambda: now, until, hub)


@pytest.fixture
def hang(fault: Make) -> Make:
    """Lets an operation of DRS hang in one Region of EAST."""
    return lambda operation: fault("SLOW_CALL", operation, region=SLOW, parameters=HANGING)


@pytest.mark.usefixtures("two_regions")
def test_discovery_names_the_region_that_hangs(hurried: CallContext, hang: Make) -> None:
    hang("ListStagingAccounts")
    found = discover_staging_accounts(TargetAccountId(account_id=EAST), hurried)
    assert f"{EAST}/{SLOW}: {NO_ANSWER}" in found.problems


@pytest.mark.usefixtures("two_regions")
def test_validation_says_that_the_region_that_hangs_was_not_checked(hurried: CallContext, hang: Make) -> None:
    hang("ListExtensibleSourceServers")
    request = StagingAccountId(account_id=EAST, staging_account_id="444455556666")
    checks = {each.region: each for each in validate_staging_account(request, hurried).regions}
    assert (checks[SLOW].check, checks[SLOW].reason) == ("NOT_CHECKED", NO_ANSWER)


@pytest.mark.usefixtures("two_regions")
def test_capacity_and_quotas_say_that_the_jobs_of_the_region_that_hangs_are_not_known(
    hurried: CallContext, hang: Make
) -> None:
    hang("DescribeJobs")
    said = f"The jobs could not be read: {NO_ANSWER}"
    places = {each.region: each for each in get_capacity(TargetAccountId(account_id=EAST), hurried).places}
    assert said in places[SLOW].problems
    assert said in get_quotas(PlaceRequest(account_id=EAST, region=SLOW), hurried).problems
