"""Fails servers back to their origin: reverses replication, starts and stops a failback. Reports by server.

DRS is the source of truth. Each call looks first and acts only where nothing is in progress, so that repeating it is
safe. Two calls at the same moment cannot both act, since DRS accepts only one job and one reversal for each server.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial

import msgspec

from ...aws.actions.afterwards import failback as actions
from ...domain.access.context import CallContext
from ...domain.afterwards.failback import (
    ACTIONS_PER_CALL,
    Direction,
    FailbackReport,
    FailbackState,
    Outcome,
    ServerFailback,
)
from ...domain.afterwards.failback_verdicts import (
    Judge,
    failed,
    held_by,
    judge_reversal,
    judge_start,
    judge_stop,
    left,
    not_reversible_yet,
)
from ...domain.attempts import FOR_ONE_SERVER, Attempt, RefusalKind
from ...domain.estate.accounts import Place, TargetAccount
from ...domain.runs.events import EventKind
from ...domain.runs.leases import Lease, server_lease_key
from ...domain.text import count_of
from ...operations.afterwards import FailbackCommand
from ...preflight.failback import look
from ...side_by_side import map_bounded
from ...store.reads.estate.accounts import find_accounts
from ...store.reads.runs.executions import find_execution
from ...store.reads.runs.leases import find_leases
from ...store.writes.runs.timeline import append_events
from ..notices.events import new_event

_AT_ONCE = 4
_SERVERS_PER_JOB = 100
"""Quota L-B827C881."""

_Done = list[tuple[ServerFailback, Attempt[str]]]
_Act = Callable[[Sequence[ServerFailback]], list[ServerFailback]]


def reverse_replication(request: FailbackCommand, call: CallContext) -> FailbackReport:
    """Starts replication back to the origin, for servers that came from EC2.

    Raises as ``look`` does; all other problems are reported by server.
    """
    return _carry_out(request, call, judge_reversal, _reverse, EventKind.FAILBACK_REVERSED)


def start_failback(request: FailbackCommand, call: CallContext) -> FailbackReport:
    """Launches servers at their origin if they are ready for it."""
    return _carry_out(request, call, judge_start, _start, EventKind.FAILBACK_STARTED)


def stop_failback(request: FailbackCommand, call: CallContext) -> FailbackReport:
    """Stops the replication back to the origin, for servers that are not launching yet."""
    return _carry_out(request, call, judge_stop, _stop, EventKind.FAILBACK_STOPPED)


def _carry_out(request: FailbackCommand, call: CallContext, judge: Judge, act: _Act, kind: EventKind) -> FailbackReport:
    servers = look(request.execution_id, request.servers)
    results = _judged(servers, judge)
    chosen = {server.recovery_instance_id: server for server in results if server.outcome is Outcome.OBSERVED}
    now, later = list(chosen.values())[:ACTIONS_PER_CALL], list(chosen.values())[ACTIONS_PER_CALL:]
    done = {server.recovery_instance_id: server for server in [*act(now), *map(left, later)]}
    results = [done[each.recovery_instance_id] if each.outcome is Outcome.OBSERVED else each for each in results]
    counts = dict(Counter(server.outcome.value for server in results))
    summary = ", ".join(f"{count} {outcome}" for outcome, count in sorted(counts.items()))
    statement = f"{_SENTENCES[kind]} {count_of(len(results), 'server')}: {summary}."
    if request.execution_id and now:
        message = f"{statement} Requested by {call.principal.name}."
        append_events([new_event(request.execution_id, call.now, kind, message)])
    return FailbackReport(request.execution_id, counts, statement, results)


def _judged(servers: Sequence[ServerFailback], judge: Judge) -> list[ServerFailback]:
    """The servers, with an outcome for each that is not to be acted on; the others stay OBSERVED.

    A server whose lease is held is never acted on.
    """
    verdicts = [judge(server) for server in servers]
    keys = {
        id(server): _lease_keys(server) for server, verdict in zip(servers, verdicts, strict=True) if verdict is None
    }
    held = _held({key for wanted in keys.values() for key in wanted})
    results = []
    for server, verdict in zip(servers, verdicts, strict=True):
        holder = next((held[key] for key in keys.get(id(server), ()) if key in held), None)
        results.append(verdict or (held_by(server, holder.execution_id) if holder else server))
    return results


def _held(keys: set[str]) -> dict[str, Lease]:
    """Leases by key. Leases of executions that have ended do not count, even if they were never freed."""
    found = find_leases(keys)
    holders = {lease.execution_id for lease in found.values()}
    ended = {item for item in holders if (execution := find_execution(item)) and execution.status.is_final}
    return {key: lease for key, lease in found.items() if lease.execution_id not in ended}


def _lease_keys(server: ServerFailback) -> list[str]:
    """The leases at both ends, because a plan at the origin may be recovering the reversed server."""
    keys = [server_lease_key(server.account_id, server.region, server.source_server_id)]
    if server.reversed_server_id:
        keys.append(server_lease_key(server.origin_account_id, server.origin_region, server.reversed_server_id))
    return keys


def _reverse(servers: Sequence[ServerFailback]) -> list[ServerFailback]:
    def done(server: ServerFailback, reversed_arn: str) -> ServerFailback:
        arn = reversed_arn.split(":")
        remedy = "Wait until it is FAILBACK_READY_FOR_LAUNCH, then start the failback."
        if server.direction is Direction.FAILOVER:
            remedy = "It is protected again once its replication is CONTINUOUS."
        return msgspec.structs.replace(
            server,
            outcome=Outcome.STARTED,
            state=FailbackState.IN_PROGRESS,
            reversed_server_id=arn[5].removeprefix("source-server/"),
            origin_account_id=arn[4],
            origin_region=arn[3],
            error="",
            remedy=remedy,
        )

    return [
        not_reversible_yet(server, acted.reason)
        if acted.refusal is RefusalKind.CONFLICT
        else _result(server, acted, done)
        for server, acted in _one_by_one(servers, actions.reverse_replication)
    ]


def _stop(servers: Sequence[ServerFailback]) -> list[ServerFailback]:
    def done(server: ServerFailback, _: str) -> ServerFailback:
        stopped = FailbackState.NOT_STARTED
        return msgspec.structs.replace(server, outcome=Outcome.STOPPED, state=stopped, error="", remedy="")

    return [_result(server, acted, done) for server, acted in _one_by_one(servers, actions.stop_failback)]


def _start(servers: Sequence[ServerFailback]) -> list[ServerFailback]:
    """Launches servers from EC2 by their reversed servers, and others by their failback clients."""

    def done(server: ServerFailback, job_id: str) -> ServerFailback:
        remedy = "Check GET /drs/failback until it is FAILBACK_COMPLETED."
        state = FailbackState.IN_PROGRESS
        return msgspec.structs.replace(
            server, outcome=Outcome.STARTED, state=state, job_id=job_id, error="", remedy=remedy
        )

    home: dict[tuple[bool, Place], list[ServerFailback]] = {}
    for server in servers:
        home.setdefault((server.from_ec2, server.origin if server.from_ec2 else server.place), []).append(server)
    accounts = find_accounts(place.account_id for _, place in home)
    jobs = [
        (from_ec2, place, members[start : start + _SERVERS_PER_JOB])
        for (from_ec2, place), members in home.items()
        for start in range(0, len(members), _SERVERS_PER_JOB)
    ]

    def launch(job: tuple[bool, Place, list[ServerFailback]]) -> _Done:
        from_ec2, place, members = job
        account = accounts.get(place.account_id)
        if account is None:
            reason = f"Account {place.account_id} is not a target account, so nothing can be launched there."
            missing = Attempt.refused(RefusalKind.DENIED, reason)
            return [(server, missing) for server in members]
        return _launch(account, place.region, members, from_ec2=from_ec2)

    launched = map_bounded(launch, jobs, limit=_AT_ONCE)
    return [_result(server, acted, done) for job in launched for server, acted in job]


def _launch(account: TargetAccount, region: str, members: list[ServerFailback], *, from_ec2: bool) -> _Done:
    """Launches servers in one job, or in halves of it if DRS refuses the whole job because of one server."""
    if from_ec2:
        acted = actions.start_reversed_launch(account, region, [each.reversed_server_id for each in members])
    else:
        acted = actions.start_failback_launch(account, region, [each.recovery_instance_id for each in members])
    if acted.refusal not in FOR_ONE_SERVER or len(members) == 1:
        return [(server, acted) for server in members]
    again, middle = partial(_launch, account, region, from_ec2=from_ec2), len(members) // 2
    return [*again(members[:middle]), *again(members[middle:])]


def _one_by_one(servers: Sequence[ServerFailback], act: Callable[[TargetAccount, str, str], Attempt[str]]) -> _Done:
    accounts = find_accounts(server.account_id for server in servers)

    def one(server: ServerFailback) -> tuple[ServerFailback, Attempt[str]]:
        return server, act(accounts[server.account_id], server.region, server.recovery_instance_id)

    return map_bounded(one, servers, limit=_AT_ONCE)


def _result(
    server: ServerFailback, acted: Attempt[str], done: Callable[[ServerFailback, str], ServerFailback]
) -> ServerFailback:
    if acted.result is None:
        return failed(server, acted.reason, unknown=acted.is_unknown)
    return done(server, acted.result)


_SENTENCES = {
    EventKind.FAILBACK_REVERSED: "Reverse replication:",
    EventKind.FAILBACK_STARTED: "Failback launch at the origin:",
    EventKind.FAILBACK_STOPPED: "Failback stopped:",
}
