"""The values of the metrics: what is not known is left out, and what is old is not measured as if it were of now."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.estate.accounts import Place
from chalicelib.domain.estate.capacity import EstateFigures, place_capacity
from chalicelib.domain.estate.fleet import count_fleet, count_place
from chalicelib.domain.estate.inventory import RegionSighting, RegionState, complete_sighting, failed_sighting
from chalicelib.domain.estate.measures import (
    FRESH_FOR,
    UNITS,
    Measures,
    measure_decisions,
    measure_drills,
    measure_estate,
    measure_executions,
    measure_left_over,
    measure_syncs,
)
from chalicelib.domain.estate.servers import OperatingSystem, SourceServer
from chalicelib.domain.plans.drill_ages import DrillFigures, PlanDrills
from chalicelib.domain.runs.figures import outcome_figures
from chalicelib.domain.runs.records import Mode
from tests.unit.domain.records import an_execution

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
EAST, WEST = Place("111111111111", "us-east-1"), Place("111111111111", "us-west-2")


def server(server_id: str, *, replication_state: str = "CONTINUOUS", lag_seconds: int | None = 0) -> SourceServer:
    return SourceServer(
        source_server_id=server_id,
        account_id=EAST.account_id,
        region=EAST.region,
        hostname="h",
        os=OperatingSystem.LINUX,
        replication_state=replication_state,
        lag_seconds=lag_seconds,
        tags={},
        seen_at=NOW,
    )


def scanned(*servers: Any, place: Place = EAST, at: datetime = NOW) -> RegionSighting:
    return complete_sighting(place, RegionState.ACTIVE, servers, at)


def estate(*sightings: RegionSighting) -> EstateFigures:
    return EstateFigures(
        servers=count_fleet(count_place(seen.place, seen) for seen in sightings),
        capacity=tuple(place_capacity(seen.place, seen, None) for seen in sightings),
    )


def measured(*sightings: RegionSighting) -> dict[tuple[str, ...], dict[str, int]]:
    """Values by the account and Region that they are of; without these, of all."""
    return {tuple(each.of.values()): dict(each.values) for each in measure_estate(estate(*sightings), NOW)}


def test_a_place_is_measured_by_its_worst_lag_and_by_the_servers_that_are_not_up_to_date() -> None:
    servers = [
        server("s-1", replication_state="CONTINUOUS", lag_seconds=None),
        server("s-2", replication_state="BACKLOG", lag_seconds=900),
        server("s-3", replication_state="STALLED", lag_seconds=None),
    ]
    found = measured(scanned(*servers))
    assert found["111111111111", "us-east-1"] == {
        "InventoryAge": 0,
        "ReplicationLag": 900,
        "ServersBehind": 2,
        "ReplicatingServers": 3,
        "ReplicatingServersLimit": 300,
        "SourceServers": 3,
        "SourceServersLimit": 4_000,
    }
    assert found[()] == {"UnseenPlaces": 0, "CapacityPercent": 1}


def test_a_lag_that_drs_does_not_know_is_not_zero() -> None:
    found = measured(scanned(server("s-1", replication_state="STALLED", lag_seconds=None)))
    values = found["111111111111", "us-east-1"]
    assert "ReplicationLag" not in values
    assert values["ServersBehind"] == 1


def test_a_place_without_servers_has_no_lag_but_is_seen() -> None:
    values = measured(scanned())["111111111111", "us-east-1"]
    assert (values["ServersBehind"], values["ReplicatingServers"]) == (0, 0)
    assert "ReplicationLag" not in values


def test_a_place_that_was_not_seen_for_long_shows_its_age_alone_and_takes_no_other_with_it() -> None:
    long_ago = NOW - FRESH_FOR - timedelta(seconds=1)
    old = failed_sighting(scanned(server("s-1"), at=long_ago), EAST, RegionState.UNREACHABLE, "no answer", NOW)
    found = measured(old, scanned(server("s-2"), place=WEST))
    assert found["111111111111", "us-east-1"] == {"InventoryAge": 901}
    assert found["111111111111", "us-west-2"]["ReplicatingServers"] == 1
    assert found[()]["UnseenPlaces"] == 1


def test_a_place_that_never_answered_is_unseen_and_not_empty() -> None:
    never = failed_sighting(None, EAST, RegionState.ACCESS_DENIED, "denied", NOW)
    assert measured(never) == {(): {"UnseenPlaces": 1}}


def test_the_fullest_quota_of_any_place_is_the_capacity_of_all() -> None:
    full = [server(f"s-{number}") for number in range(285)]
    assert measured(scanned(*full), scanned(place=WEST))[()]["CapacityPercent"] == 95


def test_a_kind_of_sync_that_never_succeeded_has_no_age() -> None:
    found = measure_syncs({"tags": NOW - timedelta(hours=2)}, NOW)
    assert found == [Measures({"SyncAge": 7_200}, {"Sync": "tags"})]


def test_executions_are_counted_by_mode() -> None:
    runs = [an_execution(mode=Mode.DRILL), an_execution(mode=Mode.DRILL)]
    assert measure_executions(runs) == [
        Measures({"ActiveExecutions": 2}, {"Mode": "DRILL"}),
        Measures({"ActiveExecutions": 0}, {"Mode": "RECOVERY"}),
    ]


def test_without_decisions_none_is_the_oldest() -> None:
    assert measure_decisions([], NOW) == [Measures({"OpenDecisions": 0})]


def plan(days: int, target: int = 90) -> PlanDrills:
    """A plan whose last drill was so many days ago."""
    last = NOW - timedelta(days=days)
    return PlanDrills(f"plan-{days}", "p", last, last + timedelta(days=target), None, target)


def test_the_oldest_drill_is_told_and_how_many_are_overdue() -> None:
    (found,) = measure_drills(DrillFigures(90, 3, (plan(100), plan(91), plan(89))), NOW)
    assert found.values == {"OverdueDrills": 2, "WorstDrillAge": 100 * 86_400}
    (found,) = measure_drills(DrillFigures(90, 2, (plan(40, target=30), plan(100, target=365))), NOW)
    assert found.values == {"OverdueDrills": 1, "WorstDrillAge": 100 * 86_400}
    assert measure_drills(DrillFigures(90, 0, ()), NOW) == [Measures({"OverdueDrills": 0})]


def test_instances_that_drills_have_left_are_counted() -> None:
    (found,) = measure_left_over(outcome_figures([], NOW - timedelta(days=90)))
    assert found.values == {"LeftOverDrills": 0, "LeftOverInstances": 0}


@given(st.lists(st.tuples(st.sampled_from(["CONTINUOUS", "STALLED", "STOPPED"]), st.none() | st.integers(0, 10**6))))
def test_every_metric_has_a_unit_and_lag_means_that_one_is_known(states: list[tuple[str, int | None]]) -> None:
    servers = [server(f"s-{n}", replication_state=state, lag_seconds=lag) for n, (state, lag) in enumerate(states)]
    values = measured(scanned(*servers))["111111111111", "us-east-1"]
    known = [lag or 0 for state, lag in states if lag is not None or state == "CONTINUOUS"]
    assert values.get("ReplicationLag") == max(known, default=None)
    assert set(values) <= set(UNITS)


@pytest.mark.parametrize("age", [timedelta(0), FRESH_FOR, FRESH_FOR + timedelta(seconds=1)])
def test_figures_are_fresh_for_three_rounds_of_the_sync(age: timedelta) -> None:
    values = measured(scanned(server("s-1"), at=NOW - age))["111111111111", "us-east-1"]
    assert ("ServersBehind" in values) is (age <= FRESH_FOR)
