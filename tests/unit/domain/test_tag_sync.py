"""The sync of tags: what it writes, what it removes, and what it never touches."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.estate.accounts import Place
from chalicelib.domain.estate.groups import ProtectionGroup
from chalicelib.domain.estate.syncs import SyncRun
from chalicelib.domain.estate.tag_sync import (
    TagChange,
    TaggedServer,
    TagSyncSettings,
    Written,
    after_change,
    before_change,
    copied_tags,
    is_due,
    plan_change,
    when_due,
)

AT = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)
PLACE = Place("222233334444", "us-east-1")
ORIGIN = Place("222233334444", "eu-west-1")
TAGS = st.dictionaries(st.sampled_from(["Name", "Tier", "Owner", "aws:cloud"]), st.sampled_from("abc"))


def server(tags: dict[str, str]) -> TaggedServer:
    return TaggedServer("s-1", "arn:s-1", "web-1", tags, ORIGIN, "i-1")


def group(name: str, **tags: str) -> ProtectionGroup:
    return ProtectionGroup("pg-1", name, "", *_place(), (), tags, {}, 1, AT, "me", AT, "me")


def _place() -> tuple[str, str]:
    return PLACE.account_id, PLACE.region


def plan(
    tags: dict[str, str],
    instance: dict[str, str],
    written: Written | None = None,
    *groups: ProtectionGroup,
    force: bool = False,
) -> TagChange:
    return plan_change(PLACE, server(tags), instance, written or {}, groups, force=force)


def carried_out(tags: dict[str, str], change: TagChange) -> dict[str, str]:
    return {key: value for key, value in {**tags, **change.written}.items() if key not in change.removed}


def test_a_tag_of_the_instance_is_copied_and_an_equal_one_is_not_written() -> None:
    change = plan({"Name": "web-1"}, {"Name": "web-1", "Tier": "web"})
    assert (change.written, change.removed, change.replaced) == ({"Tier": "web"}, (), {})


def test_the_value_of_ec2_wins_and_a_value_that_the_sync_did_not_write_is_named() -> None:
    change = plan({"Tier": "db", "Zone": "a"}, {"Tier": "web", "Zone": "b"}, {"Zone": ("a",)})
    assert (change.written, change.replaced) == ({"Tier": "web", "Zone": "b"}, {"Tier": "db"})


def test_a_removed_tag_is_removed_only_if_the_sync_wrote_it_with_that_value() -> None:
    tags = {"Ours": "1", "Theirs": "1", "Changed": "by hand"}
    change = plan(tags, {}, {"Ours": ("1",), "Changed": ("1",)})
    assert change.removed == ("Ours",)


def test_a_tag_that_was_there_before_the_sync_is_never_removed() -> None:
    tags = {"Tier": "web"}
    first = plan(tags, {"Tier": "web"})
    assert after_change({}, first, {"Tier": "web"}) == {}
    assert plan(tags, {}, {}).removed == ()


@pytest.mark.parametrize(
    "key",
    ["aws:autoscaling:groupName", "AWS:x", "AWSElasticDisasterRecoveryManaged", "drs.amazonaws.com-job", "AWSDRS"],
)
def test_what_aws_and_drs_reserve_is_not_copied(key: str) -> None:
    assert copied_tags({key: "x", "Name": "web-1"}) == {"Name": "web-1"}


@given(TAGS, TAGS)
def test_afterwards_the_server_has_every_tag_of_the_instance_and_another_run_changes_nothing(
    tags: dict[str, str], instance: dict[str, str]
) -> None:
    change = plan(tags, instance)
    after, record = carried_out(tags, change), after_change({}, change, instance)
    assert after == {**tags, **copied_tags(instance)}
    again = plan_change(PLACE, server(after), instance, record, ())
    assert (again.written, again.removed) == ({}, ())
    assert after_change(record, again, instance) == record


@given(TAGS, st.lists(TAGS, min_size=1, max_size=4), st.integers(min_value=0, max_value=2))
def test_tags_that_the_sync_wrote_go_and_those_of_others_stay_wherever_it_died(
    tags: dict[str, str], instances: list[dict[str, str]], dies_at: int
) -> None:
    """Steps of a run: record, write, remove and record. A death comes after the first, the second or not at all."""
    record: dict[str, tuple[str, ...]] = {}
    now = dict(tags)
    for instance in instances:
        change = plan(now, instance, record)
        record = before_change(record, change)
        if dies_at == 0:
            continue
        now |= change.written
        if dies_at == 1:
            continue
        now, record = carried_out(now, change), after_change(record, change, instance)
    for _ in range(2):
        last = plan(now, {}, record)
        now, record = carried_out(now, last), after_change(record, last, {})
    assert record == {}
    copied = {key for instance in instances for key in copied_tags(instance)}
    assert {key: value for key, value in now.items() if key not in copied} == {
        key: value for key, value in tags.items() if key not in copied
    }
    assert set(now) <= set(tags)


def test_a_server_is_not_taken_out_of_its_group_without_force() -> None:
    web = group("Web", Tier="web")
    held = plan({"Tier": "web"}, {"Tier": "db"}, {}, web)
    assert held.leaves_groups == ("Web",)
    assert "'Web'" in held.held_back
    assert "force" in held.held_back
    assert plan({"Tier": "web"}, {"Tier": "db"}, {}, web, force=True).held_back == ""


def test_a_removed_tag_that_a_group_lives_on_is_held_back_too() -> None:
    assert plan({"Tier": "web"}, {}, {"Tier": ("web",)}, group("Web", Tier="web")).leaves_groups == ("Web",)


@pytest.mark.parametrize("lives_on", [{"Tier": "db"}, {"Other": "tag"}, {}])
def test_a_group_that_keeps_or_gains_the_server_holds_nothing_back(lives_on: dict[str, str]) -> None:
    assert plan({"Tier": "web"}, {"Tier": "db"}, {}, group("Group", **lives_on)).held_back == ""


@pytest.mark.parametrize(("count", "held"), [(49, False), (50, True)])
def test_more_tags_than_aws_allows_are_held_back(count: int, held: bool) -> None:
    change = plan({"Own": "x"}, {f"Tag{number}": "x" for number in range(count)}, force=True)
    assert bool(change.held_back) is held


def test_the_schedule_runs_as_often_as_it_is_set_to() -> None:
    settings, last = TagSyncSettings(every_hours=6), SyncRun("tags", AT, AT, "COMPLETED")
    assert is_due(settings, None, AT)
    assert when_due(settings, last) == AT + timedelta(hours=6)
    assert not is_due(settings, last, AT + timedelta(hours=5))
    assert is_due(settings, last, AT + timedelta(hours=6, seconds=-20))
