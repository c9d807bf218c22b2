"""The function of the execution side: commands, and the state machine's tasks that write."""

from typing import Any

from chalice import Blueprint

from ..calls.contexts import LambdaContext
from ..calls.invocations import serve_event
from ..operations import Side

functions = Blueprint(__name__)


@functions.lambda_function(name="execution-handler")
def execution_handler(event: Any, context: LambdaContext) -> Any:
    from ..execution.handlers import OPERATION_HANDLERS, TASK_HANDLERS

    return serve_event(event, context, side=Side.EXECUTION, operations=OPERATION_HANDLERS, tasks=TASK_HANDLERS)
