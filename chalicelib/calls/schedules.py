"""Serves the operation that a schedule starts. It knows one operation, where ``invocations`` knows them all."""

from collections.abc import Iterable
from typing import Any

from ..domain.access.permissions import SCHEDULE, InvocationMode
from ..operations import Operation
from .contexts import LambdaContext, call_context
from .pipeline import Handler, serve_operation


def serve_schedule(handler: Handler, subject: Iterable[Operation], context: LambdaContext) -> Any:
    """Serves the operation of ``subject`` that has the handler's name.

    Raises RuntimeError when it fails, which triggers its alarm.
    """
    (operation,) = (each for each in subject if each.name == handler.__name__)
    answer = serve_operation(operation, {}, call_context(context, InvocationMode.EVENTBRIDGE, SCHEDULE), handler)
    if answer.status >= 400:
        raise RuntimeError(f"{operation.name} failed: {answer.body}")
    return answer.as_lambda_result()
