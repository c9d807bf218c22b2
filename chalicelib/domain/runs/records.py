"""Executions, wave runs, job runs and server runs: their values, states and legal transitions."""

from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from ..access.two_persons import FirstPerson
from ..errors import IllegalTransition
from ..estate.accounts import Place
from ..estate.groups import Impact
from ..estate.servers import OperatingSystem
from ..plans.plans import DEFAULT_PRIORITY, ApprovalPolicy, OnFailure
from .counts import ServerCounts
from .events import KindOfEvent
from .history import Pause, WaveAttempt
from .launches_ahead import LaunchesAhead


class Mode(StrEnum):
    DRILL = "DRILL"
    RECOVERY = "RECOVERY"


class ExecutionStatus(StrEnum):
    CREATED = "CREATED"
    IN_PROGRESS = "IN_PROGRESS"
    PAUSED = "PAUSED"
    CANCELLING = "CANCELLING"
    COMPLETED = "COMPLETED"
    PARTIAL = "PARTIAL"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"
    TIMED_OUT = "TIMED_OUT"

    @property
    def is_final(self) -> bool:
        return self in _FINAL_EXECUTION

    @property
    def takes_decisions(self) -> bool:
        """Whether people can still decide on its waves: the execution is running or paused."""
        return self in DECISION_STATUSES


class WaveStatus(StrEnum):
    NOT_STARTED = "NOT_STARTED"
    AWAITING_APPROVAL = "AWAITING_APPROVAL"
    QUEUED = "QUEUED"
    EXECUTING = "EXECUTING"
    VALIDATING = "VALIDATING"
    AWAITING_DECISION = "AWAITING_DECISION"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    TIMED_OUT = "TIMED_OUT"
    SKIPPED = "SKIPPED"
    CANCELLED = "CANCELLED"

    @property
    def is_final(self) -> bool:
        return self in _FINAL_WAVE

    @property
    def is_before_start(self) -> bool:
        return self in {WaveStatus.NOT_STARTED, WaveStatus.AWAITING_APPROVAL}

    @property
    def is_running(self) -> bool:
        """Released and not judged yet; only in these states are servers of the wave launched."""
        return self in {WaveStatus.QUEUED, WaveStatus.EXECUTING, WaveStatus.VALIDATING}

    @property
    def is_over(self) -> bool:
        """Final, or waiting for a decision. Nothing is launched; open jobs are followed to their end."""
        return self.is_final or self is WaveStatus.AWAITING_DECISION


class ServerStatus(StrEnum):
    NOT_STARTED = "NOT_STARTED"
    LAUNCHING = "LAUNCHING"
    LAUNCHED = "LAUNCHED"
    VALIDATED = "VALIDATED"
    FAILED = "FAILED"
    EXCLUDED = "EXCLUDED"
    SKIPPED = "SKIPPED"
    TERMINATED = "TERMINATED"

    @property
    def is_final(self) -> bool:
        return self not in {ServerStatus.NOT_STARTED, ServerStatus.LAUNCHING}

    @property
    def has_launched(self) -> bool:
        """Launched, whether or not validations have passed since."""
        return self in {ServerStatus.LAUNCHED, ServerStatus.VALIDATED}


class JobStatus(StrEnum):
    """CLAIMED: about to be requested. STARTED: DRS has the job. COMPLETED: it ended. REFUSED: by DRS."""

    CLAIMED = "CLAIMED"
    STARTED = "STARTED"
    COMPLETED = "COMPLETED"
    REFUSED = "REFUSED"


_FINAL_EXECUTION = frozenset(
    {
        ExecutionStatus.COMPLETED,
        ExecutionStatus.PARTIAL,
        ExecutionStatus.FAILED,
        ExecutionStatus.CANCELLED,
        ExecutionStatus.TIMED_OUT,
    }
)
ACTIVE_STATUSES = tuple(status for status in ExecutionStatus if status not in _FINAL_EXECUTION)
DECISION_STATUSES = (ExecutionStatus.IN_PROGRESS, ExecutionStatus.PAUSED)
_FINAL_WAVE = frozenset(
    {WaveStatus.COMPLETED, WaveStatus.FAILED, WaveStatus.TIMED_OUT, WaveStatus.SKIPPED, WaveStatus.CANCELLED}
)

