"""How promises read the evidence: what a wave needed, who held a lease, whether a statement is true."""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from tests.workflow.evidence import (
    EXECUTIONS,
    FINAL_EXECUTION,
    HAS_LAUNCHED,
    JOBS,
    LAUNCHED_AND_THEN,
    SERVERS,
    WAVES,
    Call,
    Change,
    Item,
    Job,
    Record,
    Run,
    Shown,
    State,
)

Broken = Iterator[tuple[str, dict[str, Any]]]
"""What breaks a promise: sentences, each with the facts."""

EARLY = timedelta(seconds=0.6)
"""A delay is rounded to whole seconds, and the function that ends a wave reads the clock before it writes."""

_FREE_TO_GO_ON = {"COMPLETED", "SKIPPED"}
_PASSED_OVER = {"FAILED", "TIMED_OUT"}
_STATE_OF = {
    "pause_execution": {"PAUSED"},
    "resume_execution": {"IN_PROGRESS"},
    "cancel_execution": {"CANCELLING", "CANCELLED"},
}
_WAVES_WITH_JOBS = re.compile(r"(\d+) wave(?:\(s\)|s)? ha(?:s|ve)(?: open)? DRS jobs")
_JOBS = re.compile(r"(\d+) (?:open )?(?:DRS )?jobs? (?:runs? on|in progress|is open|are open)")
_LAUNCHED = re.compile(r"(\d+) server(?:\(s\)|s)? ha(?:s|ve) launched")
_IS = re.compile(r"Wave (\d+) is ([A-Z_]+)\b")
_REQUESTS = re.compile(r"(\d+) launch requests?")


# --- waves ---


def why_not_yet(change: Change, state: State) -> Iterator[str]:
    """The reasons why the wave that this write started should not have started yet."""
    wave, execution = change.after or {}, state.execution
    for number in wave["depends_on"]:
        needed = state.wave(number)
        passed_over = needed["status"] in _PASSED_OVER and needed["on_failure"] == "CONTINUE"
        if needed["status"] not in _FREE_TO_GO_ON and not passed_over:
            yield f"while wave {number}, which it depends on, was {needed['status']} ({needed['on_failure']})"
    if execution["status"] != "IN_PROGRESS":
        yield f"while the execution was {execution['status']}"
    if execution.get("stop_reason"):
        yield f"after the execution had stopped ({execution['stop_reason']})"
    if wave.get("approval_required") and not wave.get("approved_by"):
        yield "without its approval"
    due = _due(wave, state)
    if wave.get("delay_seconds") and change.at < due - EARLY:
        yield f"{(due - change.at).total_seconds():.1f} s before its delay of {wave['delay_seconds']} s was over"


def _due(wave: Item, state: State) -> datetime:
    """When the wave's delay is over."""
    return _ready_since(wave, state) + timedelta(seconds=int(wave.get("delay_seconds", 0)))


def _ready_since(wave: Item, state: State) -> datetime:
    ends = [wave.get("approved_at"), *(state.wave(number).get("ended_at") for number in wave["depends_on"])]
    ready: datetime = max((end for end in ends if end is not None), default=state.execution["started_at"])
    return ready


def wrong_wave_outcome(number: int, wave: Mapping[str, Any], shown: Shown) -> Iterator[tuple[str, dict[str, Any]]]:
    if wave["status"] != "COMPLETED":
        return
    mine = shown.of_wave(number)
    good = [server for server in mine if server["status"] in HAS_LAUNCHED]
    lost = [server["hostname"] for server in mine if server["status"] == "FAILED" and server["impact"] == "CRITICAL"]
    if lost:
        yield f"Wave {number} is COMPLETED with failed CRITICAL servers.", {"failed": lost}
    if not good:
        yield f"Wave {number} is COMPLETED, and nothing of it launched.", {"reason": wave["outcomeReason"]}
    share, demanded = 100 * len(good) / max(1, len(mine)), wave["minSuccessPercent"]
    if demanded is not None and share < demanded:
        yield f"Wave {number} is COMPLETED with {share:.0f} % of its servers; the plan demands {demanded} %.", {}


def has_launched(server: Mapping[str, Any]) -> bool:
    """Whether a server is shown with an instance: its launch succeeded, whatever its checks found."""
    return server["status"] in HAS_LAUNCHED or server["error"].startswith(LAUNCHED_AND_THEN)


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


# --- runs together ---


def holds_still(other: Run, run: Run, when: datetime) -> bool:
    """Whether ``other`` had not ended at that moment and had not made room for a RECOVERY."""
    status = other.state_at(when).execution.get("status")
    made_room = other.mode == "DRILL" and run.mode == "RECOVERY" and status == "CANCELLING"
    return not made_room and (other.ended is None or other.ended.at > when)


