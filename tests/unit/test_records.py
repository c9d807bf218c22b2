"""Records and their tables: each field has its attribute and is read back unchanged."""

import importlib
import json
import pkgutil
import types
import typing
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

import chalicelib.store.tables
from chalicelib.domain.access.audit import AuditEntry
from chalicelib.domain.estate.accounts import Place, TargetAccount
from chalicelib.domain.estate.launch_settings import LaunchSettings, Licensing
from chalicelib.domain.estate.servers import SourceServer
from chalicelib.domain.plans.plans import RecoveryPlan
from chalicelib.domain.runs.counts import ServerCounts
from chalicelib.domain.runs.records import Execution, JobRun, ServerRun, Termination, TimelineEvent
from chalicelib.store.reads.access.audit import AUDIT_LINES
from chalicelib.store.records import Stored
from chalicelib.store.tables.audit import AUDIT_ENTRIES
from chalicelib.store.tables.base import Table
from chalicelib.store.tables.configuration import PLANS
from chalicelib.store.tables.estate import SOURCE_SERVERS, TARGET_ACCOUNTS
from chalicelib.store.tables.launches import JOB_RUNS
from chalicelib.store.tables.runs import EXECUTIONS, LEASES, SERVER_RUNS, TIMELINE, ServerLeaseItem

Kept = Stored[Any, Any]

WITHOUT_A_RECORD = {
    "SettingItem": "its value is the record of one of several settings",
    "SyncRunItem": "started with its kind and time only; its report is one attribute",
    "SyncedTagsItem": "one attribute: the tags of a server",
}
WRITTEN_BY_UPDATES = {EXECUTIONS: {"cleanup_at", "counts", "termination"}}


def declarations() -> Iterator[Kept]:
    for module in pkgutil.iter_modules(chalicelib.store.tables.__path__, "chalicelib.store.tables."):
        for value in vars(importlib.import_module(module.name)).values():
            if isinstance(value, Stored):
                yield value
    yield AUDIT_LINES


DECLARED = list(declarations())
WHOLE = [stored for stored in DECLARED if stored not in {AUDIT_ENTRIES, AUDIT_LINES}]
"""Declarations that read back the records that they write."""


def name_of(stored: Kept) -> str:
    return f"{stored.record.__name__} in {stored.item.__name__}"


# --- a record and its table ---


def problems_of(stored: Kept) -> list[str]:
    """Fields and attributes that have no counterpart and are not declared to have none."""
    fields = {field.name: field for field in msgspec.structs.fields(stored.record)}
    attributes = stored.item.get_attributes()
    kept = set(fields) - set(stored.found) - set(stored.unstored)
    problems = [f"field {name} has no attribute" for name in kept - set(attributes)]
    explained = set(fields) | set(stored.made) | set(stored.apart)
    problems += [f"attribute {name} has no field" for name in set(attributes) - explained]
    named = {"made": (stored.made, attributes), "apart": (stored.apart, attributes)}
    named |= {"found": (stored.found, fields), "unstored": (stored.unstored, fields)}
    for word, (names, known) in named.items():
        problems += [f"{word}: there is no {name}" for name in set(names) - set(known)]
    problems += [f"apart: {name} is a field" for name in set(stored.apart) & set(fields)]
    problems += [f"unstored: {name} is an attribute" for name in set(stored.unstored) & set(attributes)]
    for name in kept & set(attributes):
        may_be_none = type(None) in typing.get_args(fields[name].type)
        if may_be_none and not attributes[name].null:
            problems.append(f"field {name} may be None, and its attribute may not be absent")
        if attributes[name].default is not None and (may_be_none or not fields[name].required):
            problems.append(f"attribute {name} has a default, which belongs to the field")
    return problems


@pytest.mark.parametrize("stored", [stored for stored in DECLARED if stored is not AUDIT_ENTRIES], ids=name_of)
def test_each_field_has_its_attribute_and_each_attribute_its_field(stored: Kept) -> None:
    assert problems_of(stored) == []


def test_an_audit_entry_is_stored_whole_and_has_the_defaults_of_the_line_that_is_read() -> None:
    assert set(problems_of(AUDIT_ENTRIES)) == {
        f"attribute {name} has a default, which belongs to the field"
        for name in ("resource_ids", "error_code", "duration_ms")
    }


class _LeaseWithMore(msgspec.Struct, frozen=True):
    execution_id: str
    taken_at: datetime | None
    purpose: str = ""