CLEANUP_QUEUE = "CLEANUP"
"""Drills that have ended and are to be cleaned up. The queues are the first keys of a sparse index of executions."""

TERMINATING_QUEUE = "TERMINATING"
"""Executions whose instances are being terminated."""

DELETING_QUEUE = "DELETING"
"""Executions whose deletion has begun, and records of starts that were not completed."""

_ONLY_BY_PEOPLE = frozenset({WaveStatus.SKIPPED})

_EXECUTION_MOVES: dict[ExecutionStatus, frozenset[ExecutionStatus]] = {
    ExecutionStatus.CREATED: frozenset({ExecutionStatus.IN_PROGRESS, ExecutionStatus.CANCELLING}) | _FINAL_EXECUTION,
    ExecutionStatus.IN_PROGRESS: frozenset({ExecutionStatus.PAUSED, ExecutionStatus.CANCELLING}) | _FINAL_EXECUTION,
    ExecutionStatus.PAUSED: frozenset({ExecutionStatus.IN_PROGRESS, ExecutionStatus.CANCELLING}) | _FINAL_EXECUTION,
    ExecutionStatus.CANCELLING: frozenset(
        {ExecutionStatus.CANCELLED, ExecutionStatus.FAILED, ExecutionStatus.TIMED_OUT}
    ),
}
_WAVE_MOVES: dict[WaveStatus, frozenset[WaveStatus]] = {
    WaveStatus.NOT_STARTED: frozenset(
        {WaveStatus.AWAITING_APPROVAL, WaveStatus.QUEUED, WaveStatus.SKIPPED, WaveStatus.CANCELLED, WaveStatus.FAILED}
    ),
    WaveStatus.AWAITING_APPROVAL: frozenset(
        {WaveStatus.QUEUED, WaveStatus.SKIPPED, WaveStatus.CANCELLED, WaveStatus.FAILED}
    ),
    WaveStatus.QUEUED: frozenset({WaveStatus.EXECUTING, WaveStatus.VALIDATING, WaveStatus.AWAITING_DECISION})
    | (_FINAL_WAVE - _ONLY_BY_PEOPLE),
    WaveStatus.EXECUTING: frozenset({WaveStatus.VALIDATING, WaveStatus.AWAITING_DECISION})
    | (_FINAL_WAVE - _ONLY_BY_PEOPLE),
    WaveStatus.VALIDATING: frozenset({WaveStatus.AWAITING_DECISION}) | (_FINAL_WAVE - _ONLY_BY_PEOPLE),
    WaveStatus.AWAITING_DECISION: frozenset({WaveStatus.QUEUED}) | _FINAL_WAVE,
}


class Termination(msgspec.Struct, frozen=True, rename="camel"):
    """The latest round of terminating an execution's instances; a request after its end is a new one."""

    round: int
    asked_at: datetime
    asked_by: str
    ended_at: datetime | None = None
    asked_by_subject: str = ""


