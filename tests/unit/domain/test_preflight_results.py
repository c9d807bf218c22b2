"""What a check has found: causes that servers share, parts that fit into items, and what a start would do."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.estate.accounts import Place
from chalicelib.domain.estate.groups import Impact
from chalicelib.domain.estate.recovery_points import RecoveryPoint
from chalicelib.domain.estate.servers import Finding, OperatingSystem, Readiness
from chalicelib.domain.plans.plans import Wave
from chalicelib.domain.runs.existing_instances import ExistingInstance, InstanceMode
from chalicelib.domain.runs.planned_servers import PlannedServer
from chalicelib.domain.runs.preflight_checks import (
    LEASE,
    CheckState,
    PreflightCheck,
    PreflightState,
    describe,
    state_of,
)
from chalicelib.domain.runs.preflight_results import (
    MOST_PART_SERVERS,
    SERVERS_NAMED,
    WORST_FIRST,
    PreflightResult,
    ServerVerdict,
    causes_of,
    parts_of,
    verdicts_of,
)
from chalicelib.domain.runs.records import Mode
from chalicelib.domain.runs.start_summary import summarize_start
from tests.unit.domain.records import ACCOUNT, NOON, REGION, a_plan, after, an_execution, planned_server, server_id

ITEM_BYTES = 400_000
"""DynamoDB's limit for an item."""

CODES = ("NO_RECOVERY_POINT", "OLDER_DATA", "NOT_CHECKED")
findings = st.builds(
    Finding, st.sampled_from(Readiness), st.sampled_from(CODES), reason=st.just("Why."), remedy=st.just("Do it.")
)
many_servers = st.lists(st.lists(findings, max_size=4), max_size=60).map(
    lambda each: [planned_server(number, *found) for number, found in enumerate(each)]
)


def finding(readiness: Readiness, code: str = "CODE", reason: str = "Why.", remedy: str = "Do it.") -> Finding:
    return Finding(readiness, code, reason, remedy)


BLOCKED = finding(Readiness.BLOCKED, "NO_RECOVERY_POINT")
OLDER = finding(Readiness.DEGRADED, "OLDER_DATA")


def result_of(servers: list[PlannedServer], **fields: Any) -> PreflightResult:
    known: dict[str, Any] = {
        "plan_version": 1,
        "mode": Mode.DRILL,
        "point_in_time": None,
        "checked_at": NOON,
        "took_seconds": 9.0,
        "would_start": True,
        "statement": "A DRILL would launch 2 servers.",
        "ready_count": 2,
        "degraded_count": 0,
        "blocked_count": 0,
        "not_checked_count": 0,
        "point_skew_seconds": None,
        "findings": (),
        "causes": causes_of(verdicts_of(servers, [])),
        "start_summary": summarize_start(a_plan(), Mode.DRILL, servers, [], 1.0),
    }
    return PreflightResult(**known | fields)


@given(many_servers)
def test_a_cause_counts_each_server_once_that_has_it(servers: list[PlannedServer]) -> None:
    causes = causes_of(verdicts_of(servers, []))
    for cause in causes:
        having = {
            server.source_server_id
            for server in servers
            if any((found.readiness, found.code) == (cause.readiness, cause.code) for found in server.findings)
        }
        assert cause.count == len(having)
        assert {server.source_server_id for server in cause.servers} <= having
        assert len(cause.servers) == min(cause.count, SERVERS_NAMED)
    keys = {(found.readiness, found.code) for server in servers for found in server.findings}
    assert {(cause.readiness, cause.code) for cause in causes} == keys
    assert [cause.readiness for cause in causes] == sorted((cause.readiness for cause in causes), key=WORST_FIRST.index)


@given(many_servers)
def test_the_worst_verdicts_come_first_and_none_is_lost(servers: list[PlannedServer]) -> None:
    verdicts = verdicts_of(servers, [])
    assert [each.readiness for each in verdicts] == sorted((each.readiness for each in verdicts), key=WORST_FIRST.index)
    assert {each.source_server_id for each in verdicts} == {server.source_server_id for server in servers}


def test_a_verdict_says_how_far_its_point_is_behind_the_newest() -> None:
    servers = [planned_server(1, point_at=0), planned_server(2, point_at=90), planned_server(3)]
    points = [server.recovery_point for server in servers if server.recovery_point]
    assert [verdict.point_skew_seconds for verdict in verdicts_of(servers, points)] == [90, 0, None]
    assert points[0] == RecoveryPoint("pit-00000000000000001", server_id(1), NOON)


