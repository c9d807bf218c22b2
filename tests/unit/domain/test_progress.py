"""What a poll of DRS means: any answers of DRS, in any order, end in the right state."""

import json
from datetime import timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.estate.sightings import JobSighting, ServerSighting
from chalicelib.domain.launches.progress import MAX_CHANGES, Observation, WaveStatusData, observe
from chalicelib.domain.runs.records import JobRun, JobStatus, ServerRun, ServerStatus
from tests.unit.domain.records import a_job, a_server, after, server_id, sighting

GRACE = timedelta(seconds=60)
ENDED = {"status": "COMPLETED", "ended_at": after(500)}
SOON = after(510)
LATE = after(561)
STEP_FUNCTIONS_BYTES = 262_144


def _look(
    job: JobRun, seen: JobSighting, *servers: ServerRun, late: bool = False, other_jobs: tuple[JobRun, ...] = ()
) -> Observation:
    return observe(servers, [job, *other_jobs], {job.job_id: seen}, now=LATE if late else SOON, grace=GRACE)


def _one(seen_server: ServerSighting | None, *, ended: bool, late: bool = False) -> Observation:
    """One server in one job, and what DRS shows of it."""
    server = a_server(1)
    job = a_job(0, (server.source_server_id,))
    shown = [seen_server] if seen_server else []
    return _look(job, sighting(job, *shown, **(ENDED if ended else {})), server, late=late)


def _seen(status: str, instance: str = "", error: str = "") -> ServerSighting:
    return ServerSighting(server_id(1), status, instance, error)


def test_a_launched_server_with_its_instance_is_launched_even_before_the_job_ends() -> None:
    seen = _one(_seen("LAUNCHED", "i-1"), ended=False)
    (change,) = seen.server_changes
    assert (change.status, change.recovery_instance_id, change.error) == (ServerStatus.LAUNCHED, "i-1", "")
    assert (seen.complete, seen.launched_count, seen.job_changes) == (False, 1, ())


def test_a_job_that_ended_with_all_servers_reported_completes_the_wave() -> None:
    seen = _one(_seen("LAUNCHED", "i-1"), ended=True)
    assert seen.complete
    assert seen.job_changes[0].job_ended_at == after(500)


def test_a_failed_server_has_the_reason_of_drs_although_the_job_is_completed() -> None:
    seen = _one(_seen("FAILED", error="LAUNCH_FAILED: no capacity"), ended=True)
    (change,) = seen.server_changes
    assert (change.status, change.error) == (ServerStatus.FAILED, "LAUNCH_FAILED: no capacity")
    assert (seen.complete, seen.launched_count, seen.failed_count) == (True, 0, 1)


@pytest.mark.parametrize("status", ["FAILED", "TERMINATED"])
def test_a_server_that_failed_without_a_reason_still_gets_a_message(status: str) -> None:
    (change,) = _one(_seen(status), ended=False).server_changes
    assert change.status is ServerStatus.FAILED
    assert status in change.error
    assert "drsjob-" in change.error


@pytest.mark.parametrize(
    "shown",
    [
        pytest.param(None, id="not listed"),
        pytest.param(_seen("PENDING"), id="PENDING"),
        pytest.param(_seen("IN_PROGRESS"), id="IN_PROGRESS"),
        pytest.param(_seen("LAUNCHED"), id="LAUNCHED without an instance"),
        pytest.param(_seen("A_FUTURE_STATUS", "i-1"), id="an unknown status"),
    ],
)
def test_a_missing_result_is_waited_for_and_then_failed_with_the_reason(shown: ServerSighting | None) -> None:
    for early in (_one(shown, ended=False, late=True), _one(shown, ended=True)):
        assert (early.server_changes, early.job_changes, early.complete) == ((), (), False)
    seen = _one(shown, ended=True, late=True)
    (change,) = seen.server_changes
    assert change.status is ServerStatus.FAILED
    assert change.error
    assert seen.complete


def test_a_job_that_ended_without_a_time_is_waited_for() -> None:
    server = a_server(1)
    job = a_job(0, (server.source_server_id,))
    assert not _look(job, sighting(job, status="COMPLETED"), server, late=True).complete


def test_an_empty_list_of_servers_ends_when_drs_fills_it() -> None:
    assert not _one(None, ended=False).complete
    assert _one(_seen("LAUNCHED", "i-1"), ended=True).complete


def test_nothing_is_concluded_about_a_job_that_could_not_be_read() -> None:
    server = a_server(1)
    job = a_job(0, (server.source_server_id,))
    seen = observe([server], [job], {}, now=LATE, grace=GRACE)
    assert (seen.server_changes, seen.job_changes, seen.complete) == ((), (), False)


def test_a_wave_with_an_open_claim_is_not_complete() -> None:
    launched = a_server(1, status=ServerStatus.LAUNCHED)
    claim = a_job(1, (server_id(2),), status=JobStatus.CLAIMED, job_id="")
    assert not observe([launched], [claim], {}, now=LATE, grace=GRACE).complete


