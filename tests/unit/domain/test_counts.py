"""Counts of servers by status."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.runs.counts import COUNTED, ServerCounts, changes_of, count_statuses
from chalicelib.domain.runs.records import ServerStatus

STATUSES = st.lists(st.sampled_from(ServerStatus))


def test_each_status_has_a_count() -> None:
    assert {name.upper() for name in COUNTED} == set(ServerStatus)


@given(STATUSES)
def test_each_server_is_counted_once(statuses: list[ServerStatus]) -> None:
    counts = count_statuses(statuses)
    assert counts.total == len(statuses)
    assert all(getattr(counts, status.lower()) == statuses.count(status) for status in ServerStatus)


@given(st.lists(st.tuples(st.integers(0, 2), STATUSES)))
def test_a_header_that_takes_each_change_has_the_sum_of_its_waves(
    recounts: list[tuple[int, list[ServerStatus]]],
) -> None:
    waves: dict[int, ServerCounts] = {}
    header = dict.fromkeys(COUNTED, 0)
    for wave, statuses in recounts:
        counts = count_statuses(statuses)
        for name, change in changes_of(waves.get(wave), counts).items():
            assert change, "what has not changed is not written"
            header[name] += change
        waves[wave] = counts
    assert header == {name: sum(getattr(counts, name) for counts in waves.values()) for name in COUNTED}


def test_a_count_has_the_name_of_its_status_in_the_api() -> None:
    assert msgspec.to_builtins(ServerCounts(not_started=1))["notStarted"] == 1
