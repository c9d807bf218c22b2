"""Queues that listen to the notices of plans."""

import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from chalicelib.store.reads.notices.outbox import list_due_notices
from local.cloud import LocalCloud

TOPIC = "aws-drs-orchestration-notifications-local"


class Listener:
    """A queue behind the topic, or behind a rule on the bus."""

    def __init__(self, cloud: LocalCloud) -> None:
        self._sqs = cloud.client("sqs")
        self.name = f"listener-{uuid.uuid4()}"
        self._url = self._sqs.create_queue(QueueName=self.name)["QueueUrl"]
        self.arn = f"arn:aws:sqs:us-east-2:111122223333:{self.name}"

    def messages(self) -> list[dict[str, Any]]:
        """Everything that has arrived since the last look."""
        found = []
        while batch := self._sqs.receive_message(
            QueueUrl=self._url, MaxNumberOfMessages=10, MessageAttributeNames=["All"]
        ).get("Messages"):
            found += batch
            for message in batch:
                self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"])
        return found

    def bodies(self) -> list[dict[str, Any]]:
        return [json.loads(message["Body"]) for message in self.messages()]


@contextmanager
def on_the_bus(cloud: LocalCloud, plan_id: str) -> Iterator[Listener]:
    """A queue that gets the notices of one plan from EventBridge."""
    with _behind_a_rule(cloud, planId=plan_id) as listener:
        yield listener


@contextmanager
def alerts_on_the_bus(cloud: LocalCloud, event: str) -> Iterator[Listener]:
    """A queue that gets the alerts of one kind from EventBridge."""
    with _behind_a_rule(cloud, event=event) as listener:
        yield listener


@contextmanager
def without_topic(cloud: LocalCloud) -> Iterator[None]:
    """No notice can be sent to people meanwhile."""
    sns = cloud.client("sns")
    sns.delete_topic(TopicArn=sns.create_topic(Name=TOPIC)["TopicArn"])
    try:
        yield
    finally:
        sns.create_topic(Name=TOPIC)


def kept_notices(event: str) -> list[str]:
    """The ids of the notices without an execution that are still to be sent."""
    return [due.event.event_id for due in list_due_notices(None, 100) if due.content and due.content.event == event]


@contextmanager
def _behind_a_rule(cloud: LocalCloud, **detail: str) -> Iterator[Listener]:
    events, listener = cloud.client("events"), Listener(cloud)
    pattern = {"source": ["dr-orchestration"], "detail": {name: [value] for name, value in detail.items()}}
    events.put_rule(Name=listener.name, EventPattern=json.dumps(pattern))
    events.put_targets(Rule=listener.name, Targets=[{"Id": "1", "Arn": listener.arn}])
    yield listener
    events.remove_targets(Rule=listener.name, Ids=["1"])
    events.delete_rule(Name=listener.name)
