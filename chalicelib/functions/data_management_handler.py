"""The function of the data-management side: configuration and syncs, and the tasks of the inventory sync."""

from typing import Any

from chalice import Blueprint

from ..calls.contexts import LambdaContext
from ..calls.invocations import serve_event
from ..operations import Side

functions = Blueprint(__name__)


@functions.lambda_function(name="data-management-handler")
def data_management_handler(event: Any, context: LambdaContext) -> Any:
    from ..management.handlers import OPERATION_HANDLERS, TASK_HANDLERS

    return serve_event(event, context, side=Side.DATA_MANAGEMENT, operations=OPERATION_HANDLERS, tasks=TASK_HANDLERS)
