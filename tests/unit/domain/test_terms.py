"""The terms of the search: which parts of a name lead to it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.estate.fleet import name_start
from chalicelib.domain.estate.terms import NOWHERE, SearchTerm, TermKind, later_words, terms_of_names


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("web", []),
        ("prod-web-01", ["web-01", "01"]),
        ("db_main.corp.example", ["main.corp.example", "corp.example", "example"]),
        ("Shop  DR - east", ["DR - east", "east"]),
        ("-web-", []),
        ("", []),
    ],
)
def test_a_name_is_found_from_each_of_its_words_on(name: str, words: list[str]) -> None:
    assert later_words(name) == words


@given(st.text(alphabet="ab-_. ", max_size=40))
def test_a_later_word_is_the_end_of_a_name_and_begins_no_earlier_than_a_word(name: str) -> None:
    found = later_words(name)
    assert len(found) <= 8
    for text in found:
        assert name.endswith(text)
        assert text[0] not in "-_. "
        assert name[-len(text) - 1] in "-_. "


def test_the_terms_of_names_are_folded_and_leave_out_the_whole_name() -> None:
    terms = terms_of_names(TermKind.PLAN, {"plan-1": "Shop \u00c4rger", "plan-2": "Shop"})
    assert terms == {SearchTerm(NOWHERE, TermKind.PLAN, name_start("\u00e4rger"), "plan-1")}
