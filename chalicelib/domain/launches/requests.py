"""What the refusal of a launch request means for its servers and for the next request."""

from collections.abc import Iterable, Sequence

from ..attempts import FOR_ONE_SERVER, RefusalKind
from ..runs.records import JobRun, JobStatus, ServerRun


def is_final_refusal(kind: RefusalKind, server_count: int) -> bool:
    """Whether asking again is pointless: DRS denies it, or finds fault with the one server asked for."""
    return kind is RefusalKind.DENIED or (kind is RefusalKind.INVALID and server_count == 1)


def limit_jobs(jobs: Iterable[JobRun]) -> dict[str, int]:
    """How many servers the next request with a server may have, for servers of requests that DRS refused."""
    return limit_sizes(
        job.server_ids for job in jobs if job.status is JobStatus.REFUSED and job.refusal_kind in FOR_ONE_SERVER
    )


def limit_sizes(refused: Iterable[Sequence[str]]) -> dict[str, int]:
    """How large the next request with each id may be, given the ids of requests that were refused because of one id.

    Each refusal halves the next request, until the id at fault is in a request of its own.
    """
    limits: dict[str, int] = {}
    for ids in refused:
        half = max(1, len(ids) // 2)
        for item in ids:
            limits[item] = min(half, limits.get(item, half))
    return limits


def idle_servers(servers: Sequence[ServerRun], jobs: Iterable[JobRun]) -> list[ServerRun]:
    """The servers that are not in a final state and that no open launch request holds."""
    held = {server_id for job in jobs if job.is_open for server_id in job.server_ids}
    return [run for run in servers if not run.status.is_final and run.source_server_id not in held]
