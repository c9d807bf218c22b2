"""What a stage still has to do or to look after, by its tables; this is why it must not be removed yet.

The tables are asked and no function, because a removal that was interrupted has left no functions.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.domain.runs.existing_instances import InstanceMode
from chalicelib.domain.runs.records import ExecutionStatus, Mode
from chalicelib.domain.text import count_of, first_of
from chalicelib.settings import read_settings
from scripts.deployment.stage import Stage

RUNNING = [status for status in ExecutionStatus if not status.is_final]
NOT_SYNCED_YET = timedelta(minutes=30)
"""How long after a drill its instances may be missing in the inventory, which is synced every 10 minutes."""

LOOK_BACK = timedelta(days=2)
TIME = "%Y-%m-%dT%H:%M:%S.%f+0000"
"""The format of stored times."""

_SHOWN = 3


def why_in_use(stage: Stage, now: datetime | None = None) -> list[str]:
    """The reasons why a stage must not be removed now, with what to do about each; empty when it may be."""
    reasons = []
    if running := sorted(_running(stage)):
        reasons.append(f"{_named(running, 'execution')} run: wait for their end, or cancel them.")
    if waiting := sorted(_terminations(stage)):
        reasons.append(
            f"The instances of {_named(waiting, 'execution')} are being terminated or will be by their plan's policy, "
            "or the records are being deleted: wait for its end, or terminate the instances now."
        )
    if drills := sorted(_instances(stage, InstanceMode.DRILL)):
        reasons.append(
            f"{_named(drills, 'recovery instance')} of drills exist: terminate them, and wait for the next sync of "
            "recovery instances."
        )
    if recent := sorted(_recent_drills(stage, now or datetime.now(tz=UTC)) - set(waiting)):
        reasons.append(
            f"{_named(recent, 'drill')} ended less than {NOT_SYNCED_YET.seconds // 60} minutes ago, so that their "
            "instances may not be in the inventory yet: terminate the instances, or wait."
        )
    return reasons


def recovered(stage: Stage) -> int:
    """How many instances that are no drill's the inventory has; a removal leaves them as they are."""
    return sum(1 for mode in (InstanceMode.RECOVERY, InstanceMode.UNKNOWN) for _ in _instances(stage, mode))


def accounts(stage: Stage) -> list[str]:
    """The target accounts that are registered."""
    found = _pages(stage, "scan", "target-accounts", ProjectionExpression="account_id")
    return sorted(item["account_id"]["S"] for item in found)


def _running(stage: Stage) -> Iterator[str]:
    for status in RUNNING:
        yield from _ids(
            _pages(
                stage,
                "query",
                "executions",
                IndexName="by_status_started",
                KeyConditionExpression="#status = :status",
                ExpressionAttributeNames={"#status": "status"},
                ExpressionAttributeValues={":status": {"S": status.value}},
            )
        )


def _terminations(stage: Stage) -> Iterator[str]:
    return _ids(_pages(stage, "scan", "executions", IndexName="by_termination_due"))


def _recent_drills(stage: Stage, now: datetime) -> set[str]:
    found = _pages(
        stage,
        "query",
        "executions",
        IndexName="by_started",
        KeyConditionExpression="kind = :kind AND started_at >= :begin",
        FilterExpression="#mode = :drill AND ended_at >= :recently AND attribute_not_exists(termination_ended_at)",
        ExpressionAttributeNames={"#mode": "mode"},
        ExpressionAttributeValues={
            ":kind": {"S": "EXECUTION"},
            ":begin": {"S": (now - LOOK_BACK).strftime(TIME)},
            ":recently": {"S": (now - NOT_SYNCED_YET).strftime(TIME)},
            ":drill": {"S": Mode.DRILL.value},
        },
    )
    return set(_ids(found))


def _instances(stage: Stage, mode: InstanceMode) -> Iterator[str]:
    found = _pages(
        stage,
        "scan",
        "recovery-instances",
        FilterExpression="#mode = :mode AND #state <> :gone",
        ExpressionAttributeNames={"#mode": "mode", "#state": "state"},
        ExpressionAttributeValues={":mode": {"S": mode.value}, ":gone": {"S": "TERMINATED"}},
    )
    return (item["recovery_instance_id"]["S"] for item in found)


def _ids(items: Iterator[dict[str, Any]]) -> Iterator[str]:
    return (item["execution_id"]["S"] for item in items)


def _pages(stage: Stage, operation: str, table: str, **question: Any) -> Iterator[dict[str, Any]]:
    """The items of an answer of any length; none of a table that does not exist."""
    name = read_settings({"STAGE": stage.name}).table_name(table)
    try:
        for page in stage.client("dynamodb").get_paginator(operation).paginate(TableName=name, **question):
            yield from page["Items"]
    except ClientError as error:
        if error.response["Error"]["Code"] != "ResourceNotFoundException":
            raise


def _named(ids: list[str], what: str) -> str:
    return f"{count_of(len(ids), what)} ({first_of(ids, what, _SHOWN)})"
