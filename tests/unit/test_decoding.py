"""Decoding requests: all problems at once, unknown fields by name, and values from text."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.calls.decoding import decode, read_texts, require_object
from chalicelib.domain.errors import MOST_PROBLEMS, InvalidRequest
from chalicelib.domain.plans.plans import OnFailure, WaveContent
from chalicelib.operations.declaration import PageRequest
from chalicelib.operations.estate import CreateProtectionGroup
from chalicelib.operations.plans import CreateRecoveryPlan
from chalicelib.operations.runs import ListExecutions
from chalicelib.operations.table import OPERATIONS
from tests import hostile

waves = st.builds(
    WaveContent,
    number=st.integers(),
    name=st.text(),
    group_ids=st.lists(st.text(min_size=1, max_size=128), max_size=5).map(tuple),
    depends_on=st.none() | st.lists(st.integers()).map(tuple),
    delay_seconds=st.integers(),
    on_failure=st.sampled_from(OnFailure),
    min_success_percent=st.none() | st.integers(),
    timeout_minutes=st.integers(),
)
plans = st.builds(
    CreateRecoveryPlan,
    name=st.text(),
    waves=st.lists(waves, max_size=4).map(tuple),
    description=st.text(max_size=1_000),
    rto_minutes=st.none() | st.integers(),
    idempotency_key=st.text(),
)
json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)
FIELDS = sorted(field.encode_name for field in msgspec.structs.fields(CreateRecoveryPlan))


def fields(kind: type[Any], raw: Any) -> set[str]:
    with pytest.raises(InvalidRequest) as refused:
        decode(kind, raw)
    return {problem.field for problem in refused.value.problems}


@given(plans)
def test_what_was_written_is_read_back(plan: CreateRecoveryPlan) -> None:
    assert decode(CreateRecoveryPlan, msgspec.json.decode(msgspec.json.encode(plan))) == plan


@given(st.dictionaries(st.sampled_from([*FIELDS, "colour"]), json_values))
def test_anything_is_either_read_or_refused_with_its_fields(raw: dict[str, Any]) -> None:
    named = {"nothing"}
    try:
        decode(CreateRecoveryPlan, raw)
    except InvalidRequest as refused:
        named = {re.split(r"[.\[]", problem.field)[0] for problem in refused.problems}
    assert named
    assert named <= {*FIELDS, "colour", "nothing"}


def test_every_problem_is_reported_with_its_place() -> None:
    raw = {
        "name": 5,
        "colour": "red",
        "waves": [
            {"number": "one", "name": "a"},
            "wave",
            {"number": 1, "name": "b", "protectionGroupIds": [1], "x": 1},
        ],
    }
    assert fields(CreateRecoveryPlan, raw) == {
        "name",
        "colour",
        "waves[0].number",
        "waves[0].protectionGroupIds",
        "waves[1]",
        "waves[2].protectionGroupIds[0]",
        "waves[2].x",
    }


def test_the_error_for_an_unknown_field_lists_the_known_ones() -> None:
    with pytest.raises(InvalidRequest, match="cursor, limit"):
        decode(PageRequest, {"page": 2})


def test_text_is_read_as_the_type_of_its_field() -> None:
    raw = {"limit": "5", "planId": "7", "startedAfter": "2026-01-01T00:00:00Z", "mode": "DRILL", "status": "many"}
    assert read_texts(ListExecutions, raw, set(raw)) == {**raw, "limit": 5}
    del raw["status"]
    decoded = decode(ListExecutions, read_texts(ListExecutions, raw, set(raw)))
    assert (decoded.limit, decoded.plan_id) == (5, "7")
    assert decoded.started_after == datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("raw", [{"limit": "5"}, {"limit": True}, {"limit": 5.5}, {"limit": None}])
def test_bodies_are_read_strictly(raw: dict[str, Any]) -> None:
    assert fields(PageRequest, raw) == {"limit"}


def maps_in(kind: Any, raw: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any], Any]]:
    """Every map in a request, at any depth: its place, itself and the type of its values."""
    kind = get_args(kind)[0] if get_origin(kind) in {Annotated, Union, UnionType} and raw is not None else kind
    if get_origin(kind) is Annotated:
        yield from maps_in(kind, raw, path)
    elif get_origin(kind) is dict:
        yield path, raw, get_args(kind)[1]
    elif get_origin(kind) is tuple:
        for index, item in enumerate(raw):
            choices = get_args(get_args(kind)[0])
            tagged = [choice for choice in choices if getattr(choice, "__struct_fields__", None)]
            chosen = next((c for c in tagged if c.__struct_config__.tag == item["type"]), get_args(kind)[0])
            yield from maps_in(chosen, item, f"{path}[{index}]")
    elif isinstance(kind, type) and issubclass(kind, msgspec.Struct) and isinstance(raw, dict):
        for field in msgspec.structs.fields(kind):
            if field.encode_name in raw:
                yield from maps_in(field.type, raw[field.encode_name], f"{path}.{field.encode_name}".lstrip("."))


MAPS = {
    (name, place) for name, body in hostile.bodies().items() for place, _, _ in maps_in(OPERATIONS[name].request, body)
}


def test_every_kind_of_map_is_among_the_maps_of_the_operations() -> None:
    assert {place.rpartition(".")[2] for _, place in MAPS} == {
        *("externalIds", "tags", "impactLevels", "recoveryPoints", "parameters", "payload")
    }


@pytest.mark.parametrize(("name", "place"), sorted(MAPS))
@pytest.mark.parametrize("key", ["Name", "a key", "kubernetes.io/role"])
def test_a_problem_in_a_map_names_its_key(name: str, place: str, key: str) -> None:
    body = hostile.bodies()[name]
    of_map, kind = next((raw, kind) for path, raw, kind in maps_in(OPERATIONS[name].request, body) if path == place)
    of_map["fine"] = next(iter(of_map.values()))
    if kind is not Any:
        of_map[key] = {"not": ["this"]}
        assert fields(OPERATIONS[name].request, body) == {f"{place}.{key}"}


@pytest.mark.parametrize(("name", "place"), sorted(pair for pair in MAPS if not pair[1].endswith("payload")))
def test_a_key_that_is_not_allowed_is_named(name: str, place: str) -> None:
    body = hostile.bodies()[name]
    of_map = next(raw for path, raw, _ in maps_in(OPERATIONS[name].request, body) if path == place)
    of_map["k" * 257] = next(iter(of_map.values()))
    with pytest.raises(InvalidRequest) as refused:
        decode(OPERATIONS[name].request, body)
    (problem,) = refused.value.problems
    assert problem.field.startswith(f"{place}.kkk")
    assert "the key is not allowed" in problem.message


def test_every_entry_of_a_map_is_checked_and_lists_in_maps_are_too() -> None:
    step = {"type": "SSM_AUTOMATION", "name": "a", "document": "d", "parameters": {"A": ["x", 5], "B": "x", "C": []}}
    wave = {"number": 1, "name": "x", "protectionGroupIds": ["pg-1"], "validations": [step]}
    assert fields(CreateRecoveryPlan, {"name": "x", "waves": [wave]}) == {
        "waves[0].validations[0].parameters.A[1]",
        "waves[0].validations[0].parameters.B",
    }


def test_a_map_with_too_many_entries_is_refused_as_a_whole() -> None:
    raw = {"name": "x", "accountId": "1", "region": "r", "tags": {f"key{number}": "v" for number in range(51)}}
    assert fields(CreateProtectionGroup, raw) == {"tags"}


def test_problems_of_an_optional_object_are_reported_together() -> None:
    content = {"name": "x", "waves": [], "schedule": {"cron": 5, "timeZone": 5, "blackouts": [{"start": 5}, {"x": 1}]}}
    assert fields(CreateRecoveryPlan, content) == {
        *("schedule.cron", "schedule.timeZone", "schedule.blackouts[0].start", "schedule.blackouts[1].x")
    }


@pytest.mark.parametrize("value", [[], "x", 5, True])
def test_only_objects_are_bodies(value: Any) -> None:
    with pytest.raises(InvalidRequest, match="body: must be a JSON object"):
        require_object(value, "body")


# --- what msgspec does not refuse by itself, and limits ---


@pytest.mark.parametrize(
    "moment", ["0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "1969-12-31T23:59:59Z", "9999-01-01T00:00:00Z"]
)
def test_times_that_leave_the_calendar_in_another_zone_are_refused(moment: str) -> None:
    assert fields(ListExecutions, {"startedAfter": moment}) == {"startedAfter"}
    schedule = {"cron": "0 0 * * *", "blackouts": [{"start": moment, "end": moment}]}
    content = {"name": "x", "waves": [], "schedule": schedule}
    assert fields(CreateRecoveryPlan, content) == {f"schedule.blackouts[0].{name}" for name in ("start", "end")}


@pytest.mark.parametrize("text", ["253402300800", "1e308", "-99999999999999", "\ud800", "1" * 5_000])
def test_text_that_is_not_a_time_is_refused(text: str) -> None:
    raw = read_texts(ListExecutions, {"startedAfter": text}, ["startedAfter"])
    assert fields(ListExecutions, raw) == {"startedAfter"}


def test_filters_refuse_times_without_a_zone() -> None:
    assert fields(ListExecutions, {"startedBefore": "2026-01-01T00:00:00"}) == {"startedBefore"}


@pytest.mark.parametrize("kind", [{}, [], None, 5, "FLY"])
def test_a_step_of_no_known_type_is_refused(kind: Any) -> None:
    wave = {"number": 1, "name": "x", "protectionGroupIds": ["pg-1"], "validations": [{"type": kind}]}
    content = {"name": "x", "waves": [wave]}
    assert fields(CreateRecoveryPlan, content) == {"waves[0].validations[0].type"}


@pytest.mark.parametrize("text", ["0", "101", "-1"])
def test_a_number_outside_its_limits_is_not_reported_as_text(text: str) -> None:
    with pytest.raises(InvalidRequest, match=r"`int` [<>]= ") as refused:
        decode(PageRequest, read_texts(PageRequest, {"limit": text}, ["limit"]))
    assert [problem.field for problem in refused.value.problems] == ["limit"]


def test_lists_and_texts_have_limits() -> None:
    wave = {"number": 1, "name": "x", "protectionGroupIds": ["pg-1"]}
    content = {"name": "x", "waves": [wave] * 201, "description": "d" * 1_001, "owner": "o" * 257}
    assert fields(CreateRecoveryPlan, content) == {"waves", "description", "owner"}
    wave |= {"protectionGroupIds": ["g" * 129], "validations": [{"type": "EC2_STATUS", "name": "x"}] * 51}
    found = fields(CreateRecoveryPlan, {"name": "x", "waves": [wave]})
    assert found == {"waves[0].protectionGroupIds[0]", "waves[0].validations"}


def test_an_answer_lists_at_most_fifty_problems_and_quotes_little() -> None:
    raw = {f"{number}{'x' * 1_000}": 1 for number in range(500)}
    with pytest.raises(InvalidRequest) as refused:
        decode(PageRequest, raw)
    assert len(refused.value.problems) == MOST_PROBLEMS
    assert len(refused.value.message) < 100_000