class Execution(msgspec.Struct, frozen=True, rename="camel"):
    """One run of a plan version; this record does not grow with the number of servers.

    ``stop_reason`` is why no further wave may start, empty while waves may; ``paused_at`` is set while it is paused.
    ``running_since`` is the last time it began or was resumed. ``deadline_at`` is the end of its time limit, which a
    pause moves; ``timed_out_at`` is set when the limit was reached. ``cleanup_at`` is when the plan's policy terminates
    its instances. ``workflow_run`` is the number of the state machine's run: 1, and one more for each restart.
    ``point_in_time`` is the requested moment of its servers' data, None for the latest or for points chosen per server.
    ``point_skew_seconds`` is the time between the oldest and the newest chosen recovery point, None without any.
    ``initiated_by_subject`` is the verified person who started it, empty for a start by anything else.
    ``first_person`` has asked to terminate the instances of a RECOVERY whose plan demands two persons for that.
    ``counts`` are its servers by status, None where they have not been counted. ``revision`` grows with each change of
    the execution, its waves and its launch requests. ``approval`` is the plan's policy, None for executions that are
    older than this field. ``pauses`` are those that are over, ``pause_reason`` is why it is paused now. ``rto_minutes``
    is the target of its plan, None where there was none, and for executions that are older than the field.
    ``priority`` is that of its plan, 1 the most urgent.
    """

    execution_id: str
    plan_id: str
    plan_version: int
    plan_name: str
    mode: Mode
    status: ExecutionStatus
    started_at: datetime
    initiated_by: str
    reason: str = ""
    stop_reason: str = ""
    outcome_reason: str = ""
    ended_at: datetime | None = None
    paused_at: datetime | None = None
    wave_count: int = 0
    server_count: int = 0
    running_since: datetime | None = None
    deadline_at: datetime | None = None
    timed_out_at: datetime | None = None
    workflow_run: int = 1
    cleanup_at: datetime | None = None
    termination: Termination | None = None
    point_in_time: datetime | None = None
    point_skew_seconds: int | None = None
    initiated_by_subject: str = ""
    first_person: FirstPerson | None = None
    counts: ServerCounts | None = None
    revision: int = 0
    approval: ApprovalPolicy | None = None
    pause_reason: str = ""
    pauses: tuple[Pause, ...] = ()
    rto_minutes: int | None = None
    priority: int = DEFAULT_PRIORITY


class WaveRun(msgspec.Struct, frozen=True, rename="camel"):
    """One wave of one execution. ``ready_at`` is when its dependencies had ended; counts are of servers.

    ``deadline_at`` is the end of its time limit, which each attempt sets and the time spent paused moves.
    ``step_count`` is how many actions and validations the plan has for it. ``waiting`` is why servers wait or cannot be
    seen, by account and Region, as of the last look. ``approved_by_subject`` is the verified person who approved it.
    ``first_person`` has approved or skipped it where two persons have to; it waits for the second. ``counts`` are its
    servers by status, None where they were not counted; ``counted`` is how often they were counted again.
    ``decision_since`` is since when a person has to decide, None if nobody has to. ``attempts`` are all attempts of a
    wave that was retried, ``launches`` those that it was to make when the execution started.
    """

    execution_id: str
    wave_number: int
    name: str
    status: WaveStatus
    depends_on: tuple[int, ...]
    on_failure: OnFailure
    min_success_percent: int | None
    timeout_minutes: int
    delay_seconds: int
    approval_required: bool = False
    approval_asked_at: datetime | None = None
    approved_at: datetime | None = None
    approved_by: str = ""
    comment: str = ""
    attempt: int = 1
    expected_seconds: float = 0.0
    ready_at: datetime | None = None
    started_at: datetime | None = None
    deadline_at: datetime | None = None
    ended_at: datetime | None = None
    outcome_reason: str = ""
    server_count: int = 0
    step_count: int = 0
    launched_count: int = 0
    failed_count: int = 0
    waiting: dict[str, str] = {}
    approved_by_subject: str = ""
    first_person: FirstPerson | None = None
    counts: ServerCounts | None = None
    counted: int = 0
    decision_since: datetime | None = None
    attempts: tuple[WaveAttempt, ...] = ()
    launches: tuple[LaunchesAhead, ...] = ()

    @property
    def has_open_gate(self) -> bool:
        """Whether it needs an approval that nobody has given."""
        return self.approval_required and not self.approved_by

    @property
    def attempt_began_at(self) -> datetime | None:
        """When the current attempt began, not counting pauses: its deadline minus its time limit."""
        return self.deadline_at - timedelta(minutes=self.timeout_minutes) if self.deadline_at else None


