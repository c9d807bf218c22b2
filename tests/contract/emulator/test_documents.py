"""YAML and JSON files: nothing is converted silently, given twice or without bounds, and errors name field and line."""

import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drs_emulator import Emulator
from drs_emulator.documents import MAX_DEPTH, MAX_VALUES, Document, parse_document, read_document
from drs_emulator.errors import DocumentError, ScenarioError

FILE = Path("file.yaml")

plain = st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufeff\ufffe\uffff\u2028\u2029")
texts = st.text(plain)
keys = st.text(plain, max_size=50)
"""YAML allows a key 1,024 characters, escapes included."""

json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=20,
)


def read(text: str) -> Document:
    return parse_document(text, FILE)


def refusal(text: str) -> str:
    with pytest.raises(DocumentError) as refused:
        read(text)
    return str(refused.value)


@given(st.dictionaries(keys, json_values, max_size=4), st.sampled_from([None, 1, 4]), st.booleans())
def test_json_is_read_as_json(content: dict[str, Any], indent: int | None, ascii_only: bool) -> None:
    assert read(json.dumps(content, indent=indent, ensure_ascii=ascii_only)) == content


@pytest.mark.parametrize(
    ("written", "value"),
    [
        *[(text, text) for text in ("no", "NO", "yes", "on", "Off", "y", "N", "1:30", "22:00", "190:20:30", "1_000")],
        *[
            (text, text)
            for text in ("2026-01-01", "2026-01-01T00:00:00Z", ".inf", ".nan", "=", "<<", "1.2.3", "10.0.0.0/16")
        ],
        *[(text, None) for text in ("", "~", "null")],
        *[
            ("true", True),
            ("False", False),
            ("0", 0),
            ("-5", -5),
            ("+5", 5),
            ("0.5", 0.5),
            ("1e3", 1000.0),
            (".5", 0.5),
        ],
        *[("'010'", "010"), ('"no"', "no"), ("!!str 010", "010"), ('"\\ud83d\\ude00"', "\U0001f600")],
    ],
)
def test_a_plain_value_is_what_it_looks_like(written: str, value: Any) -> None:
    found = read(f"a: {written}")["a"]
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize("number", ["010", "-010", "00", "012345678901", "0x1F", "0o17", "0b11", "01.5", "0_1"])
def test_a_number_that_is_read_differently_elsewhere_is_refused_with_its_key(number: str) -> None:
    message = refusal(f"a:\n  - b: {number}\n")
    assert message.startswith("file.yaml: a[0].b (line 2): ")
    assert f"'{number}' in quotes" in message


@pytest.mark.parametrize(
    ("text", "place", "reason"),
    [
        ("a: 1\nb: 2\na: 3", "a (line 3)", "given twice, first in line 1"),
        ("a:\n  - b: 1\n    'b': 2", "a[0].b (line 3)", "given twice, first in line 2"),
        ('{"a": {"x": 1,\n"x": 1}}', "a.x (line 2)", "given twice, first in line 1"),
        ("no: 1\n'no': 2", "no (line 2)", "given twice"),
        ("? [a]\n: 1", "file (line 1)", "key that is not text"),
        ("a: !!python/object:os.system x", "a (line 1)", "tags are not supported"),
        ("a: !!binary aGk=", "a (line 1)", "tags are not supported"),
        ("a: !thing {b: 1}", "a (line 1)", "tags are not supported"),
        ("a: *b", "a (line 1)", "not complete above it"),
        ("a: &b [*b]", "a[0] (line 1)", "not complete above it"),
        ("a: 1\n---\nb: 2", "file (line 2)", "second document"),
        ("a: 1e999", "a (line 1)", "too large"),
        ('a: "\\ud800"', "a (line 1)", "half a character"),
        ("a: [", "file (line 1)", "neither YAML nor JSON"),
        ("a: \x00", "file", "neither YAML nor JSON"),
        ("a: 1\n\tb: 2", "file (line 2)", "neither YAML nor JSON"),
        ("- a list", "file", "must be a mapping"),
        ("", "file", "must be a mapping"),
    ],
)
def test_what_cannot_be_used_is_refused_with_field_and_line(text: str, place: str, reason: str) -> None:
    message = refusal(text)
    assert message.startswith(f"file.yaml: {place}: ")
    assert reason in message


