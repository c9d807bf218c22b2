"""Instances of earlier launches, and whether a new launch may end them.

DRS terminates all earlier recovery instances of a server at any new launch of it, drill or recovery (DRS user guide,
"Recovery instances"). So a drill never launches a server that has an instance of a recovery, and a recovery only if its
start has named the server. What cannot be shown to be a drill's counts as a recovery's.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from ..errors import FieldProblem, require_no_problems
from ..estate.accounts import Place
from ..estate.servers import Finding, Readiness
from ..estate.sightings import Ec2Sighting, InstanceSighting, JobSighting
from ..launches.claims import TAG_EXECUTION
from ..text import format_age
from .records import Execution, Mode, ServerRun

FIELD = "replaceInstances"
NOT_CHECKED = "INSTANCES_NOT_CHECKED"

_GONE = {"TERMINATED", "NOT_FOUND"}


class InstanceMode(StrEnum):
    """How an instance was launched. UNKNOWN, neither in DRS nor in our records, is treated like RECOVERY."""

    DRILL = "DRILL"
    RECOVERY = "RECOVERY"
    UNKNOWN = "UNKNOWN"


_MODES = {"START_DRILL": InstanceMode.DRILL, "START_RECOVERY": InstanceMode.RECOVERY}
"""The mode of a launch by ``initiatedBy`` of its job."""

_WHOLE_SECOND = timedelta(seconds=1)
"""EC2 cuts the time of a launch to whole seconds. No launch ends within a second of another one's beginning."""


class ExistingInstance(msgspec.Struct, frozen=True, rename="camel"):
    """An instance of an earlier launch that has not been terminated.

    ``state`` is its state in EC2. ``executionId`` is empty if it was not launched by an execution of this application,
    or the execution has been deleted.
    """

    source_server_id: str
    instance_id: str
    account_id: str
    region: str
    mode: InstanceMode
    state: str
    launched_at: datetime | None
    execution_id: str = ""
    job_id: str = ""


class Existing(msgspec.Struct, frozen=True):
    """The instances of servers, by server id. ``unread`` are the servers that could not be looked up, and why."""

    found: Mapping[str, tuple[ExistingInstance, ...]]
    unread: Mapping[str, str] = {}


class Own(msgspec.Struct, frozen=True):
    """How an execution recognises the instances that its own earlier attempts have left."""

    execution_id: str
    job_ids: frozenset[str]
    instance_ids: frozenset[str]

    def includes(self, instance: ExistingInstance) -> bool:
        return (
            instance.execution_id == self.execution_id
            or instance.job_id in self.job_ids
            or instance.instance_id in self.instance_ids
        )


class Replacements(msgspec.Struct, frozen=True):
    """The servers whose instances a start may replace: ``everything``, or those with these ids."""

    everything: bool = False
    server_ids: frozenset[str] = frozenset()

    def allow(self, server_id: str) -> bool:
        return self.everything or server_id in self.server_ids


class Admission(msgspec.Struct, frozen=True):
    """Which servers may be launched now, which never in this attempt, and which have to wait; with the reasons."""

    cleared: tuple[str, ...]
    refused: Mapping[str, str]
    waiting: Mapping[str, str]


NO_REPLACEMENTS = Replacements()


def plain_replacements(requested: Sequence[str] | str) -> tuple[str, ...] | str:
    """The same for every way to request the same: in which order the ids are, or whether one is there twice."""
    return requested.strip() if isinstance(requested, str) else tuple(sorted(set(requested)))


def read_replacements(requested: Sequence[str] | str, mode: Mode, plan_name: str) -> Replacements:
    """Reads ``replaceInstances``: server ids, or the plan's name for all servers. Raises InvalidRequest."""
    if not plain_replacements(requested):
        return NO_REPLACEMENTS
    if mode is not Mode.RECOVERY:
        message = "applies to a RECOVERY only; a drill never replaces an instance of a recovery. Leave it out"
        require_no_problems([FieldProblem(FIELD, message)])
    if not isinstance(requested, str):
        return Replacements(server_ids=frozenset(requested))
    if requested.strip() != plan_name:
        message = f"must be a list of source server ids, or for all servers the plan's exact name, '{plan_name}'"
        require_no_problems([FieldProblem(FIELD, message)])
    return Replacements(everything=True)


