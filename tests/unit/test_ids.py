"""Ids: sorted by time, unique, and containing the time when they were made."""

from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.ids import first_entry_id, made_at, new_entry_id, new_id


def test_ids_have_their_prefix_and_never_repeat() -> None:
    made = [new_id("exec") for _ in range(1_000)]
    assert len(set(made)) == len(made)
    assert all(identifier.startswith("exec-") and len(identifier) == 31 for identifier in made)


def test_an_id_contains_the_time_when_it_was_made() -> None:
    before = datetime.now(UTC) - timedelta(milliseconds=1)
    assert before <= made_at(new_id("exec")) <= datetime.now(UTC)


def test_a_known_id_is_read_as_its_time() -> None:
    assert made_at("01ARYZ6S41TSV4RRFFQ69G5FAV") == datetime.fromtimestamp(1_469_918_176.385, UTC)


def test_ids_sort_in_the_order_in_which_they_were_made_even_within_a_millisecond() -> None:
    made = [new_entry_id() for _ in range(1_000)]
    assert made == sorted(made)


@pytest.mark.parametrize("text", ["", "exec-", "exec-1", "exec-01ARYZ6S41TSV4RRFFQ69G5FA!"[:30]])
def test_other_text_is_not_an_id(text: str) -> None:
    with pytest.raises(ValueError, match="not an id"):
        made_at(text)


def test_ids_are_selected_by_the_time_at_which_they_were_made() -> None:
    now = datetime.now(UTC) + timedelta(hours=1)
    made = new_entry_id(now)
    assert first_entry_id(now) <= made < first_entry_id(now + timedelta(milliseconds=1))
    assert first_entry_id(datetime(1969, 12, 31, tzinfo=UTC)) == "0" * 26
