"""Ids: sorted by time and different from each other."""

from chalicelib.ids import new_entry_id, new_id


def test_ids_have_their_prefix_and_never_repeat() -> None:
    made = [new_id("exec") for _ in range(1_000)]
    assert len(set(made)) == len(made)
    assert all(identifier.startswith("exec-") and len(identifier) == 31 for identifier in made)


def test_text_order_is_the_order_of_making_even_within_a_millisecond() -> None:
    made = [new_entry_id() for _ in range(1_000)]
    assert made == sorted(made)
