"""One run of a story: its plans, its deaths, and what follows them (repeats, schedules, the watchdog)."""

import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from chalicelib.domain.access.context import CallContext, Hub
from chalicelib.domain.access.permissions import InvocationMode, Principal, PrincipalType
from chalicelib.execution.notices.notices import send_pending_notices
from chalicelib.store.tables.launches import JobRunItem
from chalicelib.store.tables.runs import ExecutionItem, WaveRunItem
from tests.persons import send
from tests.waiting import PATIENCE_SECONDS, pause_after
from tests.workflow.crash_matrix.deaths import Deaths, Point
from tests.workflow.drills import Drills, Refused, Run, require_truth, workflow_arn

FINAL = {"COMPLETED", "PARTIAL", "FAILED", "CANCELLED", "TIMED_OUT"}
HANDLER = "execution-handler"
WATCHDOG = "execution-watchdog"
MOST_REPEATS = 20
WATCHED_AFTER_SECONDS = 3.0
"""How long a test waits before the watchdog runs. In AWS it is a minute."""

RARER_BY = 0.25

MAY_BE_LEFT = {
    "approve_wave",
    "reject_wave",
    "retry_wave",
    "resume_execution",
    "cancel_execution",
    "terminate_recovery_instances",
}
"""Commands that take effect with their first write, even if their caller does not repeat them."""

MAY_REPEAT = {"JOB_REFUSED", "JOB_UNCERTAIN", "SERVERS_LAUNCHED", "SERVERS_QUEUED", "TERMINATION_REFUSED"}
"""Kinds of lines that each report one request, look or attempt: another line may have the same text."""


class Stage:
    """Where a story is played while its functions die at ``points``."""

    def __init__(self, drills: Drills, deaths: Deaths, points: Iterable[Point]) -> None:
        self.drills = drills
        self._deaths = deaths
        self._lock = threading.Lock()
        self._pending = list(points)
        self._calls: Counter[str] = Counter()
        self._failing: set[str] = set()
        self.struck: list[Point] = []
        self.twice = False

    def dies_at(self, site: str) -> str:
        """A call that never reached AWS does not count: its repetition is the call of that number."""
        with self._lock:
            number = self._calls[site] + 1
            due = next((point for point in self._pending if point.site == site and point.nth <= number), None)
            if due is not None:
                self._pending.remove(due)
                self.struck.append(due)
            if due is None or due.when == "after":
                self._calls[site] = number
            return due.when if due else ""

    def fails_at(self, site: str) -> bool:
        return site in self._failing

    def fail(self, site: str) -> None:
        """From now on the calls of this write get no answer."""
        self._failing.add(site)

    def answer_again(self) -> None:
        """From now on every call gets an answer again."""
        self._failing.clear()

    def died(self, site: str, when: str = "") -> bool:
        """Whether a function has died at this write."""
        return any(point.site == site and point.when in (when or point.when) for point in self.struck)

    # --- what people, pipelines and schedules do ---

    def plan(self, *waves: dict[str, Any], **content: Any) -> str:
        plan_id = self.drills.plan(*waves)
        if content:
            plan = self.drills.query("get_recovery_plan", planId=plan_id)
            same = {name: plan[name] for name in ("version", "name", "waves")}
            self.drills.manage("update_recovery_plan", planId=plan_id, **same, **content)
        self._deaths.register(plan_id, self)
        return plan_id

    def command(self, operation: str, *, person: Any = None, **body: Any) -> Any:
        """Sends a command until it is answered, and returns the body of the answer or Refused.

        With ``person`` it comes by REST, from that signed-in person; otherwise it is a direct invocation.

        After a death that left something written, some callers give up (None), and the watchdog has to do the rest.
        For the others it runs before they repeat the command.
        """
        for _ in range(MOST_REPEATS):
            known = len(self.struck)
            result = send(
                self.drills.cloud, HANDLER, {"operation": operation, "body": body}, person.token() if person else ""
            )
            if result.function_error is None:
                answer = result.value
                if answer["statusCode"] < 400:
                    return answer["body"]
                error = answer["body"]["error"]
                return Refused(answer["statusCode"], error["code"], error["message"], error["details"])
            assert len(self.struck) > known, result.payload
            if self.struck[-1].when == "after":
                if operation in MAY_BE_LEFT:
                    return None
                self.schedule(WATCHDOG)
        raise AssertionError(f"{operation} was never answered")

    def start(self, plan_id: str, **body: Any) -> str:
        answer = self.command("start_execution", **self.a_start(plan_id, **body))
        assert not isinstance(answer, Refused), answer
        return str(answer["execution"]["executionId"])

    def a_start(self, plan_id: str, **body: Any) -> dict[str, Any]:
        """The body of a start that may be repeated."""
        return {"planId": plan_id, "mode": "DRILL", "idempotencyKey": str(uuid.uuid4()), **body}

    def schedule(self, function: str) -> Any:
        """Runs a scheduled function until it survives to its end."""
        for _ in range(MOST_REPEATS):
            known = len(self.struck)
            result = self.drills.cloud.scheduler.run_now(function)
            if result.function_error is None:
                return result.value["body"]
            assert len(self.struck) > known or b"Runtime.ExitError" in result.payload, result.payload
        raise AssertionError(f"{function} never ended")

    def task(self, action: str, **fields: Any) -> Any:
        """Sends a task by hand, and again when its function dies."""
        for _ in range(MOST_REPEATS):
            result = self.drills.cloud.runtime.invoke(
                HANDLER, {"action": action, **fields}, arn=workflow_arn(self.drills.cloud, HANDLER)
            )
            if result.function_error is None:
                return result.value
        raise AssertionError(f"{action} was never answered")

    # --- waiting and looking ---

    def until(self, condition: Callable[[], Any], *, schedule: str | None = WATCHDOG) -> Any:
        """Waits for the first true answer and runs a scheduled function, if there is one, now and then.

        On a busy machine it runs less often, or its rounds would take most of the time.
        """
        began = time.monotonic()
        due = WATCHED_AFTER_SECONDS
        while not (found := condition()):
            waited = time.monotonic() - began
            assert waited < PATIENCE_SECONDS, "the condition was never true"
            if schedule and waited > due:
                self.schedule(schedule)
                due = time.monotonic() - began + max(WATCHED_AFTER_SECONDS, waited * RARER_BY)
            time.sleep(pause_after(waited, 0.25))
        return found

    def look(self, execution_id: str) -> Run:
        return Run(self.drills, execution_id)

    def has_ended(self, execution_id: str) -> bool:
        """Whether the execution is final, read from the table: a call of the API costs ten times as much."""
        return ExecutionItem.get(execution_id).status in FINAL

    def until_wave(self, execution_id: str, status: str, number: int = 1) -> None:
        self.until(lambda: WaveRunItem.get(execution_id, number).status == status)

    def until_launching(self, execution_id: str) -> None:
        """Waits until DRS has accepted the first wave's job and the job is recorded."""
        self.until(lambda: any(item.job_id for item in JobRunItem.query(execution_id)))

    def ended(self, execution_id: str, *statuses: str) -> Run:
        """Waits until the run has ended in one of these states, then checks what must be true of it."""
        self.until(lambda: self.has_ended(execution_id))
        self.until(lambda: execution_id not in self.drills.holders().values())
        send_pending_notices(execution_id, a_minute_later())
        run = self.look(execution_id)
        require_truth(run)
        require_timeline(run)
        reasons = [wave["outcomeReason"] for wave in run.waves.values()]
        assert run.status in (statuses or {"COMPLETED"}), (run.status, run.reason, run.wave_statuses, reasons)
        return run


