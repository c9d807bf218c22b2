"""Staging accounts: their numbers, the order of extensions, and what is said about servers that were not extended."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.attempts import RefusalKind
from chalicelib.domain.estate.accounts import Place
from chalicelib.domain.estate.inventory import RegionState
from chalicelib.domain.estate.staging import (
    SYNC_PERIOD,
    ExtensibleServer,
    ExtensionResult,
    RefusedExtension,
    explain,
    in_turn,
    no_room,
    remedy_of,
    room_of,
    staging_account_problems,
    still_refused,
)

TARGET, STAGING = "111111111111", "222222222222"
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
PLACE = Place(TARGET, "us-east-1")


def server(number: int) -> ExtensibleServer:
    return ExtensibleServer(f"arn:aws:drs:us-east-1:{STAGING}:source-server/s-{number:017}", f"host-{number}")


def refused(number: int) -> RefusedExtension:
    return RefusedExtension(server(number).source_server_arn, f"host-{number}", "DRS refused it.")


@pytest.mark.parametrize("text", ["", "22222222222", "2222222222222", "22222222222a", "٢٢٢٢٢٢٢٢٢٢٢٢", TARGET])
def test_a_staging_account_is_another_account_of_twelve_digits(text: str) -> None:
    (problem,) = staging_account_problems(TARGET, text)
    assert problem.field == "stagingAccountId"
    assert staging_account_problems(TARGET, STAGING) == []


@given(st.sets(st.integers(min_value=0, max_value=500), max_size=30), st.datetimes(timezones=st.just(UTC)))
def test_every_server_has_its_turn_in_every_sync(numbers: set[int], now: datetime) -> None:
    servers = [server(number) for number in numbers]
    assert sorted(in_turn(servers, now), key=str) == sorted(servers, key=str)


def test_a_server_that_comes_last_does_not_stay_last() -> None:
    servers = [server(number) for number in range(50)]
    firsts = {in_turn(servers, NOW + n * SYNC_PERIOD)[0].hostname for n in range(200)}
    assert len(firsts) > 25
    assert in_turn(servers, NOW) == in_turn(servers, NOW + timedelta(minutes=14))


@pytest.mark.parametrize(("known", "room"), [(None, 4_000), (0, 4_000), (3_999, 1), (4_000, 0), (4_100, 0)])
def test_there_is_room_up_to_the_quota_of_source_servers(known: int | None, room: int) -> None:
    assert room_of(known) == room


def test_no_room_names_the_place_and_the_quota() -> None:
    assert no_room(PLACE, 2).startswith(
        "2 servers cannot be extended, because 111111111111/us-east-1 has 4,000 source servers"
    )


def test_a_result_with_everything_extended_is_no_failure() -> None:
    assert ExtensionResult(TARGET, "us-east-1", STAGING, extensible=3, extended=3).failure == ""


def test_a_failure_names_each_server_and_why() -> None:
    result = ExtensionResult(TARGET, "us-east-1", STAGING, extensible=2, refused=(refused(1),), problem="Time is up.")
    assert result.failure == (
        "Staging account 222222222222: 1 server was not extended. host-1: DRS refused it. Time is up."
    )


def test_a_failure_of_many_servers_stays_short() -> None:
    text = ExtensionResult(TARGET, "us-east-1", STAGING, refused=tuple(refused(n) for n in range(300))).failure
    assert "300 servers were not extended" in text
    assert text.endswith("And 290 more.")
    assert len(text) < 1_000


@pytest.mark.parametrize(
    ("kind", "part"),
    [
        (RefusalKind.INVALID, "the default key (aws/ebs), it cannot be extended"),
        (RefusalKind.DENIED, "deploy infrastructure/staging-account.yaml for target account 111111111111"),
    ],
)
def test_a_refusal_has_a_remedy(kind: RefusalKind, part: str) -> None:
    text = explain(kind, "DRS says no", TARGET)
    assert text.startswith("DRS says no. ")
    assert part in text


@pytest.mark.parametrize("kind", [RefusalKind.THROTTLED, RefusalKind.QUOTA, RefusalKind.UNREACHABLE, None])
def test_a_reason_that_is_not_about_the_server_gets_no_false_remedy(kind: RefusalKind | None) -> None:
    assert explain(kind, "DRS says no.", TARGET) == "DRS says no."


@pytest.mark.parametrize("state", [state for state in RegionState if state not in {RegionState.ACTIVE}])
def test_every_state_with_a_cause_in_an_account_has_a_remedy(state: RegionState) -> None:
    passing = {RegionState.THROTTLED, RegionState.UNREACHABLE, RegionState.FAILED}
    assert bool(remedy_of(state, TARGET)) is (state not in passing)


def test_a_refused_server_that_is_not_listed_any_more_was_extended() -> None:
    both = [refused(1), refused(2)]
    assert still_refused(both, {server(2).source_server_arn}) == (refused(2),)
