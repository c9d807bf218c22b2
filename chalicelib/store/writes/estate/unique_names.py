"""Claiming and releasing what may exist only once, together with the record that needs it.

Everything that fits goes into one transaction. A record with more claims than one transaction takes is saved in steps
under a change mark: the many claims first, the record with its name and key last; a failure releases what was claimed.
A change that dies half-way leaves claims whose holder does not want them; they stop to count once its mark is old
(``unique_claims.binds``), and whoever needs the thing clears them away here.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

import msgspec
from pynamodb.expressions.condition import Condition

from ....domain.estate.unique_claims import CHANGE_ABANDONED_AFTER, CHANGES, change_mark
from ....ids import new_entry_id
from ....side_by_side import chunks
from ...tables.configuration import UniqueNameItem
from ...transactions import MAX_ITEMS, ConditionFailed, Transaction, Write, commit


class Claim(msgspec.Struct, frozen=True):
    """One thing that ``holder`` is to hold; ``checks`` must hold at the moment of the claim."""

    scope: str
    key: str
    holder: str
    checks: tuple[Write, ...] = ()


class Change(msgspec.Struct, frozen=True):
    """The mark of a record that is being changed in steps."""

    record_id: str
    mark: str


def save_with_claims(
    record_id: str, writes: Sequence[Write], *, claims: Sequence[Claim], releases: Sequence[Claim], at: datetime
) -> None:
    """Commits ``writes``, few, together with ``claims`` and ``releases``, any number; all or nothing.

    Raises ConditionFailed when any condition does not hold; then nothing is changed. Costs one transaction, or one for
    each hundred items and two more.
    """
    whole = [*writes, *_writes_of(claims), *(release(claim) for claim in releases), no_change_runs(record_id, at)]
    if len(whole) <= MAX_ITEMS:
        commit_all(whole)
        return
    with changing(record_id, at) as change:
        _claim_in_steps(claims, [*writes, end_of(change)])
    release_claims(releases)


@contextmanager
def changing(record_id: str, at: datetime) -> Iterator[Change]:
    """Marks a record as being changed; raises ConditionFailed when somebody else changes it now.

    The body's last transaction must contain ``end_of`` the change; when the body fails, the mark is taken away here.
    """
    change = Change(record_id, change_mark(at, new_entry_id()))
    item = UniqueNameItem(scope=CHANGES, name_key=record_id, holder=change.mark)
    commit_all([lambda transaction: transaction.save(item, condition=_no_live_change(at))])
    try:
        yield change
    except BaseException:
        _try_commit([end_of(change)])
        raise


def claim(wanted: Claim) -> Write:
    """Takes one thing that must be free."""
    item = UniqueNameItem(scope=wanted.scope, name_key=wanted.key, holder=wanted.holder)
    return lambda transaction: transaction.save(item, condition=_name_is_free())


def release(held: Claim) -> Write:
    """Gives back one thing; a thing that is free already is fine, one that somebody else holds is not."""
    item = UniqueNameItem(scope=held.scope, name_key=held.key)
    return lambda transaction: transaction.delete(item, condition=_name_is_ours(held.holder), label=held)


def commit_with_releases(writes: Sequence[Write], releases: Sequence[Claim]) -> None:
    """Commits ``writes``, few, with as many releases as fit beside them; the other releases follow.

    Raises ConditionFailed, also when one of the first releases is held by somebody else.
    """
    room = MAX_ITEMS - len(writes)
    commit_all([*writes, *(release(held) for held in releases[:room])])
    release_claims(releases[room:])


def release_claims(claims: Sequence[Claim]) -> None:
    """Gives back those of the claims that are still held by their holder."""
    for chunk in chunks(claims, MAX_ITEMS):
        rest = list(chunk)
        while rest:
            try:
                commit_all([release(held) for held in rest])
                break
            except ConditionFailed as held_by_others:
                rest = [held for held in rest if held not in held_by_others.labels]


def remove_abandoned(abandoned: Claim, checks: Iterable[Write], at: datetime) -> None:
    """Clears away a claim that does not count, if its holder is still as ``checks`` say and no change of it runs."""
    _try_commit([release(abandoned), no_change_runs(abandoned.holder, at), *checks])


def no_change_runs(record_id: str, at: datetime) -> Write:
    """Nobody changes the record in steps at this moment."""
    return lambda transaction: transaction.check(UniqueNameItem, CHANGES, record_id, condition=_no_live_change(at))


def end_of(change: Change) -> Write:
    """Takes the mark away; fails when the change is no longer ours."""
    item = UniqueNameItem(scope=CHANGES, name_key=change.record_id)
    return lambda transaction: transaction.delete(item, condition=_change_is_ours(change))


def _claim_in_steps(claims: Sequence[Claim], last: Sequence[Write]) -> None:
    taken: list[Claim] = []
    try:
        for chunk in chunks(claims, MAX_ITEMS // max(len(wanted.checks) + 1 for wanted in claims)):
            commit_all(_writes_of(chunk))
            taken += chunk
        commit_all(last)
    except BaseException:
        release_claims(taken)
        raise


def _writes_of(claims: Iterable[Claim]) -> list[Write]:
    return [write for wanted in claims for write in (*wanted.checks, claim(wanted))]


def commit_all(writes: Sequence[Write]) -> None:
    def add_all(transaction: Transaction) -> None:
        for write in writes:
            write(transaction)

    commit(add_all)


def _try_commit(writes: Sequence[Write]) -> None:
    try:
        commit_all(writes)
    except ConditionFailed:
        return


def _name_is_free() -> Condition:
    return UniqueNameItem.name_key.does_not_exist()


def _name_is_ours(holder: str) -> Condition:
    condition: Condition = UniqueNameItem.name_key.does_not_exist() | (UniqueNameItem.holder == holder)
    return condition


def _no_live_change(at: datetime) -> Condition:
    oldest = change_mark(at - CHANGE_ABANDONED_AFTER, "")
    condition: Condition = UniqueNameItem.name_key.does_not_exist() | (UniqueNameItem.holder < oldest)
    return condition


def _change_is_ours(change: Change) -> Condition:
    return UniqueNameItem.holder == change.mark
