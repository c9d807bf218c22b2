"""When servers are checked for drift, and what a check changes in what is stored of them."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from random import Random

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.estate.drift_checks import (
    SLOT,
    SLOTS,
    HeldSettings,
    after_failure,
    after_look,
    drift_of,
    due_slots,
    says_the_same,
    slot_of,
)
from chalicelib.domain.estate.launch_settings import LaunchSettings
from chalicelib.domain.estate.launch_status import Difference, LaunchRecord

NOON = datetime(2026, 11, 27, 12, 1, tzinfo=UTC)
RECORD = LaunchRecord("pg-1", "s-1", applied_hash="h", check_slot=slot_of("s-1"))
DRIFT = (Difference("copyTags", "false", "true"),)
moments = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@given(st.lists(st.timedeltas(timedelta(), timedelta(days=3)), min_size=1, max_size=40), moments)
def test_rounds_take_each_slot_once_a_day_however_irregular_they_are(gaps: list[timedelta], start: datetime) -> None:
    taken = Counter[int]()
    last, now = start, start
    for gap in gaps:
        now = last + gap
        taken.update(due_slots(last, now))
        last = now
    days = (now - start) / timedelta(days=1)
    assert all(count <= days + 1 for count in taken.values())
    if all(gap <= timedelta(days=1) for gap in gaps) and days >= 1:
        assert set(taken) == set(range(SLOTS))


def test_the_first_round_takes_the_present_slot_and_a_second_one_in_it_takes_none() -> None:
    assert due_slots(None, NOON) == [SLOTS // 2]
    assert due_slots(NOON, NOON + timedelta(minutes=5)) == []
    assert due_slots(NOON - timedelta(minutes=40), NOON) == [SLOTS // 2 - 2, SLOTS // 2 - 1, SLOTS // 2]
    assert len(due_slots(NOON - timedelta(days=30), NOON)) == SLOTS


def test_slots_are_about_equally_full() -> None:
    random = Random(1)
    server_ids = [f"s-{random.getrandbits(68):017x}" for _ in range(4_000)]
    assert max(Counter(map(slot_of, server_ids)).values()) <= 3 * len(server_ids) / SLOTS


def test_a_failed_check_is_repeated_after_an_hour_and_then_only_once_a_day() -> None:
    failed = after_failure(RECORD, "denied", NOON)
    assert failed.check_slot == (SLOTS // 2 + 4) % SLOTS
    assert (failed.check_error, failed.drift, failed.checked_at) == ("denied", (), None)
    again = after_failure(failed, "denied", NOON + timedelta(hours=1))
    assert again.check_slot == slot_of("s-1")
    assert says_the_same(after_failure(again, "denied", NOON + timedelta(days=1)), again)
    recovered = after_look(again, (), NOON + timedelta(days=1))
    assert (recovered.check_error, recovered.check_slot) == ("", slot_of("s-1"))
    assert not says_the_same(recovered, again)


def test_a_failed_check_keeps_the_drift_that_is_known() -> None:
    drifted = after_look(RECORD, DRIFT, NOON)
    assert after_failure(drifted, "x" * 10_000, NOON + SLOT).drift == DRIFT
    assert len(after_failure(drifted, "x" * 10_000, NOON + SLOT).check_error) <= 500


def test_only_what_is_new_is_to_be_written() -> None:
    assert says_the_same(after_look(RECORD, (), NOON), RECORD)
    drifted = after_look(RECORD, DRIFT, NOON)
    assert not says_the_same(drifted, RECORD)
    assert says_the_same(after_look(drifted, DRIFT, NOON + timedelta(days=1)), drifted)
    other = msgspec.structs.replace(DRIFT[0], found="maybe")
    assert not says_the_same(after_look(drifted, (other,), NOON), drifted)


def test_a_missing_template_is_one_difference_beside_those_of_drs() -> None:
    wanted = LaunchSettings(copy_tags=False, monitoring=True, instance_type="m5.large")
    held = HeldSettings(LaunchSettings(copy_tags=True), "lt-1", has_template=False)
    assert drift_of(wanted, held) == (*DRIFT, Difference("launchTemplate", "lt-1", ""))
