"""The records that a start writes: their values come from the plan, the request and the servers that were found."""

from datetime import timedelta

from chalicelib.domain.access.permissions import Principal, PrincipalType
from chalicelib.domain.estate.groups import Impact
from chalicelib.domain.estate.recovery_points import PointWish
from chalicelib.domain.estate.servers import Finding, OperatingSystem, Readiness
from chalicelib.domain.plans.plans import OnFailure, RecoveryPlan, Wave
from chalicelib.domain.plans.steps import TcpProbe
from chalicelib.domain.runs.new_run import new_execution, new_server_run, new_wave_runs, start_message
from chalicelib.domain.runs.planned_servers import PlannedServer
from chalicelib.domain.runs.records import Execution, ExecutionStatus, Mode, ServerStatus, WaveStatus
from tests.unit.domain.records import (
    ACCOUNT,
    EXECUTION_ID,
    NOON,
    REGION,
    a_plan,
    a_server,
    after,
    an_execution,
    planned_server,
    server_id,
)

BLOCKED = Finding(Readiness.BLOCKED, "NO_POINT", "It has no recovery point.", "Wait for one.")
DEGRADED = Finding(Readiness.DEGRADED, "LAG_OVER_RPO", "Replication lags behind.", "Repair it.")


def _new(plan: RecoveryPlan, *servers: PlannedServer, wish: PointWish | None = None) -> Execution:
    return new_execution(
        EXECUTION_ID,
        plan,
        servers,
        mode=Mode.RECOVERY,
        wish=wish or PointWish(),
        reason="flood",
        started_by=Principal(PrincipalType.USER, "olivia", verified=True, subject="s-1"),
        started_at=NOON,
    )


# --- the header ---


def test_the_header_names_the_plan_version_and_who_started_it() -> None:
    execution = _new(
        a_plan(Wave(1, "Databases", ("pg-1",)), Wave(2, "Web", ("pg-2",))), planned_server(1), planned_server(2)
    )
    assert (execution.plan_id, execution.plan_version, execution.plan_name) == ("plan-1", 7, "Shop")
    assert (execution.mode, execution.status) == (Mode.RECOVERY, ExecutionStatus.CREATED)
    assert (execution.initiated_by, execution.reason, execution.started_at) == ("olivia", "flood", NOON)
    assert execution.initiated_by_subject == "s-1"
    assert (execution.wave_count, execution.server_count) == (2, 2)


def test_the_time_limit_counts_from_the_start() -> None:
    assert _new(a_plan(timeout_minutes=90)).deadline_at == NOON + timedelta(minutes=90)


def test_a_plan_without_a_time_limit_gives_none() -> None:
    assert _new(a_plan(timeout_minutes=None)).deadline_at is None


def test_the_skew_is_between_the_oldest_and_the_newest_point() -> None:
    servers = [planned_server(1, point_at=10), planned_server(2, point_at=70.4), planned_server(3, point_at=30)]
    execution = _new(a_plan(), *servers, wish=PointWish(after(80)))
    assert (execution.point_in_time, execution.point_skew_seconds) == (after(80), 60)


def test_the_point_of_a_server_that_is_left_out_does_not_count() -> None:
    servers = [planned_server(1, point_at=10), planned_server(2, BLOCKED, point_at=500)]
    assert _new(a_plan(), *servers).point_skew_seconds == 0


def test_without_recovery_points_there_is_no_skew() -> None:
    assert _new(a_plan(), planned_server(1)).point_skew_seconds is None


# --- servers ---


def test_a_server_run_carries_over_what_was_planned() -> None:
    planned = planned_server(3, os=OperatingSystem.WINDOWS, impact=Impact.OPTIONAL, wave_number=2, point_at=5)
    run = new_server_run(EXECUTION_ID, planned)
    assert (run.execution_id, run.wave_number, run.source_server_id) == (EXECUTION_ID, 2, server_id(3))
    assert (run.hostname, run.account_id, run.region, run.group_id) == ("host-3", ACCOUNT, REGION, "pg-1")
    assert (run.os, run.impact) == (OperatingSystem.WINDOWS, Impact.OPTIONAL)
    assert (run.recovery_point_id, run.recovery_point_at) == (f"pit-{3:017d}", after(5))


