"""Reads pages of executions, and those that have not ended."""

import functools
import operator
from collections.abc import Callable
from typing import Any

from pynamodb.expressions.condition import Condition

from ....domain.pages import MAX_PAGE, Page
from ....domain.runs.records import ACTIVE_STATUSES, Execution
from ....domain.text import name_key
from ....operations.runs import ListExecutions
from ....side_by_side import map_bounded
from ...paging import read_page
from ...tables.runs import EXECUTIONS, ExecutionItem


def list_executions(request: ListExecutions) -> Page[Execution]:
    """One page of executions, newest first, by the index for the filters. Costs one query."""
    options: dict[str, Any] = {
        "wanted": _started_within(request),
        "filter_condition": _is_wanted(request),
        "matches": _matcher(request.q),
        "scan_index_forward": False,
    }
    if request.plan_id:
        return read_page(ExecutionItem.by_plan_started, request.plan_id, request, EXECUTIONS.to_record, **options)
    if request.status:
        index, status = ExecutionItem.by_status_started, request.status.value
        return read_page(index, status, request, EXECUTIONS.to_record, **options)
    if request.initiated_by:
        by_person = ExecutionItem.by_initiator_started
        return read_page(by_person, request.initiated_by, request, EXECUTIONS.to_record, **options)
    return read_page(ExecutionItem.by_started, "EXECUTION", request, EXECUTIONS.to_record, **options)


def running_executions() -> list[Execution]:
    """The executions that have not ended, the oldest first; a page of each status at most.

    Eventually consistent. Costs one query for each status.
    """
    pages = map_bounded(lambda status: list_executions(ListExecutions(status=status, limit=MAX_PAGE)), ACTIVE_STATUSES)
    return sorted((run for page in pages for run in page.items), key=lambda run: run.started_at)


def _is_wanted(request: ListExecutions) -> Condition | None:
    """The filters that are no keys, as far as DynamoDB can compare them."""
    conditions: list[Condition] = []
    if request.mode:
        conditions.append(ExecutionItem.mode == request.mode)
    if request.initiated_by and (request.plan_id or request.status):
        conditions.append(ExecutionItem.initiated_by == request.initiated_by)
    if request.plan_id and request.status:
        conditions.append(ExecutionItem.status == request.status)
    return functools.reduce(operator.and_, conditions) if conditions else None


def _matcher(text: str) -> Callable[[Execution], bool] | None:
    """Whether the name of the plan or the id begins with the text; None for an empty text."""
    start = name_key(text)

    def matches(execution: Execution) -> bool:
        return name_key(execution.plan_name).startswith(start) or execution.execution_id.startswith(text.strip())

    return matches if start else None


def _started_within(request: ListExecutions) -> Condition | None:
    started = ExecutionItem.started_at
    if request.started_after and request.started_before:
        return started.between(request.started_after, request.started_before)
    if request.started_after:
        return started >= request.started_after
    return started <= request.started_before if request.started_before else None
