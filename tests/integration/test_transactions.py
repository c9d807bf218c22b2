"""Transactions as they reach DynamoDB: an empty one is not sent, and one that conflicts is sent again."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from pynamodb.exceptions import TransactWriteError

from chalicelib.ids import new_id
from chalicelib.store import transactions
from chalicelib.store.tables.base import shared_connection
from chalicelib.store.tables.runs import ServerLeaseItem
from chalicelib.store.transactions import ConditionFailed, Transaction, commit, committed
from chalicelib.store.writes.runs.leases import release_leases, take_leases
from local.aws_calls import AwsCall
from local.cloud import LocalCloud

NOW = datetime(2026, 3, 1, tzinfo=UTC)
CONFLICT = {
    "Error": {
        "Code": "TransactionCanceledException",
        "Message": "Transaction cancelled, please refer cancellation reasons for [TransactionConflict]",
    },
    "CancellationReasons": [{"Code": "TransactionConflict", "Message": "Transaction is ongoing for the item"}],
}


@pytest.fixture
def sent(cloud: LocalCloud) -> Iterator[list[int]]:
    """How many items each transaction had that reached DynamoDB."""
    seen: list[int] = []

    def look(call: AwsCall, _: str | None) -> None:
        if call.operation == "TransactWriteItems":
            seen.append(len(call.params["TransactItems"]))

    stop = cloud.front.observe(look)
    yield seen
    stop()


@pytest.fixture
def conflicts(cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[int], list[float]]]:
    """Makes DynamoDB cancel the next transactions for a conflict; returns the pauses between the tries."""
    paused: list[float] = []
    left = [0]

    def answer(**_: Any) -> Any:
        if left[0] == 0:
            return None
        left[0] -= 1
        return SimpleNamespace(status_code=400), CONFLICT

    def cancel(count: int) -> list[float]:
        left[0] = count
        return paused

    monkeypatch.setattr(transactions, "time", SimpleNamespace(sleep=paused.append))
    events: Any = shared_connection().client.meta.events
    events.register_first("before-call.dynamodb.TransactWriteItems", answer)
    yield cancel
    events.unregister("before-call.dynamodb.TransactWriteItems", answer)


def test_nothing_to_write_makes_no_call(sent: list[int]) -> None:
    commit(lambda _: None)
    assert sent == []


def test_leases_that_all_belong_to_others_are_left_alone(sent: list[int]) -> None:
    keys = [new_id("lease") for _ in range(2)]
    assert take_leases(keys, "theirs", NOW) == 2
    release_leases(keys, "ours")
    assert sent == [2, 2], "taken, and the attempt to free them; never an empty transaction"
    assert {ServerLeaseItem.get(key, consistent_read=True).execution_id for key in keys} == {"theirs"}


def test_only_the_leases_of_others_are_left_alone(sent: list[int]) -> None:
    ours, theirs = new_id("lease"), new_id("lease")
    take_leases([ours], "ours", NOW)
    take_leases([theirs], "theirs", NOW)
    release_leases([ours, theirs], "ours")
    assert sent == [1, 1, 2, 1]
    assert [item.key for item in ServerLeaseItem.batch_get([ours, theirs])] == [theirs]


def test_the_labels_are_those_of_the_items_whose_conditions_failed(cloud: LocalCloud) -> None:
    """The order in which items are added does not matter: they are sent kind by kind."""
    held, free, holds = new_id("lease"), new_id("lease"), ServerLeaseItem.key.exists()
    take_leases([held], "ours", NOW)

    def write(transaction: Transaction) -> None:
        mark = [ServerLeaseItem.taken_at.set(NOW)]
        transaction.update(ServerLeaseItem(key=new_id("lease")), actions=mark, condition=holds, label=("update", 1))
        transaction.save(ServerLeaseItem(key=free, execution_id="ours", taken_at=NOW), condition=~holds, label="save")
        transaction.delete(ServerLeaseItem(key=new_id("lease")), condition=holds, label="delete")
        transaction.check(ServerLeaseItem, held, condition=holds, label="check")
        transaction.check(ServerLeaseItem, new_id("lease"), condition=holds)

    with pytest.raises(ConditionFailed) as refused:
        commit(write)
    assert refused.value.labels == {("update", 1), "delete", None}
    assert not committed(write)
    assert [item.key for item in ServerLeaseItem.batch_get([held, free])] == [held]


def test_a_transaction_with_conflicts_is_sent_again(conflicts: Callable[[int], list[float]]) -> None:
    key = new_id("lease")
    paused = conflicts(19)
    assert take_leases([key], "ours", NOW) == 1
    assert len(paused) == 19
    assert ServerLeaseItem.get(key, consistent_read=True).execution_id == "ours"


def test_a_conflict_that_lasts_is_raised_in_the_end(conflicts: Callable[[int], list[float]]) -> None:
    conflicts(20)
    with pytest.raises(TransactWriteError):
        take_leases([new_id("lease")], "ours", NOW)
