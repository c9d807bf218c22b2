"""The inventory sync as a state machine: the same work as in one function, and the same record of it."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from chalicelib.management.estate import inventory_map
from chalicelib.settings import settings
from chalicelib.store.tables.estate import SyncRunItem
from local.cloud import LocalCloud
from tests.waiting import eventually

from .conftest import EAST, REGION_OF, WEST, RestClient

Make = Callable[..., Any]
HANDLER = "data-management-handler"
KIND = "source-server-inventory"
WEST_PLACE = f"{WEST}/{REGION_OF[WEST]}"


@pytest.fixture
def with_map(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The setting is MAP, and each place is a batch of its own."""
    monkeypatch.setenv("INVENTORY_SYNC", "MAP")
    monkeypatch.setattr(inventory_map, "PLACES_PER_CHILD", 1)
    settings.cache_clear()
    yield
    monkeypatch.undo()
    settings.cache_clear()


def ended(begun: Any) -> Any:
    """The record of the run when it has ended."""

    def look() -> Any:
        newest = SyncRunItem.query(KIND, scan_index_forward=False, limit=20, consistent_read=True)
        return next(
            (item for item in newest if item.started_at.isoformat() == begun_at and item.outcome != "RUNNING"), None
        )

    begun_at = begun["startedAt"].replace("Z", "+00:00")
    return eventually(look)


@pytest.mark.usefixtures("with_map")
def test_the_map_writes_what_the_one_function_would(admin: RestClient, new_servers: Make, sync: Make) -> None:
    new = {account: set(new_servers(2, account=account)) for account in (EAST, WEST)}
    begun = sync()
    assert (begun["outcome"], begun["failures"]) == ("RUNNING", {})
    run = ended(begun)
    assert (run.outcome, run.details["failures"]) == ("COMPLETED", {})
    assert run.details["written"] >= 4
    for account, servers in new.items():
        shown = admin.all_items("/drs/source-servers", accountId=account, region=REGION_OF[account], limit=100)
        assert servers <= {server["sourceServerId"] for server in shown}
    assert run.details["seen"] == ended(sync()).details["seen"]


@pytest.mark.usefixtures("with_map")
def test_a_place_that_fails_is_named_and_stops_no_other(cloud: LocalCloud, sync: Make) -> None:
    rule = {"kind": "ACCESS_DENIED", "match": {"account": WEST, "operation": "DescribeSourceServers"}}
    fault = cloud.emulator.add_fault(rule)
    run = ended(sync())
    cloud.emulator.remove_fault(fault)
    assert (run.outcome, list(run.details["failures"])) == ("PARTIAL", [WEST_PLACE])
    assert run.details["failures"][WEST_PLACE].startswith("ACCESS_DENIED: ")


def task(cloud: LocalCloud, **event: Any) -> Any:
    result = cloud.runtime.invoke(HANDLER, event, arn=cloud.runtime.arn(HANDLER, qualifier="workflow"))
    assert result.function_error is None, result.payload
    return result.value


def test_the_places_of_a_lost_child_are_failures_of_the_run(cloud: LocalCloud, sync: Make) -> None:
    started = sync()["startedAt"]
    whole = {"places": 1, "seen": 3, "written": 0, "removed": 0, "failures": {}}
    event = {"action": "conclude_inventory_sync", "startedAt": started, "tallies": [whole, {"lost": [WEST_PLACE]}]}
    result = task(cloud, **event)
    assert (result["outcome"], result["seen"], list(result["failures"])) == ("PARTIAL", 3, [WEST_PLACE])
    assert task(cloud, **event)["outcome"] == "PARTIAL", "a repeated task must not fail"


def test_a_place_whose_account_was_removed_meanwhile_is_left_out(cloud: LocalCloud) -> None:
    event = {"action": "sync_inventory_places", "places": ["999999999999/us-east-1"], "reasonCharacters": 100}
    assert task(cloud, **event) == {"places": 0, "seen": 0, "written": 0, "removed": 0, "failures": {}}


def test_a_machine_that_cannot_be_started_ends_the_run_with_the_reason(
    cloud: LocalCloud, sync: Make, with_map: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chalicelib.settings.INVENTORY_MACHINE", "dr-missing")
    result = sync()
    assert result["outcome"] == "FAILED"
    assert set(result["failures"]) >= {WEST_PLACE}
    assert ended(result).details["failures"] == result["failures"]
