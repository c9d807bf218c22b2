"""A sound run keeps each promise, and the smallest change to it breaks one: every promise can fail."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.workflow import promises, promises_together
from tests.workflow.evidence import (
    EXECUTIONS,
    JOBS,
    LEASES,
    SERVERS,
    WAVES,
    Call,
    Change,
    Item,
    Job,
    LaunchRequest,
    Record,
    Run,
    Shown,
)

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
SERVER, LEASE, JOB_RUN = "s-1", "account#region#s-1", "001#01#0000"


def at(seconds: float) -> datetime:
    return BEGAN + timedelta(seconds=seconds)


THEIRS = Job("job-1", "", "", 0, (SERVER,), at(3), at(8), {SERVER: "i-job-1"}, is_drill=True)
"""A job that may be adopted as the drill's own: it has no tags, and all else matches the claim."""


@dataclass
class Story:
    """A drill of one wave with one server, from 0 s to 10 s; tests change what happens in it."""

    execution_id: str = "exec-1"
    mode: str = "DRILL"
    writes: list[tuple[float, str, str, Item]] = field(default_factory=list)
    leases: list[Change] = field(default_factory=list)
    requests: list[LaunchRequest] = field(default_factory=list)
    jobs: list[Job] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    shown: dict[str, Any] = field(default_factory=dict)
    hangs: str = ""
    listed: bool = True
    others: list[Run] = field(default_factory=list)
    foreign: list[Job] = field(default_factory=lambda: [THEIRS])

    def set(self, seconds: float, table: str, key: str, **attributes: Any) -> None:
        self.writes.append((seconds, table, key, attributes))

    def changes(self) -> list[Change]:
        items: dict[tuple[str, str], Item] = {}
        made = []
        for seconds, table, key, attributes in sorted(self.writes, key=lambda write: write[0]):
            before = items.get((table, key))
            items[table, key] = {**(before or {}), **attributes}
            made.append(Change(0, at(seconds), table, self.execution_id, key, before, items[table, key]))
        return made

    def hold(self, seconds: float, holder: str) -> None:
        after = {"execution_id": holder} if holder else None
        self.leases.append(Change(0, at(seconds), LEASES, holder, LEASE, None, after))

    def ask(self, seconds: float, job_run: str = JOB_RUN) -> None:
        self.requests.append(LaunchRequest(at(seconds), self.execution_id, job_run, 1, (SERVER,)))

    def launch(self, begins: float, ends: float | None, job_id: str = "job-1", job_run: str = JOB_RUN) -> None:
        ended_at = None if ends is None else at(ends)
        job = Job(job_id, self.execution_id, job_run, 1, (SERVER,), at(begins), ended_at, {SERVER: f"i-{job_id}"})
        self.jobs.append(job)

    def recovered(self, seconds: float) -> None:
        """A recovery of the server, in the console of DRS."""
        ends = {SERVER: "i-recovered"}
        self.foreign.append(Job("job-0", "", "", 0, (SERVER,), at(seconds - 5), at(seconds), ends, is_drill=False))

    def call(self, seconds: float, operation: str, statement: str = "", status: int = 200, **answer: Any) -> None:
        body = {"statement": statement, **answer}
        self.calls.append(Call(at(seconds), at(seconds), "Ada", operation, self.execution_id, 1, status, body))

    def run(self) -> Run:
        shown = Shown(
            self.shown["execution"], {1: self.shown["wave"]}, {SERVER: self.shown["server"]}, self.shown["events"]
        )
        return Run(
            self.execution_id,
            self.mode,
            self.changes(),
            sorted(self.requests, key=lambda request: request.at),
            self.jobs,
            self.calls,
            shown,
            self.hangs,
        )

    def record(self) -> Record:
        runs = {run.execution_id: run for run in (self.run(), *self.others)}
        listed = frozenset(runs) - (frozenset() if self.listed else {self.execution_id})
        return Record(
            runs, sorted(self.leases, key=lambda one: one.at), {SERVER: LEASE}, listed, self.calls, self.foreign
        )


