"""Runs plans on a local cloud through REST, and reads the times of each job from the emulated DRS."""

import time
import uuid
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from chalicelib.domain.plans.configuration import GroupEntry, PlanEntry, WaveEntry
from chalicelib.domain.plans.graph import longest_path
from chalicelib.domain.runs.records import Execution, ServerRun, WaveRun
from chalicelib.operations.runs import ExecutionDetail, Intervention, StartedExecution
from local.cloud import LocalCloud
from local.demo.plan_file import PlanFile
from local.demo.preparation import prepare
from local.demo.rest import ApiProblem, RestClient
from local.demo.watching import list_servers
from local.world import Server

_LOOK_EVERY_SECONDS = 2.0


@dataclass(frozen=True, kw_only=True)
class Job:
    """A DRS job as DRS describes it."""

    job_id: str
    server_ids: tuple[str, ...]
    began_at: datetime
    ended_at: datetime


@dataclass(frozen=True, kw_only=True)
class Ran:
    """An execution that has ended, with its DRS jobs by wave number."""

    execution: Execution
    waves: Sequence[WaveRun]
    servers: Sequence[ServerRun]
    jobs: Mapping[int, Sequence[Job]]

    @property
    def total_seconds(self) -> float:
        ended = self.execution.ended_at or self.execution.started_at
        return (ended - self.execution.started_at).total_seconds()

    def drs_seconds(self, wave: WaveRun) -> float:
        """Seconds in which at least one DRS job of the wave was running."""
        total, reached = 0.0, None
        for job in sorted(self.jobs.get(wave.wave_number, ()), key=lambda job: job.began_at):
            begin = job.began_at if reached is None or job.began_at > reached else reached
            if job.ended_at > begin:
                total += (job.ended_at - begin).total_seconds()
                reached = job.ended_at
        return total

    def overhead_seconds(self, wave: WaveRun) -> float:
        """Seconds from when the wave could start to its end, without its delay and its DRS jobs."""
        if wave.ready_at is None or wave.ended_at is None:
            raise RuntimeError(f"Wave {wave.wave_number} has no times: it is {wave.status}, {wave.outcome_reason}")
        return (wave.ended_at - wave.ready_at).total_seconds() - wave.delay_seconds - self.drs_seconds(wave)

    def critical_path(self) -> tuple[float, int]:
        """Seconds of the longest chain of waves by their DRS jobs and delays, and how many waves it has."""
        needs = {wave.wave_number: wave.depends_on for wave in self.waves}
        spans = {wave.wave_number: self.drs_seconds(wave) + wave.delay_seconds for wave in self.waves}
        path = longest_path(needs, spans)
        return sum(spans[number] for number in path), len(path)


def operator_of(cloud: LocalCloud, *, role: str = "DRSOperator") -> RestClient:
    """The API for a user who may start executions; a DRSRecoveryManager may also approve."""
    return RestClient(cloud.api_url, lambda: cloud.sign_in(role))


def create_plan(cloud: LocalCloud, content: PlanFile) -> str:
    """Create groups and plan; returns the plan's id. Raises ApiProblem, PlanFileError."""
    planner = RestClient(cloud.api_url, lambda: cloud.sign_in("DRSPlanManager"))
    return prepare(content, file=Path(content.plan.name), client=planner).plan.plan_id


def start_drill(operator: RestClient, plan_id: str) -> str:
    """Start a drill; returns the execution's id. Raises ApiProblem."""
    path = f"/recovery-plans/{plan_id}/execute"
    started = operator.post(path, {"mode": "DRILL"}, StartedExecution, idempotency_key=str(uuid.uuid4()))
    return started.execution.execution_id


def start_plan(cloud: LocalCloud, content: PlanFile) -> str:
    """Create groups and plan, and start a drill; returns the execution's id. Raises ApiProblem, PlanFileError."""
    return start_drill(operator_of(cloud), create_plan(cloud, content))


def intervene(operator: RestClient, execution_id: str, what: str) -> Intervention:
    """Sends an intervention, for example "pause" or "waves/1/approve". Raises ApiProblem."""
    return operator.post(f"/executions/{execution_id}/{what}", {}, Intervention, idempotency_key="")


