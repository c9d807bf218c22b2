"""Termination of an execution's instances: which to request, which are gone, and when it is over.

What counts is neither the job in DRS nor DRS's list, but whether the instance exists in EC2. DRS terminates only what
it shows: an instance that has left DRS and runs is not terminated by the platform, but named with the remedy (ADR 40).
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
from ..text import count_of
from .termination_requests import TerminationRequest

IDS_PER_REQUEST = SERVERS_PER_JOB
"""The most ids in a request. The API accepts 200, but a job takes only 100 (L-B827C881) and more are refused."""


MAX_LISTED_FAILURES = 3
"""How many instances a sentence lists; the progress lists up to 100."""


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

    ``to_request`` are instance ids by place. ``late`` are servers whose instance is not recorded yet. ``stuck`` are
    instances that exist after all that could be done; ``left_drs`` are those of them that DRS does not show.
    """

    gone: tuple[ServerRun, ...]
    late: tuple[ServerRun, ...]
    to_request: Mapping[Place, tuple[str, ...]]
    going: frozenset[str]
    stuck: frozenset[str]
    left_drs: Mapping[str, InstanceSighting]
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


def places_to_look_at(servers: Iterable[ServerRun], launches: Iterable[JobRun] = ()) -> dict[Place, dict[str, str]]:
    """The servers of which an instance may exist, by place, each with the instance that is recorded for it."""
    launched = {item for job in launches for item in job.server_ids}
    found: dict[Place, dict[str, str]] = {}
    for run in servers:
        if run.terminated_at is None and (run.recovery_instance_id or run.source_server_id in launched):
            found.setdefault(run.place, {})[run.source_server_id] = run.recovery_instance_id
    return found


def explain_left_drs(seen: InstanceSighting, place: Place) -> str:
    """Why an instance that has left DRS is not terminated, and what to do about it."""
    return (
        f"{seen.instance_id} in {place} is no longer registered in DRS, so DRS cannot terminate it, but it is "
        f"{seen.state} in EC2. Terminate it in EC2, or keep it on purpose; then request the termination again."
    )


def judge_termination(
    servers: Sequence[ServerRun],
    launches: Sequence[JobRun],
    requests: Sequence[TerminationRequest],
    sighted: Sighted,
) -> Standing:
    """Compares what is recorded with what exists; ``requests`` are those of the open round."""
    held = {item for request in requests if request.is_open for item in request.instance_ids}
    tried = {item for request in requests if request.is_done for item in request.instance_ids}
    launch_jobs = {job.job_id for job in launches if job.job_id}
    named = {run.recovery_instance_id for run in servers if run.recovery_instance_id}
    runs = {run.source_server_id: run for run in servers}
    there: dict[str, Place] = {}
    found: dict[str, InstanceSighting] = {}
    late: list[ServerRun] = []
    for place, instances in sighted.instances.items():
        for seen in instances:
            if not seen.exists or (seen.instance_id not in named and seen.job_id not in launch_jobs):
                continue
            there[seen.instance_id], found[seen.instance_id] = place, seen
            run = runs.get(seen.source_server_id)
            if run and not run.recovery_instance_id:
                late.append(msgspec.structs.replace(run, recovery_instance_id=seen.instance_id))
    going = {item for item, seen in found.items() if item in held or seen.is_going}
    left_drs = {item: seen for item, seen in found.items() if not seen.in_drs and item not in going}
    stuck = ({item for item in there if item in tried} | set(left_drs)) - going
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
        left_drs=left_drs,
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


def describe_progress(progress: TerminationProgress) -> str:
    """A sentence for the caller on what is being done."""
    if not progress.pending and not progress.failed:
        return f"No instance is left to terminate; {progress.total} of {progress.total} are gone."
    if not progress.pending:
        return f"Nothing is being terminated.{list_failures(progress)}"
    pending = sum(place.pending > 0 for place in progress.places)
    places = count_of(pending, "account/Region pair")
    follow = list_failures(progress) or " Instances that cannot be terminated are listed with the reason."
    return (
        f"DRS is terminating {count_of(progress.pending, 'instance')} in {places}. Progress is tracked to the end."
        f"{follow}"
    )


def list_failures(progress: TerminationProgress) -> str:
    """What could not be terminated, with the first reasons; empty if there is nothing."""
    if not progress.failed:
        return ""
    shown = " ".join(
        f"{failure.hostname or failure.source_server_id} ({failure.recovery_instance_id}): {failure.reason}"
        for failure in progress.failures[:MAX_LISTED_FAILURES]
    )
    more = progress.failed - min(progress.failed, MAX_LISTED_FAILURES)
    others = f" And {more} more; the status of the termination lists them." if more else ""
    return f" {progress.failed} could not be terminated. {shown}{others}"


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
