"""Makes the context of a call from what Lambda gives a function."""

from datetime import UTC, datetime, timedelta
from typing import Protocol

from ..domain.access.context import CallContext, Hub
from ..domain.access.permissions import InvocationMode, Principal


class LambdaContext(Protocol):
    """The part of the Lambda context that is read here."""

    aws_request_id: str
    invoked_function_arn: str

    def get_remaining_time_in_millis(self) -> float: ...


def call_context(
    context: LambdaContext, mode: InvocationMode, principal: Principal, *, request_id: str = "", source_ip: str = ""
) -> CallContext:
    """The context that services get."""
    return CallContext(
        request_id=request_id or context.aws_request_id,
        principal=principal,
        mode=mode,
        clock=_utc_now,
        deadline=_utc_now() + timedelta(milliseconds=context.get_remaining_time_in_millis()),
        hub=Hub.of_arn(context.invoked_function_arn),
        source_ip=source_ip,
    )


def _utc_now() -> datetime:
    return datetime.now(UTC)
