"""The inventory of recovery instances: what a complete look changes, and what must be looked up."""

from datetime import UTC, datetime, timedelta

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.estate.recovery_instances import RecoveryInstance, compare_instances, unexplained
from chalicelib.domain.runs.existing_instances import InstanceMode

AT = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)
LATER = AT + timedelta(minutes=10)
IDS = st.sampled_from(["i-1", "i-2", "i-3", "i-4"])
STATES = st.dictionaries(IDS, st.sampled_from(["RUNNING", "STOPPED"]))


def row(instance_id: str, state: str = "RUNNING", **other: object) -> RecoveryInstance:
    made = RecoveryInstance(
        instance_id, f"s-of-{instance_id}", "1", "r", InstanceMode.DRILL, state, AT, True, "job", "run", "host", AT
    )
    return msgspec.structs.replace(made, **other)


@given(STATES, STATES, st.sets(IDS))
def test_afterwards_the_rows_are_what_was_seen_and_another_look_changes_nothing(
    before: dict[str, str], seen: dict[str, str], in_drs: set[str]
) -> None:
    known = {key: row(key, state) for key, state in before.items()}
    explained = [row(key, seen[key], in_drs=key in in_drs) for key in unexplained(known, seen)]
    change = compare_instances(known, seen, in_drs, explained, LATER)
    after = {key: value for key, value in known.items() if key not in change.remove}
    after |= {changed.recovery_instance_id: changed for changed in change.write}
    assert {key: (value.state, value.in_drs) for key, value in after.items()} == {
        key: (state, key in in_drs) for key, state in seen.items()
    }
    again = compare_instances(after, seen, in_drs, [], LATER + timedelta(minutes=10))
    assert (again.write, again.remove) == ((), ())


def test_a_row_that_did_not_change_keeps_its_time_and_one_that_did_gets_the_time_of_the_look() -> None:
    known = {"i-1": row("i-1"), "i-2": row("i-2")}
    (changed,) = compare_instances(known, {"i-1": "RUNNING", "i-2": "STOPPED"}, {"i-1", "i-2"}, [], LATER).write
    assert (changed.recovery_instance_id, changed.changed_at) == ("i-2", LATER)


def test_how_an_instance_was_launched_is_looked_up_until_it_is_known() -> None:
    known = {"i-1": row("i-1"), "i-2": row("i-2", mode=InstanceMode.UNKNOWN)}
    assert unexplained(known, ["i-1", "i-2", "i-3"]) == {"i-2", "i-3"}
    told = row("i-2", mode=InstanceMode.RECOVERY)
    change = compare_instances(known, {"i-1": "RUNNING", "i-2": "RUNNING"}, {"i-1", "i-2"}, [told], LATER)
    assert [(changed.recovery_instance_id, changed.mode) for changed in change.write] == [
        ("i-2", InstanceMode.RECOVERY)
    ]
