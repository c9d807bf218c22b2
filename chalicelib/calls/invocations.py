"""Turns invocations of the Lambda functions into calls, which ``pipeline`` then serves.

Lambda does not show a function its invoker. A call counts as coming from the REST edge only when it came through the
alias ``rest``, and as coming from Step Functions only when it came through the alias ``workflow``. Only one identity
may invoke each of these aliases. Even through ``rest`` a call speaks for nobody but the person whose token it carries.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from ..domain.access.audit import MAX_NAME_CHARACTERS
from ..domain.access.context import CallContext
from ..domain.access.permissions import ANONYMOUS, InvocationMode, Principal, PrincipalType
from ..domain.errors import DomainError, FieldProblem, InvalidRequest, cut
from ..operations import Side, Task
from ..operations.table import OPERATIONS, TASKS
from .answers import failure
from .contexts import LambdaContext, call_context
from .decoding import require_object
from .guard import require_sound_event
from .pipeline import Handlers, refuse_event, serve_operation, serve_task
from .sign_in import person_of_token

REST_ALIAS = "rest"
WORKFLOW_ALIAS = "workflow"
_ENVELOPE = {"operation", "body", "principal", "request_id", "source_ip"}
_WORKFLOW = Principal(PrincipalType.SERVICE, "states.amazonaws.com")
_UNDECLARED = Principal(PrincipalType.IAM, "undeclared")


def serve_event(event: Any, context: LambdaContext, *, side: Side, operations: Handlers, tasks: Handlers) -> Any:
    """Serves an event of a side's function: ``{"operation", "body"}``, or a task (``{"action", …}``).

    An operation returns status and body, a task its bare result. A failure is returned as status and body too, except
    to Step Functions, which retries and catches raised errors by name.
    """
    bare = call = _call_of_context(context)
    try:
        require_sound_event(event)
        fields = require_object(event, "event")
    except DomainError as error:
        return _refuse({}, side, error, bare, sent=event)
    task = _task_of(fields, side)
    if task is not None:
        return _serve_task(fields, bare, task, tasks[task.name])
    token = fields.pop("token", None) if _alias_of(context) == REST_ALIAS else None
    try:
        call = _call_of_operation(fields, context)
        if call.mode is InvocationMode.API_GATEWAY:
            call = msgspec.structs.replace(call, principal=person_of_token(token, call.now))
        name = _operation_name(fields, side)
        body = require_object(fields.get("body"), "body")
    except DomainError as error:
        # Through the state machine's alias every failure is raised.
        return _refuse(fields, side, error, call if bare.mode is not InvocationMode.STEP_FUNCTIONS else bare)
    return serve_operation(OPERATIONS[name], body, call, operations[name]).as_lambda_result()


def _alias_of(context: LambdaContext) -> str:
    """The alias through which the function was invoked; the function's name when there was none."""
    return context.invoked_function_arn.rpartition(":")[2]


def _call_of_context(context: LambdaContext) -> CallContext:
    """The call according to the Lambda context alone."""
    if _alias_of(context) == WORKFLOW_ALIAS:
        return call_context(context, InvocationMode.STEP_FUNCTIONS, _WORKFLOW)
    return call_context(context, InvocationMode.DIRECT_LAMBDA, _UNDECLARED)


def _call_of_operation(event: Mapping[str, Any], context: LambdaContext) -> CallContext:
    """The call of an operation; by REST, that of nobody yet. Raises InvalidRequest for a principal that is not one."""
    if _alias_of(context) != REST_ALIAS:
        principal = require_object(event.get("principal"), "principal")
        return call_context(context, InvocationMode.DIRECT_LAMBDA, _declared(principal))
    return call_context(
        context,
        InvocationMode.API_GATEWAY,
        ANONYMOUS,
        request_id=str(event.get("request_id") or ""),
        source_ip=str(event.get("source_ip") or ""),
    )


def _declared(principal: Mapping[str, Any]) -> Principal:
    """The principal that the caller declares. Only its name and e-mail address are used."""
    wrong = [
        FieldProblem(f"principal.{field}", f"must be text of at most {MAX_NAME_CHARACTERS} characters")
        for field in ("name", "email")
        if not isinstance(principal.get(field, ""), str) or len(principal.get(field, "")) > MAX_NAME_CHARACTERS
    ]
    if wrong:
        raise InvalidRequest(wrong)
    return Principal(PrincipalType.IAM, principal.get("name") or _UNDECLARED.name, principal.get("email", ""))


def _task_of(event: Mapping[str, Any], side: Side) -> Task | None:
    task = TASKS.get(str(event.get("action") or event.get("operation")))
    return task if task is not None and task.side is side else None


def _serve_task(event: Mapping[str, Any], call: CallContext, task: Task, handler: Any) -> Any:
    raw = {key: value for key, value in event.items() if key != task.addressed_by}
    try:
        return serve_task(task, raw, call, handler)
    except DomainError as error:
        if call.mode is InvocationMode.STEP_FUNCTIONS:
            raise
        return failure(error, call.request_id).as_lambda_result()


def _refuse(event: Mapping[str, Any], side: Side, error: DomainError, call: CallContext, sent: Any = None) -> Any:
    """Refuses an event that names no operation or cannot be read (``sent``); the refusal is audited."""
    name = event.get("operation")
    known = name if isinstance(name, str) and name in OPERATIONS else ""
    answer = refuse_event(known, side, event, error, call, sent)
    if call.mode is InvocationMode.STEP_FUNCTIONS:
        raise error
    return answer.as_lambda_result()


def _operation_name(event: Mapping[str, Any], side: Side) -> str:
    served = sorted(name for name, operation in OPERATIONS.items() if operation.side is side)
    name = event.get("operation")
    problems = [FieldProblem(key, "is not a field of an invocation") for key in event if key not in _ENVELOPE]
    if not isinstance(name, str) or name not in served:
        problems.append(FieldProblem("operation", f"must be one of: {', '.join(served)}; it is {cut(repr(name), 64)}"))
    if problems:
        raise InvalidRequest(problems)
    return str(name)
