"""How the evidence stands: what was changed by hand, and what could not be sealed; kept so that it costs no search."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum

import msgspec

from ..estate.figures import FigureName
from .evidence import Change, Log, change_problem, log_of_chain

MOST_KEPT = 20
SHOWN_FOR = timedelta(days=30)
"""How long a change by hand is shown. The evidence and the log of the function have it for longer."""

SEALED_WITHIN = timedelta(minutes=15)
"""Entries of this age have evidence; the alarm on late evidence has the same limit."""

FIGURE_OF = {Log.AUDIT: FigureName.EVIDENCE_AUDIT, Log.TIMELINE: FigureName.EVIDENCE_TIMELINE}
_MOST_CHARACTERS = 300


class Tampering(msgspec.Struct, frozen=True, rename="camel"):
    """One change that the platform does not make. ``sequence`` is the stream's number, so that it is kept once."""

    chain: str
    item: str
    problem: str
    at: datetime
    sequence: str


class SealedFigures(msgspec.Struct, frozen=True, rename="camel"):
    """The newest changes by hand of one log, the newest first."""

    tampered: tuple[Tampering, ...] = ()


class EvidenceProblemKind(StrEnum):
    """CHANGED_BY_HAND: an entry is not as it was written. NOT_SEALED: entries cannot be sealed. LATE: they are not."""

    CHANGED_BY_HAND = "CHANGED_BY_HAND"
    NOT_SEALED = "NOT_SEALED"
    LATE = "LATE"


class EvidenceProblem(msgspec.Struct, frozen=True, rename="camel"):
    """One problem of the evidence. ``chain`` and ``item`` are set for a change by hand, ``since`` if it is known."""

    kind: EvidenceProblemKind
    log: Log
    since: datetime | None
    reason: str
    action: str
    chain: str = ""
    item: str = ""


class EvidenceStanding(msgspec.Struct, frozen=True, rename="camel"):
    """The problems of the evidence, at most 40. ``sealed_until`` is the time of the newest sealed audit entry."""

    sealed_until: datetime | None
    problems: list[EvidenceProblem]


class SealedLog(msgspec.Struct, frozen=True):
    """What is kept of one log: the newest sealed change, why the last batch failed, and changes by hand."""

    log: Log
    sealed_until: datetime | None
    failure: str
    tampered: Sequence[Tampering]


def tamperings(chain: str, changes: Iterable[Change]) -> list[Tampering]:
    """The changes of a chain that the platform does not make."""
    log = log_of_chain(chain)
    found = ((change, change_problem(log, change)) for change in changes)
    return [
        Tampering(chain, change.item, problem[:_MOST_CHARACTERS], _at(change), change.sequence)
        for change, problem in found
        if problem
    ]


def with_tampering(kept: SealedFigures, found: Iterable[Tampering]) -> SealedFigures:
    """The figures with further changes by hand. A change that is reported again is kept once."""
    by_sequence = {(each.chain, each.item, each.sequence): each for each in (*kept.tampered, *found)}
    newest = sorted(by_sequence.values(), key=lambda each: (each.at, each.sequence), reverse=True)
    return SealedFigures(tuple(newest[:MOST_KEPT]))


def newest_change(changes: Iterable[Change]) -> datetime:
    """When the newest of these changes was made."""
    return max(map(_at, changes))


def standing_of(logs: Iterable[SealedLog], audited_at: datetime | None, now: datetime) -> EvidenceStanding:
    """What is wrong with the evidence. ``audited_at`` is a time at which a call is known to have left an entry."""
    found = list(logs)
    sealed_until = next((each.sealed_until for each in found if each.log is Log.AUDIT), None)
    problems = [problem for each in found for problem in _problems(each, now)]
    is_named = any(each.failure for each in found if each.log is Log.AUDIT)
    if sealed_until and audited_at and audited_at - sealed_until > SEALED_WITHIN and not is_named:
        problems.insert(0, _late(sealed_until))
    return EvidenceStanding(sealed_until, problems)


def _problems(each: SealedLog, now: datetime) -> list[EvidenceProblem]:
    failed = [_not_sealed(each)] if each.failure else []
    return failed + [_changed(each.log, change) for change in each.tampered if now - change.at < SHOWN_FOR]


def _changed(log: Log, change: Tampering) -> EvidenceProblem:
    what = "The entry" if log is Log.AUDIT else "The event"
    return EvidenceProblem(
        EvidenceProblemKind.CHANGED_BY_HAND,
        log,
        change.at,
        f"{what} {change.item} {change.problem}.",
        "Treat it as an incident: verify the chain, and look up in CloudTrail who changed the table.",
        change.chain,
        change.item,
    )


def _not_sealed(each: SealedLog) -> EvidenceProblem:
    return EvidenceProblem(
        EvidenceProblemKind.NOT_SEALED,
        each.log,
        each.sealed_until,
        f"The last batch could not be sealed. {each.failure}",
        "Repair what it names: bucket, key or policy. Batches are delivered again for 24 hours; then they are lost to "
        "the evidence.",
    )


def _late(sealed_until: datetime) -> EvidenceProblem:
    return EvidenceProblem(
        EvidenceProblemKind.LATE,
        Log.AUDIT,
        sealed_until,
        "Entries of the audit log have waited more than 15 minutes to be sealed.",
        "Read the log of the function evidence-writer. After 24 hours the entries are lost to the evidence.",
    )


def _at(change: Change) -> datetime:
    return datetime.fromtimestamp(int(change.at), UTC)
