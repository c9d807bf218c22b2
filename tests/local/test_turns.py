"""Turns: how many go on at once, in which order, and what an error leaves behind."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from local.turns import Turns
from tests.waiting import eventually

AT_ONCE, OTHERS = 2, 5


def test_few_go_on_at_once_and_the_others_in_the_order_in_which_they_came() -> None:
    turns, order = Turns(AT_ONCE), list[int]()
    within, most = list[int](), list[int]()
    let_go = [threading.Event() for _ in range(AT_ONCE + OTHERS)]

    def come(number: int) -> None:
        with turns.turn():
            within.append(number)
            order.append(number)
            most.append(len(within))
            assert let_go[number].wait(60)
            within.remove(number)

    with ThreadPoolExecutor(len(let_go)) as pool:
        came = []
        for number in range(len(let_go)):
            came.append(pool.submit(come, number))
            eventually(_arrived(order, turns, number + 1))
        assert (order, turns.waiting) == ([0, 1], OTHERS)
        for number, event in enumerate(let_go):
            event.set()
            eventually(came[number].done)
        for each in came:
            each.result()
    assert order == list(range(len(let_go)))
    assert max(most) == AT_ONCE


def _arrived(order: list[int], turns: Turns, count: int) -> Callable[[], bool]:
    return lambda: len(order) + turns.waiting == count


def test_an_error_ends_the_turn() -> None:
    turns = Turns(1)
    for _ in range(2):
        with pytest.raises(ValueError, match="no"), turns.turn():
            raise ValueError("no")
    with turns.turn():
        assert turns.waiting == 0
