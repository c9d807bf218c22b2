"""The function behind the streams of audit log and timelines. It alone writes into the bucket of the evidence."""

from typing import Any

from chalice import Blueprint

from ..calls.invocations import LambdaContext, hub_of

functions = Blueprint(__name__)


@functions.lambda_function(name="evidence-writer")
def evidence_writer(event: dict[str, Any], context: LambdaContext) -> dict[str, int]:
    """Seals one batch of a stream. Raises when it cannot, so that the stream delivers the batch again."""
    from ..management.access.sealing import seal

    return {"sealed": seal(event["Records"], hub_of(context))}
