"""Launches recovery instances with DRS. Each request is sent once: a repeated launch is a second launch."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

from ....domain.attempts import Attempt, RefusalKind
from ....domain.estate.accounts import Place, TargetAccount
from ....domain.estate.sightings import JobSighting
from ...asking import attempt
from ...reads.launches.jobs import job_sighting
from ...sessions import Access, client


def start_recovery(
    account: TargetAccount,
    region: str,
    server_ids: Sequence[str],
    *,
    is_drill: bool,
    tags: dict[str, str],
    send_before: datetime,
    points: Mapping[str, str],
    goes_on: Callable[[], bool],
) -> Attempt[JobSighting]:
    """Requests the launch of servers in one DRS job (at most 100), unless ``send_before`` has passed.

    ``goes_on`` is called last, because assuming the role may take long and the execution may be paused meanwhile.
    ``points`` are the recovery points of servers that are not to be launched from their latest data, by server.
    Never raises an error of AWS. The result says that there is a job, that there is certainly none, or that it is
    unknown.
    """
    place = Place(account.account_id, region)
    opened = attempt("DRS", place, lambda: client("drs", place, account, Access.OPERATE))
    drs = opened.result
    if drs is None:
        return opened
    if not goes_on():
        reason = "The execution was paused, cancelled or ended before the launch was requested."
        return Attempt.refused(RefusalKind.GONE, reason)
    # Another call may have taken over a claim that is too old.
    if datetime.now(UTC) > send_before:
        return Attempt.refused(RefusalKind.GONE, "The launch was not requested, because its claim had expired.")
    servers = [_requested(server_id, points.get(server_id, "")) for server_id in server_ids]

    def launch() -> JobSighting:
        return job_sighting(drs.start_recovery(sourceServers=servers, isDrill=is_drill, tags=tags)["job"])

    return attempt("DRS", place, launch)


def _requested(server_id: str, point_id: str) -> dict[str, str]:
    return {"sourceServerID": server_id, **({"recoverySnapshotID": point_id} if point_id else {})}


def check_launch_access(account: TargetAccount, region: str) -> None:
    """Raises CloudError when the operate role of the account cannot be assumed."""
    client("drs", Place(account.account_id, region), account, Access.OPERATE)
