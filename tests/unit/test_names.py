"""Which names are equal, and which are allowed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.text import first_of, name_key, name_problems, plain_name

CYRILLIC_O = "\u043e"


@pytest.mark.parametrize("other", ["Web", " web ", "WEB"])
def test_case_and_outer_spaces_do_not_distinguish_names(other: str) -> None:
    assert name_key(other) == name_key("web")


@pytest.mark.parametrize(
    ("name", "fits"),
    [
        ("x", True),
        ("x" * 64, True),
        (" x ", True),
        ("", False),
        ("  ", False),
        ("x" * 65, False),
        ("\ufdfa" * 4, False),
    ],
)
def test_names_have_one_to_64_characters(name: str, fits: bool) -> None:
    assert (name_problems(name) == []) is fits


@pytest.mark.parametrize(
    "spelled", [" Shop  web ", "Shop\u00a0web", "Shop\tweb", "\uff33hop web", "Shop\u2003web", "Shop we\uff42"]
)
def test_spellings_that_look_the_same_are_stored_as_one_name(spelled: str) -> None:
    assert plain_name(spelled) == "Shop web"
    assert name_problems(spelled) == []


def test_an_accent_is_one_character_however_it_was_typed() -> None:
    assert plain_name("Cafe\u0301") == "Caf\u00e9"


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("Shop\u200b", "the format character U+200B, which cannot be seen; remove it"),
        ("Shop\u202ebew", "the format character U+202E"),
        ("Shop\u00ad", "the format character U+00AD"),
        ("Shop\ue000", "the private-use character U+E000"),
        ("Shop\x07", "the control character U+0007"),
        (f"Sh{CYRILLIC_O}p", "mixes Cyrillic and Latin letters in the word"),
        ("\u0391pp", "mixes Greek and Latin letters"),
    ],
)
def test_names_that_can_be_mistaken_for_others_are_refused(name: str, problem: str) -> None:
    [found] = name_problems(name)
    assert problem in found.message


@pytest.mark.parametrize(
    "name",
    [
        "Shop databases, East (2/3) – ä",
        "Магазин",
        "Shop-магазин",
        "SAP 生産",
        "Tシャツ",
        "サーバー",
        "مخدم",
        "Ω 5",
        "A·B",
        "🚀 launch",
    ],
)
def test_names_of_every_script_are_allowed(name: str) -> None:
    assert name_problems(name) == []


@given(st.text())
def test_a_stored_name_is_stored_as_it_is(name: str) -> None:
    assert plain_name(plain_name(name)) == plain_name(name)


@pytest.mark.parametrize(
    ("count", "end"), [(2, "b"), (3, "c"), (4, "c and 1 more server"), (6, "c and 3 more servers")]
)
def test_a_long_list_is_named_by_its_first_entries(count: int, end: str) -> None:
    named = first_of("abcdef"[:count], "server", most=3)
    assert named.startswith("a, b")
    assert named.endswith(end)
