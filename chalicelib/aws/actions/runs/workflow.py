"""Starts and stops runs of the state machine, and releases tasks that wait on a token."""

import json
from contextlib import suppress
from typing import Any

from ....domain.access.context import Hub
from ....domain.runs.watch import workflow_name
from ....settings import settings
from ...asking import Expected, translated
from ...sessions import hub_client

_NO_LONGER_WAITING = {"TaskTimedOut", "TaskDoesNotExist", "InvalidToken"}


def start_workflow(hub: Hub, execution_id: str, plan_id: str, *, run: int = 1) -> None:
    """Starts the state machine under the execution's id and run number. A repeated start changes nothing.

    Raises CloudError or Unavailable when it cannot be started.
    """
    arn = hub.state_machine_arn(settings().state_machine_name)
    payload = json.dumps({"execution_id": execution_id, "plan_id": plan_id})
    with suppress(Expected), translated(expected={"ExecutionAlreadyExists"}):
        hub_client("stepfunctions", hub.region).start_execution(
            stateMachineArn=arn, name=workflow_name(execution_id, run), input=payload
        )


def stop_workflow(hub: Hub, execution_id: str, run: int, cause: str) -> None:
    """Ends a run of the state machine. No error when it has ended or never existed. Raises CloudError, Unavailable."""
    arn = hub.workflow_run_arn(settings().state_machine_name, workflow_name(execution_id, run))
    with suppress(Expected), translated(expected={"ExecutionDoesNotExist"}):
        hub_client("stepfunctions", hub.region).stop_execution(executionArn=arn, error="Silent", cause=cause)


def release_task(hub: Hub, token: str, output: dict[str, Any]) -> bool:
    """Answers a waiting task. False when no task waits on the token any more.

    Step Functions accepts one answer for each token, so a repeated release changes nothing.
    """
    with suppress(Expected), translated(expected=_NO_LONGER_WAITING):
        hub_client("stepfunctions", hub.region).send_task_success(taskToken=token, output=json.dumps(output))
        return True
    return False
