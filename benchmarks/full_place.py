"""A place whose quota binds, run for real: the recovery time over the bound of the launch times that the emulator drew.

As many servers wait for each that DRS takes as 2,000 do for its quota of 500. The quota is smaller instead, as the
product sees it, because no more than 300 servers of an account and Region may replicate.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from benchmarks.local_runs import Job, Ran, await_end, create_plan, launch_jobs, operator_of, start_drill
from benchmarks.metric import Better, Measured, Metric
from benchmarks.scale import launched_twice
from chalicelib.domain.estate import quotas
from chalicelib.domain.launches.simulation import SimulatedPlan, SimulatedServer, bounds_of
from chalicelib.domain.plans.configuration import GroupEntry, PlanEntry, WaveEntry
from chalicelib.domain.runs.records import ExecutionStatus
from local.cloud import LocalCloud
from local.demo.plan_file import PlanFile
from local.world import Server

SERVERS, QUOTA, WAVES = 200, 50, 12
SPEED = 20.0
SEED = 7
TARGET = 1.15
_PATIENCE_SECONDS = 1_200


def measure() -> Measured:
    """Runs one plan to its end."""
    quotas.SERVERS_IN_JOBS = QUOTA
    with LocalCloud(speed=SPEED, seed=SEED, servers=SERVERS) as cloud:
        fleet = cloud.world.servers_with(application="fleet")
        (place,) = {(server.plan.account, server.plan.region) for server in fleet}
        plan_id = create_plan(cloud, plan_of(fleet, place, random.Random(SEED)))
        ran = await_end(cloud, start_drill(operator_of(cloud), plan_id), patience_seconds=_PATIENCE_SECONDS)
        jobs = launch_jobs(cloud, place)
        drs = cloud.client("drs", account=place[0], region=place[1])
        seconds = dict(taken for job in jobs for taken in _seconds_of(drs, job))
        return summarize(ran, jobs, seconds)


def plan_of(servers: Sequence[Server], place: tuple[str, str], chance: random.Random) -> PlanFile:
    """Every server in a random wave; a wave depends on none to two earlier ones."""
    members: list[list[str]] = [[] for _ in range(WAVES)]
    for index, server in enumerate(servers):
        members[index if index < WAVES else chance.randrange(WAVES)].append(server.server_id)
    groups = tuple(
        GroupEntry(name=f"wave {number}", account_id=place[0], region=place[1], source_server_ids=tuple(ids))
        for number, ids in enumerate(members, start=1)
    )
    waves = tuple(
        WaveEntry(
            name=f"wave {number}",
            group_ids=(f"wave {number}",),
            depends_on=tuple(sorted(chance.sample(range(1, number), min(chance.choice((0, 0, 1, 2)), number - 1)))),
        )
        for number in range(1, WAVES + 1)
    )
    return PlanFile(groups=groups, plan=PlanEntry(name=f"{len(servers)} servers in one place", waves=waves))


def bound_of(ran: Ran, seconds: Mapping[str, float]) -> float:
    """The time that no order can beat: the critical path, or the server seconds over the quota."""
    servers = [
        SimulatedServer(
            server_id=run.source_server_id,
            wave=run.wave_number,
            place="here",
            kind=run.os,
            expected_seconds=seconds[run.source_server_id],
            seconds=seconds[run.source_server_id],
        )
        for run in ran.servers
    ]
    needs = {wave.wave_number: wave.depends_on for wave in ran.waves}
    path = bounds_of(SimulatedPlan(needs=needs, servers=servers)).critical_path
    return max(path, sum(seconds.values()) / QUOTA)


def summarize(ran: Ran, jobs: Sequence[Job], seconds: Mapping[str, float]) -> Measured:
    """Makes metrics from the run, its jobs in DRS, and how long each server took there."""
    bound = bound_of(ran, seconds)
    return Measured(
        metrics=(
            Metric(
                name="full-place.completed",
                value=int(ran.execution.status is ExecutionStatus.COMPLETED),
                unit="runs",
                target=1,
                better=Better.HIGHER,
                spread=f"{len(ran.servers)} servers in {len(ran.waves)} waves, {len(jobs)} jobs",
            ),
            Metric(name="full-place.servers-in-two-jobs", value=len(launched_twice(jobs)), unit="servers", target=0),
            Metric(name="full-place.most-in-jobs", value=most_in_jobs(jobs), unit="servers", target=QUOTA),
            Metric(
                name="full-place.time-over-bound",
                value=round(ran.total_seconds / bound, 3),
                unit="× bound",
                target=TARGET,
                spread=f"{ran.total_seconds:.1f} s, bound {bound:.1f} s, speed {SPEED:g}",
            ),
        )
    )


def most_in_jobs(jobs: Sequence[Job]) -> int:
    """The most servers that were in jobs at the same time."""
    moves = sorted(
        move for job in jobs for move in ((job.ended_at, -len(job.server_ids)), (job.began_at, len(job.server_ids)))
    )
    most = now = 0
    for _, change in moves:
        now += change
        most = max(most, now)
    return most


def _seconds_of(drs: Any, job: Job) -> Iterator[tuple[str, float]]:
    """How long each server of the job took, by the job's log."""
    for page in drs.get_paginator("describe_job_log_items").paginate(jobID=job.job_id):
        for item in page["items"]:
            if item["event"] == "LAUNCH_END":
                ended = datetime.fromisoformat(item["logDateTime"])
                yield item["eventData"]["sourceServerID"], (ended - job.began_at).total_seconds()
