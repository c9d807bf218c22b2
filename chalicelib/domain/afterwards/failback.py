"""Failback: which servers are requested, and what is reported of each."""

from datetime import datetime
from enum import StrEnum

import msgspec

from ..errors import FieldProblem, require_no_problems
from ..estate.accounts import Place
from ..limits import Id, OptionalId

MOST_SERVERS = 200
"""The most servers in one request, which is also the most ids in a DRS filter."""

ACTIONS_PER_CALL = 100
"""Servers acted on in one call. DRS reverses one server per request, and API Gateway waits 29 seconds."""


FIRST_SYNC = frozenset({"INITIATING", "INITIAL_SYNC"})
"""The replication states of a first synchronisation, in which nothing can be launched yet."""


class FailbackState(StrEnum):
    """How far a failback is: the failback states of DRS, and NO_INSTANCE if there is no recovery instance.

    DRS shows these states on the recovery instance for servers from elsewhere. For servers from EC2 they are concluded
    from the reversed source server, because DRS never shows FAILBACK_COMPLETED inside AWS.
    """

    NOT_STARTED = "FAILBACK_NOT_STARTED"
    IN_PROGRESS = "FAILBACK_IN_PROGRESS"
    READY_FOR_LAUNCH = "FAILBACK_READY_FOR_LAUNCH"
    COMPLETED = "FAILBACK_COMPLETED"
    ERROR = "FAILBACK_ERROR"
    NOT_READY_FOR_LAUNCH = "FAILBACK_NOT_READY_FOR_LAUNCH"
    LAUNCH_STATE_NOT_AVAILABLE = "FAILBACK_LAUNCH_STATE_NOT_AVAILABLE"
    NO_INSTANCE = "NO_INSTANCE"


class Direction(StrEnum):
    """Where a reversal takes the data of an instance from EC2: FAILBACK to its origin, FAILOVER to be protected again.

    These are the words of DRS for the source server that the instance replicates to.
    """

    FAILBACK = "FAILBACK"
    FAILOVER = "FAILOVER"


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
    of the replication to the origin; null if DRS reports none. ``direction`` FAILOVER: the instance runs at the origin
    already, and its replication protects it again; ``origin…`` is then where it replicates to. Nothing that happened
    before ``beganAt`` belongs to this failback.
    """

    account_id: str
    region: str
    source_server_id: str
    recovery_instance_id: str = ""
    hostname: str = ""
    state: FailbackState = FailbackState.NO_INSTANCE
    outcome: Outcome = Outcome.OBSERVED
    from_ec2: bool = False
    direction: Direction = Direction.FAILBACK
    began_at: datetime | None = None
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
        """Whether the server is being launched at the origin, and no longer synchronised for the first time."""
        if self.state is not FailbackState.IN_PROGRESS:
            return False
        if self.from_ec2:
            return self.replication_state not in FIRST_SYNC
        return self.replication_state == "CONTINUOUS"


class FailbackReport(msgspec.Struct, frozen=True, rename="camel"):
    """What happened and what to do next; ``counts`` are by outcome, or by state for a query."""

    execution_id: str
    counts: dict[str, int]
    statement: str
    servers: list[ServerFailback]


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
