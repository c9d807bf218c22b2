"""Idempotency keys: only the same operation, caller, content and key are the same request."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.access.context import CallContext, Hub
from chalicelib.domain.access.idempotency import KEY_LIFE, KeyUse, RequestKey, earlier_record, key_problems, request_key
from chalicelib.domain.access.permissions import InvocationMode, Principal, PrincipalType
from chalicelib.domain.errors import StateConflict
from chalicelib.domain.runs.records import Mode
from chalicelib.operations.runs import StartExecution
from tests.unit.domain.records import NOON


def a_call(mode: InvocationMode, kind: PrincipalType, name: str) -> CallContext:
    return CallContext("request", Principal(kind, name), mode, lambda: NOON, NOON, Hub("aws", "1" * 12, "us-east-1"))


ADA = a_call(InvocationMode.DIRECT_LAMBDA, PrincipalType.IAM, "ada")
# Few values each, so that two requests often agree in most of them.
few = st.sampled_from(["a", "b", "a#b", "#"])
calls = st.builds(
    a_call,
    st.sampled_from([InvocationMode.API_GATEWAY, InvocationMode.DIRECT_LAMBDA]),
    st.sampled_from([PrincipalType.USER, PrincipalType.IAM]),
    few,
)
starts = st.builds(
    StartExecution,
    plan_id=few,
    mode=st.sampled_from(Mode),
    reason=few,
    point_in_time=st.sampled_from(["LATEST", "2026-03-01T12:00:00Z"]),
    recovery_points=st.dictionaries(few, few, max_size=2),
    accept_degraded=st.booleans(),
)
requests = st.tuples(few, few, starts, calls)


class Keys:
    """What the store does: one use for each key."""

    def __init__(self) -> None:
        self._used: dict[tuple[str, str], KeyUse] = {}

    def carry_out(self, key: RequestKey, record_id: str) -> str:
        """The record of the request. Raises StateConflict if another request used the key."""
        earlier = earlier_record(key, self._used.get((key.scope, key.name)), NOON)
        if earlier:
            return earlier
        self._used[key.scope, key.name] = KeyUse(record_id, key.fingerprint, NOON + KEY_LIFE)
        return record_id


def _key(operation: str, key: str, content: Any, call: CallContext) -> RequestKey:
    made = request_key(operation, key, content, call)
    assert made
    return made


def _identity(call: CallContext) -> tuple[object, ...]:
    return call.mode, call.principal.type, call.principal.name


@given(requests, requests)
def test_the_same_request_returns_the_same_record_and_no_other_request_does(
    first: tuple[str, str, StartExecution, CallContext], second: tuple[str, str, StartExecution, CallContext]
) -> None:
    keys = Keys()
    assert keys.carry_out(_key(*first), "first") == "first"
    same_key = first[:2] == second[:2] and _identity(first[3]) == _identity(second[3])
    if same_key and first[2] != second[2]:
        with pytest.raises(StateConflict) as refused:
            keys.carry_out(_key(*second), "second")
        assert "first" in refused.value.message
        assert refused.value.details == {"recordId": "first"}
    else:
        assert keys.carry_out(_key(*second), "second") == ("first" if same_key else "second")


@given(few, few, st.permutations(["a", "b", "c"]))
def test_the_order_of_keys_in_an_object_does_not_matter(operation: str, key: str, names: list[str]) -> None:
    one, other = ({"points": dict.fromkeys(order, 1)} for order in (["a", "b", "c"], names))
    assert _key(operation, key, one, ADA) == _key(operation, key, other, ADA)


@given(st.timedeltas(min_value=timedelta(0), max_value=2 * KEY_LIFE))
def test_a_key_is_free_again_after_seven_days(age: timedelta) -> None:
    """Whether or not DynamoDB has already removed the item."""
    key, other = (_key("start_execution", "k", content, ADA) for content in ("one", "other"))
    use = KeyUse("first", key.fingerprint, NOON + KEY_LIFE)
    assert earlier_record(key, use, NOON + age) == ("first" if age < KEY_LIFE else None)
    if age >= KEY_LIFE:
        assert earlier_record(other, use, NOON + age) is None


def test_a_request_without_a_key_is_never_a_repetition() -> None:
    assert request_key("start_execution", "", "content", ADA) is None


@pytest.mark.parametrize(
    ("key", "fits"),
    [
        ("", True),
        ("k", True),
        (" ~", True),
        ("k" * 128, True),
        ("k" * 129, False),
        ("ä", False),
        ("\n", False),
        ("\x7f", False),
        ("\x00", False),
        ("\ud800", False),
    ],
)
def test_a_key_has_at_most_128_printable_ascii_characters(key: str, fits: bool) -> None:
    assert [problem.field for problem in key_problems(key, "Idempotency-Key")] == ([] if fits else ["Idempotency-Key"])


@given(st.text(max_size=3_000), st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=128))
def test_every_caller_and_key_fit_the_key_of_a_table(name: str, key: str) -> None:
    """DynamoDB takes 1,024 bytes; a declared name may be longer."""
    made = _key("start_execution", key or "k", "content", a_call(InvocationMode.DIRECT_LAMBDA, PrincipalType.IAM, name))
    assert len(made.name.encode()) <= 200
