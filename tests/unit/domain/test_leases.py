"""What an execution holds: everything it acts on, in one order for everybody."""

from chalicelib.domain.leases import lease_keys
from chalicelib.domain.plans import ApprovalPolicy, RecoveryPlan, Wave
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
