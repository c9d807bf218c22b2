"""Turns: how many go on at once, in which order, what an error leaves behind, and that requests take them."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast

import pytest
from chalice import Chalice

from local.lambda_runtime import InvocationResult, LambdaRuntime
from local.rest import AT_ONCE as REQUESTS_AT_ONCE
from local.rest import RestFront
from local.tokens import TokenVerifier
from local.turns import Turns
from local.wsgi_calls import Answer, environ_of
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
            eventually(_have_come(order, min(number + 1 + AT_ONCE, len(let_go))))
        for each in came:
            each.result()
    assert order == list(range(len(let_go)))
    assert max(most) == AT_ONCE


def _arrived(order: list[int], turns: Turns, count: int) -> Callable[[], bool]:
    return lambda: len(order) + turns.waiting == count


def _have_come(order: list[int], count: int) -> Callable[[], bool]:
    return lambda: len(order) == count


def test_an_error_ends_the_turn() -> None:
    turns = Turns(1)
    for _ in range(2):
        with pytest.raises(ValueError, match="no"), turns.turn():
            raise ValueError("no")
    with turns.turn():
        assert turns.waiting == 0


class HeldRuntime:
    """Invocations that end when they are let go."""

    def __init__(self) -> None:
        self.running, self.most = 0, 0
        self.let_go = threading.Event()
        self._lock = threading.Lock()

    def invoke(self, _function: str, _event: Any) -> InvocationResult:
        with self._lock:
            self.running += 1
            self.most = max(self.most, self.running)
        assert self.let_go.wait(60)
        with self._lock:
            self.running -= 1
        return InvocationResult(payload=b'{"statusCode": 200, "body": "{}"}', request_id="1")


def test_more_requests_than_the_front_serves_at_once_wait_and_are_all_answered() -> None:
    app, runtime = Chalice("turns"), HeldRuntime()
    app.route("/anything")(dict)
    verifier = cast(TokenVerifier, None)  # the route has no authorizer
    front = RestFront(app, runtime=cast(LambdaRuntime, runtime), verifier=verifier, account="1", prefix="/api")

    def ask(_: int) -> str:
        return Answer.of(cast(Any, front), environ_of("GET", "/api/anything", [], b"", port=1)).status

    with ThreadPoolExecutor(REQUESTS_AT_ONCE + OTHERS) as pool:
        answers = [pool.submit(ask, number) for number in range(REQUESTS_AT_ONCE + OTHERS)]
        eventually(lambda: runtime.running == REQUESTS_AT_ONCE)
        assert not any(answer.done() for answer in answers)
        runtime.let_go.set()
        assert {answer.result() for answer in answers} == {"200 OK"}
    assert runtime.most == REQUESTS_AT_ONCE