def calm() -> Story:
    story = Story()
    story.hold(0, "exec-1")
    story.set(0, SERVERS, SERVER, status="NOT_STARTED", wave_number=1)
    needs = {"depends_on": [], "on_failure": "STOP", "delay_seconds": 0, "approval_required": False, "attempt": 1}
    story.set(0, WAVES, "1", status="NOT_STARTED", **needs)
    story.set(0, EXECUTIONS, "", status="CREATED", started_at=at(0))
    story.set(1, EXECUTIONS, "", status="IN_PROGRESS")
    story.set(2, WAVES, "1", status="QUEUED")
    claim = {"job_run": JOB_RUN, "wave_number": 1, "server_ids": [SERVER], "claimed_at": at(2.1)}
    story.set(2.1, JOBS, JOB_RUN, status="CLAIMED", **claim)
    story.ask(2.2)
    story.launch(2.3, 8)
    story.set(2.4, JOBS, JOB_RUN, status="STARTED", job_id="job-1")
    story.set(2.5, SERVERS, SERVER, status="LAUNCHING")
    story.set(2.6, WAVES, "1", status="EXECUTING")
    story.set(8.5, SERVERS, SERVER, status="LAUNCHED")
    story.set(8.6, JOBS, JOB_RUN, status="COMPLETED")
    story.set(9, WAVES, "1", status="COMPLETED", ended_at=at(9))
    story.set(10, EXECUTIONS, "", status="COMPLETED")
    story.hold(10.1, "")
    wave = {"status": "COMPLETED", "outcomeReason": "", "minSuccessPercent": None}
    server = {"status": "LAUNCHED", "impact": "CRITICAL", "hostname": "web", "error": "", "waveNumber": 1}
    story.shown = {
        "execution": {"status": "COMPLETED", "outcomeReason": "All waves completed."},
        "wave": {**wave, "serverCount": 1, "launchedCount": 1, "failedCount": 0},
        "server": {**server, "recoveryInstanceId": "i-job-1"},
        "events": [
            {"kind": "WAVE_ENDED", "waveNumber": 1, "at": "2026-01-01T00:00:09Z"},
            {"kind": "EXECUTION_ENDED", "at": "2026-01-01T00:00:10Z"},
        ],
    }
    return story


def pause(story: Story, seconds: float, **answer: Any) -> None:
    story.set(seconds, EXECUTIONS, "", status="PAUSED")
    story.call(seconds + 0.01, "pause_execution", "Paused.", **answer)
    story.set(9.9, EXECUTIONS, "", status="IN_PROGRESS")


def second_attempt(story: Story) -> None:
    story.set(8.7, WAVES, "1", status="QUEUED", attempt=2)
    story.launch(8.8, 8.9, "job-2", "001#02#0000")
    story.set(8.85, JOBS, "001#02#0000", status="COMPLETED", job_id="job-2")
    story.shown["server"]["recoveryInstanceId"] = "i-job-2"


def other_run(story: Story) -> None:
    other = calm()
    run = other.run()
    jobs = [replace(run.jobs[0], execution_id="exec-2", created_at=at(5), job_id="job-1")]
    story.others.append(replace(run, execution_id="exec-2", jobs=jobs, requests=[], changes=[], shown=None))


def never_launched(story: Story) -> None:
    story.jobs.clear()
    story.shown["server"] |= {"status": "FAILED", "recoveryInstanceId": "", "impact": "OPTIONAL"}
    story.shown["wave"] |= {"launchedCount": 0, "failedCount": 1}


def excluded_server_fails(story: Story) -> None:
    story.set(0, SERVERS, "s-9", status="EXCLUDED", wave_number=1)
    story.set(5, SERVERS, "s-9", status="FAILED")


def another_takes_the_lease(story: Story) -> None:
    story.mode = "RECOVERY"
    story.hold(2.25, "exec-2")


def starts_now(story: Story) -> None:
    story.call(3, "approve_wave", "Wave 1 starts now.")


def starts_later(story: Story) -> None:
    story.set(1.5, WAVES, "1", delay_seconds=9)
    starts_now(story)


def cannot_be_left(story: Story) -> None:
    story.set(8.7, WAVES, "1", status="AWAITING_DECISION")
    story.call(8.8, "retry_wave", status=409)


