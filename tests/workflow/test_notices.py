"""The notices of a run, on the real topic and bus. A failed notice does not fail the run."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib import ids
from chalicelib.domain.access.context import CallContext, Hub
from chalicelib.domain.access.permissions import InvocationMode, Principal, PrincipalType
from chalicelib.domain.notices.notices import Notice
from chalicelib.execution.notices.notices import MAX_TRIES, send_pending_notices
from chalicelib.store.reads.notices.outbox import list_due_notices
from local.cloud import LocalCloud
from tests.waiting import eventually
from tests.workflow import listening
from tests.workflow.drills import Drills, Run
from tests.workflow.listening import TOPIC, Listener

HUB = Hub("aws", "111122223333", "us-east-2")


@pytest.fixture
def topic(cloud: LocalCloud) -> Iterator[str]:
    """The topic; a test may delete it, and the next one finds it again."""
    sns = cloud.client("sns")
    yield str(sns.create_topic(Name=TOPIC)["TopicArn"])
    sns.create_topic(Name=TOPIC)


@pytest.fixture
def subscribed(cloud: LocalCloud, topic: str) -> Iterator[Callable[..., Listener]]:
    """A queue that gets the notices of one plan from SNS."""
    sns, arns = cloud.client("sns"), []

    def subscribe(plan_id: str, *, raw: bool = True) -> Listener:
        listener = Listener(cloud)
        attributes = {"FilterPolicy": json.dumps({"plan_id": [plan_id]}), "RawMessageDelivery": str(raw).lower()}
        made = sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=listener.arn, Attributes=attributes)
        arns.append(made["SubscriptionArn"])
        return listener

    yield subscribe
    for arn in arns:
        sns.unsubscribe(SubscriptionArn=arn)


@pytest.fixture
def on_the_bus(cloud: LocalCloud) -> Iterator[Callable[[str], Listener]]:
    """A queue that gets the notices of one plan from EventBridge."""
    with ExitStack() as stack:
        yield lambda plan_id: stack.enter_context(listening.on_the_bus(cloud, plan_id))


@pytest.fixture(autouse=True)
def _separate_ids(monkeypatch: pytest.MonkeyPatch) -> None:
    """Notices sent a minute ahead must not move the clock of the ids in later tests."""
    monkeypatch.setattr(ids, "_made", ids._Made())


def a_call(*, after: timedelta = timedelta(minutes=1)) -> CallContext:
    """The watchdog's call, a little later."""
    principal = Principal(PrincipalType.SERVICE, "events.amazonaws.com")
    now = datetime.now(UTC) + after
    return CallContext("request", principal, InvocationMode.EVENTBRIDGE, lambda: now, now + timedelta(minutes=5), HUB)


STORY = ["EXECUTION_STARTED", "WAVE_COMPLETED", "EXECUTION_COMPLETED"]


def test_a_drill_is_announced_on_both_channels_in_the_same_words(
    drills: Drills, subscribed: Callable[..., Listener], on_the_bus: Callable[[str], Listener]
) -> None:
    plan_id = drills.plan({"servers": drills.servers(2)})
    queue, bus, other = subscribed(plan_id), on_the_bus(plan_id), subscribed("plan-another")
    not_raw = subscribed(plan_id, raw=False)
    run = drills.run(plan_id)
    messages, events = queue.messages(), bus.bodies()
    assert [json.loads(message["Body"])["event"] for message in messages] == STORY
    assert [event["detail"] for event in events] == [json.loads(message["Body"]) for message in messages]
    assert {(event["source"], event["detail-type"]) for event in events} == {
        ("dr-orchestration", "DR Orchestration Notice")
    }
    assert other.messages() == [], "the people of another plan get no notice"
    bodies = not_raw.bodies()
    assert len(bodies) == 3
    assert all(body["Subject"] == json.loads(body["Message"])["subject"] for body in bodies)

    (wave_line,) = run.kinds("WAVE_ENDED")
    notice = json.loads(messages[1]["Body"])
    assert notice == {
        "version": "1",
        "eventId": wave_line["eventId"],
        "event": "WAVE_COMPLETED",
        "severity": "INFO",
        "at": wave_line["at"],
        "subject": f"DRILL of '{run.detail['execution']['planName']}': wave 1 completed",
        "message": wave_line["message"],
        "follow": "The waves that depend on it start as soon as they wait for nothing else.",
        "action": "Nothing needs to be done.",
        "planId": plan_id,
        "planName": run.detail["execution"]["planName"],
        "executionId": run.execution_id,
        "mode": "DRILL",
        "waveNumber": 1,
        "status": "COMPLETED",
        "link": "",
    }
    attributes = {name: value["StringValue"] for name, value in messages[1]["MessageAttributes"].items()}
    assert attributes == {
        "event": "WAVE_COMPLETED",
        "severity": "INFO",
        "plan_id": plan_id,
        "execution_id": run.execution_id,
        "mode": "DRILL",
        "event_id": wave_line["eventId"],
    }
    assert {line["notice"] for line in run.events if line["notice"]} == {"SENT"}
    assert list_due_notices(run.execution_id, 10) == []


