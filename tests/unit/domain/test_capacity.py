"""Quotas and their use: levels, places, sums, and what is said where something is not known."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.estate.accounts import Place
from chalicelib.domain.estate.capacity import (
    LEVELS_FROM_PERCENT,
    QUOTAS,
    Level,
    PlaceCapacity,
    QuotaName,
    account_capacity,
    nearness,
    place_capacity,
    roll_up,
    usage_of,
    worst,
)
from chalicelib.domain.estate.inventory import RegionSighting, RegionState, complete_sighting, failed_sighting
from chalicelib.domain.estate.quotas import Load
from chalicelib.domain.estate.servers import OperatingSystem, SourceServer

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
EAST, WEST = Place("111111111111", "us-east-1"), Place("111111111111", "us-west-2")


def sighting(place: Place = EAST, *, replicating: int | None = 0, servers: int = 0, **more: object) -> RegionSighting:
    return RegionSighting(place, RegionState.ACTIVE, servers, "", NOW, replicating, **more)  # type: ignore[arg-type]


def used(capacity: PlaceCapacity) -> dict[QuotaName, int]:
    return {usage.quota: usage.used for usage in capacity.usages}


def source_server(state: str, staging: str = "") -> SourceServer:
    return SourceServer(
        source_server_id="s-1",
        account_id=EAST.account_id,
        region=EAST.region,
        hostname="h",
        os=OperatingSystem.LINUX,
        replication_state=state,
        lag_seconds=0,
        tags={},
        seen_at=NOW,
        staging_account_id=staging,
    )


@pytest.mark.parametrize(
    ("count", "level"),
    [
        (0, Level.OK),
        (179, Level.OK),
        (180, Level.INFO),
        (239, Level.INFO),
        (240, Level.WARNING),
        (284, Level.WARNING),
        (285, Level.CRITICAL),
        (300, Level.CRITICAL),
        (301, Level.CRITICAL),
    ],
)
def test_levels_begin_at_their_share_of_the_quota(count: int, level: Level) -> None:
    assert usage_of(QuotaName.REPLICATING_SERVERS, count, 300).level is level


def test_a_quota_of_nothing_is_full() -> None:
    usage = usage_of(QuotaName.JOBS_IN_PROGRESS, 0, 0)
    assert (usage.percent, usage.level) == (100, Level.CRITICAL)


@given(st.integers(min_value=0, max_value=10_000), st.integers(min_value=1, max_value=5_000))
def test_more_use_never_has_a_lower_level(count: int, limit: int) -> None:
    order = list(Level)
    level, next_level = (usage_of(QuotaName.SOURCE_SERVERS, n, limit).level for n in (count, count + 1))
    assert order.index(level) <= order.index(next_level)


def test_thresholds_are_in_the_order_of_the_levels() -> None:
    assert list(LEVELS_FROM_PERCENT) == list(Level)[1:]
    assert list(LEVELS_FROM_PERCENT.values()) == sorted(LEVELS_FROM_PERCENT.values())


def test_every_quota_has_its_code_once() -> None:
    assert {quota.name for quota in QUOTAS} == set(QuotaName)
    assert len({quota.code for quota in QUOTAS}) == len(QUOTAS)


def test_extended_servers_count_as_source_servers_and_do_not_replicate_here() -> None:
    servers = [
        source_server("CONTINUOUS"),
        source_server("INITIAL_SYNC"),
        source_server("STOPPED"),
        source_server("DISCONNECTED"),
        source_server("CONTINUOUS", staging="222222222222"),
        source_server("CONTINUOUS", staging="222222222222"),
    ]
    seen = complete_sighting(EAST, RegionState.ACTIVE, servers, NOW)
    assert (seen.server_count, seen.replicating_count, seen.extended) == (6, 2, {"222222222222": 2})
    capacity = place_capacity(EAST, seen, Load())
    assert used(capacity)[QuotaName.REPLICATING_SERVERS] == 2
    assert used(capacity)[QuotaName.SOURCE_SERVERS] == 6
    assert capacity.extended_servers == 2


def test_a_failed_scan_keeps_the_numbers_of_the_last_complete_one() -> None:
    before = sighting(replicating=5, servers=7, extended={"222222222222": 2})
    after = failed_sighting(before, EAST, RegionState.THROTTLED, "slow down", NOW.replace(hour=13))
    assert (after.state, after.last_error) == (RegionState.THROTTLED, "slow down")
    assert (after.server_count, after.replicating_count, after.extended, after.synced_at) == (
        7,
        5,
        {"222222222222": 2},
        NOW,
    )
    (problem,) = place_capacity(EAST, after, Load()).problems
    assert problem == "The last sync of the inventory failed here: slow down"


def test_jobs_of_others_count() -> None:
    capacity = place_capacity(EAST, sighting(), Load(jobs=19, servers=120))
    assert used(capacity)[QuotaName.JOBS_IN_PROGRESS] == 19
    assert used(capacity)[QuotaName.SERVERS_IN_JOBS] == 120
    assert capacity.level is Level.CRITICAL


@pytest.mark.parametrize("seen", [None, sighting(replicating=None, servers=9)])
def test_what_is_not_known_is_named_and_not_zero(seen: RegionSighting | None) -> None:
    capacity = place_capacity(EAST, seen, None)
    assert capacity.usages == ()
    assert capacity.problems
    assert account_capacity(EAST.account_id, "East", [capacity]).unknown_regions == 1


def test_a_full_region_makes_its_account_critical_even_if_the_sum_is_not() -> None:
    full, empty = place_capacity(EAST, sighting(replicating=300), None), place_capacity(WEST, sighting(WEST), None)
    account = account_capacity(EAST.account_id, "East", [full, empty])
    (replicating, _) = account.usages
    assert (replicating.used, replicating.limit, replicating.level) == (300, 600, Level.OK)
    assert account.level is Level.CRITICAL


@given(st.lists(st.integers(min_value=0, max_value=400), max_size=8))
def test_a_sum_is_the_sum_of_its_parts(counts: list[int]) -> None:
    places = [place_capacity(Place(str(n), "r"), sighting(replicating=count), None) for n, count in enumerate(counts)]
    sums = {usage.quota: (usage.used, usage.limit) for usage in roll_up(places)}
    expected = (sum(counts), 300 * len(counts)) if counts else None
    assert sums.get(QuotaName.REPLICATING_SERVERS) == expected


def test_accounts_are_sorted_by_level_and_then_by_share() -> None:
    def account(replicating: int) -> tuple[int, int]:
        place = place_capacity(EAST, sighting(replicating=replicating), None)
        return nearness(account_capacity(EAST.account_id, "x", [place]))

    assert sorted([account(0), account(299), account(200), account(190)]) == [
        account(0),
        account(190),
        account(200),
        account(299),
    ]


def test_the_worst_of_nothing_is_ok() -> None:
    assert worst([]) is Level.OK
