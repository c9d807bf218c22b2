"""How long each phase of a job takes: pure draws from the seed, with no state and no clock.

A server's draw depends only on (seed, account, Region, server id, its launch counter) and never on the order of
threads. What a job does as a whole (its preparation, its end) is drawn by its first server in the order of ids.
"""

from __future__ import annotations

import hashlib
import math
import random
from collections.abc import Sequence
from dataclasses import dataclass

from drs_emulator.settings import Durations


@dataclass(frozen=True, kw_only=True)
class LaunchKey:
    """One launch of one server: the whole input of its draws."""

    seed: int
    account: str
    region: str
    server_id: str
    launch_number: int

    def random(self, phase: str) -> random.Random:
        """A generator for one phase of this launch."""
        text = f"{self.seed}|{self.account}|{self.region}|{self.server_id}|{self.launch_number}|{phase}"
        return random.Random(int.from_bytes(hashlib.sha256(text.encode()).digest()[:8]))


@dataclass(frozen=True, kw_only=True)
class JobPace:
    """Seconds of what a job does for all of its servers at once, at speed 1."""

    start: float
    preparation: float
    closing: float
    participants_late: bool


@dataclass(frozen=True, kw_only=True)
class ServerPace:
    """Seconds of one server's phases at speed 1; a conversion of 0 is none."""

    snapshot_after_start: float
    snapshot: float
    conversion: float
    launch_after_conversion: float
    launch: float
    status_late: bool


def lead_of(keys: Sequence[LaunchKey]) -> LaunchKey:
    """The launch that draws for the whole job: its lowest server id."""
    return min(keys, key=lambda key: key.server_id)


def draw_job_pace(
    lead: LaunchKey, durations: Durations, *, windows: bool, late_participants_probability: float
) -> JobPace:
    """The pace of a LAUNCH or CREATE_CONVERTED_SNAPSHOT job; a Windows server slows all of its servers."""
    chance = lead.random("job")
    least, most = durations.preparation_least, durations.preparation_most
    if windows:
        least, most = durations.windows_preparation_least, durations.windows_preparation_most
    return JobPace(
        start=durations.job_start,
        preparation=chance.uniform(least, most),
        closing=chance.uniform(2.0, 4.0),
        participants_late=chance.random() < late_participants_probability,
    )


def draw_server_pace(
    key: LaunchKey, durations: Durations, *, windows: bool, fast: bool, late_status_probability: float
) -> ServerPace:
    """The pace of one server in a job; `fast` is recoveryMode FAST, which skips the conversion."""
    chance = key.random("server")
    snapshot_after_start = chance.uniform(2.0, 3.0) if windows else chance.uniform(0.4, 0.5)
    if windows:
        conversion = _log_normal(chance, durations.windows_conversion_median, durations.windows_conversion_sigma)
    else:
        conversion = _log_normal(chance, durations.conversion_median, durations.conversion_sigma)
    boots_long = chance.random() < durations.windows_long_boot_probability
    gap = chance.uniform(0.0, 0.5)
    if windows and boots_long:
        launch = chance.uniform(durations.windows_long_boot_least, durations.windows_long_boot_most)
    elif windows:
        launch = _log_normal(chance, durations.windows_launch_median, durations.windows_launch_sigma)
    else:
        launch = _log_normal(chance, durations.launch_median, durations.launch_sigma)
    return ServerPace(
        snapshot_after_start=snapshot_after_start,
        snapshot=chance.uniform(0.05, 0.1),
        conversion=0.0 if fast else conversion,
        launch_after_conversion=gap,
        launch=launch,
        status_late=chance.random() < late_status_probability,
    )


@dataclass(frozen=True, kw_only=True)
class AgentStart:
    """When the agent on a new instance is first seen, in seconds at speed 1.

    `keeps_not_ready`: whether the instance shows FAILBACK_NOT_READY_FOR_LAUNCH from then on too.
    """

    seconds: float
    keeps_not_ready: bool


def draw_agent_start(key: LaunchKey, durations: Durations, *, keeps_not_ready_probability: float) -> AgentStart:
    """The start of the agent on the instance of one launch."""
    chance = key.random("agent")
    return AgentStart(
        seconds=_log_normal(chance, durations.agent_start_median, durations.agent_start_sigma),
        keeps_not_ready=chance.random() < keeps_not_ready_probability,
    )


def draw_termination_seconds(lead: LaunchKey, durations: Durations, *, servers: int) -> float:
    """Seconds between the start of a TERMINATE job and the end of its clean-up."""
    typical = min(durations.terminate_most, durations.terminate_base + durations.terminate_per_server * servers)
    return typical * lead.random("terminate").uniform(0.9, 1.1)


def _log_normal(chance: random.Random, median: float, sigma: float) -> float:
    return median * math.exp(sigma * chance.gauss(0.0, 1.0))
