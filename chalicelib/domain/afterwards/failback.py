"""Failback: requests, what DRS shows, and what may be done to a server in its current state."""

from collections.abc import Callable
from enum import StrEnum

import msgspec

from ..errors import FieldProblem, require_no_problems
from ..estate.accounts import Place
from ..limits import Id, OptionalId

MOST_SERVERS = 200
"""The most servers in one request, which is also the most ids in a DRS filter."""

ACTIONS_PER_CALL = 100
"""Servers acted on in one call. DRS reverses one server per request, and API Gateway waits 29 seconds."""


class FailbackState(StrEnum):
    """The failback states of a recovery instance in DRS, and NO_INSTANCE if there is no instance."""

    NOT_STARTED = "FAILBACK_NOT_STARTED"
    IN_PROGRESS = "FAILBACK_IN_PROGRESS"
    READY_FOR_LAUNCH = "FAILBACK_READY_FOR_LAUNCH"
    COMPLETED = "FAILBACK_COMPLETED"
    ERROR = "FAILBACK_ERROR"
    NOT_READY_FOR_LAUNCH = "FAILBACK_NOT_READY_FOR_LAUNCH"
    LAUNCH_STATE_NOT_AVAILABLE = "FAILBACK_LAUNCH_STATE_NOT_AVAILABLE"
    NO_INSTANCE = "NO_INSTANCE"


class Outcome(StrEnum):
    """The outcome of a command for one server.

    UNCHANGED: it was already done. REFUSED: it is not possible in this state. FAILED: AWS refused, and nothing was
    done. UNKNOWN: the answer was lost. LEFT: not reached in this call. OBSERVED: the server was only read.
    """

    STARTED = "STARTED"
    STOPPED = "STOPPED"
    UNCHANGED = "UNCHANGED"
    REFUSED = "REFUSED"
    FAILED = "FAILED"
    UNKNOWN = "UNKNOWN"
    LEFT = "LEFT"
    OBSERVED = "OBSERVED"


class FailbackServer(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True, kw_only=True):
    """One server, by source server or recovery instance, in the account and Region it was recovered to."""

    account_id: Id
    region: Id
    source_server_id: OptionalId = ""
    recovery_instance_id: OptionalId = ""

    @property
    def place(self) -> Place:
        return Place(self.account_id, self.region)


