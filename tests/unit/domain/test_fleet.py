"""The order of lists of source servers, what a search finds, and the counts over places."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.estate.accounts import Place
from chalicelib.domain.estate.fleet import count_fleet, count_place, is_named, lag_order, name_order
from chalicelib.domain.estate.inventory import RegionSighting, RegionState, complete_sighting, failed_sighting
from chalicelib.domain.estate.servers import OperatingSystem, SourceServer

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
EAST, WEST = Place("222233334444", "us-east-1"), Place("333344445555", "us-west-2")


def server(number: int = 1, **changes: Any) -> SourceServer:
    seen = SourceServer(
        source_server_id=f"s-{number:017d}",
        account_id=EAST.account_id,
        region=EAST.region,
        hostname=f"web-{number}",
        os=OperatingSystem.LINUX,
        replication_state="CONTINUOUS",
        lag_seconds=0,
        tags={},
        seen_at=NOW,
    )
    return msgspec.structs.replace(seen, **changes)


@given(st.lists(st.integers(0, 10**9), min_size=1))
def test_servers_are_ordered_by_their_lag(lags: list[int]) -> None:
    servers = [server(number, lag_seconds=lag) for number, lag in enumerate(lags)]
    ordered = sorted(servers, key=lag_order, reverse=True)
    assert [each.lag_seconds for each in ordered] == sorted(lags, reverse=True)


def test_a_server_of_unknown_lag_comes_before_all_others_and_one_that_is_up_to_date_last() -> None:
    unknown = server(1, replication_state="DISCONNECTED", lag_seconds=None)
    behind = server(2, replication_state="BACKLOG", lag_seconds=10**8)
    current = server(3, lag_seconds=None)
    assert sorted([current, unknown, behind], key=lag_order, reverse=True) == [unknown, behind, current]


@given(st.text(max_size=2_000))
def test_each_host_name_has_a_sort_key_that_dynamodb_takes(hostname: str) -> None:
    assert len(name_order(server(hostname=hostname)).encode()) <= 1_024


def test_servers_are_found_by_the_beginning_of_what_they_are_called() -> None:
    seen = server(7, hostname="DB-Primary", source_instance_id="i-0abc", private_addresses=("10.1.2.3",))
    for text in ("db", "DB-Pri", " db-primary", seen.source_server_id, "s-000", "i-0a", "10.1."):
        assert is_named(seen, text), text
    for text in ("primary", "i-0abcd", "0.1", "web"):
        assert not is_named(seen, text), text


def test_the_counts_of_places_add_up_and_name_what_is_old_or_unknown() -> None:
    servers = [server(1), server(2, replication_state="STALLED"), server(3, replication_state="STALLED")]
    east = complete_sighting(EAST, RegionState.ACTIVE, servers, NOW)
    failed = failed_sighting(east, EAST, RegionState.THROTTLED, "too many requests", NOW + timedelta(hours=1))
    fleet = count_fleet([count_place(WEST, None), count_place(EAST, failed)])
    assert (fleet.server_count, fleet.replication) == (3, {"CONTINUOUS": 1, "STALLED": 2})
    assert (fleet.readiness, fleet.as_of) == ({"DEGRADED": 2, "READY": 1}, NOW)
    first, second = fleet.places
    assert "too many requests" in first.problem
    assert "run the sync" in second.problem


def test_a_place_of_an_older_release_says_that_its_servers_were_not_counted() -> None:
    before = RegionSighting(EAST, RegionState.ACTIVE, 5, "", NOW, 5)
    counted = count_place(EAST, before)
    assert (counted.server_count, counted.replication) == (5, {})
    assert "next sync" in counted.problem
