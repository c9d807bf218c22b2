"""Acting on DRS: launching recovery instances. One attempt for each call: a repeated launch is a second launch."""

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
    """Asks DRS to launch servers in one job (100 at most), unless it is later than ``send_before`` by then.

    ``goes_on`` is asked last: assuming the role may have taken long, and the execution may have been paused meanwhile.
    ``points`` are the recovery points of servers that are not to be launched from their latest data, by server.
    Never raises for what AWS does: the result says whether there is a job, certainly none, or nobody knows.
    """
    place = Place(account.account_id, region)
    opened = attempt("DRS", place, lambda: client("drs", place, account, Access.OPERATE))
    drs = opened.result
    if drs is None:
        return opened
    if not goes_on():
        reason = "The execution was paused, cancelled or ended before the request was sent."
        return Attempt.refused(RefusalKind.GONE, reason)
    # A claim that is too old may have been given to another call by now.
    if datetime.now(UTC) > send_before:
        return Attempt.refused(RefusalKind.GONE, "The claim was too old to be used; the request was never sent.")
    servers = [_asked_for(server_id, points.get(server_id, "")) for server_id in server_ids]

    def launch() -> JobSighting:
        return job_sighting(drs.start_recovery(sourceServers=servers, isDrill=is_drill, tags=tags)["job"])

    return attempt("DRS", place, launch)


def _asked_for(server_id: str, point_id: str) -> dict[str, str]:
    return {"sourceServerID": server_id, **({"recoverySnapshotID": point_id} if point_id else {})}


def check_launch_access(account: TargetAccount, region: str) -> None:
    """Raises CloudError when the operate role of the account cannot be assumed."""
    client("drs", Place(account.account_id, region), account, Access.OPERATE)