def test_a_missing_field_or_attribute_is_found() -> None:
    assert sorted(problems_of(Stored(_LeaseWithMore, ServerLeaseItem))) == [
        "attribute key has no field",
        "field purpose has no attribute",
        "field taken_at may be None, and its attribute may not be absent",
    ]
    strange = Stored(LEASES.record, ServerLeaseItem, made={"a": str}, found={"b": str}, apart="c", unstored="d")
    assert [problem.partition(":")[0] for problem in problems_of(strange)] == ["made", "apart", "found", "unstored"]


def test_every_table_has_its_record() -> None:
    tables = {
        value.__name__
        for module in pkgutil.iter_modules(chalicelib.store.tables.__path__, "chalicelib.store.tables.")
        for value in vars(importlib.import_module(module.name)).values()
        if isinstance(value, type) and issubclass(value, Table) and hasattr(value, "Meta")
    }
    assert tables - {stored.item.__name__ for stored in DECLARED} == set(WITHOUT_A_RECORD)


# --- there and back ---


def values_of(kind: Any) -> st.SearchStrategy[Any]:
    """Values of a type that fields of records have."""
    if kind is LaunchSettings:
        return LEVELS
    if (few := few_values_of(kind)) is not None:
        return st.sampled_from(few)
    if kind in PLAIN:
        return PLAIN[kind]
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin is typing.Annotated:
        return values_of(arguments[0])
    if origin in {typing.Union, types.UnionType}:
        return st.one_of(*(values_of(argument) for argument in arguments))
    if origin is tuple:
        return st.lists(values_of(arguments[0]), max_size=2).map(tuple)
    if origin is dict:
        return st.dictionaries(values_of(arguments[0]), values_of(arguments[1]), max_size=2)
    return records_of(kind)


def few_values_of(kind: Any) -> tuple[Any, ...] | None:
    """All that is tried of a type, or None if that is generated.

    One choice for a value, whether it may be None or not: records have up to forty values, and choices are what
    generating costs.
    """
    if kind in FEW:
        return FEW[kind]
    if isinstance(kind, type) and issubclass(kind, Enum):
        return tuple(kind)
    if typing.get_origin(kind) in {typing.Union, types.UnionType}:
        parts = [few_values_of(argument) for argument in typing.get_args(kind)]
        return None if None in parts else tuple(value for part in parts for value in part or ())
    return None


def records_of(kind: type[msgspec.Struct], **fixed: Any) -> st.SearchStrategy[Any]:
    fields = {field.name: field.type for field in msgspec.structs.fields(kind)}
    values = {name: values_of(of) for name, of in fields.items() if name not in fixed}
    return st.builds(kind, **values, **{name: st.just(value) for name, value in fixed.items()})


LEVELS = st.builds(
    LaunchSettings,
    copy_private_ip=st.sampled_from([True, None, msgspec.UNSET]),
    security_group_ids=st.sampled_from([("sg-1", "sg-2"), None, msgspec.UNSET]),
    licensing=st.sampled_from([Licensing(os_byol=True), None, msgspec.UNSET]),
    tags=st.sampled_from([{"Owner": "shop"}, {}, msgspec.UNSET]),
)
"""Settings have limits, which are checked when they are read."""

TEXTS = ("", "a", "1", "1.0", "null", "true", "a#b", "a,b", " a ", "a\nb", '"\\', "\0", "É", "e\u0301", "\U0001f6d1")
FEW: dict[Any, tuple[Any, ...]] = {
    str: TEXTS,
    object: TEXTS,
    bool: (False, True),
    Any: (*TEXTS, 0, 1, 9, None),
    type(None): (None,),
}
FIRST = datetime(2000, 1, 1, tzinfo=UTC)
PLAIN: dict[Any, st.SearchStrategy[Any]] = {
    int: st.integers(0, 10**6),
    float: st.floats(0, 10**6),
    datetime: st.integers(0, 8_000 * 365 * 86_400 * 10**6 - 1).map(lambda after: FIRST + timedelta(microseconds=after)),
    # Account numbers and Regions are digits and words; the keys of tables put a "#" between them.
    Place: st.builds(
        Place, st.integers(0, 10**12 - 1).map("{:012}".format), st.sampled_from(["us-east-2", "eu-west-1"])
    ),
}
ANY_OF_THEM = {
    name_of(stored): records_of(
        stored.record, **dict.fromkeys({*stored.unstored, *WRITTEN_BY_UPDATES.get(stored, set())})
    )
    for stored in WHOLE
}


def through_dynamodb(stored: Kept, record: Any) -> Any:
    raw = json.loads(json.dumps(stored.to_item(record).serialize()))
    return stored.item.from_raw_data(raw)


