"""What remains of accounts and Regions that are no longer synced: nothing, and of all others everything."""

import itertools
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.domain.access.context import CallContext, Hub
from chalicelib.domain.access.permissions import SCHEDULE, InvocationMode
from chalicelib.domain.estate.accounts import Place, TargetAccount
from chalicelib.domain.estate.inventory import InventoryChange, RegionSighting, RegionState
from chalicelib.domain.estate.recovery_instances import InstanceChange, RecoveryInstance
from chalicelib.domain.estate.servers import OperatingSystem, SourceServer
from chalicelib.domain.estate.staging import StagingAccount
from chalicelib.domain.runs.existing_instances import InstanceMode
from chalicelib.management.estate.inventory_sync import INVENTORY
from chalicelib.management.estate.sync_frame import PlaceResult, Sync, sync_places
from chalicelib.store.reads.estate.accounts import get_account
from chalicelib.store.tables.estate import RecoveryInstanceItem, RegionStatusItem, SourceServerItem, account_region
from chalicelib.store.tables.settings import SyncedTagsItem
from chalicelib.store.writes.estate.inventory import record_region, write_inventory
from chalicelib.store.writes.estate.recovery_instances import write_instances
from chalicelib.store.writes.estate.staging import add_staging_account
from chalicelib.store.writes.estate.synced_tags import record_written_tags
from local.client_hooks import Crash
from local.cloud import LocalCloud

from .conftest import EAST, Answer, RestClient

NOW = datetime(2026, 1, 1, tzinfo=UTC)
_numbers = itertools.count(600_000_000_000)
ONE, OTHER = "us-east-1", "eu-west-1"


class Account:
    """A target account that one test uses."""

    def __init__(self, admin: RestClient) -> None:
        self._admin, self.number = admin, str(next(_numbers))
        self.path = f"/accounts/targets/{self.number}"
        body = {"accountId": self.number, "name": f"Account {self.number}", "externalId": "a-secret-of-20-signs"}
        assert admin("POST", "/accounts/targets", {**body, "regions": [ONE, OTHER]}).status == 201

    def places(self) -> list[Place]:
        return [Place(self.number, region) for region in (ONE, OTHER)]

    def add_staging(self, target: str, staging: str) -> None:
        answer = self._admin("POST", f"/accounts/targets/{target}/staging-accounts", {"stagingAccountId": staging})
        assert answer.status == 201

    def remove(self) -> Answer:
        return self._admin("DELETE", self.path)


@pytest.fixture
def account(admin: RestClient) -> Iterator[Account]:
    made = Account(admin)
    yield made
    for target in (EAST, made.number):
        admin("DELETE", f"/accounts/targets/{target}/staging-accounts/{made.number}")
    made.remove()


def fill(place: Place, count: int = 30) -> None:
    """Rows of a place, as the syncs write them."""
    for number in range(count):
        server_id, account_id, region = f"s-{number:017d}", place.account_id, place.region
        server = SourceServer(
            server_id, account_id, region, "web", OperatingSystem.LINUX, "CONTINUOUS", 0, {}, seen_at=NOW
        )
        instance = RecoveryInstance(
            recovery_instance_id=f"i-{number:017d}",
            source_server_id=server_id,
            account_id=account_id,
            region=region,
            mode=InstanceMode.DRILL,
            state="RUNNING",
            launched_at=NOW,
            in_drs=True,
            job_id="",
            execution_id="",
            hostname="web",
            changed_at=NOW,
        )
        write_inventory(place, InventoryChange((server,), ()), {})
        write_instances(place, InstanceChange((instance,), ()))
        record_written_tags(place, server_id, {}, {"Tier": ("web",)})
    record_region(RegionSighting(place, RegionState.ACTIVE, count, "", NOW))


def rows(place: Place) -> int:
    """The number of rows of a place, its status included."""
    key = account_region(place)
    kept = [SourceServerItem.count(key), RecoveryInstanceItem.count(key), SyncedTagsItem.count(key)]
    return sum(kept) + RegionStatusItem.count(place.account_id, RegionStatusItem.region == place.region)


