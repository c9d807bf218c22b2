"""What the product promises of its runs, whatever happens: each function is a promise, and its name says it.

A promise takes the evidence and yields what breaks it: a sentence and the facts. Nothing here trusts what the product
says about itself: its answers are compared with its writes, with the requests to DRS, and with what DRS holds.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from tests.workflow.evidence import (
    EXECUTIONS,
    FINAL_EXECUTION,
    FINAL_SERVER,
    FINAL_WAVE,
    HAS_LAUNCHED,
    JOBS,
    SERVERS,
    WAVES,
    Record,
    Run,
)
from tests.workflow.judging import (
    Broken,
    goes_on_at,
    has_launched,
    last_state,
    moment,
    refused_although_waiting,
    requests_named,
    untrue,
    why_not_yet,
    wrong_wave_outcome,
)
from tests.workflow.promises_together import OF_RUNS_TOGETHER

FREE_TO_GO_ON = {"COMPLETED", "SKIPPED"}
BEFORE_START = {"NOT_STARTED", "AWAITING_APPROVAL"}
UNDER_WAY = {"QUEUED", "EXECUTING", "VALIDATING"}
WAVE_ENDS = {"WAVE_ENDED", "WAVE_REJECTED", "WAVE_SKIPPED"}
STOPPING = {"pause_execution", "cancel_execution"}

AFTER_FAILURE = {"NOT_STARTED", "LAUNCHED", "TERMINATED"}
SERVER_MOVES = {
    "LAUNCHED": {"VALIDATED", "FAILED", "TERMINATED"},
    "VALIDATED": {"FAILED", "TERMINATED"},
    "FAILED": AFTER_FAILURE,
    "SKIPPED": set[str](),
    "EXCLUDED": set[str](),
    "TERMINATED": set[str](),
}


@dataclass(frozen=True)
class Violation:
    """A broken promise."""

    promise: str
    execution_id: str
    sentence: str
    facts: Mapping[str, Any]

    def __str__(self) -> str:
        facts = "; ".join(f"{name}: {value}" for name, value in self.facts.items())
        return f"{self.promise} — {self.sentence} [{self.execution_id}{'; ' if facts else ''}{facts}]"


def broken_promises(record: Record) -> list[Violation]:
    """Every violation in the record; empty if the product kept its promises."""
    found = [
        Violation(promise.__name__, run.execution_id, sentence, facts)
        for run in record.runs.values()
        for promise in OF_ONE_RUN
        for sentence, facts in promise(run)
    ]
    found += [
        Violation(promise.__name__, run.execution_id, sentence, facts)
        for run in record.runs.values()
        for promise in OF_RUNS_TOGETHER
        for sentence, facts in promise(run, record)
    ]
    return found


# --- launches ---


def an_attempt_launches_a_server_once(run: Run) -> Broken:
    launches = Counter((job.wave_number, job.attempt, server) for job in run.jobs for server in job.server_ids)
    for (wave, attempt, server), count in launches.items():
        if count > 1:
            yield f"{server} was launched {count} times in attempt {attempt} of wave {wave}.", {}


def what_has_launched_is_never_launched_again(run: Run) -> Broken:
    running: dict[str, str] = {}
    for job in sorted(run.jobs, key=lambda job: job.created_at):
        for server in job.server_ids:
            if server in running:
                facts = {"first": running[server], "second": f"{job.job_id} ({job.job_run})"}
                yield f"{server} was launched again although an instance of this execution exists.", facts
        running |= {server: f"{job.job_id}: {instance}" for server, instance in job.instances.items()}


def a_recorded_launch_is_never_requested_again(run: Run) -> Broken:
    for request in run.requests:
        servers = run.state_at(request.at).all(SERVERS)
        for server in request.server_ids:
            if servers.get(server, {}).get("status") in HAS_LAUNCHED:
                yield f"DRS was asked to launch {server}, which was recorded as launched.", {"job run": request.job_run}


def only_a_wave_under_way_launches(run: Run) -> Broken:
    for request in run.requests:
        state = run.state_at(request.at)
        status = state.wave(request.wave_number).get("status")
        if status not in UNDER_WAY or state.execution.get("status") in FINAL_EXECUTION:
            facts = {"job run": request.job_run, "execution": state.execution.get("status")}
            yield f"DRS was asked for a launch while wave {request.wave_number} was {status}.", facts


def nothing_is_claimed_unless_the_run_goes_on(run: Run) -> Broken:
    for change, state in run.replay():
        if change.table == JOBS and change.before is None and int((change.after or {}).get("wave_number", 0)):
            status = state.execution.get("status")
            if status != "IN_PROGRESS":
                yield f"A launch was claimed while the execution was {status}.", {"job run": change.key}


def after_the_answer_nothing_is_sent_but_what_it_names(run: Run) -> Broken:
    """Judges pauses and cancellations, until the run goes on again."""
    for call in run.calls:
        if call.operation not in STOPPING or call.status >= 400:
            continue
        if run.state_at(call.answered_at).execution.get("status") == "IN_PROGRESS":
            continue
        until = goes_on_at(run, call.answered_at)
        late = [one for one in run.requests if call.answered_at < one.at and (until is None or one.at < until)]
        if len(late) > requests_named(call):
            seconds = [round((one.at - call.answered_at).total_seconds(), 2) for one in late]
            facts = {"job runs": [one.job_run for one in late], "seconds after": seconds, "answer": call.statement}
            yield f"{len(late)} launch requests went out after {call.operation} was answered.", facts


# --- waves ---


def a_wave_starts_only_when_it_may(run: Run) -> Broken:
    for change, state in run.replay():
        if change.table == WAVES and change.was in BEFORE_START and change.status in UNDER_WAY:
            for obstacle in why_not_yet(change, state):
                yield f"Wave {change.key} started {obstacle}.", {"at": f"{change.at:%H:%M:%S.%f}"}


def a_run_that_ends_asks_for_no_decision(run: Run) -> Broken:
    for change, state in run.replay():
        if change.table != WAVES or state.execution.get("status") not in {"CANCELLING", *FINAL_EXECUTION}:
            continue
        when = f"while the execution was {state.execution['status']}"
        if change.status in {"AWAITING_APPROVAL", "AWAITING_DECISION"} and change.was != change.status:
            yield f"Wave {change.key} became {change.status} {when}.", {}
        if change.before and change.becomes("attempt"):
            yield f"Attempt {change.becomes('attempt')} of wave {change.key} began {when}.", {}


def what_is_final_stays_final(run: Run) -> Broken:
    for change in run.changes:
        final = {EXECUTIONS: FINAL_EXECUTION, WAVES: FINAL_WAVE}.get(change.table, set())
        moved = change.before is not None and change.after is not None and change.was != change.status
        if moved and change.was in final:
            yield f"{change.table} {change.key} went from {change.was} to {change.status}.", {}
        if (
            moved
            and change.table == SERVERS
            and change.status not in SERVER_MOVES.get(change.was, FINAL_SERVER | {"LAUNCHING"})
        ):
            yield f"Server {change.key} went from {change.was} to {change.status}.", {}


# --- the end ---


def every_run_ends(run: Run) -> Broken:
    if run.hangs:
        yield "It does not end.", {"where": run.hangs}


def a_run_ends_only_when_everything_in_it_has_ended(run: Run) -> Broken:
    end = run.ended
    if end is None:
        return
    for job in run.jobs:
        if job.ended_at is None or job.ended_at > end.at:
            yield (
                f"DRS job {job.job_id} of wave {job.wave_number} was open when the execution ended.",
                {"end": end.status},
            )
    state = run.state_at(end.at)
    for key, item in state.all(JOBS).items():
        if item.get("status") in {"CLAIMED", "STARTED"} and item.get("wave_number"):
            yield f"Job run {key} was {item['status']} when the execution ended.", {"end": end.status}
    for key, item in state.all(SERVERS).items():
        if item["status"] not in FINAL_SERVER:
            facts = {"wave": state.wave(int(item["wave_number"])).get("status"), "end": end.status}
            yield f"Server {key} was {item['status']} when the execution ended.", facts


def every_job_is_known(run: Run) -> Broken:
    known = {item["job_id"] for item in last_state(run).all(JOBS).values() if item.get("job_id")}
    for job in run.jobs if run.ended else ():
        if job.job_id not in known:
            yield f"Nothing is recorded of DRS job {job.job_id}.", {"job run": job.job_run}


def each_end_is_reported_once(run: Run) -> Broken:
    if run.shown is None:
        return
    kinds = Counter(event["kind"] for event in run.shown.events)
    if kinds["EXECUTION_ENDED"] != 1:
        yield f"The timeline has {kinds['EXECUTION_ENDED']} ends of the execution.", {}
    ends = Counter(event.get("waveNumber") for event in run.shown.events if event["kind"] in WAVE_ENDS)
    for number in run.shown.waves:
        if ends[number] != 1:
            yield f"The timeline has {ends[number]} ends of wave {number}.", {"is": run.shown.waves[number]["status"]}


def the_timeline_goes_forward(run: Run) -> Broken:
    events = run.shown.events if run.shown else ()
    for earlier, later in pairwise(events):
        if moment(later["at"]) < moment(earlier["at"]):
            facts = {"then": f"{earlier['kind']} {earlier['at']}", "listed after it": f"{later['kind']} {later['at']}"}
            yield "Times in the timeline go back.", facts


# --- outcomes and counts ---


def an_outcome_is_that_of_the_servers(run: Run) -> Broken:
    if run.shown is None:
        return
    status, reason = run.shown.execution["status"], run.shown.execution["outcomeReason"]
    instances = sum(len(job.instances) for job in run.jobs)
    others = {number: wave["status"] for number, wave in run.shown.waves.items() if wave["status"] not in FREE_TO_GO_ON}
    if status == "COMPLETED" and (others or not instances):
        yield f"It is COMPLETED with {instances} instances.", {"waves": others}
    if instances and (status == "FAILED" or reason.startswith("Nothing launched")):
        yield f"It is {status} with {instances} instances.", {"reason": reason}
    if status == "PARTIAL" and not instances:
        yield "It is PARTIAL, and nothing launched.", {"reason": reason}
    for number, wave in run.shown.waves.items():
        yield from wrong_wave_outcome(number, wave, run.shown)


def counts_are_those_of_the_servers(run: Run) -> Broken:
    for number, wave in run.shown.waves.items() if run.shown else ():
        mine = run.shown.of_wave(number) if run.shown else []
        right = {
            "serverCount": len(mine),
            "launchedCount": sum(has_launched(server) for server in mine),
            "failedCount": sum(server["status"] == "FAILED" for server in mine),
        }
        wrong = {name: wave[name] for name, count in right.items() if wave[name] != count}
        if wrong:
            facts = {"servers": right, "wave": wave["status"], **Counter(server["status"] for server in mine)}
            yield f"Wave {number} counts {wrong}.", facts


def what_drs_launched_is_reported(run: Run) -> Broken:
    if run.shown is None:
        return
    instances = {server: instance for job in run.jobs for server, instance in job.instances.items()}
    for server_id, server in run.shown.servers.items():
        shown, real = server["recoveryInstanceId"], instances.get(server_id, "")
        if real and not has_launched(server):
            yield f"{server_id} is {server['status']}, and {real} runs.", {"error": server["error"]}
        if has_launched(server) and shown != real:
            yield f"{server_id} is {server['status']} as {shown or 'nothing'}; DRS launched {real or 'nothing'}.", {}


def excluded_servers_stay_excluded(run: Run) -> Broken:
    for change in run.of(SERVERS):
        if change.was == "EXCLUDED" and change.status != "EXCLUDED":
            yield f"{change.key} was excluded and became {change.status}.", {}


# --- answers ---


def answers_are_true(run: Run) -> Broken:
    for call in run.calls:
        for sentence in untrue(run, call):
            yield sentence, {"answer": call.statement}


def waiting_questions_can_be_answered(run: Run) -> Broken:
    """A wave that waits for a person accepts every answer that its state allows."""
    for call in run.calls:
        if refused_although_waiting(run, call):
            yield (
                f"Wave {call.wave_number} waits for an answer, and {call.operation} is refused.",
                {"answer": call.answer},
            )


OF_ONE_RUN: tuple[Callable[[Run], Broken], ...] = (
    an_attempt_launches_a_server_once,
    what_has_launched_is_never_launched_again,
    a_recorded_launch_is_never_requested_again,
    only_a_wave_under_way_launches,
    nothing_is_claimed_unless_the_run_goes_on,
    after_the_answer_nothing_is_sent_but_what_it_names,
    a_wave_starts_only_when_it_may,
    a_run_that_ends_asks_for_no_decision,
    what_is_final_stays_final,
    every_run_ends,
    a_run_ends_only_when_everything_in_it_has_ended,
    every_job_is_known,
    each_end_is_reported_once,
    the_timeline_goes_forward,
    an_outcome_is_that_of_the_servers,
    counts_are_those_of_the_servers,
    what_drs_launched_is_reported,
    excluded_servers_stay_excluded,
    answers_are_true,
    waiting_questions_can_be_answered,
)
