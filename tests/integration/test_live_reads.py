"""Reads of a running execution, as a dashboard repeats them every few seconds."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.domain.access.permissions import Principal, PrincipalType
from chalicelib.domain.estate.accounts import Place
from chalicelib.domain.estate.groups import Impact
from chalicelib.domain.estate.servers import OperatingSystem
from chalicelib.domain.launches.progress import ServerChange
from chalicelib.domain.plans.plans import ApprovalPolicy
from chalicelib.domain.plans.steps import Phase
from chalicelib.domain.runs.events import EventKind
from chalicelib.domain.runs.launches_ahead import launches_ahead
from chalicelib.domain.runs.outcomes import WaveOutcome
from chalicelib.domain.runs.records import (
    ACTIVE_STATUSES,
    ExecutionStatus,
    Mode,
    ServerRun,
    ServerStatus,
    TimelineEvent,
    WaveRun,
    WaveStatus,
)
from chalicelib.domain.steps.step_runs import StepRun, StepStatus, Target
from chalicelib.execution.notices.events import new_event
from chalicelib.ids import new_id
from chalicelib.query import executions
from chalicelib.query.beside import MAX_AGE_FOR_POLLS, LaunchingExecutions
from chalicelib.store.reads.runs.executions import get_execution, get_wave
from chalicelib.store.tables.runs import EXECUTIONS, TIMELINE, WAVE_RUNS, ExecutionItem
from chalicelib.store.tables.steps import STEP_RUNS
from chalicelib.store.writes.runs.executions import move_execution, resume_execution
from chalicelib.store.writes.runs.new_executions import write_runs
from chalicelib.store.writes.runs.retries import open_next_attempt
from chalicelib.store.writes.runs.servers import record_changes
from chalicelib.store.writes.runs.waves import approve_wave, end_wave, hold_wave, queue_wave, request_approval
from local.aws_calls import AwsCall
from local.cloud import LocalCloud
from tests.integration.conftest import RestClient
from tests.unit.domain.records import ACCOUNT, REGION, a_server, a_wave, an_execution

AUDIT = "audit-logs"
GROUP = new_id("pg")
NOW = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)


@pytest.fixture
def execution_id(cloud: LocalCloud) -> str:
    execution_id = new_id("exec")
    EXECUTIONS.to_item(an_execution(execution_id=execution_id, plan_id=new_id("plan"))).save()
    return execution_id


@contextmanager
def reads(cloud: LocalCloud) -> Iterator[Counter[str]]:
    """The calls of DynamoDB within the context, without those to the audit log, by operation."""
    seen: Counter[str] = Counter()

    def see(call: AwsCall, function: str | None) -> None:
        if function and call.service == "dynamodb" and AUDIT not in str(call.params.get("TableName", "")):
            seen[call.operation] += 1

    stop = cloud.front.observe(see)
    try:
        yield seen
    finally:
        stop()


def test_an_execution_that_has_not_changed_costs_one_read(
    admin: RestClient, signed_in: Callable[[str], RestClient], cloud: LocalCloud, execution_id: str
) -> None:
    path = f"/executions/{execution_id}"
    tag = admin.get(path).headers["ETag"]
    with reads(cloud) as seen:
        again = admin("GET", path, None, If_None_Match=tag)
    assert (again.status, again.body, again.headers["ETag"]) == (304, None, tag)
    assert seen == {"GetItem": 1}
    operator = signed_in("DRSOperator")
    assert operator("GET", path, None, If_None_Match=tag).status == 200, "another person may do other things"
    event = new_event(execution_id, datetime.now(UTC), EventKind.EXECUTION_PAUSED, "Paused.")
    assert move_execution(execution_id, ExecutionStatus.PAUSED, event)
    changed = admin("GET", path, None, If_None_Match=tag)
    assert (changed.status, changed.body["execution"]["status"]) == (200, "PAUSED")
    assert changed.headers["ETag"] != tag


@pytest.fixture
def waiting_runs(cloud: LocalCloud) -> list[str]:
    """Two executions whose servers wait for quotas in one place, and that go before those of other tests."""
    place = Place(ACCOUNT, REGION)
    ids = [new_id("exec") for _ in range(2)]
    first: dict[str, Any] = {"mode": Mode.RECOVERY, "priority": 1, "status": ExecutionStatus.CREATED}
    for execution_id in ids:
        EXECUTIONS.to_item(an_execution(execution_id=execution_id, plan_id=new_id("plan"), **first)).save()
        launches = launches_ahead((place, OperatingSystem.LINUX, 540.0) for _ in range(5))
        waiting = {str(place): "Behind another wave."}
        fields: dict[str, Any] = {"server_count": 5, "launches": launches, "waiting": waiting}
        WAVE_RUNS.to_item(a_wave(execution_id=execution_id, status=WaveStatus.QUEUED, **fields)).save()
    return ids


def test_those_who_poll_executions_that_wait_share_one_look_at_the_others(
    admin: RestClient, cloud: LocalCloud, waiting_runs: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(executions, "executions_beside", LaunchingExecutions().beside)
    monkeypatch.setattr(executions, "MAX_AGE_FOR_POLLS", timedelta(days=1))
    first, second = waiting_runs
    with reads(cloud) as seen:
        assert admin.get(f"/executions/{first}").body["forecast"]["endAt"]
    assert seen["Query"] > 2 + len(ACTIVE_STATUSES), "its own, and those of all that run"
    for execution_id in (second, first):
        with reads(cloud) as seen:
            assert admin.get(f"/executions/{execution_id}").body["forecast"]["endAt"]
        assert seen == {"GetItem": 1, "Query": 2}


def test_a_look_at_other_executions_counts_until_it_is_old_and_never_shows_one_itself(
    cloud: LocalCloud, waiting_runs: list[str]
) -> None:
    first, second = waiting_runs
    look = LaunchingExecutions().beside
    place = Place(ACCOUNT, REGION)

    def found(own: str, seconds: float, **age: timedelta) -> set[str]:
        beside = look({place}, "plan-1", NOW + timedelta(seconds=seconds), own=own, **age)
        return {run.execution_id for run in beside.executions} & set(waiting_runs)

    kept = {"max_age": MAX_AGE_FOR_POLLS}
    assert found(first, 0, **kept) == {second}
    ExecutionItem(first).delete()
    assert found(second, 9.9, **kept) == {first}, "from the look before"
    assert found(second, 10, **kept) == set()
    ExecutionItem(second).delete()
    assert found("exec-other", 11, **kept) == {second}
    assert found("exec-other", 11) == set(), "who gives no age gets a look of now"


# --- what is new ---


def a_line(execution_id: str, kind: EventKind, age: timedelta, **fields: Any) -> str:
    """Adds a line of this age to the timeline, and returns its id."""
    event = new_event(execution_id, datetime.now(UTC) - age, kind, "A line.", **fields)
    TIMELINE.to_item(event).save()
    return event.event_id


def test_the_lines_after_one_are_those_that_are_new(admin: RestClient, cloud: LocalCloud, execution_id: str) -> None:
    path = f"/executions/{execution_id}/events"
    old = [a_line(execution_id, EventKind.WAVE_STARTED, timedelta(minutes=age)) for age in (9, 8)]
    fresh = a_line(execution_id, EventKind.WAVE_ENDED, timedelta(0))
    first = admin.get(path)
    assert [line["eventId"] for line in first.body["items"]] == [*old, fresh]
    assert first.body["nextAfter"] == old[1], "a line may still come between the last ones"
    late = a_line(execution_id, EventKind.JOB_ENDED, timedelta(seconds=50))
    with reads(cloud) as seen:
        again = admin.get(path, after=first.body["nextAfter"])
    assert [line["eventId"] for line in again.body["items"]] == [late, fresh]
    assert seen.total() == 2
    tag = again.headers["ETag"]
    unchanged = admin("GET", f"{path}?after={first.body['nextAfter']}", None, If_None_Match=tag)
    assert unchanged.status == 304
    assert admin.get(path, after=fresh).body == {"items": [], "nextCursor": None, "nextAfter": fresh}


def test_lines_are_chosen_by_kind_wave_and_whether_people_did_them(admin: RestClient, execution_id: str) -> None:
    cause = {"cause": EventKind.APPROVAL_TIMED_OUT.value}
    ages = (timedelta(minutes=age) for age in range(9, 0, -1))
    started = a_line(execution_id, EventKind.WAVE_STARTED, next(ages), wave_number=1)
    approved = a_line(execution_id, EventKind.WAVE_APPROVED, next(ages), wave_number=2)
    paused = a_line(execution_id, EventKind.EXECUTION_PAUSED, next(ages))
    overdue = a_line(execution_id, EventKind.EXECUTION_PAUSED, next(ages), **cause)

    def listed(**filters: Any) -> list[str]:
        return [line["eventId"] for line in admin.all_items(f"/executions/{execution_id}/events", **filters)]

    assert listed() == [started, approved, paused, overdue]
    assert listed(kind="EXECUTION_PAUSED") == [paused, overdue]
    assert listed(waveNumber=1) == [started]
    assert listed(peopleOnly="true") == [approved, paused]
    assert listed(peopleOnly="true", newestFirst="true", limit=1) == [paused, approved]
    assert listed(peopleOnly="true", kind="EXECUTION_PAUSED", after=approved) == [paused]
    refused = admin.get(f"/executions/{execution_id}/events", kind="NO_SUCH_KIND")
    assert list(refused.problems) == ["kind"]


@pytest.fixture
def servers(execution_id: str) -> list[ServerRun]:
    """Twelve servers in two waves."""
    runs = [
        a_server(
            number,
            group_id=GROUP,
            execution_id=execution_id,
            wave_number=1 if number < 8 else 2,
            hostname=f"Web-{number:02}",
            status=ServerStatus.FAILED if number == 3 else ServerStatus.LAUNCHING,
            impact=Impact.OPTIONAL if number % 2 else Impact.CRITICAL,
            region="us-west-2" if number == 9 else "us-east-1",
        )
        for number in range(12)
    ]
    write_runs([], runs, datetime.now(UTC) - timedelta(minutes=10))
    return runs


def names(items: Iterable[Any]) -> list[int]:
    return [int(item["hostname"].removeprefix("Web-")) for item in items]


def test_servers_are_chosen_by_what_they_are(
    admin: RestClient, cloud: LocalCloud, execution_id: str, servers: list[ServerRun]
) -> None:
    path = f"/executions/{execution_id}/servers"

    def listed(**filters: Any) -> list[int]:
        return names(admin.all_items(path, **filters))

    assert listed(limit=5) == list(range(12))
    assert listed(status="FAILED") == [3]
    assert listed(region="us-west-2") == [9]
    assert listed(accountId="999988887777") == []
    assert listed(impact="OPTIONAL", waveNumber=2) == [9, 11]
    assert listed(q="web-1") == [10, 11]
    assert listed(q=servers[4].source_server_id.upper()) == [4]
    assert listed(impact="CRITICAL", limit=2) == [0, 2, 4, 6, 8, 10]
    with reads(cloud) as seen:
        assert admin.get(path, status="VALIDATED", limit=1).body["items"] == []
    assert seen.total() == 2, "however few servers match"


def test_servers_that_have_changed_are_listed_by_the_time_of_their_change(
    admin: RestClient, execution_id: str, servers: list[ServerRun]
) -> None:
    path = f"/executions/{execution_id}/servers"
    asked = admin.get(path).body["nextChangedAfter"]
    assert admin.get(path, changedAfter=asked).body["items"] == []
    launched = [ServerChange(servers[number].source_server_id, ServerStatus.LAUNCHED) for number in (9, 8)]
    for change in launched:
        record_changes(execution_id, 2, [change], lambda _: [])
    page = admin.get(path, changedAfter=asked).body
    assert names(page["items"]) == [9, 8]
    assert page["nextChangedAfter"] == asked, "an earlier change may still come"
    assert names(admin.get(path, changedAfter=asked, waveNumber=1).body["items"]) == []
    assert names(admin.all_items(path, changedAfter=asked, limit=1)) == [9, 8]
    assert admin.get(path, changedAfter="2026-05-04T03:02:01").status == 400, "a time without a zone"


def test_the_states_of_many_servers_fit_into_one_page(admin: RestClient, cloud: LocalCloud, execution_id: str) -> None:
    runs = [a_server(number, execution_id=execution_id, group_id=GROUP) for number in range(1_001)]
    write_runs([], runs, datetime.now(UTC))
    path = f"/executions/{execution_id}/server-states"
    with reads(cloud) as seen:
        page = admin.get(path)
    assert len(page.body["items"]) == 1_000
    assert page.body["items"][7] == {
        "sourceServerId": runs[7].source_server_id,
        "hostname": "host-7",
        "waveNumber": 1,
        "status": "LAUNCHING",
    }
    assert seen.total() == 2
    assert len(list(admin.all_items(path))) == 1_001


def test_steps_are_listed_with_their_results(admin: RestClient, execution_id: str) -> None:
    at = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)
    run = StepRun(
        execution_id=execution_id,
        wave_number=2,
        attempt=1,
        phase=Phase.VALIDATION,
        order=1,
        name="Answers",
        status=StepStatus.FAILED,
        started_at=at,
        claim_expires_at=at,
        target=Target("i-1", "web"),
        output="No answer.",
        ended_at=at,
        kind="HTTP",
    )
    STEP_RUNS.to_item(run).save()
    (step,) = admin.get(f"/executions/{execution_id}/steps").body["items"]
    shown = {name: step[name] for name in ("waveNumber", "phase", "kind", "status", "target", "targetName", "output")}
    assert list(shown.values()) == [2, "VALIDATION", "HTTP", "FAILED", "i-1", "web", "No answer."]
    assert admin.get(f"/executions/{execution_id}/steps", waveNumber=1).body["items"] == []
    assert admin.get("/executions/exec-unknown/steps").status == 404


# --- decisions ---


@pytest.fixture
def waiting_wave(cloud: LocalCloud) -> WaveRun:
    """A wave that waits for its approval, of an execution that runs."""
    execution_id = new_id("exec")
    policy = ApprovalPolicy(timeout_minutes=60)
    EXECUTIONS.to_item(
        an_execution(execution_id=execution_id, plan_id=new_id("plan"), mode=Mode.RECOVERY, approval=policy)
    ).save()
    WAVE_RUNS.to_item(a_wave(execution_id=execution_id, approval_required=True)).save()
    event = new_event(execution_id, NOW, EventKind.APPROVAL_NEEDED, "It needs an approval.")
    assert request_approval(execution_id, 1, event, at=NOW)
    return get_wave(execution_id, 1)


def decisions(client: RestClient, execution_id: str) -> list[Any]:
    return [each for each in client.all_items("/decisions") if each["executionId"] == execution_id]


def test_what_waits_for_a_person_is_listed_over_all_executions(
    admin: RestClient, signed_in: Callable[[str], RestClient], cloud: LocalCloud, waiting_wave: WaveRun
) -> None:
    execution_id = waiting_wave.execution_id
    with reads(cloud) as seen:
        assert admin.get("/decisions").status == 200
    assert seen == {"Query": 1, "BatchGetItem": 1}
    (decision,) = decisions(admin, execution_id)
    assert (decision["kind"], decision["mode"], decision["waveNumber"]) == ("APPROVAL", "RECOVERY", 1)
    assert (decision["since"], decision["until"]) == ("2026-05-04T03:02:01Z", "2026-05-04T04:02:01Z")
    assert (decision["permission"], decision["allowed"]) == ("approve", True)
    (operator,) = decisions(signed_in("DRSOperator"), execution_id)
    assert not operator["allowed"]
    assert "approve" in operator["reason"]
    shown = admin.get(f"/executions/{execution_id}").body
    assert shown["waves"][0]["waitingFor"]["until"] == decision["until"]


def test_a_decision_that_was_made_is_not_listed_any_more(admin: RestClient, waiting_wave: WaveRun) -> None:
    execution_id = waiting_wave.execution_id
    event = new_event(execution_id, NOW, EventKind.WAVE_APPROVED, "Approved.")
    assert approve_wave(execution_id, 1, event, by=Principal(PrincipalType.USER, "Ada"), comment="", at=NOW)
    assert decisions(admin, execution_id) == []
    wave = get_wave(execution_id, 1)
    assert wave.decision_since is None
    queue_wave(execution_id, 1, event_of(wave), ready_at=NOW, started_at=NOW, deadline_at=NOW + timedelta(hours=1))
    failure = WaveOutcome(WaveStatus.FAILED, "1 CRITICAL server did not launch.", 0, 1)
    assert hold_wave(get_wave(execution_id, 1), failure, event_of(wave))
    (held,) = decisions(admin, execution_id)
    assert (held["kind"], held["permission"]) == ("FAILED_WAVE", "control-execution")
    assert open_next_attempt(
        get_wave(execution_id, 1), event_of(wave), deadline_at=NOW, launch_again=[], check_again=[]
    )
    assert decisions(admin, execution_id) == []
    first, second = get_wave(execution_id, 1).attempts
    assert (first.attempt, first.began_at, first.reason) == (1, NOW, failure.reason)
    assert (second.attempt, second.ended_at) == (2, None)
    assert hold_wave(get_wave(execution_id, 1), failure, event_of(wave))
    assert end_wave(get_wave(execution_id, 1), failure, event_of(wave), ended_at=NOW)
    assert decisions(admin, execution_id) == []


def event_of(wave: WaveRun) -> TimelineEvent:
    return new_event(wave.execution_id, NOW, EventKind.WAVE_ENDED, "A line.", wave_number=1)


def test_pauses_that_are_over_are_kept(execution_id: str) -> None:
    def move(to: ExecutionStatus, minute: int) -> bool:
        event = new_event(execution_id, NOW + timedelta(minutes=minute), EventKind.EXECUTION_PAUSED, "Paused by Ada.")
        seen = get_execution(execution_id)
        if to is ExecutionStatus.IN_PROGRESS:
            return resume_execution(seen, event, deadline_at=None, waves={})
        return move_execution(execution_id, to, event, seen=seen)

    assert move(ExecutionStatus.PAUSED, 1)
    assert get_execution(execution_id).pause_reason == "Paused by Ada."
    assert move(ExecutionStatus.IN_PROGRESS, 3)
    assert move(ExecutionStatus.PAUSED, 4)
    assert move(ExecutionStatus.CANCELLING, 9)
    execution = get_execution(execution_id)
    assert [pause.ended_at - pause.began_at for pause in execution.pauses] == [
        timedelta(minutes=2),
        timedelta(minutes=5),
    ]
    assert (execution.paused_at, execution.pause_reason) == (None, "")
