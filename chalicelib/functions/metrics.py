"""The scheduled function of the query side, which publishes the metrics."""

from typing import Any, cast

from chalice import Blueprint
from chalice.app import CloudWatchEvent

from ..calls.contexts import LambdaContext
from ..calls.schedules import serve_schedule

functions = Blueprint(__name__)


@functions.schedule("rate(5 minutes)", name="metrics")
def metrics(event: CloudWatchEvent) -> Any:
    from ..operations.dashboard import OPERATIONS
    from ..query.metrics import publish_metrics

    return serve_schedule(publish_metrics, OPERATIONS, cast(LambdaContext, event.context))