def test_approval_pause_resume_and_cancel_are_announced(drills: Drills, subscribed: Callable[..., Listener]) -> None:
    plan_id = drills.plan({"servers": drills.servers(), "approvalRequired": True})
    queue = subscribed(plan_id)
    execution_id = drills.start(plan_id)
    eventually(
        lambda: drills.query("get_execution", executionId=execution_id)["waves"][0]["status"] == "AWAITING_APPROVAL"
    )
    for operation in ("pause_execution", "resume_execution", "cancel_execution"):
        drills.ask("execution-handler", operation, executionId=execution_id)
    drills.ended(execution_id)
    assert [body["event"] for body in queue.bodies()] == [
        "EXECUTION_STARTED",
        "APPROVAL_NEEDED",
        "EXECUTION_PAUSED",
        "EXECUTION_RESUMED",
        "EXECUTION_CANCELLED",
    ]


def test_without_a_topic_the_run_ends_as_usual_and_the_failed_notices_are_sent_later_and_arrive_once(
    drills: Drills,
    cloud: LocalCloud,
    topic: str,
    subscribed: Callable[..., Listener],
    on_the_bus: Callable[[str], Listener],
    capsys: Any,
) -> None:
    plan_id = drills.plan({"servers": drills.servers()})
    bus = on_the_bus(plan_id)
    cloud.client("sns").delete_topic(TopicArn=topic)
    run = drills.run(plan_id)
    assert run.status == "COMPLETED"
    assert [event["detail"]["event"] for event in bus.bodies()] == STORY, "the other channel works"
    failures = run.kinds("NOTIFY_FAILED")
    assert [line["details"]["eventId"] for line in failures] == [
        line["eventId"] for line in run.events if line["notice"]
    ]
    assert {line["notice"] for line in run.events if line["notice"]} == {"FAILED"}
    assert all("SNS" in line["message"] and "EVENTBRIDGE" not in line["message"] for line in failures)
    logged = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"NoticesFailed"' in line]
    counted = [line for line in logged if line.get("execution_id") == run.execution_id]
    assert [(line["Channel"], line["NoticesFailed"]) for line in counted] == [("SNS", 1)] * 3

    assert send_pending_notices(run.execution_id, a_call()) == 0
    cloud.client("sns").create_topic(Name=TOPIC)
    queue = subscribed(plan_id)
    assert send_pending_notices(run.execution_id, a_call()) == 3
    assert send_pending_notices(run.execution_id, a_call()) == 0
    assert [body["event"] for body in queue.bodies()] == STORY
    assert bus.bodies() == [], "no notice is repeated where it has arrived"
    lines = list(drills.query_all("list_execution_events", executionId=run.execution_id))
    assert [line["kind"] for line in lines].count("NOTIFY_FAILED") == 3
    assert {line["notice"] for line in lines if line["notice"]} == {"SENT"}


def test_a_notice_is_given_up_after_its_tries(drills: Drills, cloud: LocalCloud, topic: str) -> None:
    cloud.client("sns").delete_topic(TopicArn=topic)
    run = drills.run(drills.plan({"servers": drills.servers()}))
    retried = unsent(drills, run)
    assert [(each["event"], each["state"], each["tries"]) for each in retried] == [
        (event, "RETRYING", 1) for event in STORY
    ]
    assert all(each["subject"] and "SNS: " in each["reason"] and each["action"] for each in retried)
    assert all(each["nextTryAt"] > each["triedAt"] for each in retried)
    for _ in range(MAX_TRIES):
        send_pending_notices(None, a_call())
    assert list_due_notices(run.execution_id, 10) == []
    given_up = unsent(drills, run)
    assert [(each["state"], each["tries"], each["nextTryAt"]) for each in given_up] == [
        ("GIVEN_UP", MAX_TRIES, None)
    ] * 3
    assert {tuple(each["channels"]) for each in given_up} == {("SNS",)}
    lines = list(drills.query_all("list_execution_events", executionId=run.execution_id))
    assert {line["notice"] for line in lines if line["notice"]} == {"FAILED"}
    messages = [line["message"] for line in lines if line["kind"] == "NOTIFY_FAILED"]
    assert ["given up" in message for message in messages] == [False] * 3 + [True] * 3


def test_a_notice_that_cannot_be_prepared_does_not_hold_up_others_and_is_given_up(
    drills: Drills, cloud: LocalCloud, topic: str, capsys: Any
) -> None:
    cloud.client("sns").delete_topic(TopicArn=topic)
    broken = drills.run(drills.plan({"servers": drills.servers()}))
    sound = drills.run(drills.plan({"servers": drills.servers()}))
    cloud.client("sns").create_topic(Name=TOPIC)
    set_mode(cloud, broken.execution_id, "NO_SUCH_MODE")
    capsys.readouterr()
    rounds = [send_pending_notices(None, a_call()) for _ in range(MAX_TRIES)]
    set_mode(cloud, broken.execution_id, "DRILL")
    assert list_due_notices(sound.execution_id, 10) == []
    assert rounds[0] >= 3, "sound notices are sent in the first round"
    assert list_due_notices(broken.execution_id, 10) == []
    messages = [line["message"] for line in Run(drills, broken.execution_id).kinds("NOTIFY_FAILED")]
    assert ["given up" in message for message in messages] == [False] * 3 + [True] * 3
    assert "could not be prepared (ValueError)" in messages[-1]
    logged = capsys.readouterr().out
    assert logged.count('"notice given up"') == 3


