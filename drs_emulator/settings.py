"""What a user of the emulator can set: time scale, seed, quotas, request rates and typical durations.

It holds values only; nothing here reads the environment or a file.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Quotas:
    """AWS service quotas of DRS for one account and Region; the code of each is beside it."""

    servers_per_job: int = 100  # L-B827C881
    jobs_in_progress: int = 20  # L-D88FAC3A
    servers_in_jobs: int = 500  # L-05AFA8C6
    replicating_servers: int = 300  # L-C1D14A2B
    source_servers: int = 4000  # L-E28BE5E0, extended ones included


@dataclass(frozen=True, kw_only=True)
class Rate:
    """A token bucket: `per_second` tokens arrive, at most `burst` are kept."""

    per_second: float
    burst: int


@dataclass(frozen=True, kw_only=True)
class Throttling:
    """Request rates per account and Region. AWS does not publish them for DRS: these are assumptions.

    They count in real seconds whatever the time scale is, because clients poll in real seconds.
    """

    enabled: bool = True
    reads: Rate = field(default_factory=lambda: Rate(per_second=10, burst=20))
    writes: Rate = field(default_factory=lambda: Rate(per_second=5, burst=10))
    start_recovery: Rate = field(default_factory=lambda: Rate(per_second=1, burst=5))


@dataclass(frozen=True, kw_only=True)
class Durations:
    """Typical seconds of a job's phases at speed 1, as measured in real drills of small servers."""

    job_start: float = 0.4
    preparation_least: float = 45.0
    preparation_most: float = 60.0
    conversion_median: float = 190.0
    conversion_sigma: float = 0.07
    launch_median: float = 290.0
    launch_sigma: float = 0.05
    # Two Windows servers of 2025: the conversion is what takes long. A first boot can take 45 minutes.
    windows_preparation_least: float = 150.0
    windows_preparation_most: float = 200.0
    windows_conversion_median: float = 820.0
    windows_conversion_sigma: float = 0.03
    windows_launch_median: float = 360.0
    windows_launch_sigma: float = 0.06
    windows_long_boot_probability: float = 0.03
    windows_long_boot_least: float = 900.0
    windows_long_boot_most: float = 2700.0
    terminate_base: float = 60.0
    terminate_per_server: float = 5.5
    terminate_most: float = 600.0
    failed_server_stays_locked: float = 60.0
    status_settles_after_job: float = 3.0
    # Not published: an agent starts with the operating system, and is seen some minutes after the launch.
    agent_start_median: float = 120.0
    agent_start_sigma: float = 0.3
    # There are no published figures: replication servers take minutes to come up, and a disk is read at about 200 MB/s.
    failback_initiation: float = 300.0
    failback_sync_per_gib: float = 5.0


@dataclass(frozen=True, kw_only=True)
class EmulatorSettings:
    """What is fixed when an emulator is made; `speed` divides durations of jobs, not request rates.

    `as_observed` answers as DRS was seen to do where its documents say otherwise or nothing.
    """

    speed: float = 1.0
    seed: int = 0
    quotas: Quotas = field(default_factory=Quotas)
    throttling: Throttling = field(default_factory=Throttling)
    durations: Durations = field(default_factory=Durations)
    page_size: int = 200
    page_size_most: int = 1000
    ec2_workers: int = 4
    instance_refresh_seconds: float = 2.0
    create_launch_templates: bool = True
    launch_template_versions: int = 6  # DRS adds versions by itself; each costs a call to EC2
    late_status_probability: float = 0.05
    late_participants_probability: float = 0.25
    not_ready_probability: float = 0.5  # of fresh instances from EC2 that show NOT_READY_FOR_LAUNCH all the time
    terminate_jobs_list_servers: bool = False
    as_observed: bool = False

    def __post_init__(self) -> None:
        if not self.speed > 0:
            raise ValueError(f"speed must be greater than 0, not {self.speed}.")
        if self.launch_template_versions < 1:
            raise ValueError(f"launch_template_versions must be 1 or more, not {self.launch_template_versions}.")
