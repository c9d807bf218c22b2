"""Sends notices: SNS for people and subscribers, EventBridge for automation. Never raises an error of AWS."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec

from ....domain.access.context import Hub
from ....domain.access.masking import mask_message
from ....domain.errors import CloudError, DomainError
from ....domain.notices.notices import Channel, Notice, attributes_of, text_of
from ....logs import counted_as, logger
from ....settings import settings
from ....side_by_side import try_each
from ...asking import translated
from ...short_timeouts import prompt_client

SOURCE = "dr-orchestration"
DETAIL_TYPE = "DR Orchestration Notice"

# The SNS protocols that receive JSON; all others receive the text.
_MACHINES = ("sqs", "lambda", "http", "https", "firehose")


def send_notice(notice: Notice, channels: Sequence[Channel], hub: Hub) -> dict[Channel, str]:
    """Sends a notice on ``channels`` in parallel, in at most three seconds.

    Returns the reason for each channel that did not accept it. These failures are logged and counted here.
    """
    results = try_each(lambda channel: _send(channel, notice, hub), channels)
    failures = {
        channel: _reason(result)
        for channel, result in zip(channels, results, strict=True)
        if isinstance(result, Exception)
    }
    for channel, reason in failures.items():
        facts = {"event": notice.event.value, "event_id": notice.event_id, "execution_id": notice.execution_id}
        dimensions = {"Stage": settings().stage, "Channel": channel.value}
        counted = counted_as({"NoticesFailed": 1}, dimensions, at=datetime.now(UTC))
        logger.error("notice not sent", extra={**facts, "reason": reason, **counted})
    return failures


def topic_arn(hub: Hub) -> str:
    """The stage's topic for notices."""
    return f"arn:{hub.partition}:sns:{hub.region}:{hub.account_id}:{settings().notifications_topic}"


def message_of(notice: Notice) -> str:
    """The message for all protocols. SNS takes 262,144 bytes, so characters beyond ASCII are not escaped."""
    text = msgspec.json.encode(notice).decode()
    structure = {"default": text_of(notice), "sms": notice.subject, **dict.fromkeys(_MACHINES, text)}
    return json.dumps(structure, ensure_ascii=False)


def _send(channel: Channel, notice: Notice, hub: Hub) -> None:
    with translated():
        _SENDERS[channel](notice, hub)


def _publish(notice: Notice, hub: Hub) -> None:
    prompt_client("sns", hub.region).publish(
        TopicArn=topic_arn(hub),
        Subject=notice.subject,
        MessageStructure="json",
        Message=message_of(notice),
        MessageAttributes={
            name: {"DataType": "String", "StringValue": value} for name, value in attributes_of(notice).items()
        },
    )


def _put_event(notice: Notice, hub: Hub) -> None:
    entry = {
        "Time": notice.at,
        "Source": SOURCE,
        "DetailType": DETAIL_TYPE,
        "Detail": msgspec.json.encode(notice).decode(),
    }
    answer = prompt_client("events", hub.region).put_events(Entries=[entry])
    if answer.get("FailedEntryCount"):
        refused = answer["Entries"][0]
        raise CloudError(f"PutEvents failed with {refused.get('ErrorCode')}: {refused.get('ErrorMessage')}")


_SENDERS = {Channel.SNS: _publish, Channel.EVENTBRIDGE: _put_event}


def _reason(error: Exception) -> str:
    return mask_message(error.message if isinstance(error, DomainError) else f"{type(error).__name__}: {error}")
