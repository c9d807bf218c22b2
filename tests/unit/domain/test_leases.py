"""Leases: an execution holds everything that it acts on, and leases are taken in one order."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.plans.plans import ApprovalPolicy, RecoveryPlan, Wave
from chalicelib.domain.runs.leases import (
    START_PATIENCE,
    Lease,
    describe_wait,
    lease_keys,
    may_replace,
    start_is_certainly_dead_after,
    start_may_be_abandoned_after,
)
from chalicelib.domain.runs.records import Mode
from tests.unit.domain.records import NOON, a_server


def _plan(*group_ids: str) -> RecoveryPlan:
    waves = tuple(Wave(number=number, name="w", group_ids=(group,)) for number, group in enumerate(group_ids, 1))
    return RecoveryPlan(
        plan_id="plan-1",
        version=1,
        name="Shop",
        description="",
        owner="",
        rto_minutes=None,
        rpo_minutes=None,
        waves=waves,
        approval=ApprovalPolicy(),
        created_at=NOON,
        created_by="ada",
        updated_at=NOON,
        updated_by="ada",
    )


def test_leases_are_taken_in_the_same_order_however_the_plan_is_written() -> None:
    servers = [a_server(number) for number in (3, 1, 2)]
    keys = lease_keys(_plan("pg-b", "pg-a"), servers)
    assert keys == lease_keys(_plan("pg-a", "pg-b"), list(reversed(servers)))
    assert keys[:3] == ["plan#plan-1", "group#pg-a", "group#pg-b"]
    assert keys[3:] == sorted(keys[3:])


def test_the_same_server_id_in_two_places_is_two_servers() -> None:
    keys = lease_keys(_plan("pg-a"), [a_server(1), a_server(1, region="eu-west-1"), a_server(1, account_id="9" * 12)])
    assert len(set(keys)) == len(keys) == 5


def test_each_thing_is_leased_once() -> None:
    keys = lease_keys(_plan("pg-a"), [a_server(1), a_server(1)])
    assert len(set(keys)) == len(keys)


@given(st.timedeltas(min_value=timedelta(0), max_value=timedelta(minutes=3)), st.integers(0, 999_999))
def test_a_start_in_progress_is_taken_over_no_later_than_stated(age: timedelta, microsecond: int) -> None:
    lease = Lease("plan#plan-1", "exec-1", NOON.replace(microsecond=microsecond))
    now = lease.taken_at + age
    stated = start_may_be_abandoned_after(lease)
    assert stated.microsecond == 0
    assert may_replace(lease, None, mode=Mode.DRILL, now=now) is (age >= START_PATIENCE)
    if now >= stated:
        assert may_replace(lease, None, mode=Mode.DRILL, now=now)
    assert stated - (lease.taken_at + START_PATIENCE) < timedelta(seconds=1)
    assert f"after {stated:%H:%M:%S} UTC" in describe_wait(lease, None)


def test_a_start_is_certainly_dead_long_after_it_may_be_abandoned() -> None:
    lease = Lease("plan#plan-1", "exec-1", NOON)
    assert start_is_certainly_dead_after(lease) - NOON == timedelta(minutes=16)
    assert start_may_be_abandoned_after(lease) - NOON == timedelta(minutes=1)
