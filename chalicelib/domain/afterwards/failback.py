"""Failback: what is asked, what DRS shows of it, and what may be done to one server in the state it is in."""

from collections.abc import Callable
from enum import StrEnum

import msgspec

from ..errors import FieldProblem, require_no_problems
from ..estate.accounts import Place
from ..limits import Id, OptionalId

MOST_SERVERS = 200
"""Servers in one request; one Region's filter of DRS takes as many ids."""

ACTIONS_PER_CALL = 100
"""Servers acted on in one call: DRS reverses one server a call, and API Gateway waits 29 seconds."""


class FailbackState(StrEnum):
    """DRS's states of a recovery instance, and NO_INSTANCE where there is none to bring home."""

    NOT_STARTED = "FAILBACK_NOT_STARTED"
    IN_PROGRESS = "FAILBACK_IN_PROGRESS"
    READY_FOR_LAUNCH = "FAILBACK_READY_FOR_LAUNCH"
    COMPLETED = "FAILBACK_COMPLETED"
    ERROR = "FAILBACK_ERROR"
    NOT_READY_FOR_LAUNCH = "FAILBACK_NOT_READY_FOR_LAUNCH"
    LAUNCH_STATE_NOT_AVAILABLE = "FAILBACK_LAUNCH_STATE_NOT_AVAILABLE"
    NO_INSTANCE = "NO_INSTANCE"


class Outcome(StrEnum):
    """What a command came to for one server.

    UNCHANGED: it had been done before. REFUSED: not in this state. FAILED: AWS refused, nothing has happened.
    UNKNOWN: the answer was lost. LEFT: not reached in this call. OBSERVED: nothing was asked.
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
    """One server by its source server or by its recovery instance; account and Region are those it recovered to."""

    account_id: Id
    region: Id
    source_server_id: OptionalId = ""
    recovery_instance_id: OptionalId = ""

    @property
    def place(self) -> Place:
        return Place(self.account_id, self.region)


class ServerFailback(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """One server on its way home. ``error`` and ``remedy`` are sentences, empty unless something is in the way.

    ``fromEc2`` decides the way: a reversed source server at the origin, or the DRS Failback Client. Progress is of the
    replication home; null where DRS tells none.
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
        """Data is home and the machine there is being started."""
        return self.state is FailbackState.IN_PROGRESS and self.replication_state == "CONTINUOUS"


class FailbackReport(msgspec.Struct, frozen=True, rename="camel"):
    """``statement`` says what happened and what to do next; ``counts`` are of outcomes, or of states for a look."""

    execution_id: str
    counts: dict[str, int]
    statement: str
    servers: list[ServerFailback]


Judge = Callable[[ServerFailback], ServerFailback | None]
"""None: act. Otherwise the server with the outcome and the reason why nothing is done."""

_UNDER_WAY = {
    FailbackState.IN_PROGRESS,
    FailbackState.READY_FOR_LAUNCH,
    FailbackState.NOT_READY_FOR_LAUNCH,
    FailbackState.LAUNCH_STATE_NOT_AVAILABLE,
}
_LOOK_AGAIN = "Look again with GET /drs/failback in some minutes."
_BOOT_CLIENT = "Boot the DRS Failback Client at the origin and pair it with this instance; then start the failback."


def require_selection(execution_id: str, servers: tuple[FailbackServer, ...]) -> None:
    """Raises InvalidRequest unless exactly one of the two is given, and each server is named in one way."""
    problems: list[FieldProblem] = []
    if bool(execution_id) == bool(servers):
        problems.append(FieldProblem("executionId", "give either executionId or servers, and not both"))
    if len(servers) > MOST_SERVERS:
        problems.append(FieldProblem("servers", f"has {len(servers)} entries; {MOST_SERVERS} are allowed"))
    for index, server in enumerate(servers):
        if bool(server.source_server_id) == bool(server.recovery_instance_id):
            problems.append(FieldProblem(f"servers[{index}]", "give either sourceServerId or recoveryInstanceId"))
    require_no_problems(problems)


