"""The path of every call: judge the permission, audit, decode, run, answer."""

import time
from collections.abc import Callable, Mapping
from typing import Any, NoReturn

import msgspec

from ..aws.sessions import named_after
from ..domain.access.audit import AuditEntry, begun_entry, request_digest, resource_ids
from ..domain.access.context import CallContext
from ..domain.access.permissions import InvocationMode, Permission, PrincipalType, Verdict, judge
from ..domain.errors import DomainError, NotPermitted, NotSignedIn, OutcomeUnknown, Unavailable
from ..ids import new_entry_id
from ..logs import Counted, count, logger
from ..operations import Operation, Task
from ..store.audit import append_entry, close_entry
from .answers import Answer, as_domain_error, failure, success
from .cursors import serve_page
from .decoding import decode

NEAR_LIMIT = 0.8
"""The share of its time from which a call counts as near the time limit of its function."""

Handler = Callable[[Any, CallContext], Any]
Handlers = Mapping[str, Handler]


def serve_operation(operation: Operation, raw: dict[str, Any], call: CallContext, handler: Handler) -> Answer:
    """Serves one operation. Every failure becomes an answer with the error body."""

    def run() -> Any:
        return serve_page(operation.name, decode(operation.request, raw), lambda request: handler(request, call))

    return _serve(operation, raw, call, run)


def refuse_event(
    name: str, side: str, raw: Mapping[str, Any], error: DomainError, call: CallContext, sent: Any = None
) -> Answer:
    """Answers and audits an event that names no operation or cannot be read; then ``sent`` is all of it."""
    verdict = Verdict(False, "Refused before the permission was judged.")
    entry = _begin_entry(name or "unknown", side, "none", verdict, raw, call, sent)
    audit = _Audit(entry, is_command=False, call=call)
    audit.end(error.status, error.code)
    return failure(error, call.request_id)


def refuse_forbidden(operation: Operation, raw: dict[str, Any], call: CallContext) -> Answer | None:
    """Answers and audits a call that the principal may not make; None, and no entry, for a permitted call.

    For the REST edge, which passes permitted commands on: the function that serves one judges and audits it itself.
    """
    if judge(call.principal, call.mode, operation.permission_for(raw)).allowed:
        return None

    def never_run() -> NoReturn:
        raise AssertionError("a call without permission was carried out")

    return _serve(operation, raw, call, never_run)


def refuse_operation(operation: Operation, error: DomainError, call: CallContext, sent: bytes) -> Answer:
    """Answers a call whose parameters cannot be read. It is judged and audited like any other.

    ``sent`` is the body as it came.
    """

    def refuse() -> NoReturn:
        raise error

    return _serve(operation, {}, call, refuse, sent)


def report_lost(operation: Operation, raw: dict[str, Any], error: Exception, call: CallContext) -> Answer:
    """Answers a command that the function of its side did not answer, and audits that answer."""
    permission = operation.permission_for(raw)
    verdict = judge(call.principal, call.mode, permission)
    answered = located(as_domain_error(error), operation, raw, call.request_id)
    entry = _begin_entry(operation.name, operation.side, permission, verdict, raw, call)
    _Audit(entry, is_command=False, call=call).end(answered.status, answered.code)
    answer = failure(answered, call.request_id)
    _count_failure(answer, call)
    return answer


def located(error: DomainError, operation: Operation, raw: Mapping[str, Any], request_id: str) -> DomainError:
    """Adds to an OutcomeUnknown the operation, the ids of the call and the read that shows the outcome.

    The caller learns where to look before it repeats the command. Other errors are returned as they are.
    """
    if not isinstance(error, OutcomeUnknown):
        return error
    ids = list(resource_ids(raw))
    shown = ", ".join([operation.shown_by, *ids])
    places = f"check {shown} and the audit log" if operation.shown_by else "check the audit log"
    message = (
        f"{error.message} It is not known whether {operation.name} was carried out. "
        f"Before you repeat it, {places} (request id {request_id})."
    )
    facts: dict[str, Any] = {"operation": operation.name, "ids": ids, "requestId": request_id}
    if operation.shown_by:
        facts["lookOperation"] = operation.shown_by
    return OutcomeUnknown(message, **{**error.details, **facts})