OPEN = {"status": "STARTED", "wave_number": 1}
WAITS = {"status": "NOT_STARTED", "wave_number": 1}
BREAKS: list[tuple[Callable[..., Any], Callable[[Story], Any]]] = [
    (promises.an_attempt_launches_a_server_once, lambda story: story.launch(8.1, 8.4, "job-1")),
    (promises.what_has_launched_is_never_launched_again, second_attempt),
    (promises.a_recorded_launch_is_never_requested_again, lambda story: story.ask(8.55)),
    (promises.only_a_wave_under_way_launches, lambda story: story.ask(9.5)),
    (promises.only_a_wave_under_way_launches, lambda story: story.ask(1.5)),
    (promises.nothing_is_claimed_unless_the_run_goes_on, lambda story: pause(story, 2.05)),
    (promises.after_the_answer_nothing_is_sent_but_what_it_names, lambda story: pause(story, 2.15)),
    (promises.a_wave_starts_only_when_it_may, lambda story: story.set(1.5, EXECUTIONS, "", stop_reason="No.")),
    (promises.a_wave_starts_only_when_it_may, lambda story: pause(story, 1.9)),
    (
        promises.a_run_that_ends_asks_for_no_decision,
        lambda story: story.set(11, WAVES, "1", status="AWAITING_DECISION"),
    ),
    (promises.a_run_that_ends_asks_for_no_decision, lambda story: story.set(11, WAVES, "1", attempt=2)),
    (promises.what_is_final_stays_final, lambda story: story.set(11, EXECUTIONS, "", status="FAILED")),
    (promises.what_is_final_stays_final, lambda story: story.set(9.5, WAVES, "1", status="CANCELLED")),
    (promises.what_is_final_stays_final, lambda story: story.set(9.5, SERVERS, SERVER, status="NOT_STARTED")),
    (promises.every_run_ends, lambda story: setattr(story, "hangs", "wave 1 is QUEUED")),
    (promises.a_run_ends_only_when_everything_in_it_has_ended, lambda story: story.launch(9.9, None, "job-1")),
    (promises.a_run_ends_only_when_everything_in_it_has_ended, lambda story: story.set(9.5, JOBS, "2", **OPEN)),
    (promises.a_run_ends_only_when_everything_in_it_has_ended, lambda story: story.set(9.5, SERVERS, "2", **WAITS)),
    (promises.every_job_is_known, lambda story: story.launch(8.1, 8.2, "job-9")),
    (promises.each_end_is_reported_once, lambda story: story.shown["events"].pop()),
    (promises.each_end_is_reported_once, lambda story: story.shown["events"].insert(0, story.shown["events"][0])),
    (promises.the_timeline_goes_forward, lambda story: story.shown["events"].reverse()),
    (promises.an_outcome_is_that_of_the_servers, never_launched),
    (promises.an_outcome_is_that_of_the_servers, lambda story: story.shown["execution"].update(status="FAILED")),
    (promises.an_outcome_is_that_of_the_servers, lambda story: story.shown["wave"].update(status="FAILED")),
    (promises.an_outcome_is_that_of_the_servers, lambda story: story.shown["server"].update(status="FAILED")),
    (promises.counts_are_those_of_the_servers, lambda story: story.shown["wave"].update(failedCount=1)),
    (promises.what_drs_launched_is_reported, lambda story: story.shown["server"].update(recoveryInstanceId="i-other")),
    (promises.what_drs_launched_is_reported, lambda story: story.shown["server"].update(status="FAILED")),
    (promises.excluded_servers_stay_excluded, excluded_server_fails),
    (promises.answers_are_true, lambda story: story.call(3, "cancel_execution", "Cancelling.")),
    (promises.answers_are_true, lambda story: story.call(3, "reject_wave", "Wave 1 is FAILED.")),
    (promises.answers_are_true, starts_later),
    (promises.answers_are_true, lambda story: story.call(9, "skip_wave", "2 waves have DRS jobs")),
    (promises.waiting_questions_can_be_answered, cannot_be_left),
    (promises_together.no_answer_is_a_server_error, lambda story: story.call(3, "pause_execution", status=500)),
    (promises_together.two_runs_never_launch_a_server_at_once, other_run),
    (promises_together.no_drill_ends_an_instance_of_a_recovery, lambda story: story.recovered(-60)),
    (promises_together.a_job_of_someone_else_is_never_adopted, lambda story: setattr(story, "mode", "RECOVERY")),
    (promises_together.leases_are_held_while_jobs_are_open, lambda story: story.hold(5, "")),
    (promises_together.leases_are_held_while_jobs_are_open, another_takes_the_lease),
    (promises_together.leases_are_freed_at_the_end, lambda story: story.hold(11, "exec-1")),
    (promises_together.every_run_is_listed, lambda story: setattr(story, "listed", False)),
]


def broken(story: Story) -> set[str]:
    return {violation.promise for violation in promises.broken_promises(story.record())}


def test_a_calm_drill_breaks_no_promise() -> None:
    assert not promises.broken_promises(calm().record())


def test_a_drill_may_launch_what_a_drill_of_someone_else_has_replaced() -> None:
    story = calm()
    story.recovered(-60)
    story.foreign.append(Job("job-x", "", "", 0, (SERVER,), at(-30), at(-20), {SERVER: "i-x"}, is_drill=True))
    assert "no_drill_ends_an_instance_of_a_recovery" not in broken(story)


def test_a_stop_that_names_the_requests_under_way_breaks_no_promise() -> None:
    story = calm()
    pause(story, 2.15, requestsUnderWay=1)
    assert not broken(story)


def test_a_wave_without_a_delay_may_be_said_to_start_now() -> None:
    story = calm()
    starts_now(story)
    assert not broken(story)


def test_a_recovery_may_take_the_leases_of_a_drill() -> None:
    story = calm()
    story.others.append(replace(calm().run(), execution_id="exec-2", mode="RECOVERY", jobs=[], requests=[], changes=[]))
    story.others[0] = replace(story.others[0], shown=None)
    story.hold(5, "exec-2")
    assert not broken(story)


@pytest.mark.parametrize(
    ("promise", "change"), BREAKS, ids=[f"{number}-{one.__name__}" for number, (one, _) in enumerate(BREAKS)]
)
def test_each_promise_can_be_broken(promise: Callable[..., Any], change: Callable[[Story], Any]) -> None:
    story = calm()
    change(story)
    assert promise.__name__ in broken(story)


def test_every_promise_has_a_test() -> None:
    stated = {promise.__name__ for promise in (*promises.OF_ONE_RUN, *promises_together.OF_RUNS_TOGETHER)}
    assert stated == {promise.__name__ for promise, _ in BREAKS}