def takes_over(record: Record, taker: str, run: Run) -> bool:
    """Whether ``taker`` may have the lease of a run that goes on. The mode of a start that died is not known."""
    other = record.runs.get(taker)
    return bool(taker) and run.mode == "DRILL" and (other is None or other.mode == "RECOVERY")


def is_own(job: Job, run: Run, claim: Item) -> bool:
    """Whether a job may be adopted for a claim, by its tags or else by all that can be compared."""
    if job.execution_id:
        return (job.execution_id, job.job_run) == (run.execution_id, claim["job_run"])
    same = set(job.server_ids) == set(claim["server_ids"]) and job.is_drill == (run.mode == "DRILL")
    return same and job.created_at >= claim["claimed_at"]


# --- answers ---


def goes_on_at(run: Run, after: datetime) -> datetime | None:
    """When the execution was resumed after that moment."""
    resumed = (one.at for one in run.of(EXECUTIONS) if one.at > after and one.becomes("status") == "IN_PROGRESS")
    return next(resumed, None)


def requests_named(call: Call) -> int:
    """How many launch requests the answer names as under way."""
    named = call.answer.get("requestsUnderWay")
    found = _REQUESTS.search(call.statement)
    return int(named) if named is not None else int(found[1]) if found else 0


def untrue(run: Run, call: Call) -> Iterator[str]:
    """The parts of an answer's statement that were not true when it was sent."""
    statement = call.statement
    if not statement:
        return
    states = [run.state_at(call.sent_at), run.state_at(call.answered_at)]
    yield from _untrue_status(run, call, states)
    yield from _untrue_counts(run, call, states)
    for number, status in _IS.findall(statement):
        seen = {state.wave(number).get("status") for state in states} | _between(run, WAVES, number, call)
        if status not in seen:
            yield f"Wave {number} was not {status}, but {sorted(map(str, seen))}."
    if "starts now" in statement:
        due = _due(states[1].wave(call.wave_number), states[1])
        if call.answered_at < due - EARLY:
            seconds = (due - call.answered_at).total_seconds()
            yield f"Wave {call.wave_number} does not start now, but in {seconds:.1f} s."
    paused = all(state.execution.get("status") == "PAUSED" for state in states)
    if paused and re.search(r"starts now|Attempt \d+ launches", statement) and "resum" not in statement:
        yield "Nothing starts or launches now: the execution is paused."


def _untrue_status(run: Run, call: Call, states: list[State]) -> Iterator[str]:
    expected = _STATE_OF.get(call.operation)
    seen = {str(state.execution.get("status")) for state in states} | _between(run, EXECUTIONS, "", call)
    if expected and not expected & seen:
        yield f"The execution was not {sorted(expected)}, but {sorted(seen)}."


def _untrue_counts(run: Run, call: Call, states: list[State]) -> Iterator[str]:
    open_now = [job for job in run.jobs if job.created_at <= call.answered_at and not _ended_before(job.ended_at, call)]
    claims = {
        (int(item["wave_number"]), key)
        for state in states
        for key, item in state.all(JOBS).items()
        if item.get("status") in {"CLAIMED", "STARTED"}
    }
    jobs = claims | {(job.wave_number, job.job_run) for job in open_now}
    bounds = {_WAVES_WITH_JOBS: len({wave for wave, _ in jobs}), _JOBS: len(jobs)}
    for pattern, most in bounds.items():
        found = pattern.search(call.statement)
        if found and int(found[1]) > most:
            yield f"'{found[0]}', and there were {most}."
    launched = _LAUNCHED.search(call.statement)
    least = sum(item.get("status") in HAS_LAUNCHED for item in states[0].all(SERVERS).values())
    most = sum(len(job.instances) for job in run.jobs)
    if launched and not least <= int(launched[1]) <= most:
        yield f"'{launched[0]}', and there were {least} before and {most} in the end."


def _ended_before(ended_at: datetime | None, call: Call) -> bool:
    return ended_at is not None and ended_at < call.sent_at


def _between(run: Run, table: str, key: str, call: Call) -> set[str]:
    """The states that a record took while the call was served."""
    return {one.status for one in run.of(table) if one.key == key and call.sent_at <= one.at <= call.answered_at}


def last_state(run: Run) -> State:
    state = State()
    for change in run.changes:
        state.take(change)
    return state


def refused_although_waiting(run: Run, call: Call) -> bool:
    """Whether the wave waited for this answer before and after the call, and nothing changed."""
    waits_for = {"retry_wave": "AWAITING_DECISION", "approve_wave": "AWAITING_APPROVAL"}.get(call.operation)
    if waits_for is None or call.status != 409:
        return False
    before, after = run.state_at(call.sent_at), run.state_at(call.answered_at)
    wave = before.wave(call.wave_number)
    quiet = wave == after.wave(call.wave_number) and before.execution == after.execution
    runs = before.execution.get("status") not in FINAL_EXECUTION | {"CANCELLING"}
    return quiet and runs and wave.get("status") == waits_for and not wave.get("approved_by")