@pytest.mark.parametrize("stored", WHOLE, ids=name_of)
@given(st.data())
def test_a_record_comes_back_as_it_was(stored: Kept, data: st.DataObject) -> None:
    record = data.draw(ANY_OF_THEM[name_of(stored)])
    again = stored.to_record(through_dynamodb(stored, record))
    assert again == record
    assert repr(again) == repr(record), "whole numbers and enumerations keep their types"


ids = st.text(st.characters(exclude_characters=",", exclude_categories=["Cs"]), min_size=1, max_size=5)


@given(records_of(AuditEntry), st.lists(ids, max_size=3))
def test_an_audit_entry_is_read_as_a_complete_line(entry: AuditEntry, named: list[str]) -> None:
    entry = msgspec.structs.replace(entry, resource_ids=tuple(named))
    line = AUDIT_LINES.to_record(through_dynamodb(AUDIT_ENTRIES, entry))
    assert json.loads(msgspec.json.encode(line)) == json.loads(msgspec.json.encode(entry))


# --- what is absent ---


def without(stored: Kept, record: Any, *names: str) -> Any:
    """The record as read from an item that was written before these attributes existed."""
    raw = stored.to_item(record).serialize()
    return stored.to_record(stored.item.from_raw_data({key: value for key, value in raw.items() if key not in names}))


@given(records_of(RecoveryPlan))
def test_an_absent_time_limit_is_none_and_not_the_default(plan: RecoveryPlan) -> None:
    read = without(PLANS, plan, "timeout_minutes", "notification_emails", "cleanup", "owner")
    assert read.timeout_minutes is None
    assert (read.notification_emails, read.owner) == ((), "")
    assert read.cleanup.on_success_minutes is None


@given(records_of(ServerRun), records_of(SourceServer), records_of(TargetAccount))
def test_items_that_are_older_than_an_attribute_are_read_with_its_default(
    run: ServerRun, server: SourceServer, account: TargetAccount
) -> None:
    old_run = without(SERVER_RUNS, run, "recovery_point_id", "recovery_point_at", "termination_error", "terminated_at")
    assert (old_run.recovery_point_id, old_run.recovery_point_at) == ("", None)
    assert (old_run.termination_error, old_run.terminated_at) == ("", None)
    old_server = without(SOURCE_SERVERS, server, "has_recovery_point", "last_launch_result", "source_instance_id")
    assert (old_server.has_recovery_point, old_server.last_launch_result) == (True, "NOT_STARTED")
    old_account = without(TARGET_ACCOUNTS, account, "regions", "external_id", "version", "updated_at", "updated_by")
    assert (old_account.regions, old_account.version, old_account.updated_at) == ((), 1, None)


@given(records_of(Execution, cleanup_at=None, counts=None, termination=None))
def test_an_execution_without_a_count_of_its_machines_has_run_once(execution: Execution) -> None:
    read = without(EXECUTIONS, execution, "workflow_run", "reason", "termination_round", "termination_asked_by")
    assert (read.workflow_run, read.reason, read.termination) == (1, "", None)


@given(records_of(JobRun, uncertain=False), records_of(TimelineEvent, notice=""))
def test_attributes_that_conditions_expect_to_be_absent_are_absent(job: JobRun, event: TimelineEvent) -> None:
    assert "uncertain" not in JOB_RUNS.to_item(job).serialize()
    assert "notice" not in TIMELINE.to_item(event).serialize()


# --- what only updates write ---

AT = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)


@pytest.mark.parametrize(("queue", "cleanup_at"), [("CLEANUP", AT), ("TERMINATING", None), ("DELETING", None)])
@given(execution=records_of(Execution, cleanup_at=None, counts=None, termination=None))
def test_an_execution_shows_its_clean_up_and_its_latest_termination(
    execution: Execution, queue: str, cleanup_at: datetime | None
) -> None:
    due = {"termination_queue": queue, "termination_due_at": AT}
    requested = {"termination_round": 2, "termination_asked_at": AT, "termination_asked_by": "me"}
    item = EXECUTIONS.to_item(execution, **due, **requested)
    assert EXECUTIONS.to_record(item) == msgspec.structs.replace(
        execution, cleanup_at=cleanup_at, termination=Termination(2, AT, "me")
    )


@given(execution=records_of(Execution, cleanup_at=None, counts=None, termination=None), uncounted=st.integers(0, 3))
def test_the_counts_of_an_execution_are_shown_when_every_wave_was_counted(execution: Execution, uncounted: int) -> None:
    counts = ServerCounts(launching=2, failed=1)
    execution = msgspec.structs.replace(execution, counts=counts, server_count=counts.total + uncounted)
    assert EXECUTIONS.to_record(EXECUTIONS.to_item(execution)).counts == (None if uncounted else counts)
