"""The benchmark of a full place: its lower bound holds for the launches of the emulator, and its figures add up."""

import pytest

from benchmarks import full_place
from benchmarks.full_place import PLACE, Outcome, add_servers, with_draws
from benchmarks.random_recoveries import Shape, random_plan
from chalicelib.domain.launches.simulation import Bounds
from drs_emulator import Emulator, EmulatorSettings
from drs_emulator.clock import Clock

PREPARATION_SECONDS = {"LINUX": 20.0, "WINDOWS": 55.0}
"""How much longer than its least a launch may take: a job prepares its servers within these seconds."""


def test_no_launch_is_faster_than_the_bound_assumes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(full_place, "REPLICATING", 5)
    emulator = Emulator(EmulatorSettings(seed=3), clock=Clock.standing_still())
    account, region = PLACE
    emulator.initialize(account, region)
    shape = random_plan(Shape(servers=20, waves=2, places=1, windows=0.4), 1)
    ids = add_servers(emulator, shape.servers)
    known = emulator.world.region(account, region)
    assert sum(server.extended for server in known.servers.values()) == 15
    drawn = with_draws(emulator, shape, ids)
    for kind, most in PREPARATION_SECONDS.items():
        of_kind = {ids[server.server_id]: server.seconds for server in drawn.servers if server.kind == kind}
        body = {"sourceServers": [{"sourceServerID": server_id} for server_id in of_kind], "isDrill": True}
        assert emulator.respond(account=account, region=region, operation="StartRecovery", body=body).status == 202
        emulator.clock.advance(hours=2)
        (job,) = (job for job in known.jobs.values() if set(job.participants) == set(of_kind))
        ended = {
            str(line.data["sourceServerID"]): (line.at - job.created_at).total_seconds()
            for line in job.log
            if line.event == "LAUNCH_END"
        }
        assert ended.keys() == of_kind.keys()
        assert all(seconds <= ended[server_id] <= seconds + most for server_id, seconds in of_kind.items())


def test_the_overhead_is_what_the_same_decisions_would_have_saved() -> None:
    outcome = Outcome(
        seconds=110.0,
        bounds=Bounds(critical_path=100.0, quota=80.0),
        decided=104.5,
        first_come=150.0,
        processor_seconds=1.0,
    )
    assert outcome.ratio == pytest.approx(1.1)
    assert outcome.overhead_share == pytest.approx(0.05)