def await_detail(
    operator: RestClient,
    execution_id: str,
    wanted: Callable[[ExecutionDetail], bool],
    *,
    patience_seconds: float,
    every_seconds: float = _LOOK_EVERY_SECONDS,
) -> ExecutionDetail:
    """The execution when it is in the expected state. Raises TimeoutError when that takes too long.

    A call that the service is too busy to answer is repeated.
    """
    deadline = time.monotonic() + patience_seconds
    states: object = "unknown"
    while time.monotonic() < deadline:
        try:
            detail = operator.get(f"/executions/{execution_id}", ExecutionDetail)
        except ApiProblem as problem:
            if problem.status < 500:
                raise
            states = problem
        else:
            if wanted(detail):
                return detail
            states = detail.execution.status, {wave.wave_number: wave.status.value for wave in detail.waves}
        time.sleep(every_seconds)
    raise TimeoutError(f"{execution_id} after {patience_seconds:.0f} s: {states}")


def await_end(cloud: LocalCloud, execution_id: str, *, patience_seconds: float) -> Ran:
    """The execution when it has ended. Raises TimeoutError when that takes too long."""
    operator = operator_of(cloud)
    detail = await_detail(operator, execution_id, has_ended, patience_seconds=patience_seconds)
    servers = list_servers(operator, execution_id)
    return Ran(execution=detail.execution, waves=detail.waves, servers=servers, jobs=_jobs_by_wave(cloud, servers))


def has_ended(detail: ExecutionDetail) -> bool:
    return detail.execution.status.is_final


def places_of(servers: Iterable[Server]) -> dict[tuple[str, str], list[Server]]:
    """Servers by account and Region."""
    found: dict[tuple[str, str], list[Server]] = {}
    for server in servers:
        found.setdefault((server.plan.account, server.plan.region), []).append(server)
    return found


def plan_in_waves(
    name: str, waves: Sequence[Sequence[Server]], *, in_turn: bool, approvals: Container[int]
) -> PlanFile:
    """A plan with one wave for each list of servers, in sequence (`in_turn`) or in parallel.

    `approvals` are the numbers of the waves that need an approval.
    """
    groups = {
        number: tuple(
            GroupEntry(
                name=f"{name}, wave {number}, {account} {region}",
                account_id=account,
                region=region,
                source_server_ids=tuple(server.server_id for server in members),
            )
            for (account, region), members in places_of(servers).items()
        )
        for number, servers in enumerate(waves, start=1)
    }
    entries = tuple(
        WaveEntry(
            name=f"wave {number}",
            group_ids=tuple(group.name for group in of_wave),
            depends_on=(number - 1,) if in_turn and number > 1 else (),
            approval_required=number in approvals,
        )
        for number, of_wave in groups.items()
    )
    every_group = tuple(group for of_wave in groups.values() for group in of_wave)
    return PlanFile(groups=every_group, plan=PlanEntry(name=name, waves=entries))


def launch_jobs(cloud: LocalCloud, place: tuple[str, str]) -> list[Job]:
    """All launch jobs of an account and Region that have ended, as DRS lists them."""
    return [_job(raw) for raw in _launches(cloud, place) if "endDateTime" in raw]


def launches_began_at(cloud: LocalCloud, places: Iterable[tuple[str, str]]) -> list[datetime]:
    """When DRS accepted each launch job of the places, including jobs in progress."""
    return sorted(
        datetime.fromisoformat(raw["creationDateTime"]) for place in places for raw in _launches(cloud, place)
    )


def servers_in_launches(cloud: LocalCloud, places: Iterable[tuple[str, str]], *, since: datetime) -> int:
    """How many servers are in the launch jobs that DRS has accepted in the places after a time."""
    return sum(
        len(raw["participatingServers"])
        for place in places
        for raw in _launches(cloud, place)
        if datetime.fromisoformat(raw["creationDateTime"]) > since
    )


def _launches(cloud: LocalCloud, place: tuple[str, str]) -> Iterator[Mapping[str, Any]]:
    drs = cloud.client("drs", account=place[0], region=place[1])
    for page in drs.get_paginator("describe_jobs").paginate(filters={}):
        yield from (raw for raw in page["items"] if raw["type"] == "LAUNCH")


def _jobs_by_wave(cloud: LocalCloud, servers: Sequence[ServerRun]) -> dict[int, list[Job]]:
    places = sorted({(run.account_id, run.region) for run in servers})
    jobs = {job.job_id: job for place in places for job in launch_jobs(cloud, place)}
    found: dict[int, dict[str, Job]] = {}
    for run in servers:
        if run.job_id in jobs:
            found.setdefault(run.wave_number, {})[run.job_id] = jobs[run.job_id]
    return {number: list(those.values()) for number, those in found.items()}


def _job(raw: Mapping[str, Any]) -> Job:
    return Job(
        job_id=raw["jobID"],
        server_ids=tuple(server["sourceServerID"] for server in raw.get("participatingServers", [])),
        began_at=datetime.fromisoformat(raw["creationDateTime"]),
        ended_at=datetime.fromisoformat(raw["endDateTime"]),
    )
