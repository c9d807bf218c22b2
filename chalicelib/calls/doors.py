"""The doors of the Lambda functions: tells how a call came in and by whom, and sends it down the one path.

Lambda does not tell a function who invoked it. A call is taken as coming from the REST edge, with a verified user, only
when it came through the alias ``rest``, which the REST function alone is allowed to invoke.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from ..domain.access import SCHEDULE, InvocationMode, Principal, PrincipalType
from ..domain.context import CallContext, Hub
from ..domain.errors import DomainError, FieldProblem, InvalidRequest, RecordNotFound
from ..operations import OPERATIONS, TASKS, Side, Task
from .answers import failure
from .decoding import decode, require_object
from .serving import Handlers, serve_operation, serve_task

REST_ALIAS = "rest"
_ENVELOPE = {"operation", "body", "principal", "request_id", "source_ip"}


class LambdaContext(Protocol):
    """What AWS Lambda tells a function about its invocation."""

    aws_request_id: str
    invoked_function_arn: str

    def get_remaining_time_in_millis(self) -> float: ...


def serve_event(event: Any, context: LambdaContext, *, side: Side, operations: Handlers, tasks: Handlers) -> Any:
    """Serves what a side's function was invoked with: ``{"operation", "body"}``, a task, or ``{"action", …}``.

    An operation's failure is an answer. A task's failure is raised by its name, for Step Functions to retry or catch.
    """
    task = _task_of(event, side)
    if task is not None:
        return _serve_task(event, context, task, tasks[task.name])
    try:
        event = require_object(event, "event")
        name = _operation_name(event, side)
        call = _direct_call(event, context)
        body = require_object(event.get("body"), "body")
    except DomainError as error:
        return failure(error, context.aws_request_id).as_lambda_result()
    return serve_operation(OPERATIONS[name], body, call, operations[name]).as_lambda_result()


def serve_schedule(name: str, context: LambdaContext, operations: Handlers) -> Any:
    """Serves an operation that a schedule starts. Raises RuntimeError when it fails, so that its alarm sees it."""
    call = call_context(context, InvocationMode.EVENTBRIDGE, SCHEDULE)
    answer = serve_operation(OPERATIONS[name], {}, call, operations[name])
    if answer.status >= 400:
        raise RuntimeError(f"{name} failed: {answer.body}")
    return answer.as_lambda_result()


def call_context(
    context: LambdaContext, mode: InvocationMode, principal: Principal, *, request_id: str = "", source_ip: str = ""
) -> CallContext:
    """The call as services see it; the hub is read off the function's own ARN."""
    _, partition, _, region, account_id, *_ = context.invoked_function_arn.split(":")
    return CallContext(
        request_id=request_id or context.aws_request_id,
        principal=principal,
        mode=mode,
        clock=_utc_now,
        deadline=_utc_now() + timedelta(milliseconds=context.get_remaining_time_in_millis()),
        hub=Hub(partition, account_id, region),
        source_ip=source_ip,
    )


def _task_of(event: Any, side: Side) -> Task | None:
    if not isinstance(event, Mapping):
        return None
    task = TASKS.get(str(event.get("action") or event.get("operation")))
    return task if task is not None and task.side is side else None


def _serve_task(event: Mapping[str, Any], context: LambdaContext, task: Task, handler: Any) -> Any:
    skip = "operation" if task.side is Side.QUERY else "action"
    raw = {key: value for key, value in event.items() if key != skip}
    principal = Principal(PrincipalType.SERVICE, "states.amazonaws.com")
    call = call_context(context, InvocationMode.STEP_FUNCTIONS, principal)
    try:
        return serve_task(task, raw, call, handler)
    except (RecordNotFound, InvalidRequest) as error:
        if task.name != "update_wave_completion_status":
            raise
        return failure(error, call.request_id).as_lambda_result()


def _operation_name(event: Mapping[str, Any], side: Side) -> str:
    served = sorted(name for name, operation in OPERATIONS.items() if operation.side is side)
    name = event.get("operation")
    problems = [FieldProblem(key, "is not a field of an invocation") for key in event if key not in _ENVELOPE]
    if not isinstance(name, str) or name not in served:
        problems.append(FieldProblem("operation", f"must be one of: {', '.join(served)}; it is {name!r}"))
    if problems:
        raise InvalidRequest(problems)
    return str(name)


def _direct_call(event: Mapping[str, Any], context: LambdaContext) -> CallContext:
    from_rest = context.invoked_function_arn.rpartition(":")[2] == REST_ALIAS
    told = require_object(event.get("principal"), "principal")
    if from_rest:
        principal = decode(Principal, told)
        mode = InvocationMode.API_GATEWAY
    else:
        principal = Principal(PrincipalType.IAM, str(told.get("name") or "undeclared"), str(told.get("email") or ""))
        mode = InvocationMode.DIRECT_LAMBDA
    request_id = str(event.get("request_id") or "") if from_rest else ""
    return call_context(
        context,
        mode,
        principal,
        request_id=request_id,
        source_ip=str(event.get("source_ip") or "") if from_rest else "",
    )


def _utc_now() -> datetime:
    return datetime.now(UTC)
