"""The real thing where quotas bind: 2,000 mixed servers in one account and Region, against what no order can beat.

The state machine's definition, the functions, their polls and DRS's quotas are those of production, but time is a
virtual clock: it passes only while everything waits, so that a busy machine does not count. Each task takes a fixed
time. DRS is faster than in AWS and the polls are not, so the share of the overhead is larger than there. No events of
DRS end a wait. What the emulator draws is known before the run, and with it the lower bound.
"""

import json
import tempfile
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from benchmarks.local_runs import Ran, await_end, launch_jobs
from benchmarks.metric import Measured, Metric, TextTable
from benchmarks.random_recoveries import Shape, first_come_first_served, random_plan
from benchmarks.scale import launched_twice, rules_kept
from chalicelib.domain.launches.simulation import Bounds, SimulatedPlan, SimulatedServer, bounds_of, play
from drs_emulator import Emulator
from drs_emulator.operations.call import Call
from drs_emulator.operations.staging import create_extended_source_server
from drs_emulator.records import SourceServer
from drs_emulator.replication import find_original
from drs_emulator.settings import Throttling
from drs_emulator.throttle import Throttle
from drs_emulator.timeline import LaunchKey, ServerPace, draw_server_pace
from local.cloud import INVENTORY_SYNC, LocalCloud
from local.drs_events import DrsEvents
from tests.workflow.drills import Drills, Server
from tests.workflow.hand_driven import HandDriven
from tests.workflow.standing_clock import StandingClock
from tests.workflow.stepwise import Branch

TARGET_RATIO = 1.15
SHAPE = Shape(servers=2_000, waves=30, places=1, windows=0.3)
SEED = 1
"""In this plan the order matters: first come first served would take a third longer than the product's order."""

SPEED = 20.0
TASK_SECONDS = 0.2
"""How long each task of the state machine takes. Times this speed it is longer than in AWS."""

PLACE = ("222233334444", "us-east-1")
REPLICATING = 250
"""Most servers that replicate in one account. DRS takes 300 and some are there; the others are extended from others."""

STAGING_ACCOUNTS = tuple(f"4444555566{number:02}" for number in range(7))
_STILL = {"StartAt": "Stay", "States": {"Stay": {"Type": "Wait", "Seconds": 86_400, "End": True}}}
_PATIENCE_SECONDS = 60


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """A run with what it is compared with, in seconds of DRS's own time; `processor_seconds` are real ones."""

    seconds: float
    bounds: Bounds
    decided: float
    first_come: float
    processor_seconds: float

    @property
    def ratio(self) -> float:
        return self.seconds / self.bounds.seconds

    @property
    def overhead_share(self) -> float:
        """The share of the time that the same decisions at once and without cost would have saved."""
        return 1 - self.decided / self.seconds


class VirtualClock(StandingClock):
    """A clock that does not follow the machine's own."""

    def __init__(self) -> None:
        self._at = datetime.now(UTC)

    def now(self) -> datetime:
        return self._at

    def pass_seconds(self, seconds: float) -> None:
        self._at += timedelta(seconds=max(0.0, seconds))


def measure() -> Measured:
    """Runs the plan once, to its end."""
    return measure_plan(random_plan(SHAPE, SEED))


def measure_plan(shape: SimulatedPlan) -> Measured:
    """Runs a plan of one place once, to its end."""
    with tempfile.TemporaryDirectory() as directory:
        still = Path(directory) / "still.asl.json"
        still.write_text(json.dumps(_STILL))
        with LocalCloud(speed=SPEED, seed=SEED, definition=still, drs_events=DrsEvents.OFF) as cloud:
            ids = add_servers(cloud.emulator, shape.servers)
            cloud.scheduler.run_now(INVENTORY_SYNC)
            drawn = with_draws(cloud.emulator, shape, ids)
            began = time.process_time()
            execution_id, violations = _run(cloud, shape, ids)
            processor_seconds = time.process_time() - began
            ran = await_end(cloud, execution_id, patience_seconds=_PATIENCE_SECONDS)
            outcome = Outcome(
                seconds=ran.total_seconds * SPEED,
                bounds=bounds_of(drawn),
                decided=play(drawn).seconds,
                first_come=play(drawn, first_come_first_served).seconds,
                processor_seconds=processor_seconds,
            )
            return summarize(ran, outcome, twice=len(launched_twice(launch_jobs(cloud, PLACE))), violations=violations)


def _run(cloud: LocalCloud, shape: SimulatedPlan, ids: Mapping[str, str]) -> tuple[str, int]:
    """Starts a drill of the plan and takes it to its end; returns its id and how many rules of launches it broke."""
    account, region = PLACE
    servers = {name: Server(server_id, name, account, region) for name, server_id in ids.items()}
    # Request rates count in seconds that pass, and within a task none do.
    cloud.emulator.world.throttle = Throttle(Throttling(enabled=False))
    clock, drills = VirtualClock(), Drills(cloud)
    world = HandDriven(cloud, drills, clock)
    world.know_places({server_id: f"{account}#{region}#{server_id}" for server_id in ids.values()})
    waves = [
        {
            "servers": [servers[server.server_id] for server in shape.servers if server.wave == number],
            "dependsOn": list(needed),
        }
        for number, needed in shape.needs.items()
    ]
    with clock.installed(cloud), world.installed():
        execution_id = drills.start(drills.plan(*waves))
        while open_branches := [branch for run in world.runs.values() for branch in run.all() if not branch.has_ended]:
            ready = world.ready()
            for branch in ready:
                _step(world, branch, clock.now())
            if not ready:
                clock.pass_seconds((_next_moment(open_branches, clock.now()) - clock.now()).total_seconds())
    return execution_id, len(world.violations)


