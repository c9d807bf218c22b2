"""Bounded parallel work: many small waits at once, in order, with nothing lost when one fails."""

import contextvars
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

A = TypeVar("A")
B = TypeVar("B")


def try_each(function: Callable[[A], B], items: Iterable[A], *, limit: int = 8) -> list[B | Exception]:
    """``function`` of each item, at most ``limit`` at a time; the exception stands where one was raised.

    Context variables of the caller hold in the threads too.
    """
    work = list(items)
    if len(work) <= 1:
        return [_attempt(function, item) for item in work]
    with ThreadPoolExecutor(max_workers=min(limit, len(work))) as pool:
        futures: list[Future[B | Exception]] = [
            pool.submit(contextvars.copy_context().run, _attempt, function, item) for item in work
        ]
        return [future.result() for future in futures]


def map_bounded(function: Callable[[A], B], items: Iterable[A], *, limit: int = 8) -> list[B]:
    """Like ``try_each``, but once all have ended the first exception is raised."""
    results: list[B] = []
    for result in try_each(function, items, limit=limit):
        if isinstance(result, Exception):
            raise result
        results.append(result)
    return results


def _attempt(function: Callable[[A], B], item: A) -> B | Exception:
    try:
        return function(item)
    except Exception as error:  # noqa: BLE001 — handed to the caller, who decides
        return error
