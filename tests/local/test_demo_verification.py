"""What the checks of a run find when they compare it with the expected result, DRS, EC2 and the leases."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest

from chalicelib.domain.estate.groups import Impact
from chalicelib.domain.runs.events import EventKind
from chalicelib.domain.runs.records import ExecutionStatus, ServerStatus, TimelineEvent, WaveStatus
from local.demo.evidence import Evidence, LaunchJob
from local.demo.failback import Homecoming
from local.demo.following import Ended
from local.demo.script import Ask, Expectation, Request, Step
from local.demo.verification import shortcomings, verify
from tests.local.demo_runs import detail, ended, server, wave
from tests.unit.domain.records import after

AS_EXPECTED = Expectation(outcome=ExecutionStatus.COMPLETED)
HOST_1 = server(1, 1).source_server_id
RETRY = Ask(user="DRSOperator", request=Request.RETRY, wave="tier 1")


def launched(*server_ids: str, seconds: float = 1.0) -> LaunchJob:
    return LaunchJob(job_id="drsjob-1", execution_id="exec-1", created_at=after(seconds), server_ids=server_ids)


def evidence(**fields: Any) -> Evidence:
    """One server was launched once, and its instance runs."""
    known: dict[str, Any] = {
        "jobs": (launched(HOST_1),),
        "instances": {"exec-1": Counter({HOST_1: 1})},
        "leases": {},
        "crashes_to_come": 0,
    }
    return Evidence(**known | fields)


def run_of(expected: Expectation | None = AS_EXPECTED, *events: tuple[float, EventKind], **wave_fields: Any) -> Ended:
    """A run of one wave with one server, without any problem."""
    completed = detail(ended(1, **wave_fields), status=ExecutionStatus.COMPLETED)
    lines = tuple(
        TimelineEvent(f"event-{number}", "exec-1", after(seconds), kind, "")
        for number, (seconds, kind) in enumerate(events)
    )
    return Ended(detail=completed, servers=[server(1, 1, job_id="drsjob-1")], events=lines, expected=expected)


def wrong(run: Ended, found: Evidence | None = None, left: Sequence[Step] = ()) -> list[str]:
    return verify([run], left, found or evidence())


def test_a_run_that_went_as_expected_has_no_shortcomings() -> None:
    assert shortcomings(detail(ended(1), status=ExecutionStatus.COMPLETED), [server(1, 1)], AS_EXPECTED) == []


def test_every_deviation_is_a_sentence() -> None:
    run = detail(ended(1, status=WaveStatus.FAILED, launched_count=0, failed_count=1), status=ExecutionStatus.FAILED)
    found = shortcomings(run, [server(1, 1, status=ServerStatus.FAILED)], AS_EXPECTED)
    assert len(found) == 3
    assert found[0].startswith("The outcome is FAILED, not COMPLETED")
    assert found[1].startswith("Wave 1 'tier 1' is FAILED, not COMPLETED")
    assert found[2] == "host-1 failed but should not have."


def test_an_expected_failure_that_did_not_happen_is_reported() -> None:
    expected = Expectation(outcome=ExecutionStatus.COMPLETED, failed_servers=("host-1",))
    run = detail(ended(1), status=ExecutionStatus.COMPLETED)
    assert shortcomings(run, [server(1, 1)], expected) == ["host-1 should have failed but did not."]


def test_a_server_that_was_left_out_is_reported() -> None:
    run = detail(ended(1), status=ExecutionStatus.COMPLETED)
    left_out = server(2, 1, impact=Impact.OPTIONAL, status=ServerStatus.EXCLUDED)
    assert shortcomings(run, [server(1, 1), left_out], AS_EXPECTED) == ["host-2 is EXCLUDED but should have launched."]


@pytest.mark.parametrize("expected", [None, AS_EXPECTED])
def test_completed_with_a_missing_critical_server_is_reported(expected: Expectation | None) -> None:
    run = detail(ended(1, launched_count=0), status=ExecutionStatus.COMPLETED)
    found = shortcomings(run, [server(1, 1, status=ServerStatus.FAILED)], expected)
    assert "The run is reported as COMPLETED, although CRITICAL servers are missing." in found


def test_a_wave_that_a_person_skipped_may_lack_servers() -> None:
    run = detail(ended(1), wave(2, 1, status=WaveStatus.SKIPPED), status=ExecutionStatus.COMPLETED)
    expected = Expectation(outcome=ExecutionStatus.COMPLETED, waves={"tier 2": WaveStatus.SKIPPED})
    assert shortcomings(run, [server(1, 1), server(2, 2, status=ServerStatus.SKIPPED)], expected) == []


def test_a_server_that_was_terminated_had_launched() -> None:
    run = detail(ended(1), status=ExecutionStatus.COMPLETED)
    assert shortcomings(run, [server(1, 1, status=ServerStatus.TERMINATED)], AS_EXPECTED) == []


def test_nothing_is_reported_when_the_evidence_agrees() -> None:
    assert wrong(run_of()) == []


def test_a_second_launch_is_found_in_drs_whatever_the_run_says() -> None:
    twice = evidence(jobs=(launched(HOST_1), launched(HOST_1)))
    assert wrong(run_of(), twice) == ["DRS launched host-1 2 times, not 1."]
    assert wrong(run_of(None), twice) == ["DRS launched host-1 2 times in 1 attempt."]
    promised = Expectation(outcome=ExecutionStatus.COMPLETED, attempts={"tier 1": 2}, launches={"host-1": 2})
    assert wrong(run_of(promised, attempt=2), twice) == []


def test_a_launch_that_drs_does_not_know_is_found() -> None:
    assert wrong(run_of(), evidence(jobs=())) == ["DRS launched host-1 0 times, not 1."]


def test_instances_that_are_left_are_named() -> None:
    none_left = Expectation(outcome=ExecutionStatus.COMPLETED, instances=0)
    assert wrong(run_of(none_left)) == ["The DRILL has 1 instance in EC2, not 0: host-1."]


def test_a_lease_that_is_held_is_named() -> None:
    assert wrong(run_of(None), evidence(leases={"plan#1": "exec-1"})) == ["The lease plan#1 is still held by exec-1."]


def test_attempts_are_counted() -> None:
    assert wrong(run_of(attempt=2))[0] == "Wave 1 'tier 1' took 2 attempts, not 1."


@pytest.mark.parametrize(
    ("kinds", "missing"),
    [
        ([EventKind.WAVE_RETRIED, EventKind.WAVE_STARTED, EventKind.WAVE_ENDED], ""),
        ([EventKind.WAVE_ENDED, EventKind.WAVE_RETRIED], "WAVE_ENDED"),
        ([EventKind.WAVE_ENDED], "WAVE_RETRIED"),
    ],
)
def test_the_timeline_must_have_the_expected_events_in_order(kinds: list[EventKind], missing: str) -> None:
    expected = Expectation(outcome=ExecutionStatus.COMPLETED, events=(EventKind.WAVE_RETRIED, EventKind.WAVE_ENDED))
    found = wrong(run_of(expected, *enumerate(kinds)))
    assert found == (
        [f"The timeline has no {missing} in the expected order: WAVE_RETRIED, WAVE_ENDED."] if missing else []
    )


@pytest.mark.parametrize(("launched_at", "is_wrong"), [(1.0, False), (10.0, True), (21.0, False)])
def test_a_job_that_was_started_in_a_pause_is_found(launched_at: float, is_wrong: bool) -> None:
    run = run_of(AS_EXPECTED, (5.0, EventKind.EXECUTION_PAUSED), (20.0, EventKind.EXECUTION_RESUMED))
    found = wrong(run, evidence(jobs=(launched(HOST_1, seconds=launched_at),)))
    assert found == (["DRS got job drsjob-1 while the run was paused."] if is_wrong else [])


def test_steps_and_crashes_that_never_happened_are_reported() -> None:
    found = wrong(run_of(), evidence(crashes_to_come=1), left=[RETRY])
    assert len(found) == 2
    assert found[0].startswith("A step of the script was not done, because its condition was never met: ASK")
    assert found[1] == "1 function should have crashed but did not."


def home(**fields: Any) -> Homecoming:
    """A server that was failed back and is protected again."""
    known: dict[str, Any] = {
        "launch": "LAUNCHED",
        "shown_state": "FAILBACK_READY_FOR_LAUNCH",
        "instance_id": "i-home",
        "instance_state": "running",
        "protected_instance_id": "i-home",
        "replication": "CONTINUOUS",
    }
    return Homecoming(**known | fields)


@pytest.mark.parametrize(
    ("seen", "problem"),
    [
        (home(), ""),
        (home(launch=""), "was not failed back: its launch at the origin is missing, the instance there running"),
        (home(launch="FAILED", instance_state=""), "its launch at the origin is FAILED, the instance there missing"),
        (home(instance_state="terminated"), "the instance there terminated"),
        (home(protected_instance_id="i-old"), "is not protected again: its source server is CONTINUOUS and gets the "),
        (home(replication="STALLED"), "is not protected again: its source server is STALLED"),
        (home(shown_state="FAILBACK_COMPLETED"), "shows FAILBACK_COMPLETED, which AWS never shows there"),
    ],
)
def test_a_failback_is_checked_in_drs_and_ec2(seen: Homecoming, problem: str) -> None:
    expected = Expectation(outcome=ExecutionStatus.COMPLETED, failed_back=True)
    found = wrong(run_of(expected), evidence(homecomings={HOST_1: seen}))
    assert (found == []) if not problem else (len(found) == 1 and problem in found[0])