def require_known_replacements(requested: Sequence[str] | str, server_ids: Collection[str]) -> None:
    """Raises InvalidRequest for ids of servers that are not in the plan."""
    if not isinstance(requested, str):
        strangers = [(index, item) for index, item in enumerate(requested) if item not in server_ids]
        require_no_problems(
            [FieldProblem(f"{FIELD}[{index}]", f"'{item}' is not a server of the plan") for index, item in strangers]
        )


def combine_sightings(
    place: Place,
    in_drs: Iterable[InstanceSighting],
    in_ec2: Iterable[Ec2Sighting],
    jobs: Mapping[str, JobSighting],
) -> list[ExistingInstance]:
    """The instances that DRS or EC2 shows. ``jobs`` are jobs that may have launched them, by id.

    Only DRS is believed about the mode. It lists an instance when its launch has ended; until then, and if it does not
    list it any more, the job in which it was launched says the mode, as far as that job is among ``jobs``.
    """
    listed = {seen.instance_id: seen for seen in in_drs}
    tagged = {seen.instance_id: seen for seen in in_ec2}
    found = []
    for instance_id in sorted({*tagged, *(seen.instance_id for seen in listed.values() if seen.state not in _GONE)}):
        drs, ec2 = listed.get(instance_id), tagged.get(instance_id)
        job = jobs.get(drs.job_id) if drs else _launched_in(ec2, jobs.values())
        if drs:
            mode = InstanceMode.DRILL if drs.is_drill else InstanceMode.RECOVERY
        else:
            mode = _MODES[job.initiated_by] if job else InstanceMode.UNKNOWN
        found.append(
            ExistingInstance(
                source_server_id=(drs.source_server_id if drs else "") or (ec2.source_server_id if ec2 else ""),
                instance_id=instance_id,
                account_id=place.account_id,
                region=place.region,
                mode=mode,
                state=ec2.state if ec2 else (drs.state if drs else ""),
                launched_at=(ec2.launched_at if ec2 else None) or (job.started_at if job else None),
                execution_id=job.tags.get(TAG_EXECUTION, "") if job else "",
                job_id=drs.job_id if drs else (job.job_id if job else ""),
            )
        )
    return found


def _launched_in(instance: Ec2Sighting | None, jobs: Iterable[JobSighting]) -> JobSighting | None:
    """The job in which an instance was launched. A server is in one job at a time, so that the moment tells which."""
    if instance is None or instance.launched_at is None:
        return None
    at = instance.launched_at
    return next(
        (
            job
            for job in jobs
            if job.initiated_by in _MODES
            and job.server(instance.source_server_id)
            and job.started_at
            and job.started_at - _WHOLE_SECOND <= at
            and (job.ended_at is None or at <= job.ended_at)
        ),
        None,
    )


def explain_by_records(
    instance: ExistingInstance, runs: Iterable[ServerRun], executions: Mapping[str, Execution]
) -> ExistingInstance:
    """The instance with the execution that launched it and, if DRS does not show its mode, the mode of that execution.

    ``runs`` are runs of its server, ``executions`` those of the runs that still exist.
    """
    made_by = next((run.execution_id for run in runs if run.recovery_instance_id == instance.instance_id), "")
    execution = executions.get(made_by)
    if execution is None:
        return instance
    mode = InstanceMode(execution.mode.value) if instance.mode is InstanceMode.UNKNOWN else instance.mode
    return msgspec.structs.replace(instance, mode=mode, execution_id=made_by)


def judge_existing(
    instances: Iterable[ExistingInstance],
    mode: Mode,
    *,
    now: datetime,
    replaces: Collection[str] = (),
    own: Own | None = None,
    busy: bool = False,
) -> tuple[Finding, ...]:
    """What the instances of a server mean for a launch in ``mode``. ``replaces`` are instances that it may end.

    Instances of ``own`` earlier attempts are passed over, but never an instance of a recovery by a drill. ``busy``: a
    DRS job is working on the server, so that it is launched, and looked at again, only after that job has ended.
    """
    return tuple(
        _in_launch(instance, now)
        if busy and instance.mode is InstanceMode.UNKNOWN
        else _judge(instance, mode, now, may_end=instance.instance_id in replaces)
        for instance in instances
        if not (own and own.includes(instance) and _is_of(instance, mode))
    )


