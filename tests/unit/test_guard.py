"""The guard: unsafe values are refused with their place, and all others pass unchanged."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.calls.guard import MAX_BYTES, MAX_LEVELS, require_sound, require_sound_event
from chalicelib.domain.errors import InvalidRequest, TooLarge

sound_text = st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from("\t\r\n"))
sound = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63) + 1, 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | sound_text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(sound_text, inner, max_size=3),
)
UNSOUND: list[Any] = ["\ud800", "a\udfffb", "\x00", "\x1b[2J", "\x9b", float("nan"), float("inf"), 2**63, -(10**400)]


def nested(levels: int, inner: Any = None) -> Any:
    for _ in range(levels):
        inner = [inner]
    return inner


def refused(value: Any) -> dict[str, str]:
    with pytest.raises(InvalidRequest) as caught:
        require_sound(value)
    return {problem.field: problem.message for problem in caught.value.problems}


@given(sound)
def test_what_json_and_dynamodb_can_hold_passes(value: Any) -> None:
    require_sound(value)


@given(sound, st.sampled_from(UNSOUND))
def test_one_bad_value_is_found_anywhere(value: Any, bad: Any) -> None:
    assert "body.around[1].name" in refused({"body": {"around": [value, {"name": bad}]}})


@pytest.mark.parametrize("key", ["\ud800", "\x00", "a\x7f"])
def test_keys_are_text_as_well_and_can_be_shown(key: str) -> None:
    (place,) = refused({"tags": {key: "x"}})
    assert place.startswith("tags.")
    json.dumps(place).encode()
    place.encode()


@pytest.mark.parametrize("levels", [MAX_LEVELS + 1, 100_000])
def test_a_value_that_is_too_deep_is_refused_at_any_depth(levels: int) -> None:
    require_sound(nested(MAX_LEVELS))
    assert refused(nested(levels)) == {
        "body": "has objects and lists nested more than 32 levels deep; send a flatter one"
    }


def test_a_body_of_one_megabyte_passes_in_its_envelope_and_no_larger_one() -> None:
    body = {"a": "ä" * (MAX_BYTES // 2 - 4)}
    require_sound(body)
    require_sound_event({"operation": "x", "body": body, "principal": {"name": "me"}})
    with pytest.raises(TooLarge) as caught:
        require_sound({"a": "ä" * (MAX_BYTES // 2)})
    assert caught.value.details["maxBytes"] == MAX_BYTES


def test_the_work_grows_only_with_the_value() -> None:
    """Paths are built only for problems, so long keys above many values are not copied for each value."""
    value: Any = dict.fromkeys((str(number) for number in range(20_000)), 1)
    for _ in range(MAX_LEVELS - 1):
        value = {"k" * 20_000: value}
    require_sound_event(value)
