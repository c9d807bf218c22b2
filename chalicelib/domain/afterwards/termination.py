"""Termination of an execution's instances: which to request, which are gone, and when it is over.

What counts is not the job in DRS but whether DRS still shows the instance.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum

import msgspec

from ..attempts import FOR_ONE_SERVER
from ..estate.accounts import Place
from ..estate.quotas import SERVERS_PER_JOB
from ..estate.sightings import InstanceSighting
from ..launches.packing import limit_sizes
from ..plans.plans import CleanupPolicy
from ..runs.records import Execution, ExecutionStatus, JobRun, JobStatus, Mode, ServerRun, ServerStatus
from .termination_requests import TerminationRequest

IDS_PER_REQUEST = SERVERS_PER_JOB
"""The most ids in a request. The API accepts 200, but a job takes only 100 (L-B827C881) and more are refused."""

_GONE = {"TERMINATED", "NOT_FOUND"}
_GOING = {"SHUTTING-DOWN"}


class TerminationState(StrEnum):
    """The state of a termination. INCOMPLETE: over, but some instances still exist, each with a reason."""

    NOT_REQUESTED = "NOT_REQUESTED"
    IN_PROGRESS = "IN_PROGRESS"
    COMPLETED = "COMPLETED"
    INCOMPLETE = "INCOMPLETE"


class Sighted(msgspec.Struct, frozen=True):
    """What all places show. ``places`` are those that answered; nothing is concluded about the others."""

    places: frozenset[Place]
    instances: Mapping[Place, tuple[InstanceSighting, ...]]
    problems: tuple[str, ...] = ()


class Standing(msgspec.Struct, frozen=True):
    """How far a termination is; ``over`` when there is nothing left to request or to wait for.

    ``to_request`` are instance ids by place. ``late`` are servers whose instance is not recorded yet.
    """

    gone: tuple[ServerRun, ...]
    late: tuple[ServerRun, ...]
    to_request: Mapping[Place, tuple[str, ...]]
    going: frozenset[str]
    stuck: frozenset[str]
    over: bool


class PlaceTermination(msgspec.Struct, frozen=True, rename="camel"):
    """Counts of instances in one account and Region."""

    account_id: str
    region: str
    total: int
    terminated: int
    failed: int
    pending: int


class FailedTermination(msgspec.Struct, frozen=True, rename="camel"):
    source_server_id: str
    hostname: str
    recovery_instance_id: str
    account_id: str
    region: str
    reason: str


class TerminationProgress(msgspec.Struct, frozen=True, rename="camel"):
    """The progress of a termination; at most 100 ``failures``, and ``problems`` of unreadable places."""

    execution_id: str
    state: TerminationState
    total: int
    terminated: int
    failed: int
    pending: int
    places: tuple[PlaceTermination, ...]
    failures: tuple[FailedTermination, ...]
    problems: tuple[str, ...] = ()
    asked_at: datetime | None = None
    asked_by: str = ""
    ended_at: datetime | None = None
    statement: str = ""


def cleanup_minutes(execution: Execution, status: ExecutionStatus, policy: CleanupPolicy) -> int | None:
    """Minutes after its end until an execution's instances are terminated; None keeps them.

    ``status`` is how it ended. Only drills are cleaned up.
    """
    if execution.mode is not Mode.DRILL:
        return None
    return policy.on_success_minutes if status is ExecutionStatus.COMPLETED else policy.on_failure_minutes


def places_to_look_at(servers: Iterable[ServerRun], launches: Iterable[JobRun]) -> dict[Place, list[str]]:
    """The source servers of which an instance may be there, by place."""
    launched = {item for job in launches for item in job.server_ids}
    found: dict[Place, list[str]] = {}
    for run in servers:
        if run.terminated_at is None and (run.recovery_instance_id or run.source_server_id in launched):
            found.setdefault(run.place, []).append(run.source_server_id)
    return found


def is_there(seen: InstanceSighting) -> bool:
    """Whether an instance that DRS shows still exists."""
    return seen.state not in _GONE


def judge_termination(
    servers: Sequence[ServerRun],
    launches: Sequence[JobRun],
    requests: Sequence[TerminationRequest],
    sighted: Sighted,
) -> Standing:
    """Compares what is recorded with what DRS shows; ``requests`` are those of the open round."""
    held = {item for request in requests if request.is_open for item in request.instance_ids}
    tried = {item for request in requests if request.is_done for item in request.instance_ids}
    launch_jobs = {job.job_id for job in launches if job.job_id}
    named = {run.recovery_instance_id for run in servers if run.recovery_instance_id}
    runs = {run.source_server_id: run for run in servers}
    there: dict[str, Place] = {}
    states: dict[str, str] = {}
    late: list[ServerRun] = []
    for place, instances in sighted.instances.items():
        for seen in instances:
            if not is_there(seen) or (seen.instance_id not in named and seen.job_id not in launch_jobs):
                continue
            there[seen.instance_id], states[seen.instance_id] = place, seen.state
            run = runs.get(seen.source_server_id)
            if run and not run.recovery_instance_id:
                late.append(msgspec.structs.replace(run, recovery_instance_id=seen.instance_id))
    going = {item for item in there if item in held or states[item] in _GOING}
    stuck = {item for item in there if item in tried} - going
    to_request: dict[Place, list[str]] = {}
    for item in sorted(set(there) - going - stuck):
        to_request.setdefault(there[item], []).append(item)
    gone = [
        run
        for run in servers
        if run.recovery_instance_id
        and run.terminated_at is None
        and run.place in sighted.places
        and run.recovery_instance_id not in there
    ]
    over = not (to_request or going or sighted.problems)
    return Standing(
        gone=tuple(gone),
        late=tuple(late),
        to_request={place: tuple(items) for place, items in to_request.items()},
        going=frozenset(going),
        stuck=frozenset(stuck),
        over=over,
    )


def split_requests(instance_ids: Sequence[str], requests: Iterable[TerminationRequest]) -> list[tuple[str, ...]]:
    """Instances in requests of 100 at most, and of half the size for those of a request that DRS found fault with."""
    limits = limit_sizes(
        request.instance_ids
        for request in requests
        if request.status is JobStatus.REFUSED and request.refusal_kind in FOR_ONE_SERVER
    )
    chunks: list[tuple[str, ...]] = []
    current: list[str] = []
    for item in sorted(instance_ids, key=lambda item: (limits.get(item, IDS_PER_REQUEST), item)):
        room = min(
            IDS_PER_REQUEST,
            limits.get(item, IDS_PER_REQUEST),
            *(limits.get(other, IDS_PER_REQUEST) for other in current),
        )
        if current and len(current) >= room:
            chunks.append(tuple(current))
            current = []
        current.append(item)
    return chunks + ([tuple(current)] if current else [])


def summarize_progress(
    execution: Execution, servers: Sequence[ServerRun], *, gone: Iterable[str] = (), problems: tuple[str, ...] = ()
) -> TerminationProgress:
    """Counts instances by the records; ``gone`` are instances that are gone but not yet recorded so."""
    lost = set(gone)
    with_instance = [run for run in servers if run.recovery_instance_id]
    places: dict[Place, list[ServerRun]] = {}
    for run in with_instance:
        places.setdefault(run.place, []).append(run)
    counted = tuple(_place_of(place, runs, lost) for place, runs in sorted(places.items()))
    failed = [run for run in with_instance if _is_failed(run, lost)]
    round_ = execution.termination
    state = TerminationState.NOT_REQUESTED
    if round_ is not None:
        ended = TerminationState.INCOMPLETE if failed else TerminationState.COMPLETED
        state = ended if round_.ended_at else TerminationState.IN_PROGRESS
    return TerminationProgress(
        execution_id=execution.execution_id,
        state=state,
        total=sum(place.total for place in counted),
        terminated=sum(place.terminated for place in counted),
        failed=sum(place.failed for place in counted),
        pending=sum(place.pending for place in counted),
        places=counted,
        failures=tuple(_failure_of(run) for run in failed[:100]),
        problems=problems,
        asked_at=round_.asked_at if round_ else None,
        asked_by=round_.asked_by if round_ else "",
        ended_at=round_.ended_at if round_ else None,
    )


def instances_left(servers: Iterable[ServerRun]) -> list[ServerRun]:
    """Servers whose instance still exists according to the records."""
    return [run for run in servers if run.recovery_instance_id and run.terminated_at is None]


def status_after_termination(run: ServerRun) -> ServerStatus:
    """A server that had failed stays FAILED when its instance goes; every other is TERMINATED."""
    return ServerStatus.FAILED if run.status is ServerStatus.FAILED else ServerStatus.TERMINATED


def _is_failed(run: ServerRun, lost: set[str]) -> bool:
    return bool(run.termination_error) and run.terminated_at is None and run.recovery_instance_id not in lost


def _place_of(place: Place, runs: Sequence[ServerRun], lost: set[str]) -> PlaceTermination:
    terminated = sum(run.terminated_at is not None or run.recovery_instance_id in lost for run in runs)
    failed = sum(_is_failed(run, lost) for run in runs)
    return PlaceTermination(
        place.account_id, place.region, len(runs), terminated, failed, len(runs) - terminated - failed
    )


def _failure_of(run: ServerRun) -> FailedTermination:
    return FailedTermination(
        run.source_server_id, run.hostname, run.recovery_instance_id, run.account_id, run.region, run.termination_error
    )
