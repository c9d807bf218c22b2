"""Verifies the evidence: a chain's links against each other, and what they hold against the table."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

import msgspec

from ..aws.reads.access.evidence import list_links, read_object
from ..domain.access.context import CallContext
from ..domain.access.evidence import (
    FIRST,
    Break,
    Change,
    ChangeKind,
    Image,
    Link,
    Log,
    chain_of,
    change_problem,
    hash_of,
    item_problem,
    read_link,
)
from ..domain.access.evidence_standing import SEALED_WITHIN
from ..domain.errors import FieldProblem, RecordNotFound, require_no_problems
from ..operations.access import AuditVerification, VerifyAuditLog
from ..side_by_side import chunks, map_bounded
from ..store.reads.access.evidence import find_images, has_entries
from ..store.reads.runs.executions import find_execution
from .audit_logs import is_day

AT_ONCE = 8
PATIENCE = timedelta(seconds=15)
"""After this no further links are read. The answer names the last one, from which the next call continues."""


class _Subject(msgspec.Struct, frozen=True):
    """The chain that is verified. ``began_at`` is when the table got its first item.

    Without ``compared``, the items were deleted with their execution and there is nothing to compare.
    """

    log: Log
    partition: str
    began_at: datetime
    compared: bool

    @property
    def chain(self) -> str:
        return chain_of(self.log, self.partition)


def verify_audit_log(request: VerifyAuditLog, call: CallContext) -> AuditVerification:
    """Verifies at most ``limit`` links after ``afterLink`` and names the first break.

    Raises InvalidRequest, or RecordNotFound for a link that does not exist.
    """
    require_no_problems(_problems(request))
    subject = _subject(request, call)
    numbers = list_links(subject.chain, call.hub, after=request.after_link, most=request.limit + 1)
    seen = _State(request.after_link, _hash_before(subject, request, call))
    if not numbers and not request.after_link and _lacks_evidence(subject, call):
        seen.found(0, "", "has no evidence although the table has entries")
    until = call.now + PATIENCE
    for group in chunks(numbers[: request.limit], AT_ONCE):
        if seen.first_break or call.now > until:
            break
        _verify_group(subject, group, seen, call)
    more = bool(numbers) and seen.last < numbers[-1] and seen.first_break is None
    return AuditVerification(
        chain=subject.chain,
        links=seen.last - request.after_link,
        changes=seen.changes,
        last_link=seen.last,
        last_hash=seen.hash,
        first_break=seen.first_break,
        next_after_link=seen.last if more else None,
    )


class _State:
    """How far the chain is verified, and its first break."""

    def __init__(self, last: int, hash_: str) -> None:
        self.last, self.hash, self.changes = last, hash_, 0
        self.first_break: Break | None = None

    def found(self, link: int, item: str, problem: str) -> None:
        self.first_break = self.first_break or Break(link, item, problem)

    def follow(self, stored: bytes, number: int, chain: str) -> Link | None:
        """The next link if it continues the chain; else the break is kept."""
        if number != self.last + 1:
            self.found(self.last + 1, "", f"is missing; the next one is link {number}")
            return None
        link = read_link(stored, chain, number, self.hash)
        if isinstance(link, str):
            self.found(number, "", link)
            return None
        self.last, self.hash, self.changes = number, hash_of(stored), self.changes + len(link.changes)
        return link


def _verify_group(subject: _Subject, numbers: Sequence[int], seen: _State, call: CallContext) -> None:
    objects = map_bounded(lambda number: read_object(subject.chain, number, call.hub), numbers, limit=AT_ONCE)
    links: list[Link] = []
    for number, stored in zip(numbers, objects, strict=True):
        link = seen.follow(stored, number, subject.chain)
        if link is None:
            break
        links.append(link)
    changes = [(link.number, change) for link in links for change in link.changes]
    found = find_images(subject.log, subject.partition, (each.item for _, each in changes)) if subject.compared else {}
    last = {change.item: change for _, change in changes}
    for number, change in changes:
        problem = change_problem(subject.log, change)
        if not problem and subject.compared and last[change.item] is change:
            problem = _table_problem(subject.log, change, found.get(change.item), call)
        if problem:
            earlier = seen.first_break is None or number < seen.first_break.link
            seen.first_break = Break(number, change.item, problem) if earlier else seen.first_break


def _table_problem(log: Log, change: Change, found: Image | None, call: CallContext) -> str:
    """What is wrong with the item of a change in the table, by the last change of it among these links."""
    if change.kind is ChangeKind.REMOVE or change.after is None:
        return "was removed from the table, although its execution was not deleted"
    return item_problem(log, change.after, found, call.now)


def _subject(request: VerifyAuditLog, call: CallContext) -> _Subject:
    if request.execution_id:
        execution = find_execution(request.execution_id)
        began_at = execution.started_at if execution else call.now
        return _Subject(Log.TIMELINE, request.execution_id, began_at, compared=execution is not None)
    day = request.day or call.now.date().isoformat()
    end = datetime.combine(date.fromisoformat(day), datetime.min.time(), call.now.tzinfo) + timedelta(days=1)
    return _Subject(Log.AUDIT, day, end, compared=True)


def _hash_before(subject: _Subject, request: VerifyAuditLog, call: CallContext) -> str:
    if not request.after_link:
        return FIRST
    if list_links(subject.chain, call.hub, after=request.after_link - 1, most=1) != [request.after_link]:
        raise RecordNotFound(
            f"The chain {subject.chain} has no link {request.after_link}. Begin with afterLink 0, or continue with the "
            "nextAfterLink of an answer."
        )
    return hash_of(read_object(subject.chain, request.after_link, call.hub))


def _lacks_evidence(subject: _Subject, call: CallContext) -> bool:
    is_due = call.now > subject.began_at + SEALED_WITHIN
    return is_due and subject.compared and has_entries(subject.log, subject.partition)


def _problems(request: VerifyAuditLog) -> list[FieldProblem]:
    problems = []
    if request.day and request.execution_id:
        problems.append(FieldProblem("executionId", "cannot be combined with day; give one of them"))
    if request.day and not is_day(request.day):
        problems.append(FieldProblem("day", f"must be a day such as 2026-03-31; it is '{request.day}'"))
    return problems
