"""The search over plans, protection groups, executions and servers by a word in a name, an id or an address."""

from collections.abc import Callable, Collection, Iterable
from datetime import datetime
from typing import TypeVar

import msgspec

from ..domain.access.context import CallContext
from ..domain.errors import DomainError, FieldProblem, InvalidRequest
from ..domain.estate.fleet import name_start
from ..domain.estate.groups import ProtectionGroup
from ..domain.estate.servers import SourceServer, judge_readiness, overall
from ..domain.estate.terms import SearchTerm, TermKind, later_words
from ..domain.plans.plans import RecoveryPlan
from ..domain.runs.leases import Lease, group_lease_key, plan_lease_key
from ..domain.runs.plan_runs import latest_ids
from ..domain.runs.records import Execution
from ..domain.text import plain_name
from ..operations.search import MOST_FOUND, Found, FoundOfType, FoundType, Search, SearchResult
from ..side_by_side import ask_each
from ..store.failures import translated
from ..store.reads.estate.groups import groups_from, groups_with_leases
from ..store.reads.estate.terms import find_terms, servers_by_key
from ..store.reads.plans.kept_plans import find_kept_plans
from ..store.reads.plans.plans import plans_from, plans_with_leases
from ..store.reads.runs.executions import execution_ids_from, find_executions

T = TypeVar("T")

_TERMS_READ = 5 * MOST_FOUND
"""A server has several terms that may begin alike, such as its addresses."""


def search(request: Search, _: CallContext) -> SearchResult:
    """At most ten things of each type, each with where it stands. Costs at most fourteen calls of DynamoDB.

    They are three for plans, groups and servers each, four for executions, and one more for the beginning of an id. The
    types are looked up side by side, and one that fails stops no other. Raises InvalidRequest for blank text.
    """
    start = name_start(plain_name(request.q))
    if not start:
        raise InvalidRequest([FieldProblem("q", "is blank; give the beginning of a name, an id or an address")])
    looks = {
        FoundType.PLAN: _plans,
        FoundType.GROUP: _groups,
        FoundType.EXECUTION: _executions,
        FoundType.SERVER: _servers,
    }
    found = ask_each(lambda look: _looked_up(look, start), looks.values())
    return SearchResult([_of_type(kind, each) for kind, each in zip(looks, found, strict=True)])


def _looked_up(look: Callable[[str], list[Found]], start: str) -> list[Found]:
    with translated():
        return look(start)


def _of_type(kind: FoundType, found: list[Found] | DomainError) -> FoundOfType:
    if isinstance(found, DomainError):
        return FoundOfType(kind, [], more=False, problem=found.message)
    return FoundOfType(kind, found[:MOST_FOUND], more=len(found) > MOST_FOUND)


def _plans(start: str) -> list[Found]:
    named = plans_from(start, MOST_FOUND + 1)
    words = _words(TermKind.PLAN, start, {plan.plan_id for plan in named})
    keys = [plan_lease_key(each) for each in (*(plan.plan_id for plan in named), *words)]
    others, leases = plans_with_leases(words, keys)
    others.sort(key=lambda plan: plan.name.casefold())
    return [_plan(plan, start, leases.get(plan_lease_key(plan.plan_id))) for plan in (*named, *others)]


def _plan(plan: RecoveryPlan, start: str, lease: Lease | None) -> Found:
    return _configured(plan.plan_id, plan.name, plan.updated_at, start, lease)


def _groups(start: str) -> list[Found]:
    named = groups_from(start, MOST_FOUND + 1)
    words = _words(TermKind.GROUP, start, {group.group_id for group in named})
    keys = [group_lease_key(each) for each in (*(group.group_id for group in named), *words)]
    others, leases = groups_with_leases(words, keys)
    others.sort(key=lambda group: group.name.casefold())
    return [_group(group, start, leases.get(group_lease_key(group.group_id))) for group in (*named, *others)]