def judge_unread(mode: Mode, why: str) -> Finding:
    """The finding for a server whose instances could not be looked up: no drill launches it, and a recovery waits."""
    reason = f"It could not be checked whether an instance of an earlier recovery exists. {why}"
    if mode is Mode.DRILL:
        remedy = "Try again. A drill could end that instance for good, so it launches nothing before this is checked."
        return Finding(Readiness.BLOCKED, NOT_CHECKED, reason, remedy)
    remedy = "Nothing is needed: this is checked again before the launch, and the server waits until it is checked."
    return Finding(Readiness.DEGRADED, NOT_CHECKED, reason, remedy)


def instances_to_replace(instances: Iterable[ExistingInstance], mode: Mode) -> tuple[str, ...]:
    """The ids of the instances that a start which names their server agrees to end: those of recoveries."""
    return tuple(item.instance_id for item in instances if mode is Mode.RECOVERY and not _is_drills(item))


def admit_launch(servers: Iterable[ServerRun], existing: Existing, mode: Mode, *, own: Own, now: datetime) -> Admission:
    """Decides just before a launch which of ``servers`` may be in it. A server that was not looked up waits."""
    cleared: list[str] = []
    refused: dict[str, str] = {}
    waiting: dict[str, str] = {}
    for run in servers:
        server_id = run.source_server_id
        instances = existing.found.get(server_id, ())
        if server_id in existing.unread:
            waiting[server_id] = judge_unread(mode, existing.unread[server_id]).reason
            continue
        findings = judge_existing(instances, mode, now=now, replaces=run.replaces, own=own)
        reasons = [f"{item.reason} {item.remedy}" for item in findings if item.readiness is Readiness.BLOCKED]
        if reasons:
            refused[server_id] = f"Not launched. {' '.join(reasons)}"
        else:
            cleared.append(server_id)
    return Admission(tuple(cleared), refused, waiting)


def _is_drills(instance: ExistingInstance) -> bool:
    return instance.mode is InstanceMode.DRILL


def _is_of(instance: ExistingInstance, mode: Mode) -> bool:
    """Whether an execution in ``mode`` can have launched it."""
    return mode is Mode.RECOVERY or instance.mode is not InstanceMode.RECOVERY


def _judge(instance: ExistingInstance, mode: Mode, now: datetime, *, may_end: bool) -> Finding:
    text = describe_instance(instance, now)
    if _is_drills(instance):
        remedy = "Nothing is needed. If you still use that instance, wait with this start."
        return Finding(Readiness.DEGRADED, "DRILL_INSTANCE_EXISTS", f"{text} It will be replaced.", remedy)
    ends = f"{text} Any new launch of the server ends that instance."
    if mode is Mode.DRILL:
        remedy = "Terminate that instance first if it is not needed any more. A drill cannot replace it."
        return Finding(Readiness.BLOCKED, "RECOVERY_INSTANCE_EXISTS", ends, remedy)
    if may_end:
        remedy = "Nothing is needed: replaceInstances names the server."
        return Finding(Readiness.DEGRADED, "RECOVERY_INSTANCE_REPLACED", f"{text} It will be replaced.", remedy)
    remedy = f"To replace it, start with the server's id in {FIELD}, or with the plan's name there for all servers."
    return Finding(Readiness.BLOCKED, "RECOVERY_INSTANCE_EXISTS", ends, remedy)


def _in_launch(instance: ExistingInstance, now: datetime) -> Finding:
    reason = f"{describe_instance(instance, now)} It may belong to the DRS job that is working on the server."
    remedy = "Nothing is needed: this is checked again before the launch, when that job has ended."
    return Finding(Readiness.DEGRADED, "INSTANCE_IN_LAUNCH", reason, remedy)


def describe_instance(instance: ExistingInstance, now: datetime) -> str:
    """A sentence that says which instance exists, how old it is and what launched it."""
    kind = "a drill" if _is_drills(instance) else "an earlier recovery"
    age = f", launched {format_age(now - instance.launched_at)} ago" if instance.launched_at else ""
    if instance.execution_id:
        origin = f" by execution {instance.execution_id}"
    elif instance.mode is InstanceMode.UNKNOWN:
        origin = "; neither DRS nor our records show how, so it counts as a recovery's"
    else:
        origin = f" by DRS job {instance.job_id}, not by an execution known here" if instance.job_id else ""
    return (
        f"The server has instance {instance.instance_id} of {kind} ({instance.state or 'state unknown'}{age}{origin})."
    )
