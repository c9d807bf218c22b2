"""The function of the query side: reads, and the polling of waves."""

from typing import Any

from chalice import Blueprint

from ..calls.contexts import LambdaContext
from ..calls.invocations import serve_event
from ..operations import Side

functions = Blueprint(__name__)


@functions.lambda_function(name="query-handler")
def query_handler(event: Any, context: LambdaContext) -> Any:
    from ..api import document, resources  # noqa: F401 — the API document lists the routes of all resources
    from ..query.handlers import OPERATION_HANDLERS, TASK_HANDLERS

    operations = {**OPERATION_HANDLERS, **document.HANDLERS}
    return serve_event(event, context, side=Side.QUERY, operations=operations, tasks=TASK_HANDLERS)