def _step(world: HandDriven, branch: Branch, now: datetime) -> None:
    """Makes a step of a branch, which then goes on when the time of its task is over."""
    is_task = branch.state["Type"] == "Task"
    world.step(branch)
    if is_task and branch.state["Type"] != "Wait":
        branch.due = max(branch.due or now, now + timedelta(seconds=TASK_SECONDS))


def _next_moment(branches: Sequence[Branch], now: datetime) -> datetime:
    """When the next of them can go on by itself. Raises ValueError if none can."""
    moments = [moment for branch in branches for moment in (branch.due, branch.waits_until) if moment]
    return min(moment for moment in moments if moment > now)


def add_servers(emulator: Emulator, servers: Sequence[SimulatedServer]) -> dict[str, str]:
    """Adds the servers to the place, all beyond 250 as extensions of servers in staging accounts; returns their ids."""
    account, region = PLACE
    for staging in STAGING_ACCOUNTS:
        emulator.initialize(staging, region)
    ids = {}
    for number, server in enumerate(servers):
        if number < REPLICATING:
            ids[server.server_id] = emulator.add_source_server(
                account, region, hostname=server.server_id, os=server.kind
            )
            continue
        staging = STAGING_ACCOUNTS[(number - REPLICATING) // REPLICATING]
        original = emulator.add_source_server(staging, region, hostname=server.server_id, os=server.kind)
        ids[server.server_id] = _extend(emulator, staging, original)
    return ids


def _extend(emulator: Emulator, staging: str, server_id: str) -> str:
    """What CreateExtendedSourceServer does, without its request rate: the world is made before anything is measured."""
    world, (account, region) = emulator.world, PLACE
    with world.lock:
        original = world.region(staging, region).servers[server_id]
        call = Call(
            world=world,
            state=world.region(account, region),
            operation="CreateExtendedSourceServer",
            arguments={"sourceServerArn": original.arn},
            now=world.clock(),
            caller=None,
        )
        extended_id: str = create_extended_source_server(call)["sourceServer"]["sourceServerID"]
        return extended_id


def with_draws(emulator: Emulator, plan: SimulatedPlan, ids: Mapping[str, str]) -> SimulatedPlan:
    """The plan with the times that the emulator will draw for the first launch of each server."""
    servers = emulator.world.region(*PLACE).servers
    return msgspec.structs.replace(
        plan,
        servers=[
            msgspec.structs.replace(server, seconds=_least_seconds(emulator, servers[ids[server.server_id]]))
            for server in plan.servers
        ],
    )


def _least_seconds(emulator: Emulator, server: SourceServer) -> float:
    """The launch of a server with its own draws, and the shortest preparation that its job can have."""
    found = find_original(emulator.world, server) if server.extended else None
    durations = emulator.settings.durations
    converts = _pace(emulator, found[0].account, found[1]) if found else _pace(emulator, PLACE[0], server)
    launches = _pace(emulator, PLACE[0], server)
    preparation = durations.windows_preparation_least if server.windows else durations.preparation_least
    return preparation + converts.conversion + launches.launch_after_conversion + launches.launch


def _pace(emulator: Emulator, account: str, server: SourceServer) -> ServerPace:
    settings = emulator.settings
    key = LaunchKey(
        seed=settings.seed,
        account=account,
        region=PLACE[1],
        server_id=server.server_id,
        launch_number=server.launch_number + 1,
    )
    return draw_server_pace(
        key,
        settings.durations,
        windows=server.windows,
        fast=False,
        late_status_probability=settings.late_status_probability,
    )


def summarize(ran: Ran, outcome: Outcome, *, twice: int, violations: int) -> Measured:
    """Makes metrics and a table of the run."""
    bound = outcome.bounds.seconds
    metrics = (
        Metric(
            name="full-place.over-bound",
            value=round(outcome.ratio, 3),
            unit="× bound",
            target=TARGET_RATIO,
            spread=f"{outcome.first_come / bound:.2f} first come first served, without any overhead",
        ),
        *rules_kept("full-place", SHAPE.servers, ran, twice=twice),
        Metric(name="full-place.launches-against-rules", value=violations, unit="launches", target=0),
        Metric(
            name="full-place.overhead",
            value=round(100 * outcome.overhead_share, 1),
            unit="% of the time",
            spread=f"polls and tasks, at speed {SPEED:g} with {TASK_SECONDS:g} s for each task",
        ),
        Metric(name="full-place.processor", value=round(outcome.processor_seconds, 1), unit="s"),
    )
    times = (
        ("lower bound: critical path", outcome.bounds.critical_path),
        ("lower bound: server seconds over the quota", outcome.bounds.quota),
        ("the product's order, at once and without cost", outcome.decided),
        ("the product as it is", outcome.seconds),
        ("first come first served, at once and without cost", outcome.first_come),
    )
    rows = tuple((name, f"{seconds:.0f}", f"{seconds / bound:.3f}") for name, seconds in times)
    table = TextTable(
        title=f"{len(ran.servers)} servers in {len(ran.waves)} waves, one place, in seconds of AWS's DRS",
        columns=("", "seconds", "× bound"),
        numbers=2,
        rows=rows,
        notes=("The first three and the last are computed from the times that the emulator draws.",),
    )
    return Measured(metrics=metrics, tables=(table,))
