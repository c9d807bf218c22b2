"""Asking DRS to terminate recovery instances. One attempt for each call, as with launches."""

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
    """Asks for the termination of instances in one job (100 at most), unless it is later than ``send_before``.

    Never raises for what AWS does: the result says whether there is a job, certainly none, or nobody knows.
    """
    place = Place(account.account_id, region)
    opened = attempt("DRS", place, lambda: client("drs", place, account, Access.OPERATE))
    drs = opened.result
    if drs is None:
        return opened
    if datetime.now(UTC) > send_before:
        return Attempt.refused(RefusalKind.GONE, "The claim was too old to be used; the request was never sent.")

    def terminate() -> JobSighting:
        return job_sighting(drs.terminate_recovery_instances(recoveryInstanceIDs=list(instance_ids))["job"])

    return attempt("DRS", place, terminate)
