"""When two persons agree: never one person, whatever the names, the order and the times are."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.access.permissions import Principal, PrincipalType
from chalicelib.domain.access.two_persons import (
    REQUEST_LIFE,
    Act,
    Consent,
    FirstPerson,
    consent_of_two,
    consent_to_wave,
    is_same_caller,
)
from chalicelib.domain.errors import NotPermitted
from tests.unit.domain.records import NOON, after

few = st.sampled_from(["a", "b", "c"])
principals = st.builds(
    Principal,
    type=st.sampled_from(PrincipalType),
    name=few,
    verified=st.booleans(),
    subject=st.sampled_from(["", "a", "b", "c"]),
)
requests = st.lists(st.tuples(principals, st.sampled_from([Act.APPROVE, Act.SKIP]), st.integers(0, 30)), max_size=8)


@given(st.sampled_from(["", "a", "b"]), requests)
def test_no_wave_is_decided_on_by_fewer_than_two_persons(
    initiator: str, asked: list[tuple[Principal, Act, int]]
) -> None:
    first: FirstPerson | None = None
    hours = 0
    agreed: dict[Act, dict[str, int]] = {}
    for principal, act, pause in asked:
        hours += pause
        now = NOON + timedelta(hours=hours)
        try:
            consent = consent_to_wave(initiator, first, act, principal, now)
        except NotPermitted:
            assert not principal.person or principal.person == initiator
            continue
        agreed.setdefault(act, {})[principal.person] = hours
        if consent is Consent.FIRST:
            first = FirstPerson(act, principal.name, principal.person, now)
        if consent is Consent.GRANTED:
            lately = {person for person, at in agreed[act].items() if hours - at < REQUEST_LIFE.total_seconds() / 3_600}
            assert len({initiator, *lately} - {""}) >= 2
            return


def a_request(subject: str, act: Act = Act.WEAKEN, fingerprint: str = "x", seconds: float = 0) -> FirstPerson:
    return FirstPerson(act, f"name of {subject}", subject, after(seconds), fingerprint)


@pytest.mark.parametrize(
    ("second", "consent"),
    [
        (a_request("b"), Consent.GRANTED),
        (a_request("a"), Consent.AGAIN),
        (a_request("b", fingerprint="y"), Consent.FIRST),
        (a_request("b", Act.TERMINATE), Consent.FIRST),
        (a_request("b", seconds=REQUEST_LIFE.total_seconds() - 1), Consent.GRANTED),
        (a_request("b", seconds=REQUEST_LIFE.total_seconds()), Consent.FIRST),
        (a_request("a", seconds=REQUEST_LIFE.total_seconds()), Consent.FIRST),
    ],
)
def test_the_second_request_is_the_same_by_another_person_in_time(second: FirstPerson, consent: Consent) -> None:
    assert consent_of_two(a_request("a"), second) is consent
    assert consent_of_two(None, second) is Consent.FIRST


def test_callers_are_compared_by_subject_and_only_unverified_ones_by_name() -> None:
    person = Principal(PrincipalType.USER, "ada", verified=True, subject="s-1")
    program = Principal(PrincipalType.IAM, "ada", subject="s-1")
    assert is_same_caller("s-1", "eva", person)
    assert not is_same_caller("s-2", "ada", person)
    assert not is_same_caller("", "ada", person)
    assert not is_same_caller("s-1", "ada", program)
    assert is_same_caller("", "ada", program)