def unsent(drills: Drills, run: Run) -> list[Any]:
    """What the dashboard shows of a run's notices that were not sent, in the order of its story."""
    data = drills.query("get_dashboard_data")["notices"]["data"]
    return sorted(
        (each for each in data["items"] if each["executionId"] == run.execution_id), key=lambda each: each["eventId"]
    )


def set_mode(cloud: LocalCloud, execution_id: str, mode: str) -> None:
    """Writes a mode that a record of another version could hold and this one cannot read."""
    cloud.client("dynamodb").update_item(
        TableName="aws-drs-orchestration-executions-local",
        Key={"execution_id": {"S": execution_id}},
        UpdateExpression="SET #mode = :mode",
        ExpressionAttributeNames={"#mode": "mode"},
        ExpressionAttributeValues={":mode": {"S": mode}},
    )


def test_a_topic_that_does_not_answer_holds_nothing_up_for_long(
    drills: Drills, cloud: LocalCloud, subscribed: Callable[..., Listener]
) -> None:
    plan_id = drills.plan({"servers": drills.servers()})
    stop = cloud.front.observe(lambda call, _: time.sleep(3) if call.operation == "Publish" else None)
    try:
        run = drills.run(plan_id)
    finally:
        stop()
    assert run.status == "COMPLETED"
    assert len(run.kinds("NOTIFY_FAILED")) == 3
    assert all("cannot be reached" in line["message"] for line in run.kinds("NOTIFY_FAILED"))


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_death_between_the_commit_and_the_sending_loses_no_notice(
    drills: Drills, cloud: LocalCloud, subscribed: Callable[..., Listener], when: str
) -> None:
    plan_id = drills.plan({"servers": drills.servers()})
    queue = subscribed(plan_id)
    cloud.runtime.crash_next("execution-handler", service="sns", operation="Publish", when=when)
    died = cloud.runtime.invoke(
        "execution-handler", {"operation": "start_execution", "body": {"planId": plan_id, "mode": "DRILL"}}
    )
    assert died.function_error
    (execution,) = drills.query("list_executions", planId=plan_id)["items"]
    run = drills.ended(execution["executionId"])
    assert run.status == "COMPLETED"
    (due,) = list_due_notices(run.execution_id, 10)
    assert due.event.kind == "EXECUTION_STARTED"
    send_pending_notices(run.execution_id, a_call())
    assert list_due_notices(run.execution_id, 10) == []
    bodies = queue.bodies()
    assert {body["event"] for body in bodies} == set(STORY)
    assert len({body["eventId"] for body in bodies}) == 3, "a notice that came twice has one id"


def test_the_watchdog_sends_the_notices_that_failed(
    drills: Drills, cloud: LocalCloud, topic: str, subscribed: Callable[..., Listener]
) -> None:
    plan_id = drills.plan({"servers": drills.servers()})
    cloud.client("sns").delete_topic(TopicArn=topic)
    run = drills.run(plan_id)
    cloud.client("sns").create_topic(Name=TOPIC)
    queue = subscribed(plan_id)
    cloud.scheduler.run_now("execution-watchdog")
    assert [body["event"] for body in queue.bodies()] == STORY
    assert list_due_notices(run.execution_id, 10) == []


def test_a_new_notice_is_left_to_the_call_that_committed_it(drills: Drills, cloud: LocalCloud, topic: str) -> None:
    plan_id = drills.plan({"servers": drills.servers()})
    cloud.runtime.crash_next("execution-handler", service="sns", operation="Publish")
    cloud.runtime.invoke(
        "execution-handler", {"operation": "start_execution", "body": {"planId": plan_id, "mode": "DRILL"}}
    )
    (execution,) = drills.query("list_executions", planId=plan_id)["items"]
    at = datetime.fromisoformat(execution["startedAt"].replace("Z", "+00:00"))
    assert send_pending_notices(execution["executionId"], a_call(after=at - datetime.now(UTC))) == 0
    assert send_pending_notices(execution["executionId"], a_call()) == 1
    drills.ended(execution["executionId"])


def test_a_notice_is_complete(drills: Drills) -> None:
    """The documented names, so that a change of the contract is noticed."""
    assert list(Notice.__struct_encode_fields__) == [
        "version", "eventId", "event", "severity", "at", "subject", "message", "follow", "action",
        "planId", "planName", "executionId", "mode", "waveNumber", "status", "link",
    ]  # fmt: skip