class JobRun(msgspec.Struct, frozen=True, rename="camel"):
    """One request to DRS to launch servers, claimed before it is made.

    It is a launch, or in wave 0 the termination of the instances in ``server_ids`` (``domain.afterwards.termination``).
    ``claim_expires_at`` is when the function that claimed it has certainly ended. ``chunk`` counts the requests of an
    attempt. ``uncertain``: the timeline has an event that says that its result was unknown.
    """

    execution_id: str
    wave_number: int
    chunk: int
    attempt: int
    account_id: str
    region: str
    status: JobStatus
    server_ids: tuple[str, ...]
    claimed_at: datetime
    claim_expires_at: datetime
    job_id: str = ""
    job_started_at: datetime | None = None
    job_ended_at: datetime | None = None
    refusal_kind: str = ""
    refusal: str = ""
    uncertain: bool = False

    @property
    def key(self) -> str:
        return job_run_key(self.wave_number, self.chunk, self.attempt)

    @property
    def place(self) -> Place:
        return Place(self.account_id, self.region)

    @property
    def is_open(self) -> bool:
        return self.status in {JobStatus.CLAIMED, JobStatus.STARTED}


class ServerRun(msgspec.Struct, frozen=True, rename="camel"):
    """One server in one execution; ``error`` is a message for people, empty unless something failed.

    ``recovery_point_id`` is the point it is launched from and ``recovery_point_at`` its moment; empty for the latest.
    ``replaces`` are the instances of earlier recoveries that the start agreed to end. ``error`` also says what keeps a
    server waiting for its launch. ``changed_at`` is the moment of the latest change. ``expected_seconds`` is how long
    its launch was expected to take when the execution started, and ``expected_p90_seconds`` what 9 of 10 such launches
    take at most; None if it is older than the field.
    """

    execution_id: str
    wave_number: int
    source_server_id: str
    hostname: str
    account_id: str
    region: str
    group_id: str
    os: OperatingSystem
    impact: Impact
    status: ServerStatus
    recovery_instance_id: str = ""
    job_id: str = ""
    error: str = ""
    started_at: datetime | None = None
    ended_at: datetime | None = None
    recovery_point_id: str = ""
    recovery_point_at: datetime | None = None
    terminated_at: datetime | None = None
    termination_error: str = ""
    replaces: tuple[str, ...] = ()
    changed_at: datetime | None = None
    expected_seconds: float | None = None
    expected_p90_seconds: float | None = None

    @property
    def place(self) -> Place:
        return Place(self.account_id, self.region)


class TimelineEvent(msgspec.Struct, frozen=True, rename="camel"):
    """One line of an execution's timeline; ``wave_number`` is None for the execution as a whole.

    ``notice`` is the state of its notice (PENDING, SENT, FAILED); empty if the event has no notice.
    """

    event_id: str
    execution_id: str
    at: datetime
    kind: KindOfEvent
    message: str
    wave_number: int | None = None
    details: dict[str, str] = {}
    notice: str = ""


def wave_key(wave_number: int) -> str:
    """A wave number as it is written in sort keys, so that text order is number order."""
    return f"{wave_number:03d}"


def job_run_key(wave_number: int, chunk: int, attempt: int) -> str:
    return f"{wave_key(wave_number)}#{attempt:02d}#{chunk:04d}"


def is_time_up(wave: WaveRun, now: datetime) -> bool:
    """Whether the wave's time limit has passed."""
    return wave.deadline_at is not None and now > wave.deadline_at


def require_execution_move(current: ExecutionStatus, wanted: ExecutionStatus) -> None:
    """Raises IllegalTransition unless the table of transitions allows the move."""
    if wanted not in _EXECUTION_MOVES.get(current, frozenset()):
        raise IllegalTransition(
            f"An execution that is {current} cannot become {wanted}.", **{"from": current.value, "to": wanted.value}
        )


def execution_sources(wanted: ExecutionStatus) -> tuple[ExecutionStatus, ...]:
    """The states from which an execution may become ``wanted``."""
    return tuple(state for state, moves in _EXECUTION_MOVES.items() if wanted in moves)


def wave_sources(wanted: WaveStatus) -> tuple[WaveStatus, ...]:
    """The states from which a wave run may become ``wanted``."""
    return tuple(state for state, moves in _WAVE_MOVES.items() if wanted in moves)
