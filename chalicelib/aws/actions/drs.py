"""Acting on DRS: launching recovery instances. One attempt for each call: a repeated launch is a second launch."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

from botocore.exceptions import BotoCoreError, ClientError, ConnectTimeoutError, EndpointConnectionError

from ...domain.accounts import Place, TargetAccount
from ...domain.errors import DomainError
from ...domain.launches import LaunchResult, RefusalKind
from ...domain.progress import JobSighting
from ..failures import THROTTLING_CODES
from ..reads.drs import job_sighting
from ..sessions import Access, client

_CONFLICT_CODES = {"ConflictException"}
_QUOTA_CODES = {"ServiceQuotaExceededException"}
_ONE_BAD_SERVER_CODES = {"ValidationException", "ResourceNotFoundException"}


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
) -> LaunchResult:
    """Asks DRS to launch servers in one job (100 at most), unless it is later than ``send_before`` by then.

    ``goes_on`` is asked last: assuming the role may have taken long, and the execution may have been paused meanwhile.
    ``points`` are the recovery points of servers that are not to be launched from their latest data, by server.
    Never raises for what AWS does: the result says whether there is a job, certainly none, or nobody knows.
    """
    place = Place(account.account_id, region)
    try:
        drs = client("drs", place, account, Access.OPERATE)
    except DomainError as error:
        return LaunchResult.refused(RefusalKind.UNREACHABLE, error.message)
    if not goes_on():
        reason = "The execution was paused, cancelled or ended before the request was sent."
        return LaunchResult.refused(RefusalKind.GONE, reason)
    # A claim that is too old may have been given to another call by now.
    if datetime.now(UTC) > send_before:
        return LaunchResult.refused(RefusalKind.GONE, "The claim was too old to be used; the request was never sent.")
    try:
        servers = [_asked_for(server_id, points.get(server_id, "")) for server_id in server_ids]
        response = drs.start_recovery(sourceServers=servers, isDrill=is_drill, tags=tags)
    except ClientError as error:
        return refusal_of(error)
    except (ConnectTimeoutError, EndpointConnectionError) as error:
        return LaunchResult.refused(RefusalKind.UNREACHABLE, f"DRS in {place} cannot be reached: {error}")
    except BotoCoreError as error:
        return LaunchResult.unknown(f"The answer of DRS was lost ({type(error).__name__}).")
    job: JobSighting = job_sighting(response["job"])
    return LaunchResult.started(job)


def _asked_for(server_id: str, point_id: str) -> dict[str, str]:
    return {"sourceServerID": server_id, **({"recoverySnapshotID": point_id} if point_id else {})}


def refusal_of(error: ClientError) -> LaunchResult:
    """What an error of DRS means: certainly no job, and why; or nobody knows."""
    told = error.response.get("Error", {})
    code, message = str(told.get("Code", "")), str(told.get("Message", ""))
    status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 500))
    if code in THROTTLING_CODES:
        return LaunchResult.refused(RefusalKind.THROTTLED, f"{code}: {message}")
    if status >= 500:
        return LaunchResult.unknown(f"DRS failed with {code}: {message}")
    if code in _CONFLICT_CODES:
        return LaunchResult.refused(RefusalKind.CONFLICT, f"{code}: {message}")
    if code in _QUOTA_CODES:
        return LaunchResult.refused(RefusalKind.QUOTA, f"{code}: {message}")
    if code in _ONE_BAD_SERVER_CODES:
        return LaunchResult.refused(RefusalKind.INVALID, f"{code}: {message}")
    return LaunchResult.refused(RefusalKind.DENIED, f"{code}: {message}")


def check_launch_access(account: TargetAccount, region: str) -> None:
    """Raises CloudError when the operate role of the account cannot be assumed."""
    client("drs", Place(account.account_id, region), account, Access.OPERATE)
