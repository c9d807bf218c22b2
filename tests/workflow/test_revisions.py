"""The revision of an execution: every write that changes what `get_execution` shows also changes it."""

from collections.abc import Iterator
from typing import Any

from local.aws_calls import AwsCall
from tests.waiting import eventually
from tests.workflow.drills import Drills

SHOWN = {"executions", "wave-runs", "job-runs"}
NOT_SHOWN = {"task_token", "token_asked", "token_timed", "progress_token", "wakes"}
"""Attributes of waves that the API does not show."""

TERMINATION = {"N": "0"}
"""The wave number of requests to terminate, which have an operation of their own."""


def writes_of(call: AwsCall) -> Iterator[tuple[str, set[str]]]:
    """The tables that a transaction writes to, without those it only checks, and the attributes that it sets there."""
    for entry in call.params["TransactItems"]:
        ((kind, request),) = entry.items()
        table = request["TableName"].removeprefix("aws-drs-orchestration-").removesuffix("-local")
        item = request.get("Item", {})
        if kind != "ConditionCheck" and item.get("wave_number") != TERMINATION:
            # Names in conditions are among them, which does not matter here.
            yield table, set(item) or set(request["ExpressionAttributeNames"].values())


def changes_what_is_shown(table: str, attributes: set[str]) -> bool:
    if table == "wave-runs" and NOT_SHOWN & attributes:
        return False
    return table in SHOWN and "revision" not in attributes


def test_every_write_that_changes_what_is_shown_of_a_run_changes_its_revision(drills: Drills) -> None:
    silent: list[Any] = []
    tables: set[str] = set()

    def see(call: AwsCall, function: str | None) -> None:
        if call.operation != "TransactWriteItems" or function is None:
            return
        written = dict(writes_of(call))
        tables.update(written)
        header = written.get("executions", set())
        starts = header & {"kind", "termination_queue"} and "revision" not in header
        revised = "revision" in header or starts
        if any(changes_what_is_shown(*each) for each in written.items()) and not revised:
            silent.append(written)

    first, bad, never = drills.servers(3)
    drills.fault("LAUNCH_FAILED", bad, times=1)
    plan = drills.plan(
        {"servers": [first], "approvalRequired": True}, {"servers": [bad], "onFailure": "PAUSE"}, {"servers": [never]}
    )
    stop = drills.cloud.front.observe(see)
    execution = drills.start(plan)

    def command(operation: str, **body: Any) -> None:
        drills.ask("execution-handler", operation, executionId=execution, **body)

    def until(number: int, status: str) -> None:
        eventually(
            lambda: drills.query("get_execution", executionId=execution)["waves"][number - 1]["status"] == status
        )

    until(1, "AWAITING_APPROVAL")
    command("pause_execution")
    command("resume_execution")
    command("approve_wave", waveNumber=1)
    command("skip_wave", waveNumber=3, reason="Not today.")
    until(2, "AWAITING_DECISION")
    command("retry_wave", waveNumber=2)
    run = drills.ended(execution)
    command("terminate_recovery_instances")
    eventually(lambda: drills.cloud.runtime.running == 0)
    stop()
    assert run.wave_statuses == ["COMPLETED", "COMPLETED", "SKIPPED"]
    assert tables >= {*SHOWN, "server-runs", "execution-events"}, "the writes were seen"
    assert silent == []
