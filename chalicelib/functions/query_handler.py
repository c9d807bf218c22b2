"""The query side's function: reads and the polling of waves."""

from typing import Any

from chalice import Blueprint

from ..calls.doors import LambdaContext, serve_event
from ..operations import Side

functions = Blueprint(__name__)


@functions.lambda_function(name="query-handler")
def query_handler(event: Any, context: LambdaContext) -> Any:
    from ..query.handlers import OPERATION_HANDLERS, TASK_HANDLERS

    return serve_event(event, context, side=Side.QUERY, operations=OPERATION_HANDLERS, tasks=TASK_HANDLERS)
