"""Random plans for the simulation of recoveries, each determined by its seed, and other orders to compare with."""

import math
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from chalicelib.domain.estate.quotas import SERVERS_PER_JOB, Load
from chalicelib.domain.launches.place_order import LaunchJob, Line
from chalicelib.domain.launches.simulation import SimulatedPlan, SimulatedServer

ERROR = 0.25
"""The standard deviation of the logarithm of a server's time over its expected time."""

SECONDS = {"LINUX": 540.0, "WINDOWS": 1_440.0}
"""The expected time of a server's job, as the product takes it from real drills."""

NEEDS = (0, 0, 1, 2, 3)
"""On how many earlier waves a wave depends, each number as often as it stands here."""


@dataclass(frozen=True, kw_only=True)
class Shape:
    """How large a plan is; `windows` is the share of its servers with Windows."""

    servers: int
    waves: int
    places: int
    windows: float
    needs: tuple[int, ...] = NEEDS


HARDEST = Shape(servers=4_000, waves=30, places=1, windows=0.3)
"""All that DRS takes at one place, in about as many waves as large plans have."""

UNBOUND = Shape(servers=4_000, waves=30, places=1, windows=0.3, needs=(0,))
"""The same without dependencies, so that nothing but quotas determines the time."""


def random_shape(seed: int) -> Shape:
    """500 to 4,000 servers, 10 to 60 waves, 1 to 4 places, up to 60 % Windows."""
    chance = random.Random(f"shape {seed}")
    return Shape(
        servers=chance.randint(500, 4_000),
        waves=chance.randint(10, 60),
        places=chance.randint(1, 4),
        windows=chance.uniform(0.0, 0.6),
    )


def random_plan(shape: Shape, seed: int) -> SimulatedPlan:
    """A plan whose waves depend on none to three earlier ones, and whose servers take longer or shorter than expected.

    The error is each server's own and known to no order, so the servers of a job do not end together.
    """
    chance = random.Random(f"plan {seed}")
    waves = range(1, shape.waves + 1)
    needs = {
        number: sorted(chance.sample(range(1, number), min(chance.choice(shape.needs), number - 1))) for number in waves
    }
    shares = [chance.uniform(0.3, 1.7) for _ in waves]
    wave_of = [*waves, *chance.choices(waves, weights=shares, k=shape.servers - shape.waves)]
    servers = []
    for index, wave in enumerate(wave_of):
        kind = "WINDOWS" if chance.random() < shape.windows else "LINUX"
        servers.append(
            SimulatedServer(
                server_id=f"s-{index:05}",
                wave=wave,
                place=f"place {chance.randrange(shape.places)}",
                kind=kind,
                expected_seconds=SECONDS[kind],
                seconds=SECONDS[kind] * math.exp(ERROR * chance.gauss(0.0, 1.0)),
            )
        )
    return SimulatedPlan(needs=needs, servers=servers)


def one_after_another(plan: SimulatedPlan) -> SimulatedPlan:
    """The plan with a barrier after each wave."""
    return SimulatedPlan(
        needs={number: [number - 1] if number > 1 else [] for number in plan.needs}, servers=plan.servers
    )


def first_come_first_served(lines: Sequence[Line], load: Load) -> Iterable[LaunchJob]:
    """Waves in the order in which they became ready, their servers by id, as many in a job as fit."""
    room, slots = load.free_servers, load.free_jobs
    for line in lines:
        left = sorted(server.server_id for server in line.servers)
        while left and room and slots:
            chunk = left[: min(SERVERS_PER_JOB, room)]
            left = left[len(chunk) :]
            room -= len(chunk)
            slots -= 1
            yield LaunchJob(line.key, tuple(chunk))
