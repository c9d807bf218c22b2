"""Transactions that compete for one item: all of them succeed, and none waits for long."""

import heapq
import random

import pytest

from chalicelib.store.transactions import pauses

HELD_SECONDS = 0.01
"""About how long DynamoDB refuses other transactions on an item."""
SENT_AND_REFUSED_SECONDS = 0.005


def given_up(transactions: int, chance: random.Random) -> int:
    """How many of the transactions that start together run out of tries, in simulated time."""
    tries = [pauses(chance.random) for _ in range(transactions)]
    due = [(chance.random() * HELD_SECONDS, number) for number in range(transactions)]
    heapq.heapify(due)
    free_at, lost = 0.0, 0
    while due:
        now, number = heapq.heappop(due)
        if now >= free_at:
            free_at = now + HELD_SECONDS
            continue
        pause = next(tries[number], None)
        if pause is None:
            lost += 1
        else:
            heapq.heappush(due, (now + pause + SENT_AND_REFUSED_SECONDS, number))
    return lost


@pytest.mark.parametrize("seed", range(10))
def test_two_hundred_transactions_on_one_item_all_get_their_turn(seed: int) -> None:
    assert given_up(200, random.Random(seed)) == 0


def test_the_pauses_are_a_few_seconds_in_all() -> None:
    assert sum(pauses(lambda: 1.0)) < 9


def test_pauses_differ_from_one_caller_to_the_next() -> None:
    first, second = random.Random(1), random.Random(2)
    assert list(pauses(first.random)) != list(pauses(second.random))