def test_a_blocked_server_is_excluded_and_says_why() -> None:
    run = new_server_run(EXECUTION_ID, planned_server(1, DEGRADED, BLOCKED))
    assert (run.status, run.error) == (ServerStatus.EXCLUDED, BLOCKED.reason)


def test_a_degraded_server_is_launched() -> None:
    run = new_server_run(EXECUTION_ID, planned_server(1, DEGRADED))
    assert (run.status, run.error) == (ServerStatus.NOT_STARTED, "")


def test_without_a_recovery_point_the_latest_data_is_launched() -> None:
    run = new_server_run(EXECUTION_ID, planned_server(1))
    assert (run.recovery_point_id, run.recovery_point_at) == ("", None)


# --- waves ---


def test_a_wave_run_carries_over_the_rules_of_its_wave() -> None:
    wave = Wave(
        1,
        "Web",
        ("pg-1",),
        depends_on=(2, 3),
        delay_seconds=30,
        on_failure=OnFailure.PAUSE,
        min_success_percent=80,
        timeout_minutes=45,
        approval_required=True,
        validations=(TcpProbe(name="https", port=443),),
    )
    (run,) = new_wave_runs(EXECUTION_ID, a_plan(wave), [], 1.0)
    assert (run.wave_number, run.name, run.status) == (1, "Web", WaveStatus.NOT_STARTED)
    assert (run.depends_on, run.delay_seconds, run.on_failure) == ((2, 3), 30, OnFailure.PAUSE)
    assert (run.min_success_percent, run.timeout_minutes, run.approval_required) == (80, 45, True)
    assert run.step_count == 1


def test_each_wave_counts_its_own_servers_and_expects_the_time_of_its_slowest() -> None:
    plan = a_plan(Wave(1, "Databases", ("pg-1",)), Wave(2, "Web", ("pg-2",)))
    servers = [a_server(1), a_server(2, os=OperatingSystem.WINDOWS), a_server(3, wave_number=2)]
    first, second = new_wave_runs(EXECUTION_ID, plan, servers, 10.0)
    assert (first.server_count, second.server_count) == (2, 1)
    assert (first.expected_seconds, second.expected_seconds) == (144.0, 54.0)


def test_a_wave_without_servers_expects_no_time() -> None:
    (run,) = new_wave_runs(EXECUTION_ID, a_plan(), [], 1.0)
    assert (run.server_count, run.expected_seconds) == (0, 0.0)


# --- the first line of the timeline ---


def test_the_first_line_counts_the_servers_and_waves() -> None:
    execution = an_execution(wave_count=1, plan_version=7)
    assert start_message(execution, [a_server(1), a_server(2)]) == (
        "DRILL of 'Shop' (version 7) started by olivia: 2 servers in 1 wave."
    )


def test_the_first_line_says_how_many_servers_were_left_out() -> None:
    servers = [a_server(1), a_server(2, status=ServerStatus.EXCLUDED)]
    message = start_message(an_execution(wave_count=2), servers)
    assert message.endswith("2 servers in 2 waves, 1 of them left out because they cannot launch.")


def test_the_first_line_says_how_far_apart_the_recovery_points_are() -> None:
    named = start_message(an_execution(point_skew_seconds=12), [])
    at_a_moment = start_message(an_execution(point_in_time=NOON, point_skew_seconds=12), [])
    assert named.endswith("Their recovery points (chosen one by one) are 12 s apart.")
    assert at_a_moment.endswith("Their recovery points (as of 2026-03-01T12:00:00Z) are 12 s apart.")
