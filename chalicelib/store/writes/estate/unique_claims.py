"""Claims and releases things that may exist only once, together with the record that needs them.

A save is one transaction if it fits. A record with more claims than fit into one transaction is saved in steps under a
change mark: first the claims, then the record with its name and key. A failure releases what was claimed. A change that
dies in between leaves claims that their holder does not list. Such claims are ignored once the change mark has expired
(``domain.estate.unique_claims``), and the next call that needs the thing removes them here.
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
    """A claim of ``holder`` on a key. ``checks`` must hold when it is written."""

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
    """Commits a few ``writes`` together with any number of ``claims`` and ``releases``, all or nothing.

    Raises ConditionFailed when a condition does not hold; then nothing has changed. Costs one transaction, or one for
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
    """Marks a record as being changed. Raises ConditionFailed when another call is changing it.

    The body's last transaction must contain ``end_of`` the change. When the body fails, the mark is removed here.
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
    """Claims a key that must be free."""
    item = UniqueNameItem(scope=wanted.scope, name_key=wanted.key, holder=wanted.holder)
    return lambda transaction: transaction.save(item, condition=_name_is_free())


def release(held: Claim) -> Write:
    """Releases a key. It may be free already, but must not have another holder."""
    item = UniqueNameItem(scope=held.scope, name_key=held.key)
    return lambda transaction: transaction.delete(item, condition=_name_is_ours(held.holder), label=held)


def commit_with_releases(writes: Sequence[Write], releases: Sequence[Claim]) -> None:
    """Commits a few ``writes`` with as many releases as fit; the other releases follow.

    Raises ConditionFailed, also when one of the first releases has another holder.
    """
    room = MAX_ITEMS - len(writes)
    commit_all([*writes, *(release(held) for held in releases[:room])])
    release_claims(releases[room:])


def release_claims(claims: Sequence[Claim]) -> None:
    """Releases those of the claims that still have their holder."""
    for chunk in chunks(claims, MAX_ITEMS):
        rest = list(chunk)
        while rest:
            try:
                commit_all([release(held) for held in rest])
                break
            except ConditionFailed as held_by_others:
                rest = [held for held in rest if held not in held_by_others.labels]


def remove_abandoned(abandoned: Claim, checks: Iterable[Write], at: datetime) -> None:
    """Removes a claim that does not count, if its holder still meets ``checks`` and is not being changed."""
    _try_commit([release(abandoned), no_change_runs(abandoned.holder, at), *checks])


def no_change_runs(record_id: str, at: datetime) -> Write:
    """Checks that no call is changing the record in steps."""
    return lambda transaction: transaction.check(UniqueNameItem, CHANGES, record_id, condition=_no_live_change(at))


def end_of(change: Change) -> Write:
    """Removes the mark; fails when another change has replaced it."""
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