def test_nothing_remains_of_a_removed_account_and_all_of_the_others(admin: RestClient, account: Account) -> None:
    other = Account(admin)
    for place in (*account.places(), *other.places()):
        fill(place)
    account.add_staging(account.number, EAST)
    account.add_staging(EAST, account.number)
    assert account.remove().body == {"id": account.number, "name": f"Account {account.number}"}
    assert [rows(place) for place in account.places()] == [0, 0]
    assert [rows(place) for place in other.places()] == [91, 91]
    links = {item["stagingAccountId"] for item in admin.all_items(f"/accounts/targets/{EAST}/staging-accounts")}
    assert account.number in links, "a link of another target account"
    assert account.remove().status == 404
    assert other.remove().status == 200


@pytest.mark.parametrize("nth", [1, 3, 6])
def test_a_removal_that_dies_is_ended_by_the_next(
    admin: RestClient, cloud: LocalCloud, account: Account, nth: int
) -> None:
    for place in account.places():
        fill(place)
    account.add_staging(account.number, EAST)
    function = "data-management-handler"
    crash = Crash(function=function, service="dynamodb", operation="BatchWriteItem", nth=nth)
    cloud.runtime.crashes.add(crash)
    event = {"operation": "remove_target_account", "body": {"accountId": account.number}}
    died = cloud.runtime.invoke(function, event)
    cloud.runtime.crashes.clear()
    assert died.function_error
    assert admin.get(account.path).status == 404
    assert sum(map(rows, account.places())) > 0
    assert account.remove().body == {"id": account.number, "name": account.number}
    assert [rows(place) for place in account.places()] == [0, 0]
    assert account.remove().status == 404


def test_an_account_that_vanishes_while_it_is_synced_does_not_come_back(account: Account, cloud: LocalCloud) -> None:
    removal = threading.Lock()
    removals: list[int] = []

    def vanish(known: TargetAccount, place: Place, call: CallContext) -> PlaceResult:
        with removal:
            if not removals:
                removals.append(account.remove().status)
        fill(place)
        return INVENTORY.sync_place(known, place, call)

    known = get_account(account.number)
    tally = sync_places(Sync("vanishing", "x", vanish), [(known, place) for place in account.places()], _call(cloud))
    assert removals == [200]
    assert [rows(place) for place in account.places()] == [0, 0]
    assert (tally.failures, tally.written) == ({}, 0)


def test_a_region_that_is_left_out_is_forgotten_also_while_it_is_synced(
    admin: RestClient, account: Account, cloud: LocalCloud
) -> None:
    for place in account.places():
        fill(place)
    one, other = account.places()
    content = {"name": f"Account {account.number}", "regions": [ONE], "version": 1}
    assert admin("PUT", account.path, content).status == 200
    assert [rows(one), rows(other)] == [91, 0]
    known = get_account(account.number)

    def late(_: TargetAccount, place: Place, __: CallContext) -> PlaceResult:
        fill(place)
        return PlaceResult(place)

    sync_places(Sync("late", "x", late), [(known, other)], _call(cloud))
    assert [rows(one), rows(other)] == [91, 0]


def test_a_staging_account_cannot_join_an_account_that_is_removed(admin: RestClient, account: Account) -> None:
    account.remove()
    late = StagingAccount(account.number, EAST, "late", NOW, "a call that had looked before the removal")
    assert not add_staging_account(late)
    body = {"stagingAccountId": EAST}
    assert admin("POST", f"{account.path}/staging-accounts", body).status == 404


def _call(cloud: LocalCloud) -> CallContext:
    hub, until = Hub("aws", cloud.hub_account, "us-east-2"), datetime.now(UTC) + timedelta(minutes=5)
    return CallContext("request", SCHEDULE, InvocationMode.EVENTBRIDGE, lambda: datetime.now(UTC), until, hub)
