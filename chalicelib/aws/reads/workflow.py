"""Whether a run of the state machine is under way."""

from botocore.exceptions import BotoCoreError, ClientError

from ...domain.context import Hub
from ...domain.watch import WorkflowState, workflow_name
from ...settings import settings
from ..failures import cloud_error_of
from ..sessions import hub_client


def look_at_workflow(hub: Hub, execution_id: str, run: int) -> WorkflowState:
    """The state of one run. Raises CloudError or Unavailable when Step Functions does not tell."""
    arn = hub.workflow_run_arn(settings().state_machine_name, workflow_name(execution_id, run))
    try:
        status = hub_client("stepfunctions", hub.region).describe_execution(executionArn=arn)["status"]
    except (ClientError, BotoCoreError) as error:
        if isinstance(error, ClientError) and error.response.get("Error", {}).get("Code") == "ExecutionDoesNotExist":
            return WorkflowState.GONE
        raise cloud_error_of(error) or error from error
    return WorkflowState.RUNNING if status in {"RUNNING", "PENDING_REDRIVE"} else WorkflowState.ENDED