def judge_reversal(server: ServerFailback) -> ServerFailback | None:
    """A running instance that came from EC2 and is not on its way home yet; one in ERROR is tried again."""
    if gone := _without_instance(server):
        return gone
    if server.state is FailbackState.COMPLETED:
        return _as(server, Outcome.UNCHANGED, "", "It has failed back already.")
    if server.state in _UNDER_WAY:
        return _as(server, Outcome.UNCHANGED, "", f"It is on its way home already. {_LOOK_AGAIN}")
    if not server.from_ec2:
        return _as(
            server,
            Outcome.REFUSED,
            "The server did not originate in EC2: it has no Region to go home to.",
            _BOOT_CLIENT,
        )
    if server.instance_state not in {"RUNNING", ""}:
        return _as(
            server, Outcome.REFUSED, f"The instance is {server.instance_state} and cannot replicate.", "Start it."
        )
    return None


def judge_start(server: ServerFailback) -> ServerFailback | None:
    """Only what is ready; a launch from EC2 that has failed may be repeated once the data is in sync."""
    if gone := _without_instance(server):
        return gone
    if server.state is FailbackState.COMPLETED:
        return _as(server, Outcome.UNCHANGED, "", "It has failed back already.")
    if server.is_launching:
        return _as(server, Outcome.UNCHANGED, "", f"The launch at the origin is under way. {_LOOK_AGAIN}")
    if server.state is FailbackState.READY_FOR_LAUNCH:
        return None
    if server.state is FailbackState.ERROR:
        if server.from_ec2 and server.replication_state == "CONTINUOUS":
            return None
        remedy = "Reverse its replication again." if server.from_ec2 else _BOOT_CLIENT
        return _as(server, Outcome.REFUSED, server.error or "The failback has failed.", remedy)
    if server.state is FailbackState.NOT_STARTED:
        remedy = "Reverse its replication first." if server.from_ec2 else _BOOT_CLIENT
        return _as(server, Outcome.REFUSED, "Nothing replicates home yet.", remedy)
    told = "" if server.progress_percent is None else f", {server.progress_percent} %"
    reason = f"It is not ready for launch: replication is {server.replication_state or 'unknown'}{told}."
    return _as(server, Outcome.REFUSED, reason, f"Wait until it is FAILBACK_READY_FOR_LAUNCH. {_LOOK_AGAIN}")


def judge_stop(server: ServerFailback) -> ServerFailback | None:
    """Whatever replicates or has failed; a launch cannot be stopped, and what has ended has nothing to stop."""
    if gone := _without_instance(server):
        return gone
    if server.state is FailbackState.NOT_STARTED:
        return _as(server, Outcome.UNCHANGED, "", "Nothing was started.")
    if server.is_launching:
        return _as(server, Outcome.REFUSED, "The launch at the origin is under way and cannot be stopped.", _LOOK_AGAIN)
    if server.state is FailbackState.COMPLETED:
        return _as(server, Outcome.REFUSED, "It has failed back already.", "Terminate what is not needed any more.")
    return None


def held_by(server: ServerFailback, execution_id: str) -> ServerFailback:
    """Refused: an execution that has not ended holds the server."""
    reason = f"Execution {execution_id} holds the server and has not ended."
    return _as(server, Outcome.REFUSED, reason, "Wait until that execution has ended, or cancel it.")


def failed(server: ServerFailback, reason: str, *, unknown: bool = False) -> ServerFailback:
    """AWS did not do it, or (``unknown``) nobody knows; repeating is safe in both cases."""
    remedy = "Look with GET /drs/failback, then repeat the call: what was done is not done again."
    return _as(server, Outcome.UNKNOWN if unknown else Outcome.FAILED, reason, remedy)


def left(server: ServerFailback) -> ServerFailback:
    """Not reached in this call."""
    reason = f"One call acts on {ACTIONS_PER_CALL} servers at most; this one was left."
    return _as(server, Outcome.LEFT, reason, "Repeat the call: it goes on where it ended.")


def derived_state(state: FailbackState, replication_state: str, last_launch: str) -> FailbackState:
    """What a reversed server at the origin says where DRS does not show the state on the recovery instance.

    ``last_launch`` is the status of its last launch that was no drill, empty without one.
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
        reason = server.error or "DRS knows no recovery instance of it."
        return _as(server, Outcome.REFUSED, reason, server.remedy or "Check account, Region and id; recover it first.")
    return None


def _as(server: ServerFailback, outcome: Outcome, error: str, remedy: str) -> ServerFailback:
    return msgspec.structs.replace(server, outcome=outcome, error=error, remedy=remedy)
