"""The audit log: what each principal did, when, and with which result."""

from datetime import date

from ..domain.access.context import CallContext
from ..domain.access.permissions import InvocationMode
from ..domain.errors import FieldProblem, require_no_problems
from ..domain.pages import Page
from ..operations.access import AuditLine, ListAuditLogs
from ..operations.table import OPERATIONS, TASKS
from ..store.reads.access.audit import list_audit_lines


def list_audit_logs(request: ListAuditLogs, call: CallContext) -> Page[AuditLine]:
    """One page, newest first. Costs at most two calls of DynamoDB, whatever the filters. Raises InvalidRequest."""
    require_no_problems(_problems(request))
    return list_audit_lines(request, today=call.now.date().isoformat())


def _problems(request: ListAuditLogs) -> list[FieldProblem]:
    problems = []
    if request.invocation_mode and request.invocation_mode not in list(InvocationMode):
        problems.append(FieldProblem("invocationMode", f"must be one of: {', '.join(InvocationMode)}"))
    if request.day and not is_day(request.day):
        problems.append(FieldProblem("day", f"must be a day such as 2026-03-31; it is '{request.day}'"))
    if request.operation and request.operation not in {*OPERATIONS, *TASKS, "unknown"}:
        problems.append(FieldProblem("operation", f"is not an operation: '{request.operation}'; see the API document"))
    if request.started_after and request.started_before and request.started_after > request.started_before:
        problems.append(FieldProblem("startedBefore", "must not be before startedAfter"))
    return problems


def is_day(text: str) -> bool:
    """Whether the text is a date such as 2026-03-31."""
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