def test_aliases_are_bounded_by_what_they_expand_to() -> None:
    shared = read("a: &x {b: [1, 2]}\nc: [*x, *x]")
    assert shared["c"] == [{"b": [1, 2]}, {"b": [1, 2]}]
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
    message = refusal("\n".join(lines))
    assert f"{MAX_VALUES:,} values" in message
    assert "aliases included" in message


@pytest.mark.parametrize("levels", [MAX_DEPTH + 1, 100_000])
def test_depth_is_bounded(levels: int) -> None:
    assert f"more than {MAX_DEPTH} levels" in refusal("a: " + "[" * levels)
    assert f"more than {MAX_DEPTH} levels" in refusal('{"a":' * levels)
    read("a: " + "[" * (MAX_DEPTH - 1) + "]" * (MAX_DEPTH - 1))


def test_a_field_has_the_line_of_the_nearest_field_around_it() -> None:
    document = read("faults:\n  - kind: X\n    match:\n      account: '1'\n  - kind: Y\n")
    assert document.line_of("faults[0].match.account") == 4
    assert document.line_of("faults[0].match.region") == 3
    assert document.line_of("faults[1].parameters.a[0]") == 5
    assert document.line_of("speed") is None


def test_a_json_file_may_be_indented_with_tabs(tmp_path: Path) -> None:
    file = tmp_path / "world.json"
    file.write_text(json.dumps({"accounts": [{"id": "1"}]}, indent="\t"), encoding="utf-8")
    assert read_document(file) == {"accounts": [{"id": "1"}]}


def test_files_that_cannot_be_read_are_refused(tmp_path: Path) -> None:
    binary = tmp_path / "binary.yaml"
    binary.write_bytes(b"\xff\xfe\x00")
    for file, reason in ((binary, "not UTF-8"), (tmp_path / "none.yaml", "No such file"), (tmp_path, "directory")):
        with pytest.raises(DocumentError, match=reason):
            read_document(file)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("faults:\n  - kind: THROTTLE\n  - kind: EXPLODE\n", "scenario.faults[1].kind (line 3)"),
        (
            "faults:\n  - kind: THROTTLE\n    match: {serverIds: [5]}\n",
            "scenario.faults[0].match.serverIds[0] (line 3)",
        ),
        (
            "faults:\n  - kind: DROPPED_CONNECTION\n    parameters:\n      beforeAction: no\n",
            "scenario.faults[0].parameters.beforeAction (line 4)",
        ),
        ("name: x\nspeed: fast\n", "scenario.speed (line 2)"),
        ("name: x\nspede: 5\n", "scenario.spede (line 2)"),
    ],
)
def test_an_error_in_a_scenario_of_a_file_names_field_and_line(text: str, place: str) -> None:
    with pytest.raises(ScenarioError) as refused:
        Emulator().load_scenario(read(text))
    assert str(refused.value).startswith(f"file.yaml: {place}: ")


@pytest.mark.parametrize(
    ("server", "field"),
    [
        ("{hostname: a, tags: {Tier: 1}}", "tags.Tier"),
        ("{hostname: a, disksGiB: [10, big]}", "disksGiB[1]"),
        ("{hostname: a, usesDefaultKey: no}", "usesDefaultKey"),
        ("{hostname: 5}", "hostname"),
    ],
)
def test_an_error_in_a_world_of_a_file_names_field_and_line(server: str, field: str) -> None:
    text = f"accounts:\n  - id: '1'\n    regions:\n      - name: r\n        servers:\n          - {server}\n"
    with pytest.raises(ScenarioError) as refused:
        Emulator().load_world(read(text))
    assert str(refused.value).startswith(f"file.yaml: world.accounts[0].regions[0].servers[0].{field} (line 6): ")


def test_a_word_for_a_boolean_never_turns_a_region_on() -> None:
    with pytest.raises(ScenarioError, match="write true or false"):
        Emulator().load_world(read("accounts: [{id: '1', regions: [{name: r, initialized: no}]}]"))


def test_numbers_keep_their_precision() -> None:
    assert read(f"a: {2**63}")["a"] == 2**63
    assert math.isclose(read("a: -1.5e-3")["a"], -0.0015)
