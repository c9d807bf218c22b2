"""Thousands of servers in 30 waves with a random graph, run to the end on the emulator.

Quotas and request rates are those of AWS: 300 replicating servers and 500 in jobs for an account and Region, so that
1,000 servers are in four places and 4,000, the most that DRS has for one place with extended ones, in sixteen.
"""

import os
import random
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from benchmarks.demo_run import peak_megabytes
from benchmarks.local_runs import Job, Ran, await_end, launch_jobs, operator_of, start_plan
from benchmarks.metric import Better, Measured, Metric, median_metric
from chalicelib.domain.plans.configuration import GroupEntry, PlanEntry, WaveEntry
from chalicelib.domain.runs.records import ExecutionStatus
from chalicelib.operations.table import TASKS
from local.cloud import LocalCloud
from local.demo.plan_file import PlanFile
from local.lambda_runtime import InvocationResult
from local.world import Server

SERVERS = 1_000
WAVES = 30
SPEED = 600.0
SEED = 7
_PATIENCE_SECONDS = 1_500

MOST_KILOBYTES_OF_A_STATE = 200
"""Step Functions fails an execution whose state is larger than 256 kB; part of that is not the answer."""


def measure() -> Measured:
    """Runs a plan of 1,000 servers once."""
    return measure_run("scale", SERVERS)


def measure_run(name: str, servers: int) -> Measured:
    """Runs a plan once; the seed determines its graph and the wave of each server."""
    with LocalCloud(speed=SPEED, seed=SEED, servers=servers) as cloud, widest_answers(cloud) as widest:
        fleet = cloud.world.servers_with(application="fleet")
        execution_id = start_plan(cloud, random_plan(fleet, random.Random(SEED)))
        ran = await_end(cloud, execution_id, patience_seconds=_PATIENCE_SECONDS)
        places = {(server.plan.account, server.plan.region) for server in fleet}
        jobs = [job for place in places for job in launch_jobs(cloud, place)]
        measured = summarize(name, servers, ran, jobs, memory_megabytes=peak_megabytes(os.getpid()))
        reads = (*_reads(name, cloud, execution_id), _payload(name, widest))
        return Measured(metrics=measured.metrics + reads)


@contextmanager
def widest_answers(cloud: LocalCloud) -> Iterator[dict[str, int]]:
    """A context that records the size in bytes of the largest answer of each state machine task."""
    widest: dict[str, int] = {}
    invoke = cloud.runtime.invoke

    def measured(function: str, event: Any, **options: Any) -> InvocationResult:
        result = invoke(function, event, **options)
        task = str(event.get("action") or event.get("operation"))
        if task in TASKS:
            widest[task] = max(widest.get(task, 0), len(result.payload))
        return result

    vars(cloud.runtime)["invoke"] = measured
    try:
        yield widest
    finally:
        del vars(cloud.runtime)["invoke"]


def _payload(name: str, widest: Mapping[str, int]) -> Metric:
    task, size = max(widest.items(), key=lambda entry: entry[1])
    return Metric(
        name=f"{name}.widest-task-answer",
        value=round(size / 1_000, 1),
        unit="kB",
        target=MOST_KILOBYTES_OF_A_STATE,
        spread=f"{task}; Step Functions takes 256 kB",
    )


def _reads(name: str, cloud: LocalCloud, execution_id: str) -> tuple[Metric, ...]:
    """How long a person who looks at the run waits, while nothing else runs."""
    operator = operator_of(cloud)

    def seconds(path: str, **parameters: str) -> list[float]:
        taken = []
        for _ in range(5):
            began = time.monotonic()
            operator.get(f"/executions/{execution_id}{path}", Any, **parameters)
            taken.append(time.monotonic() - began)
        return taken

    events = sum(1 for _ in operator.list_all(f"/executions/{execution_id}/events", Any))
    return (
        median_metric(f"{name}.get-execution", seconds(""), "s"),
        median_metric(f"{name}.list-servers-page", seconds("/servers", limit="100"), "s"),
        Metric(name=f"{name}.timeline-events", value=events, unit="events"),
    )


