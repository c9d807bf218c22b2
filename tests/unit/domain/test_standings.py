"""What is kept beside groups and plans: servers by readiness, places, and the runs of plans."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.estate.group_standing import (
    RENEWED_AFTER,
    GroupStanding,
    KeptGroup,
    ServersReady,
    add_up,
    count_groups,
    count_ready,
    members_of,
    renewed,
)
from chalicelib.domain.estate.groups import ProtectionGroup
from chalicelib.domain.estate.servers import OperatingSystem, Readiness, SourceServer
from chalicelib.domain.plans.plan_standing import drill_order, standing_of
from chalicelib.domain.plans.plans import ApprovalPolicy, RecoveryPlan, Wave
from chalicelib.domain.runs.plan_runs import MOST_RECENT, PlanRuns, with_runs
from chalicelib.domain.runs.records import Execution, ExecutionStatus, Mode
from chalicelib.domain.runs.timing import duration_of, rto_met
from tests.unit.domain.records import NOON, after, an_execution

AT = datetime(2026, 3, 4, 12, tzinfo=UTC)


def server(number: int, **fields: Any) -> SourceServer:
    known: dict[str, Any] = {
        "source_server_id": f"s-{number}",
        "account_id": "222233334444",
        "region": "us-east-1",
        "hostname": f"web-{number}",
        "os": OperatingSystem.LINUX,
        "replication_state": "CONTINUOUS",
        "lag_seconds": None,
        "tags": {},
        "seen_at": AT,
    }
    return SourceServer(**known | fields)


def group(group_id: str, *server_ids: str, region: str = "us-east-1", **tags: str) -> ProtectionGroup:
    return ProtectionGroup(
        group_id, group_id, "", "222233334444", region, server_ids, tags, {}, 1, AT, "ada", AT, "ada"
    )


def plan(*group_ids: str, **fields: Any) -> RecoveryPlan:
    known: dict[str, Any] = {
        "plan_id": "plan-1",
        "version": 1,
        "name": "Shop",
        "description": "",
        "owner": "",
        "rto_minutes": None,
        "rpo_minutes": None,
        "waves": (Wave(1, "Web", group_ids),),
        "approval": ApprovalPolicy(),
        "created_at": AT,
        "created_by": "",
        "updated_at": AT,
        "updated_by": "",
    }
    return RecoveryPlan(**known | fields)


def ready(count: int, as_of: datetime = AT) -> ServersReady:
    return count_ready([Readiness.READY] * count, as_of)


def kept(of: ProtectionGroup, servers: ServersReady | None) -> KeptGroup:
    return KeptGroup(of, GroupStanding(servers), ())


# --- servers by readiness ---


def test_servers_count_in_the_groups_that_hold_them_by_id_or_by_tags() -> None:
    servers = [
        server(1),
        server(2, replication_state="STALLED"),
        server(3, has_recovery_point=False, tags={"Tier": "web"}),
        server(4, tags={"Tier": "db"}),
    ]
    groups = [group("by-id", "s-1", "s-2", "s-gone"), group("by-tags", Tier="web"), group("empty", Tier="none")]
    counts = count_groups(groups, members_of(groups, servers), AT)
    assert {key: (each.ready_count, each.degraded_count, each.blocked_count) for key, each in counts.items()} == {
        "by-id": (1, 1, 1),
        "by-tags": (0, 0, 1),
        "empty": (0, 0, 0),
    }
    assert [counts[each].worst for each in ("by-id", "empty")] == [Readiness.BLOCKED, Readiness.READY]


def test_a_server_in_two_groups_is_degraded_in_both() -> None:
    groups = [group("one", "s-1"), group("two", Tier="web")]
    counts = count_groups(groups, members_of(groups, [server(1, tags={"Tier": "web"})]), AT)
    assert [(each.ready_count, each.degraded_count) for each in counts.values()] == [(0, 1), (0, 1)]


@given(st.lists(st.none() | st.builds(ready, st.integers(0, 9), st.integers(0, 99).map(after)), max_size=4))
def test_a_sum_is_as_old_as_its_oldest_part_and_unknown_if_one_is(parts: list[ServersReady | None]) -> None:
    total = add_up(parts)
    known = [each for each in parts if each]
    assert (total is None) == (not parts or None in parts)
    if total is not None:
        assert total.server_count == total.ready_count == sum(each.server_count for each in known)
        assert total.as_of == min(each.as_of for each in known)


def test_counts_are_written_again_when_they_change_or_get_old() -> None:
    soon, later = AT + RENEWED_AFTER - timedelta(seconds=1), AT + RENEWED_AFTER
    assert renewed(ready(3), ready(3, soon)) == ready(3)
    assert renewed(ready(3), ready(3, later)) == ready(3, later)
    assert renewed(ready(3), ready(4, soon)) == ready(4, soon)
    assert renewed(ready(3), None) is None
    assert renewed(None, ready(3)) == ready(3)


def test_a_plan_stands_as_its_groups_do_and_unknown_is_not_guessed() -> None:
    east, west = group("east"), group("west", region="us-west-2")
    groups = {"east": kept(east, ready(2)), "west": kept(west, ready(3))}
    standing = standing_of(plan("west", "east"), groups)
    assert standing.places == (east.place, west.place)
    assert (standing.servers, standing.is_like(Readiness.READY)) == (ready(5), True)
    unknown = standing_of(plan("west", "east"), {**groups, "west": kept(west, None)})
    assert (unknown.places, unknown.servers) == (standing.places, None)
    assert standing_of(plan("west", "east", "new"), groups).servers is None
    assert not unknown.is_like(Readiness.READY)
    found = [standing.is_in(*place) for place in (("", "us-west-2"), ("222233334444", ""), ("222233334444", "eu"))]
    assert found == [True, True, False]


@given(st.datetimes(timezones=st.just(UTC)), st.datetimes(timezones=st.just(UTC)))
def test_the_order_by_last_drill_is_that_of_time(one: datetime, other: datetime) -> None:
    if one < other:
        assert drill_order(plan(), one) < drill_order(plan(), other)
    assert drill_order(plan(created_at=one), None) == drill_order(plan(), one)


# --- the runs of a plan ---


def run(number: int, status: ExecutionStatus = ExecutionStatus.COMPLETED, **fields: Any) -> Execution:
    ended_at = after(number * 100 + 50) if status.is_final else None
    known = {"started_at": after(number * 100), "ended_at": ended_at}
    return an_execution(execution_id=f"exec-{number:03d}", status=status, **known | fields)


def test_the_last_success_may_be_a_recovery_and_the_last_drill_may_not() -> None:
    runs = with_runs(
        PlanRuns(), [run(3, ExecutionStatus.FAILED), run(2, mode=Mode.RECOVERY), run(1), run(4, ExecutionStatus.PAUSED)]
    )
    assert [each.execution_id for each in runs.recent] == ["exec-004", "exec-003", "exec-002", "exec-001"]
    assert (runs.last_drill and runs.last_drill.execution_id, runs.last_drill_at) == ("exec-001", after(150))
    assert runs.last_success
    assert (runs.last_success.execution_id, runs.last_success.seconds) == ("exec-002", 50)


def test_runs_that_were_deleted_leave_the_list_but_the_last_drill_stays_known() -> None:
    before = with_runs(PlanRuns(), [run(1), run(2), run(3, ExecutionStatus.FAILED)])
    after_deletion = with_runs(before, [run(3, ExecutionStatus.FAILED)], since=after(150))
    assert [each.execution_id for each in after_deletion.recent] == ["exec-003", "exec-001"]
    assert after_deletion.last_drill == before.last_drill


@given(st.permutations([run(number, status) for number, status in enumerate(ExecutionStatus)]), st.integers(0, 9))
def test_runs_are_the_same_in_whatever_order_they_become_known(executions: list[Execution], cut: int) -> None:
    together = with_runs(PlanRuns(), executions)
    assert with_runs(with_runs(PlanRuns(), executions[:cut]), executions[cut:]) == together
    assert with_runs(together, executions) == together
    assert msgspec.json.decode(msgspec.json.encode(together), type=PlanRuns) == together


def test_only_so_many_runs_are_kept() -> None:
    runs = with_runs(PlanRuns(), [run(number) for number in range(MOST_RECENT + 5)])
    assert len(runs.recent) == MOST_RECENT
    assert runs.recent[0].execution_id == f"exec-{MOST_RECENT + 4:03d}"


# --- the target of the recovery time ---


def test_the_target_is_met_by_a_completed_run_in_time_and_missed_by_time_or_outcome() -> None:
    def met(status: ExecutionStatus, minutes: int, target: int | None = 10) -> bool | None:
        now = NOON + timedelta(minutes=minutes)
        ended = now if status.is_final else None
        return rto_met(an_execution(status=status, ended_at=ended, rto_minutes=target), now)

    assert met(ExecutionStatus.COMPLETED, 10) is True
    assert met(ExecutionStatus.COMPLETED, 11) is False
    assert met(ExecutionStatus.COMPLETED, 5, target=None) is None
    assert [met(each, 5) for each in (ExecutionStatus.IN_PROGRESS, ExecutionStatus.CANCELLED)] == [None, None]
    assert [met(each, 11) for each in (ExecutionStatus.IN_PROGRESS, ExecutionStatus.CANCELLED)] == [False, False]
    assert [met(each, 5) for each in (ExecutionStatus.PARTIAL, ExecutionStatus.FAILED)] == [False, False]


def test_a_duration_has_an_end() -> None:
    assert duration_of(run(1)) == 50
    assert duration_of(run(1, ExecutionStatus.PAUSED)) is None