class ServerFailback(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """The failback of one server; ``error`` and ``remedy`` are messages, or empty.

    ``fromEc2`` decides the method: a reversed source server at the origin, or the DRS Failback Client. Progress is that
    of the replication to the origin; null if DRS reports none.
    """

    account_id: str
    region: str
    source_server_id: str
    recovery_instance_id: str = ""
    hostname: str = ""
    state: FailbackState = FailbackState.NO_INSTANCE
    outcome: Outcome = Outcome.OBSERVED
    from_ec2: bool = False
    instance_state: str = ""
    replication_state: str = ""
    progress_percent: int | None = None
    origin_account_id: str = ""
    origin_region: str = ""
    reversed_server_id: str = ""
    job_id: str = ""
    error: str = ""
    remedy: str = ""

    @property
    def place(self) -> Place:
        return Place(self.account_id, self.region)

    @property
    def origin(self) -> Place:
        return Place(self.origin_account_id, self.origin_region)

    @property
    def is_launching(self) -> bool:
        """Whether the data is at the origin and the server there is being launched."""
        return self.state is FailbackState.IN_PROGRESS and self.replication_state == "CONTINUOUS"


class FailbackReport(msgspec.Struct, frozen=True, rename="camel"):
    """What happened and what to do next; ``counts`` are by outcome, or by state for a query."""

    execution_id: str
    counts: dict[str, int]
    statement: str
    servers: list[ServerFailback]


Judge = Callable[[ServerFailback], ServerFailback | None]
"""Returns None to act, or else the server with the outcome and the reason why nothing is done."""

_IN_PROGRESS = {
    FailbackState.IN_PROGRESS,
    FailbackState.READY_FOR_LAUNCH,
    FailbackState.NOT_READY_FOR_LAUNCH,
    FailbackState.LAUNCH_STATE_NOT_AVAILABLE,
}
_CHECK_AGAIN = "Check again with GET /drs/failback in a few minutes."
_BOOT_CLIENT = "Boot the DRS Failback Client at the origin, pair it with this instance, and then start the failback."


def require_selection(execution_id: str, servers: tuple[FailbackServer, ...]) -> None:
    """Raises InvalidRequest unless one of the two is given and each server is identified in one way."""
    problems: list[FieldProblem] = []
    if bool(execution_id) == bool(servers):
        problems.append(FieldProblem("executionId", "give either executionId or servers, not both"))
    if len(servers) > MOST_SERVERS:
        problems.append(FieldProblem("servers", f"has {len(servers)} entries; at most {MOST_SERVERS} are allowed"))
    for index, server in enumerate(servers):
        if bool(server.source_server_id) == bool(server.recovery_instance_id):
            problems.append(FieldProblem(f"servers[{index}]", "give either sourceServerId or recoveryInstanceId"))
    require_no_problems(problems)


def judge_reversal(server: ServerFailback) -> ServerFailback | None:
    """Allows reversing a running instance that came from EC2 and is not failing back, or is in ERROR."""
    if gone := _without_instance(server):
        return gone
    if server.state is FailbackState.COMPLETED:
        return _as(server, Outcome.UNCHANGED, "", "Its failback is already complete.")
    if server.state in _IN_PROGRESS:
        return _as(server, Outcome.UNCHANGED, "", f"Its failback is already in progress. {_CHECK_AGAIN}")
    if not server.from_ec2:
        return _as(
            server,
            Outcome.REFUSED,
            "The server did not originate in EC2, so its replication cannot be reversed to a Region.",
            _BOOT_CLIENT,
        )
    if server.instance_state not in {"RUNNING", ""}:
        return _as(
            server,
            Outcome.REFUSED,
            f"The instance is {server.instance_state} and cannot replicate.",
            "Start the instance.",
        )
    return None


def judge_start(server: ServerFailback) -> ServerFailback | None:
    """Allows a launch that is ready, or that failed for a server from EC2 whose data is in sync."""
    if gone := _without_instance(server):
        return gone
    if server.state is FailbackState.COMPLETED:
        return _as(server, Outcome.UNCHANGED, "", "Its failback is already complete.")
    if server.is_launching:
        return _as(server, Outcome.UNCHANGED, "", f"The launch at the origin is in progress. {_CHECK_AGAIN}")
    if server.state is FailbackState.READY_FOR_LAUNCH:
        return None
    if server.state is FailbackState.ERROR:
        if server.from_ec2 and server.replication_state == "CONTINUOUS":
            return None
        remedy = "Reverse its replication again." if server.from_ec2 else _BOOT_CLIENT
        return _as(server, Outcome.REFUSED, server.error or "The failback failed.", remedy)
    if server.state is FailbackState.NOT_STARTED:
        remedy = "Reverse its replication first." if server.from_ec2 else _BOOT_CLIENT
        return _as(server, Outcome.REFUSED, "The server does not replicate to its origin yet.", remedy)
    progress = "" if server.progress_percent is None else f", {server.progress_percent} %"
    reason = f"It is not ready for launch: its replication is {server.replication_state or 'unknown'}{progress}."
    return _as(server, Outcome.REFUSED, reason, f"Wait until it is FAILBACK_READY_FOR_LAUNCH. {_CHECK_AGAIN}")


def judge_stop(server: ServerFailback) -> ServerFailback | None:
    """Allows stopping a replication or a failed failback, but not a launch or a completed failback."""
    if gone := _without_instance(server):
        return gone
    if server.state is FailbackState.NOT_STARTED:
        return _as(server, Outcome.UNCHANGED, "", "No failback was started.")
    if server.is_launching:
        return _as(
            server, Outcome.REFUSED, "The launch at the origin is in progress and cannot be stopped.", _CHECK_AGAIN
        )
    if server.state is FailbackState.COMPLETED:
        return _as(
            server,
            Outcome.REFUSED,
            "Its failback is already complete.",
            "Terminate the instances that you no longer need.",
        )
    return None


def held_by(server: ServerFailback, execution_id: str) -> ServerFailback:
    """Refuses the server, because an execution that has not ended holds it."""
    reason = f"Execution {execution_id} holds the server and has not ended."
    return _as(server, Outcome.REFUSED, reason, "Wait until that execution has ended, or cancel it.")


def failed(server: ServerFailback, reason: str, *, unknown: bool = False) -> ServerFailback:
    """The server after AWS refused or, if ``unknown``, may have acted; repeating is safe in both cases."""
    remedy = "Check with GET /drs/failback, then repeat the call. What was already done is not done again."
    return _as(server, Outcome.UNKNOWN if unknown else Outcome.FAILED, reason, remedy)


def left(server: ServerFailback) -> ServerFailback:
    """The server after a call that did not reach it."""
    reason = f"One call acts on at most {ACTIONS_PER_CALL} servers, and this one was not reached."
    return _as(server, Outcome.LEFT, reason, "Repeat the call to continue with the remaining servers.")


def derived_state(state: FailbackState, replication_state: str, last_launch: str) -> FailbackState:
    """The state by the reversed server at the origin, if DRS shows none on the recovery instance.

    ``last_launch`` is the status of its last launch that was not a drill, empty without one.
    """
    if state is not FailbackState.LAUNCH_STATE_NOT_AVAILABLE:
        return state
    launched = {
        "PENDING": FailbackState.IN_PROGRESS,
        "IN_PROGRESS": FailbackState.IN_PROGRESS,
        "LAUNCHED": FailbackState.COMPLETED,
        "FAILED": FailbackState.ERROR,
    }
    if last_launch in launched:
        return launched[last_launch]
    ready = replication_state == "CONTINUOUS"
    return FailbackState.READY_FOR_LAUNCH if ready else FailbackState.NOT_READY_FOR_LAUNCH


def _without_instance(server: ServerFailback) -> ServerFailback | None:
    if server.outcome is not Outcome.OBSERVED:
        return server
    if server.state is FailbackState.NO_INSTANCE:
        reason = server.error or "DRS has no recovery instance of the server."
        return _as(
            server,
            Outcome.REFUSED,
            reason,
            server.remedy or "Check the account, Region and id, or recover the server first.",
        )
    return None


def _as(server: ServerFailback, outcome: Outcome, error: str, remedy: str) -> ServerFailback:
    return msgspec.structs.replace(server, outcome=outcome, error=error, remedy=remedy)