def summarize(name: str, servers: int, ran: Ran, jobs: Iterable[Job], *, memory_megabytes: float) -> Measured:
    """Makes metrics from the run and from all launch jobs in DRS."""
    path, waves_on_path = ran.critical_path()
    overheads = [ran.overhead_seconds(wave) for wave in ran.waves]
    return Measured(
        metrics=(
            *rules_kept(name, servers, ran, twice=len(launched_twice(jobs))),
            Metric(
                name=f"{name}.duration",
                value=round(ran.total_seconds, 1),
                unit="s",
                spread=f"speed {SPEED:g}, critical path {path:.1f} s in {waves_on_path} of {len(ran.waves)} waves",
            ),
            Metric(
                name=f"{name}.wave-overhead-worst",
                value=round(max(overheads), 2),
                unit="s",
                spread=f"{len(overheads)} waves, {min(overheads):.2f}–{max(overheads):.2f}",
            ),
            Metric(name=f"{name}.local-cloud-memory", value=round(memory_megabytes, 1), unit="MB"),
        )
    )


def rules_kept(name: str, servers: int, ran: Ran, *, twice: int) -> tuple[Metric, ...]:
    """What any run of so many servers must show: it completes, all launch, none ``twice``, and no wave is too early."""
    launched = sum(run.status.has_launched for run in ran.servers)
    return (
        Metric(
            name=f"{name}.completed",
            value=int(ran.execution.status is ExecutionStatus.COMPLETED),
            unit="runs",
            target=1,
            better=Better.HIGHER,
            spread=f"{ran.execution.status}: {ran.execution.outcome_reason}",
        ),
        Metric(
            name=f"{name}.servers-launched",
            value=launched,
            unit="servers",
            target=servers,
            better=Better.HIGHER,
        ),
        Metric(name=f"{name}.waves-started-too-early", value=len(early_starts(ran)), unit="waves", target=0),
        Metric(name=f"{name}.servers-in-two-jobs", value=twice, unit="servers", target=0),
    )


def early_starts(ran: Ran) -> list[tuple[int, int]]:
    """(wave, wave it depends on) where the first began before the second ended; there must be none."""
    by_number = {wave.wave_number: wave for wave in ran.waves}
    found = []
    for wave in ran.waves:
        begins = [job.began_at for job in ran.jobs.get(wave.wave_number, ())]
        if wave.started_at is not None:
            begins.append(wave.started_at)
        for number in wave.depends_on:
            ended = by_number[number].ended_at
            if begins and (ended is None or min(begins) < ended):
                found.append((wave.wave_number, number))
    return found


def launched_twice(jobs: Iterable[Job]) -> list[str]:
    """Servers in more than one launch job; there must be none in a run without retries."""
    counted = Counter(server_id for job in jobs for server_id in job.server_ids)
    return sorted(server_id for server_id, count in counted.items() if count > 1)


def random_plan(servers: Sequence[Server], rng: random.Random) -> PlanFile:
    """Every server in one wave, each wave in two places; it depends on none to three earlier waves."""
    places = sorted({(server.plan.account, server.plan.region) for server in servers})
    members: dict[tuple[int, str, str], list[str]] = {}
    for position, (account, region) in enumerate(places):
        there = [server for server in servers if (server.plan.account, server.plan.region) == (account, region)]
        numbers = [number for number in range(1, WAVES + 1) if (number - position) % len(places) < 2]
        # Each wave gets one; the others are random.
        wave_of = [*numbers, *rng.choices(numbers, k=len(there) - len(numbers))]
        for number, server in zip(wave_of, there, strict=True):
            members.setdefault((number, account, region), []).append(server.server_id)
    groups = tuple(
        GroupEntry(
            name=f"wave {number}, {account} {region}", account_id=account, region=region, source_server_ids=tuple(ids)
        )
        for (number, account, region), ids in sorted(members.items())
    )
    waves = tuple(
        WaveEntry(
            name=f"wave {number}",
            group_ids=tuple(group.name for group in groups if group.name.startswith(f"wave {number},")),
            depends_on=tuple(sorted(rng.sample(range(1, number), min(rng.randint(0, 3), number - 1)))),
        )
        for number in range(1, WAVES + 1)
    )
    return PlanFile(groups=groups, plan=PlanEntry(name=f"{len(servers)} servers", waves=waves))