@pytest.mark.parametrize("reason", ["Why.", "ü" * 1_000])
def test_the_result_of_5_000_servers_fits_into_items_and_is_whole(reason: str) -> None:
    """Each with three findings, of which each is long."""
    found = [finding(Readiness.BLOCKED, code, reason, reason) for code in CODES]
    servers = [planned_server(number, *found) for number in range(5_000)]
    verdicts = verdicts_of(servers, [])
    result = result_of(servers)
    parts = parts_of("check-1", result, verdicts, NOON)
    assert max(len(part.value.encode()) for part in parts) < ITEM_BYTES - 1_000
    assert [part.part for part in parts] == list(range(len(parts)))
    assert msgspec.json.decode(parts[0].value, type=PreflightResult) == result
    read = [msgspec.json.decode(part.value, type=tuple[ServerVerdict, ...]) for part in parts[1:]]
    assert [verdict for part in read for verdict in part] == verdicts
    assert max(map(len, read)) <= MOST_PART_SERVERS


def test_a_summary_says_what_a_start_does() -> None:
    """Two waves one after the other, and one beside them."""
    waves = (
        Wave(1, "Databases", ("pg-1",)),
        Wave(2, "Web", ("pg-2",), depends_on=(1,), delay_seconds=60, approval_required=True),
        Wave(3, "Reports", ("pg-3",)),
    )
    there = Place("333344445555", "us-west-2")
    drill = ExistingInstance(server_id(1), "i-1", ACCOUNT, REGION, InstanceMode.DRILL, "RUNNING", NOON)
    servers = [
        planned_server(1, OLDER, existing=(drill,)),
        planned_server(2, wave_number=2, os=OperatingSystem.WINDOWS),
        planned_server(3, wave_number=3, account_id=there.account_id, region=there.region),
        planned_server(4, OLDER, BLOCKED, wave_number=3, impact=Impact.OPTIONAL),
    ]
    held = an_execution(server_count=9)
    plan = a_plan(*waves, rto_minutes=60)
    summary = summarize_start(plan, Mode.RECOVERY, servers, [held], 1.0)
    assert (summary.wave_count, summary.server_count, summary.launch_count, summary.excluded_count) == (3, 4, 3, 1)
    assert [(each.account_id, each.launch_count) for each in summary.places] == [(ACCOUNT, 2), (there.account_id, 1)]
    assert [(each.source_server_id, each.reason) for each in summary.excluded] == [(server_id(4), BLOCKED.reason)]
    assert (summary.older_data_count, summary.needs_accept_degraded) == (1, False)
    assert [(each.execution_id, each.server_count) for each in summary.preempts] == [(held.execution_id, 9)]
    assert [(each.wave_number, each.by_another) for each in summary.approvals] == [(2, False)]
    assert (summary.expected_seconds, summary.rto_minutes) == (540 + 60 + 1_440, 60)
    assert summary.existing_instances == {InstanceMode.DRILL: 1}


@pytest.mark.parametrize(
    ("found", "needed"),
    [((), False), ((BLOCKED,), True)],
)
def test_a_start_needs_consent_to_leave_out_what_is_critical(found: tuple[Finding, ...], needed: bool) -> None:
    """Unless nothing is left to launch: then it is refused in any case."""
    servers = [planned_server(1), planned_server(2, *found)]
    assert summarize_start(a_plan(), Mode.DRILL, servers, [], 1.0).needs_accept_degraded is needed
    assert summarize_start(a_plan(), Mode.DRILL, servers[1:], [], 1.0).needs_accept_degraded is False


def a_check(**fields: Any) -> PreflightCheck:
    known: dict[str, Any] = {
        "plan_id": "plan-1",
        "mode": Mode.DRILL,
        "check_id": "check-1",
        "state": CheckState.RUNNING,
        "point_in_time": None,
        "started_at": NOON,
        "started_by": "olivia",
        "lease_until": NOON + LEASE,
    }
    return PreflightCheck(**known | fields)


@pytest.mark.parametrize(
    ("check", "at", "state", "words"),
    [
        (None, 0, PreflightState.NEVER_CHECKED, "has not been checked"),
        (a_check(), 59, PreflightState.CHECKING, "olivia began at 2026-03-01T12:00:00Z is still running"),
        (a_check(), 60, PreflightState.INTERRUPTED, "was interrupted"),
        (a_check(state=CheckState.FAILED, problem="No table."), 60, PreflightState.FAILED, "failed: No table."),
        (a_check(state=CheckState.ENDED), 9_999, PreflightState.CHECKED, "is not kept any more"),
    ],
)
def test_each_state_is_said_in_words(
    check: PreflightCheck | None, at: float, state: PreflightState, words: str
) -> None:
    found = state_of(check, after(at))
    assert found is state
    assert words in describe(check, found, None, plan_changed=False)


def test_an_earlier_result_is_shown_with_its_time_beside_a_check_that_runs_or_failed() -> None:
    result = result_of([planned_server(1)])
    for check in (a_check(), a_check(state=CheckState.FAILED, problem="No table."), a_check(state=CheckState.ENDED)):
        state = state_of(check, NOON + timedelta(seconds=1))
        said = describe(check, state, result, plan_changed=True)
        assert "As of 2026-03-01T12:00:00Z: A DRILL would launch 2 servers." in said
        assert "The plan has been saved since" in said
        assert "saved since" not in describe(check, state, result, plan_changed=False)
