"""Which names are equal, and which are allowed."""

import pytest

from chalicelib.domain.text import name_key, name_problems


@pytest.mark.parametrize("other", ["Web", " web ", "WEB"])
def test_case_and_outer_spaces_do_not_distinguish_names(other: str) -> None:
    assert name_key(other) == name_key("web")


@pytest.mark.parametrize(
    ("name", "fits"),
    [("x", True), ("x" * 64, True), (" x ", True), ("", False), ("  ", False), ("x" * 65, False)],
)
def test_names_have_one_to_64_characters(name: str, fits: bool) -> None:
    assert (name_problems(name) == []) is fits