def test_servers_that_still_queue_keep_the_wave_open() -> None:
    queued = a_server(2, status=ServerStatus.NOT_STARTED)
    job = a_job(0, (server_id(1),))
    done = sighting(job, _seen("LAUNCHED", "i-1"), **ENDED)
    assert not _look(job, done, a_server(1), queued).complete


def test_a_server_that_a_crash_left_unmarked_is_still_recorded() -> None:
    job = a_job(0, (server_id(1),))
    seen = _look(job, sighting(job, _seen("LAUNCHED", "i-1"), **ENDED), a_server(1, status=ServerStatus.NOT_STARTED))
    assert seen.complete
    assert seen.server_changes[0].status is ServerStatus.LAUNCHED


def test_a_final_server_is_never_changed_again() -> None:
    for status in (status for status in ServerStatus if status.is_final):
        job = a_job(0, (server_id(1),))
        seen = _look(job, sighting(job, _seen("FAILED"), **ENDED), a_server(1, status=status))
        assert seen.server_changes == ()
        assert seen.complete


def test_servers_that_are_not_of_the_wave_are_left_alone() -> None:
    job = a_job(0, (server_id(1),))
    stranger = ServerSighting(server_id(9), "LAUNCHED", "i-9")
    seen = _look(job, sighting(job, _seen("LAUNCHED", "i-1"), stranger, **ENDED), a_server(1))
    assert [change.source_server_id for change in seen.server_changes] == [server_id(1)]


def test_a_thousand_failures_with_long_reasons_fit_into_several_polls_and_none_is_lost() -> None:
    servers = [a_server(number) for number in range(1_000)]
    ids = [run.source_server_id for run in servers]
    jobs = [a_job(chunk, tuple(ids[start : start + 100])) for chunk, start in enumerate(range(0, 1_000, 100))]
    sightings = {
        job.job_id: sighting(
            job, *(ServerSighting(server, "FAILED", error="no capacity " * 300) for server in job.server_ids), **ENDED
        )
        for job in jobs
    }
    looks = 0
    while True:
        seen = observe(servers, jobs, sightings, now=SOON, grace=GRACE)
        looks += 1
        assert len(seen.server_changes) <= MAX_CHANGES
        assert len(_message(seen)) < STEP_FUNCTIONS_BYTES
        servers, jobs = _record(servers, jobs, seen)
        if seen.complete:
            break
        assert looks < 1_000 / MAX_CHANGES + 1
    assert all(run.status is ServerStatus.FAILED for run in servers)
    assert all(job.status is JobStatus.COMPLETED for job in jobs)
    assert seen.failed_count == 1_000


STATUSES = ["PENDING", "IN_PROGRESS", "LAUNCHED", "FAILED", "TERMINATED", "NEW_WORD"]


@given(st.data())
def test_any_order_of_polls_ends_in_final_states_that_never_change(data: st.DataObject) -> None:
    count = data.draw(st.integers(1, 6))
    servers = [a_server(number) for number in range(count)]
    jobs = [a_job(0, tuple(run.source_server_id for run in servers))]
    for _ in range(data.draw(st.integers(0, 5))):
        seen = observe(servers, jobs, _any_look(data, jobs[0], ended=False), now=SOON, grace=GRACE)
        before = {run.source_server_id: run.status for run in servers if run.status.is_final}
        servers, jobs = _record(servers, jobs, seen)
        assert before.items() <= {run.source_server_id: run.status for run in servers}.items()
    last = observe(servers, jobs, _any_look(data, jobs[0], ended=True), now=LATE, grace=GRACE)
    servers, jobs = _record(servers, jobs, last)
    assert last.complete
    assert last.launched_count + last.failed_count == count
    assert all(run.status.is_final for run in servers)


def _any_look(data: st.DataObject, job: JobRun, *, ended: bool) -> dict[str, JobSighting]:
    shown = [
        ServerSighting(server, data.draw(st.sampled_from(STATUSES)), data.draw(st.sampled_from(["", "i-1"])))
        for server in job.server_ids
        if data.draw(st.booleans())
    ]
    return {job.job_id: sighting(job, *shown, **(ENDED if ended else {}))}


def _record(servers: list[ServerRun], jobs: list[JobRun], seen: Observation) -> tuple[list[ServerRun], list[JobRun]]:
    """What the tables hold after the poll is recorded."""
    changes = {change.source_server_id: change.status for change in seen.server_changes}
    ended = {(change.chunk, change.attempt) for change in seen.job_changes}
    return (
        [msgspec.structs.replace(run, status=changes.get(run.source_server_id, run.status)) for run in servers],
        [
            msgspec.structs.replace(job, status=JobStatus.COMPLETED) if (job.chunk, job.attempt) in ended else job
            for job in jobs
        ],
    )


def _message(seen: Observation) -> str:
    data = WaveStatusData(server_changes=seen.server_changes, job_changes=seen.job_changes)
    return json.dumps(msgspec.to_builtins(data))