def _words(kind: TermKind, start: str, named: Collection[str]) -> list[str]:
    """The ids of plans or groups in whose names a later word begins so. None are looked for if enough were found."""
    if len(named) > MOST_FOUND:
        return []
    terms = find_terms(kind, start, _TERMS_READ)
    return [each for each in dict.fromkeys(term.source_server_id for term in terms) if each not in named][
        : MOST_FOUND + 1
    ]


def _group(group: ProtectionGroup, start: str, lease: Lease | None) -> Found:
    found = _configured(group.group_id, group.name, group.updated_at, start, lease)
    return msgspec.structs.replace(found, account_id=group.account_id, region=group.region)


def _configured(record_id: str, name: str, at: datetime, start: str, lease: Lease | None) -> Found:
    """A plan or a group, and whether an execution holds it."""
    held_by = lease.execution_id if lease else ""
    return Found(
        id=record_id,
        title=name,
        matched=_matched((name, record_id), start),
        state="IN_USE" if held_by else "IDLE",
        standing=f"In use by execution {held_by}." if held_by else "No execution uses it.",
        at=at,
        held_by=held_by,
    )


def _executions(start: str) -> list[Found]:
    """By the beginning of their plan's name or their id, then the latest by a later word in the name of their plan."""
    named = execution_ids_from(start, MOST_FOUND + 1)
    words = _words(TermKind.PLAN, start, ()) if len(named) <= MOST_FOUND else []
    later = latest_ids(find_kept_plans(words), MOST_FOUND + 1) if words else []
    found = find_executions(dict.fromkeys([*named, *later]))
    others = sorted((found[each] for each in set(later) - set(named) if each in found), key=_start, reverse=True)
    shown = [_execution(found[each], start) for each in named if each in found]
    # A plan that was renamed has runs that began under its earlier name.
    return shown + [each for each in (_execution(other, start) for other in others) if each.matched]


def _start(execution: Execution) -> datetime:
    return execution.started_at


def _execution(execution: Execution, start: str) -> Found:
    ended = execution.outcome_reason or execution.stop_reason
    return Found(
        id=execution.execution_id,
        title=execution.plan_name,
        matched=_matched((execution.plan_name, execution.execution_id), start),
        state=execution.status.value,
        standing=f"{execution.mode} {execution.status}{f': {ended}' if ended else ''}",
        at=execution.started_at,
    )


def _servers(start: str) -> list[Found]:
    terms = find_terms(TermKind.SERVER, start, _TERMS_READ)
    if _may_be_instance(start):
        terms += find_terms(TermKind.INSTANCE, start, _TERMS_READ)
    by_server = {(term.place, term.source_server_id): term for term in reversed(terms)}
    wanted = list(reversed(by_server))[: MOST_FOUND + 1]
    servers = servers_by_key(wanted)
    return [_server(servers[key], by_server[key]) for key in wanted if key in servers]


def _may_be_instance(start: str) -> bool:
    return start.startswith("i-") or "i-".startswith(start)


def _server(server: SourceServer, term: SearchTerm) -> Found:
    readiness = overall(judge_readiness(server))
    through = " Found through its recovery instance." if term.kind is TermKind.INSTANCE else ""
    return Found(
        id=server.source_server_id,
        title=server.hostname or server.source_server_id,
        matched=term.term,
        state=server.replication_state,
        standing=f"Replication is {server.replication_state}; the server is {readiness}.{through}",
        at=server.seen_at,
        account_id=server.account_id,
        region=server.region,
    )


def _matched(texts: Iterable[str], start: str) -> str:
    """The text that begins so, else the one in which a word does; empty for one that has changed since."""
    every = list(texts)
    begins = (text for text in every if name_start(text).startswith(start))
    within = (text for text in every if any(name_start(each).startswith(start) for each in later_words(text)))
    return next(begins, None) or next(within, "")