def a_minute_later() -> CallContext:
    """The watchdog's call, when the call that committed a notice cannot be sending it any longer."""
    principal = Principal(PrincipalType.SERVICE, "events.amazonaws.com")
    now = datetime.now(UTC) + timedelta(minutes=1)
    hub = Hub("aws", "111122223333", "us-east-2")
    return CallContext("request", principal, InvocationMode.EVENTBRIDGE, lambda: now, now + timedelta(minutes=5), hub)


def require_timeline(run: Run) -> None:
    """Checks that no line is repeated, that no launch is missing, and that every notice was sent."""
    lines = [
        (event["kind"], event["waveNumber"], event["message"], str(event["details"]))
        for event in run.events
        if event["kind"] not in MAY_REPEAT
    ]
    attempts = max(wave["attempt"] for wave in run.waves.values())
    assert sorted({line for line in lines if lines.count(line) > attempts}) == [], "no line is repeated"
    started = [event["details"]["jobId"] for event in run.events if event["kind"] in {"JOB_STARTED", "JOB_ADOPTED"}]
    assert sorted(started) == sorted(job["jobID"] for job in run.jobs), "the timeline names every job of DRS once"
    over = {number for number, wave in run.waves.items() if wave["status"] == "COMPLETED"}
    launched = [item for item in run.servers.values() if item["waveNumber"] in over and item["recoveryInstanceId"]]
    counted = [
        int(event["message"].split()[0])
        for event in run.kinds("SERVERS_LAUNCHED")
        if event["waveNumber"] in over and "given up" not in event["message"]
    ]
    assert sum(counted) == len(launched), "the timeline counts every launch once"
    states = {event["notice"] for event in run.events if event["notice"]}
    assert states <= {"SENT"}, "no notice is lost"
