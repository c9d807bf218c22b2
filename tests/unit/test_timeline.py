"""The timeline: in the order of event ids, times never decrease."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib import ids
from chalicelib.domain.runs.events import EventKind
from chalicelib.execution.notices.events import error_text, new_event
from tests.unit.domain.records import EXECUTION_ID, NOON


@given(st.lists(st.floats(0, 29), min_size=2, max_size=30))
def test_a_line_is_never_listed_before_one_of_an_earlier_time(offsets: list[float]) -> None:
    """An event that is written later has a later id and no earlier time, even if it was decided earlier."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ids, "_made", ids._Made())
        made = [
            new_event(EXECUTION_ID, NOON + timedelta(seconds=offset), EventKind.JOB_STARTED, "DRS took it.")
            for offset in offsets
        ]
    assert [event.event_id for event in made] == sorted(event.event_id for event in made)
    assert [event.at for event in made] == sorted(event.at for event in made)
    first = NOON + timedelta(seconds=offsets[0])
    assert abs(made[0].at - first) < timedelta(milliseconds=2)


@pytest.mark.parametrize(
    ("caught", "text"),
    [
        ({"Error": "States.Timeout", "Cause": "Too late."}, "States.Timeout: Too late."),
        ({"Error": "KeyError", "Cause": '{"errorMessage": "s-1", "errorType": "KeyError"}'}, "KeyError: s-1"),
        ({"Error": "Lambda.Unknown", "Cause": "[1]"}, "Lambda.Unknown: [1]"),
        ({"Error": "Lambda.Unknown", "Cause": "{}"}, "Lambda.Unknown: {}"),
        ({}, "unknown: "),
    ],
)
def test_the_error_of_a_task_is_told_by_its_message(caught: dict[str, str], text: str) -> None:
    assert error_text(caught) == text
