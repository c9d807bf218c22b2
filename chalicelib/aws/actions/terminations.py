"""Asking DRS to terminate recovery instances. One attempt for each call, as with launches."""

from collections.abc import Sequence
from datetime import UTC, datetime

from botocore.exceptions import BotoCoreError, ClientError, ConnectTimeoutError, EndpointConnectionError

from ...domain.accounts import Place, TargetAccount
from ...domain.errors import DomainError
from ...domain.launches import LaunchResult, RefusalKind
from ..reads.drs import job_sighting
from ..sessions import Access, client
from .drs import refusal_of


def terminate_instances(
    account: TargetAccount, region: str, instance_ids: Sequence[str], *, send_before: datetime
) -> LaunchResult:
    """Asks for the termination of instances in one job (100 at most), unless it is later than ``send_before``.

    Never raises for what AWS does: the result says whether there is a job, certainly none, or nobody knows.
    """
    place = Place(account.account_id, region)
    try:
        drs = client("drs", place, account, Access.OPERATE)
    except DomainError as error:
        return LaunchResult.refused(RefusalKind.UNREACHABLE, error.message)
    if datetime.now(UTC) > send_before:
        return LaunchResult.refused(RefusalKind.GONE, "The claim was too old to be used; the request was never sent.")
    try:
        response = drs.terminate_recovery_instances(recoveryInstanceIDs=list(instance_ids))
    except ClientError as error:
        return refusal_of(error)
    except (ConnectTimeoutError, EndpointConnectionError) as error:
        return LaunchResult.refused(RefusalKind.UNREACHABLE, f"DRS in {place} cannot be reached: {error}")
    except BotoCoreError as error:
        return LaunchResult.unknown(f"The answer of DRS was lost ({type(error).__name__}).")
    return LaunchResult.started(job_sighting(response["job"]))
