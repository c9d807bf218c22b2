"""Reads whether a run of the state machine is under way."""

from contextlib import suppress

from ....domain.access.context import Hub
from ....domain.runs.watch import WorkflowState, workflow_name
from ....settings import settings
from ...asking import Expected, translated
from ...sessions import hub_client


def look_at_workflow(hub: Hub, execution_id: str, run: int) -> WorkflowState:
    """The state of one run. Raises CloudError or Unavailable when Step Functions does not answer."""
    arn = hub.workflow_run_arn(settings().state_machine_name, workflow_name(execution_id, run))
    with suppress(Expected), translated(expected={"ExecutionDoesNotExist"}):
        status = hub_client("stepfunctions", hub.region).describe_execution(executionArn=arn)["status"]
        return WorkflowState.RUNNING if status in {"RUNNING", "PENDING_REDRIVE"} else WorkflowState.ENDED
    return WorkflowState.GONE
