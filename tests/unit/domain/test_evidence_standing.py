"""What is kept and shown of the evidence: changes by hand, batches that failed, entries that wait too long."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.access.evidence import Change, ChangeKind, Log
from chalicelib.domain.access.evidence_standing import (
    MOST_KEPT,
    SEALED_WITHIN,
    SHOWN_FOR,
    EvidenceProblemKind,
    SealedFigures,
    SealedLog,
    Tampering,
    newest_change,
    standing_of,
    tamperings,
    with_tampering,
)

NOW = datetime(2026, 3, 31, 12, tzinfo=UTC)
CHAIN = "audit/2026-03-31"

found = st.builds(
    Tampering,
    chain=st.just(CHAIN),
    item=st.sampled_from("abc"),
    problem=st.just("was removed from the table"),
    at=st.integers(0, 60).map(lambda minutes: NOW - timedelta(minutes=minutes)),
    sequence=st.integers(0, 40).map(str),
)


@given(st.lists(found, max_size=50), st.lists(found, max_size=50))
def test_the_newest_changes_by_hand_are_kept_once_in_whatever_batches_they_come(
    first: list[Tampering], second: list[Tampering]
) -> None:
    once = with_tampering(with_tampering(SealedFigures(), first), second)
    assert len(once.tampered) <= MOST_KEPT
    assert with_tampering(once, second) == once
    keys = [(each.item, each.sequence) for each in once.tampered]
    assert len(set(keys)) == len(keys)
    assert [each.at for each in once.tampered] == sorted((each.at for each in once.tampered), reverse=True)


def test_only_changes_that_the_platform_does_not_make_are_kept() -> None:
    removed = Change(item="a", kind=ChangeKind.REMOVE, at="1774958400", sequence="2", before={"x": "1"})
    usual = Change(item="b", kind=ChangeKind.INSERT, at="1774958460", sequence="3", after={"x": "1"})
    (kept,) = tamperings(CHAIN, [removed, usual])
    assert (kept.item, kept.problem, kept.at) == ("a", "was removed from the table", NOW)
    assert newest_change([removed, usual]) == NOW + timedelta(minutes=1)


def kinds(*logs: SealedLog, audited_at: datetime | None = NOW) -> list[str]:
    return [problem.kind for problem in standing_of(logs, audited_at, NOW).problems]


def audit(sealed_until: datetime | None, failure: str = "", *tampered: Tampering) -> SealedLog:
    return SealedLog(Log.AUDIT, sealed_until, failure, tampered)


def test_entries_are_late_once_a_call_is_known_to_have_waited_too_long() -> None:
    late = NOW - SEALED_WITHIN - timedelta(seconds=1)
    assert kinds(audit(late)) == [EvidenceProblemKind.LATE]
    assert kinds(audit(NOW - SEALED_WITHIN)) == []
    assert kinds(audit(late), audited_at=late) == [], "nothing was written since"
    assert kinds(audit(late), audited_at=None) == []
    assert kinds(audit(None)) == []
    assert kinds() == []


def test_the_reason_of_a_failure_stands_for_the_delay() -> None:
    late = NOW - timedelta(hours=1)
    (problem,) = standing_of([audit(late, "Access denied.")], NOW, NOW).problems
    assert (problem.kind, problem.since) == (EvidenceProblemKind.NOT_SEALED, late)
    assert problem.reason.endswith("Access denied.")
    timeline = SealedLog(Log.TIMELINE, None, "Access denied.", ())
    assert kinds(audit(late), timeline) == [EvidenceProblemKind.LATE, EvidenceProblemKind.NOT_SEALED]


def test_a_change_by_hand_is_shown_for_a_month() -> None:
    def at(age: timedelta) -> Tampering:
        return Tampering(CHAIN, "a", "was removed from the table", NOW - age, "1")

    assert kinds(audit(NOW, "", at(SHOWN_FOR - timedelta(days=1)), at(SHOWN_FOR))) == [
        EvidenceProblemKind.CHANGED_BY_HAND
    ]
