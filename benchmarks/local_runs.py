"""Runs plans on a local cloud through REST, and asks the emulated DRS itself when each job began and ended."""

import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from chalicelib.domain.executions import Execution, ServerRun, WaveRun
from chalicelib.domain.graph import longest_path
from chalicelib.domain.views import ExecutionDetail, StartedExecution
from local.cloud import LocalCloud
from local.demo.plan_file import PlanFile
from local.demo.preparation import prepare
from local.demo.rest import RestClient
from local.demo.watching import list_servers

_LOOK_EVERY_SECONDS = 2.0


@dataclass(frozen=True, kw_only=True)
class Job:
    """A DRS job as DRS tells it."""

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
        """Seconds in which at least one DRS job of the wave was under way."""
        total, reached = 0.0, None
        for job in sorted(self.jobs.get(wave.wave_number, ()), key=lambda job: job.began_at):
            begin = job.began_at if reached is None or job.began_at > reached else reached
            if job.ended_at > begin:
                total += (job.ended_at - begin).total_seconds()
                reached = job.ended_at
        return total

    def overhead_seconds(self, wave: WaveRun) -> float:
        """Seconds from when nothing was in the wave's way to its end, without its delay and its DRS jobs."""
        if wave.ready_at is None or wave.ended_at is None:
            raise RuntimeError(f"Wave {wave.wave_number} has no times: it is {wave.status}, {wave.outcome_reason}")
        return (wave.ended_at - wave.ready_at).total_seconds() - wave.delay_seconds - self.drs_seconds(wave)

    def critical_path(self) -> tuple[float, int]:
        """Seconds of the longest chain of waves by their DRS jobs and delays, and how many waves it has."""
        needs = {wave.wave_number: wave.depends_on for wave in self.waves}
        spans = {wave.wave_number: self.drs_seconds(wave) + wave.delay_seconds for wave in self.waves}
        path = longest_path(needs, spans)
        return sum(spans[number] for number in path), len(path)


def start_plan(cloud: LocalCloud, content: PlanFile) -> str:
    """Create groups and plan, and start a drill; answers with the execution's id. Raises ApiProblem, PlanFileError."""
    planner = RestClient(cloud.api_url, lambda: cloud.sign_in("DRSPlanManager"))
    made = prepare(content, file=Path(content.plan.name), client=planner)
    operator = RestClient(cloud.api_url, lambda: cloud.sign_in("DRSOperator"))
    started = operator.post(
        f"/recovery-plans/{made.plan.plan_id}/execute",
        {"mode": "DRILL"},
        StartedExecution,
        idempotency_key=str(uuid.uuid4()),
    )
    return started.execution.execution_id


def await_end(cloud: LocalCloud, execution_id: str, *, patience_seconds: float) -> Ran:
    """The execution once it has ended. Raises TimeoutError when that takes longer than that from now."""
    operator = RestClient(cloud.api_url, lambda: cloud.sign_in("DRSOperator"))
    deadline = time.monotonic() + patience_seconds
    while True:
        detail = operator.get(f"/executions/{execution_id}", ExecutionDetail)
        if detail.execution.status.is_final:
            break
        if time.monotonic() > deadline:
            states = {wave.wave_number: wave.status.value for wave in detail.waves}
            raise TimeoutError(f"{execution_id} is {detail.execution.status} after {patience_seconds:.0f} s: {states}")
        time.sleep(_LOOK_EVERY_SECONDS)
    servers = list_servers(operator, execution_id)
    return Ran(execution=detail.execution, waves=detail.waves, servers=servers, jobs=_jobs_by_wave(cloud, servers))


def launch_jobs(cloud: LocalCloud, place: tuple[str, str]) -> list[Job]:
    """All launch jobs of an account and Region that have ended, as DRS lists them."""
    drs = cloud.client("drs", account=place[0], region=place[1])
    pages = drs.get_paginator("describe_jobs").paginate(filters={})
    return [_job(raw) for page in pages for raw in page["items"] if raw["type"] == "LAUNCH" and "endDateTime" in raw]


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
