"""Requests to DRS to terminate recovery instances, as they are recorded."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from ..attempts import RefusalKind
from ..estate.accounts import Place
from ..launches.claims import is_final_refusal
from ..runs.records import JobStatus, Termination

TERMINATION_PREFIX = "000#"
"""What the keys of all termination requests begin with."""


class TerminationRequest(msgspec.Struct, frozen=True):
    """One request, claimed before it is sent. ``chunk`` counts the requests of a round of termination.

    ``claim_expires_at`` is when the function that claimed it can no longer be running. ``job_id`` stays empty if the
    request was confirmed by its instances alone, because DRS's answer was lost.
    """

    execution_id: str
    round: int
    chunk: int
    account_id: str
    region: str
    status: JobStatus
    instance_ids: tuple[str, ...]
    claimed_at: datetime
    claim_expires_at: datetime
    job_id: str = ""
    job_started_at: datetime | None = None
    job_ended_at: datetime | None = None
    refusal_kind: str = ""
    refusal: str = ""

    @property
    def key(self) -> str:
        """Unlike the key of any launch request, since no wave has the number 0."""
        return f"{TERMINATION_PREFIX}{self.round:02d}#{self.chunk:04d}"

    @property
    def place(self) -> Place:
        return Place(self.account_id, self.region)

    @property
    def is_open(self) -> bool:
        return self.status in {JobStatus.CLAIMED, JobStatus.STARTED}

    @property
    def is_unanswered(self) -> bool:
        """Whether it is not known yet if DRS took it."""
        return self.is_open and not self.job_id

    @property
    def is_done(self) -> bool:
        """Whether it has done all that it can: DRS has ended its job, or will never take the request."""
        if self.status is JobStatus.COMPLETED:
            return True
        is_refused = self.status is JobStatus.REFUSED
        return is_refused and is_final_refusal(RefusalKind(self.refusal_kind), len(self.instance_ids))


def refusals_of(requests: Sequence[TerminationRequest], round_: Termination | None) -> tuple[str, ...]:
    """Why requests of the open round are sent again, by place; places whose last request was taken are left out."""
    if round_ is None or round_.ended_at:
        return ()
    last = {
        request.place: request
        for request in sorted(of_round(requests, round_.round), key=lambda request: request.chunk)
    }
    return tuple(
        f"{place}: the termination is requested again, because DRS refused it. {request.refusal}"
        for place, request in last.items()
        if request.status is JobStatus.REFUSED and not request.is_done
    )


def of_round(requests: Sequence[TerminationRequest], number: int) -> list[TerminationRequest]:
    """The requests of one round of termination."""
    return [request for request in requests if request.round == number]
