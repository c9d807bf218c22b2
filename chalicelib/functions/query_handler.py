"""The functions of the query side: reads and the polling of waves; and, by schedule, the metrics."""

from typing import Any, cast

from chalice import Blueprint
from chalice.app import CloudWatchEvent

from ..calls.invocations import LambdaContext, serve_event, serve_schedule
from ..operations import Side

functions = Blueprint(__name__)


@functions.lambda_function(name="query-handler")
def query_handler(event: Any, context: LambdaContext) -> Any:
    from ..api import document, resources  # noqa: F401 — the API document lists the routes of all resources
    from ..query.handlers import OPERATION_HANDLERS, TASK_HANDLERS

    operations = {**OPERATION_HANDLERS, **document.HANDLERS}
    return serve_event(event, context, side=Side.QUERY, operations=operations, tasks=TASK_HANDLERS)


@functions.schedule("rate(5 minutes)", name="metrics")
def metrics(event: CloudWatchEvent) -> Any:
    from ..query.metrics import publish_metrics

    return serve_schedule("publish_metrics", cast(LambdaContext, event.context), {"publish_metrics": publish_metrics})
