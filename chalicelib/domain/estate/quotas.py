"""DRS quotas for one account and Region, as AWS publishes them in Service Quotas (``drs``)."""

from collections.abc import Iterable
from datetime import timedelta

import msgspec

from .sightings import JobSighting

SERVERS_PER_JOB = 100  # L-B827C881
JOBS_IN_PROGRESS = 20  # L-D88FAC3A
SERVERS_IN_JOBS = 500  # L-05AFA8C6
REPLICATING_SERVERS = 300  # L-C1D14A2B; extended source servers do not count
SOURCE_SERVERS = 4_000  # L-E28BE5E0; extended source servers count

JOB_MEMORY = timedelta(hours=24)
"""No DRS job runs longer than a day."""


class Load(msgspec.Struct, frozen=True):
    """What DRS is doing in one place, in our jobs and all others; ``busy`` servers are in a job."""

    jobs: int = 0
    servers: int = 0
    busy: frozenset[str] = frozenset()

    @property
    def free_jobs(self) -> int:
        return max(0, JOBS_IN_PROGRESS - self.jobs)

    @property
    def free_servers(self) -> int:
        return max(0, SERVERS_IN_JOBS - self.servers)


def load_of(jobs: Iterable[JobSighting]) -> Load:
    """The load of these jobs; jobs that have ended do not count."""
    running = [job for job in jobs if not job.has_ended]
    busy = [seen.source_server_id for job in running for seen in job.servers]
    return Load(jobs=len(running), servers=len(busy), busy=frozenset(busy))
