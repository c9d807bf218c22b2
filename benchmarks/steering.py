"""Measures how soon an approval, a pause and a resume take effect, by the job times that DRS records."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from benchmarks.local_runs import (
    await_detail,
    create_plan,
    has_ended,
    intervene,
    launches_began_at,
    operator_of,
    places_of,
    plan_in_waves,
    servers_in_launches,
    start_drill,
)
from benchmarks.metric import Measured, Metric, median_metric
from chalicelib.domain.runs.records import WaveStatus
from local.cloud import LocalCloud
from local.demo.rest import RestClient

TARGET_SECONDS = 2.0
SPEED, ROUNDS, SERVERS_OF_A_WAVE = 600.0, 5, 100
_WATCHED_AFTER_PAUSE_SECONDS = 3.0
_PATIENCE_SECONDS = 120


@dataclass(frozen=True, kw_only=True)
class Round:
    """Seconds from sending a request to its effect, and the jobs that began although the run was paused."""

    approve_seconds: float
    pause_seconds: float
    resume_seconds: float
    jobs_while_paused: int


def measure() -> Measured:
    """Drills of two successive waves: approved, paused before the second, and resumed."""
    with LocalCloud(speed=SPEED, seed=5, servers=2 * SERVERS_OF_A_WAVE) as cloud:
        fleet = cloud.world.servers_with(application="fleet")
        waves = [fleet[:SERVERS_OF_A_WAVE], fleet[SERVERS_OF_A_WAVE:]]
        plan_id = create_plan(cloud, plan_in_waves("Steered", waves, in_turn=True, approvals={1}))
        operator = operator_of(cloud, role="DRSRecoveryManager")
        places = list(places_of(fleet))
        return summarize([_round(cloud, operator, plan_id, places) for _ in range(ROUNDS)])


def summarize(rounds: Sequence[Round]) -> Measured:
    """Makes metrics from the rounds: the median and the worst value."""
    metrics: list[Metric] = []
    for name in ("approve", "pause", "resume"):
        seconds = [float(getattr(one, f"{name}_seconds")) for one in rounds]
        metrics += [
            median_metric(f"steering.{name}", seconds, "s", target=TARGET_SECONDS),
            Metric(name=f"steering.{name}-worst", value=round(max(seconds), 3), unit="s"),
        ]
    held = sum(one.jobs_while_paused for one in rounds)
    rounds_text = f"{len(rounds)} pauses, each watched until the running wave had ended and some seconds more"
    metrics.append(Metric(name="steering.jobs-while-paused", value=held, unit="jobs", target=0, spread=rounds_text))
    return Measured(metrics=tuple(metrics))


def _round(cloud: LocalCloud, operator: RestClient, plan_id: str, places: Sequence[tuple[str, str]]) -> Round:
    execution_id = start_drill(operator, plan_id)

    def await_wave(number: int, status: WaveStatus) -> None:
        await_detail(
            operator,
            execution_id,
            lambda detail: detail.waves[number - 1].status is status,
            patience_seconds=_PATIENCE_SECONDS,
            every_seconds=0.3,
        )

    await_wave(1, WaveStatus.AWAITING_APPROVAL)
    approved_at = datetime.now(UTC)
    approve_seconds = _seconds_to_launch(cloud, operator, f"{execution_id}/waves/1/approve", places)
    # A pause holds what DRS has not been asked for, also of a wave that runs.
    _await_launch_of(SERVERS_OF_A_WAVE, cloud, places, since=approved_at)
    began = time.monotonic()
    intervene(operator, execution_id, "pause")
    pause_seconds = time.monotonic() - began
    paused_at = datetime.now(UTC)
    await_wave(1, WaveStatus.COMPLETED)
    time.sleep(_WATCHED_AFTER_PAUSE_SECONDS)
    held = sum(at > paused_at for at in launches_began_at(cloud, places))
    resume_seconds = _seconds_to_launch(cloud, operator, f"{execution_id}/resume", places)
    await_detail(operator, execution_id, has_ended, patience_seconds=_PATIENCE_SECONDS, every_seconds=0.5)
    # Its leases are freed after it is reported as ended.
    time.sleep(1.0)
    return Round(
        approve_seconds=approve_seconds,
        pause_seconds=pause_seconds,
        resume_seconds=resume_seconds,
        jobs_while_paused=held,
    )


def _await_launch_of(servers: int, cloud: LocalCloud, places: Sequence[tuple[str, str]], *, since: datetime) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while (launching := servers_in_launches(cloud, places, since=since)) < servers:
        if time.monotonic() > deadline:
            raise TimeoutError(f"DRS launches {launching} of {servers} servers after {_PATIENCE_SECONDS} s.")
        time.sleep(0.1)


def _seconds_to_launch(cloud: LocalCloud, operator: RestClient, path: str, places: Sequence[tuple[str, str]]) -> float:
    """Seconds from sending a request to the first launch job after it, by the time of DRS."""
    sent_at = datetime.now(UTC)
    execution_id, _, what = path.partition("/")
    intervene(operator, execution_id, what)
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < deadline:
        began = [at for at in launches_began_at(cloud, places) if at > sent_at]
        if began:
            return (began[0] - sent_at).total_seconds()
        time.sleep(0.2)
    raise TimeoutError(f"DRS got no launch job within {_PATIENCE_SECONDS} s after the request '{what}'.")
