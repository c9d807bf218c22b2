"""Chains of evidence: what is legitimate, what breaks a chain, and that no change of an object goes unnoticed."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.access.evidence import (
    FIRST,
    Change,
    ChangeKind,
    Image,
    Link,
    Log,
    chain_of,
    change_problem,
    changes_by_chain,
    encode,
    hash_of,
    item_problem,
    number_of,
    object_key,
    read_link,
)
from chalicelib.domain.access.evidence_standing import tamperings
from chalicelib.management.access import sealing

CHAIN = "audit/2061-03-31"
NOW = datetime(2061, 4, 1, tzinfo=UTC)
STREAM = "arn:aws:dynamodb:us-east-2:111122223333:table/aws-drs-orchestration-{}-qa/stream/2026"


def entry(status: int = 200, **others: str) -> Image:
    expires = {"expires_at": {"N": "2900000000"}}
    return {**expires, "entry_id": {"S": "01A"}, "status_code": {"N": str(status)}} | {
        name: {"S": value} for name, value in others.items()
    }


def change(kind: ChangeKind, before: Image | None = None, after: Image | None = None, item: str = "01A") -> Change:
    return Change(item, kind, "1", "1", before, after)


def record(log: Log, kind: str, old: Image | None, new: Image | None, **others: Any) -> dict[str, Any]:
    partition, sort = log.keys
    reported: dict[str, Any] = {
        "Keys": {partition: {"S": "2061-03-31"}, sort: {"S": "01A"}},
        "SequenceNumber": "7",
        "ApproximateCreationDateTime": 1_700_000_000.0,
    }
    reported |= {"OldImage": old} if old else {}
    reported |= {"NewImage": new} if new else {}
    return {"eventName": kind, "eventSourceARN": STREAM.format(log.table), "dynamodb": reported, **others}


# --- what the platform does, and nothing else, is legitimate ---


@pytest.mark.parametrize(
    ("log", "kind", "before", "after", "problem"),
    [
        (Log.AUDIT, "INSERT", None, entry(0), ""),
        (Log.AUDIT, "INSERT", None, entry(200), ""),
        (Log.AUDIT, "MODIFY", entry(0), entry(200, error_code="", duration_ms="5"), ""),
        (Log.AUDIT, "MODIFY", entry(403), entry(200), "was changed after it had been written (status_code)"),
        (Log.AUDIT, "MODIFY", entry(0), entry(0, operation="x"), "was changed after it had been written (operation)"),
        (
            Log.AUDIT,
            "MODIFY",
            entry(0, principal="eve"),
            entry(200, principal="bob"),
            "was changed after it had been written (principal, status_code)",
        ),
        (Log.AUDIT, "MODIFY", entry(200), {**entry(200), "expires_at": {"N": "1"}}, "(expires_at)"),
        (Log.AUDIT, "REMOVE", entry(200), None, "was removed from the table"),
        (Log.TIMELINE, "INSERT", None, {"message": {"S": "x"}}, ""),
        (Log.TIMELINE, "MODIFY", {"message": {"S": "x"}}, {"message": {"S": "y"}}, "(message)"),
        (Log.TIMELINE, "REMOVE", {"message": {"S": "x"}}, None, ""),
    ],
)
def test_only_the_changes_of_the_platform_are_legitimate(
    log: Log, kind: str, before: Image | None, after: Image | None, problem: str
) -> None:
    found = change_problem(log, change(ChangeKind(kind), before, after))
    assert (problem in found) if problem else found == ""


def test_a_batch_is_sorted_into_chains_without_expiry_and_without_the_state_of_notices() -> None:
    event = {"message": {"S": "Wave 1 started"}}
    pending = {**event, "notice": {"S": "PENDING"}, "notice_due": {"S": "DUE"}, "notice_tries": {"N": "0"}}
    sent = {**event, "notice": {"S": "SENT"}}
    by_table = {"userIdentity": {"type": "Service", "principalId": "dynamodb.amazonaws.com"}}
    batch = [
        record(Log.AUDIT, "INSERT", None, entry(0)),
        record(Log.TIMELINE, "INSERT", None, pending),
        record(Log.TIMELINE, "MODIFY", pending, sent),
        record(Log.AUDIT, "MODIFY", entry(0), entry(200)),
        record(Log.AUDIT, "REMOVE", entry(200), None, **by_table),
        record(Log.AUDIT, "REMOVE", entry(200), None),
    ]
    chains = changes_by_chain(batch)
    assert {name: [each.kind for each in changes] for name, changes in chains.items()} == {
        "audit/2061-03-31": ["INSERT", "MODIFY", "REMOVE"],
        "timeline/2061-03-31": ["INSERT"],
    }
    assert chains["timeline/2061-03-31"][0].after == event


def test_a_partition_that_no_code_of_ours_writes_has_a_chain_of_its_own() -> None:
    """Else an item put by hand under a strange key would stop the stream, or end up among the objects of others."""
    odd = [chain_of(Log.AUDIT, name) for name in ("../timeline/x", "a/b", "x" * 2_000, "ü", "")]
    assert all(len(name) == len("audit/") + 64 for name in odd)
    assert len({*odd}) == len(odd)


def test_the_keys_of_objects_sort_like_their_numbers() -> None:
    keys = [object_key(CHAIN, number) for number in (1, 2, 10, 99_999_999)]
    assert keys == sorted(keys)
    assert [number_of(key) for key in keys] == [1, 2, 10, 99_999_999]
    assert number_of("audit/2061-03-31/readme.txt") == 0


# --- the table against the chain ---


@pytest.mark.parametrize(
    ("sealed", "found", "problem"),
    [
        (entry(200), entry(200), ""),
        (entry(0), entry(200), ""),
        (entry(0), entry(200, principal="eve"), "(principal, status_code)"),
        (entry(200), entry(403), "differs in the table from what was sealed (status_code)"),
        (entry(200), None, "is missing from the table"),
        ({**entry(200), "expires_at": {"N": "1"}}, None, ""),
    ],
)
def test_an_item_is_compared_with_what_was_sealed(sealed: Image, found: Image | None, problem: str) -> None:
    said = item_problem(Log.AUDIT, sealed, found, NOW)
    assert (problem in said) if problem else said == ""


# --- chains ---

CHANGES = st.builds(
    lambda item, status: change(ChangeKind.INSERT, None, entry(status), item), st.text(max_size=9), st.integers(0, 599)
)
CHAINS = st.lists(st.lists(CHANGES, min_size=1, max_size=3), min_size=2, max_size=5)


def objects_of(batches: list[list[Change]]) -> list[bytes]:
    objects: list[bytes] = []
    for number, batch in enumerate(batches, start=1):
        objects.append(encode(Link(CHAIN, number, hash_of(objects[-1]) if objects else FIRST, tuple(batch))))
    return objects


def breaks_at(objects: list[bytes]) -> int:
    """The number of the first link that is wrong; 0 for a whole chain."""
    previous = FIRST
    for number, stored in enumerate(objects, start=1):
        if isinstance(read_link(stored, CHAIN, number, previous), str):
            return number
        previous = hash_of(stored)
    return 0


@given(CHAINS)
def test_a_chain_as_it_was_written_is_whole(batches: list[list[Change]]) -> None:
    assert breaks_at(objects_of(batches)) == 0


@given(CHAINS, st.data())
def test_an_object_that_is_changed_removed_or_moved_breaks_the_chain(
    batches: list[list[Change]], data: st.DataObject
) -> None:
    objects = objects_of(batches)
    place = data.draw(st.integers(0, len(objects) - 2))
    changed = bytearray(objects[place])
    changed[data.draw(st.integers(0, len(changed) - 1))] ^= data.draw(st.integers(1, 255))
    assert breaks_at([*objects[:place], bytes(changed), *objects[place + 1 :]]) in {place + 1, place + 2}
    assert breaks_at([*objects[:place], *objects[place + 1 :]]) == place + 1
    assert breaks_at([*objects[:place], objects[place + 1], objects[place], *objects[place + 2 :]]) == place + 1


def test_the_same_link_always_has_the_same_bytes() -> None:
    first = change(ChangeKind.INSERT, None, {"a": {"S": "1"}, "b": {"S": "2"}})
    second = change(ChangeKind.INSERT, None, {"b": {"S": "2"}, "a": {"S": "1"}})
    assert encode(Link(CHAIN, 1, FIRST, (first,))) == encode(Link(CHAIN, 1, FIRST, (second,)))


def test_what_the_platform_never_does_is_counted_for_the_alarm(caplog: pytest.LogCaptureFixture) -> None:
    removed = Change(item="a", kind=ChangeKind.REMOVE, at="1", sequence="2", before={"status_code": "200"})
    usual = Change(item="b", kind=ChangeKind.INSERT, at="1", sequence="3", after={"status_code": "200"})
    sealing._report(tamperings("audit/2026-11-27", [removed, usual]))
    (line,) = [vars(record) for record in caplog.records]
    (declared,) = line["_aws"]["CloudWatchMetrics"]
    assert (declared["Namespace"], declared["Dimensions"]) == ("DrOrchestration", [["Stage"]])
    assert (declared["Metrics"][0]["Name"], line["EvidenceTampered"], line["item"]) == ("EvidenceTampered", 1, "a")
