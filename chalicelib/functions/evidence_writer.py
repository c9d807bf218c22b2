"""The function behind the streams of audit log and timelines. It alone writes into the bucket of the evidence.

It serves no operation, so it does not load their table.
"""

from typing import Any

from chalice import Blueprint

from ..calls.contexts import LambdaContext
from ..domain.access.context import Hub

functions = Blueprint(__name__)


@functions.lambda_function(name="evidence-writer")
def evidence_writer(event: dict[str, Any], context: LambdaContext) -> dict[str, int]:
    """Seals one batch of a stream. Raises when it cannot, so that the stream delivers the batch again."""
    from ..management.access.sealing import seal

    return {"sealed": seal(event["Records"], Hub.of_arn(context.invoked_function_arn))}