def serve_task(task: Task, raw: dict[str, Any], call: CallContext, handler: Handler) -> Any:
    """Serves one Step Functions task. Returns bare data, or raises a named error of the domain."""
    verdict = judge(call.principal, call.mode, Permission.SIGNED_IN)
    audit = _Audit(_begin_entry(task.name, task.side, "task", verdict, raw, call), task.is_command, call)
    try:
        audit.begin()
        with named_after(_execution_of(raw)):
            result = msgspec.to_builtins(handler(decode(task.request, raw), call))
    except Exception as error:  # the edge: Step Functions catches errors by name
        known = as_domain_error(error)
        audit.end(known.status, known.code)
        raise known from error
    audit.end(200, "")
    return result


def _serve(
    operation: Operation, raw: dict[str, Any], call: CallContext, run: Callable[[], Any], sent: Any = None
) -> Answer:
    permission = operation.permission_for(raw)
    verdict = judge(call.principal, call.mode, permission)
    entry = _begin_entry(operation.name, operation.side, permission, verdict, raw, call, sent)
    audit = _Audit(entry, operation.is_command, call)
    try:
        audit.begin()
        _require_allowed(verdict, call)
        with named_after(_execution_of(raw)):
            answer = success(operation.status, run())
    except Exception as error:  # noqa: BLE001 — the edge: every error becomes an answer
        answer = failure(located(as_domain_error(error), operation, raw, call.request_id), call.request_id)
    audit.end(answer.status, answer.error_code)
    _count_failure(answer, call)
    return answer


def _count_failure(answer: Answer, call: CallContext) -> None:
    if answer.status >= 500 and call.mode is InvocationMode.API_GATEWAY:
        count(Counted.SERVER_ERRORS)


def _execution_of(raw: Mapping[str, Any]) -> str:
    """The id of the execution that a call is about, in either spelling; empty if there is none."""
    return str(raw.get("executionId") or raw.get("execution_id") or "")


def _require_allowed(verdict: Verdict, call: CallContext) -> None:
    if verdict.allowed:
        return
    if call.principal.type is PrincipalType.ANONYMOUS:
        raise NotSignedIn(verdict.reason)
    raise NotPermitted(verdict.reason)


def _begin_entry(
    name: str,
    side: str,
    permission: str,
    verdict: Verdict,
    raw: Mapping[str, Any],
    call: CallContext,
    sent: Any = None,
) -> AuditEntry:
    """The entry of a call with these parameters. ``sent`` is the whole request if they are not."""
    entry = begun_entry(new_entry_id(), name, side, permission, verdict, raw, call)
    return entry if sent is None else msgspec.structs.replace(entry, request_sha256=request_digest(sent))


class _Audit:
    """The audit entry of one call. A command that cannot be audited fails before it acts; a read is still answered."""

    def __init__(self, entry: AuditEntry, is_command: bool, call: CallContext) -> None:
        self._entry = entry
        self._is_command = is_command
        self._begun = False
        self._started = time.monotonic()
        self._seconds = (call.deadline - call.now).total_seconds()

    def begin(self) -> None:
        if not self._is_command:
            return
        try:
            append_entry(self._entry)
        except Unavailable as error:
            count(Counted.AUDIT_FAILURES)
            raise Unavailable(
                "The audit log cannot be written, so nothing was done. Try again in a few seconds.", **error.details
            ) from error
        self._begun = True

    def end(self, status: int, error_code: str) -> None:
        self._note_time(time.monotonic() - self._started)
        if self._is_command and not self._begun:
            return
        duration_ms = round((time.monotonic() - self._started) * 1000)
        entry = msgspec.structs.replace(self._entry, status_code=status, error_code=error_code, duration_ms=duration_ms)
        try:
            (close_entry if self._begun else append_entry)(entry)
        except Unavailable:
            count(Counted.AUDIT_FAILURES)
            logger.exception("audit entry not written", extra={"operation": entry.operation, "status": status})

    def _note_time(self, taken: float) -> None:
        if taken > self._seconds * NEAR_LIMIT:
            facts = {"operation": self._entry.operation, "seconds": round(taken)}
            logger.warning("call near its function's time limit", extra=facts)
            count(Counted.NEAR_TIME_LIMIT)
