"""Terminates recovery instances with DRS. Each request is sent once, as with launches."""

from collections.abc import Sequence
from datetime import UTC, datetime

from ....domain.attempts import Attempt, RefusalKind
from ....domain.estate.accounts import Place, TargetAccount
from ....domain.estate.sightings import JobSighting
from ...asking import attempt
from ...reads.launches.jobs import job_sighting
from ...sessions import Access, client


def terminate_instances(
    account: TargetAccount, region: str, instance_ids: Sequence[str], *, send_before: datetime
) -> Attempt[JobSighting]:
    """Requests the termination of instances in one job (at most 100), unless ``send_before`` has passed.

    Never raises an error of AWS. The result says that there is a job, that there is certainly none, or that it is
    unknown.
    """
    place = Place(account.account_id, region)
    opened = attempt("DRS", place, lambda: client("drs", place, account, Access.OPERATE))
    drs = opened.result
    if drs is None:
        return opened
    if datetime.now(UTC) > send_before:
        return Attempt.refused(RefusalKind.GONE, "The termination was not requested, because its claim had expired.")

    def terminate() -> JobSighting:
        return job_sighting(drs.terminate_recovery_instances(recoveryInstanceIDs=list(instance_ids))["job"])

    return attempt("DRS", place, terminate)
