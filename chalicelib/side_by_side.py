"""Runs many small calls in parallel, with results in order and no result lost when a call fails."""

import contextvars
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Generic, TypeVar

import msgspec

from .domain.errors import DomainError, Unavailable
from .domain.estate.accounts import Place
from .logs import logger

A = TypeVar("A")
B = TypeVar("B")


class Looks(msgspec.Struct, Generic[B], frozen=True):
    """What was found in each place, and the reason for each place that could not be read; both in order."""

    found: Mapping[Place, B]
    failures: Mapping[Place, str]

    @property
    def problems(self) -> tuple[str, ...]:
        """One sentence for each place that could not be read."""
        return tuple(f"{place}: {reason}" for place, reason in self.failures.items())


def each_place(
    places: Iterable[Place], look: Callable[[Place], B], *, what: str, seconds: float | None = None
) -> Looks[B]:
    """Calls ``look`` for each place in parallel. A place that fails is logged and stops no other.

    ``what`` names in the log what was not observed ("jobs"). After ``seconds``, a place without a result has failed.
    """
    work = list(places)
    found: dict[Place, B] = {}
    failures: dict[Place, str] = {}
    for place, result in zip(work, ask_each(look, work, seconds=seconds), strict=True):
        if isinstance(result, DomainError):
            logger.warning("place not observed", extra={"what": what, "place": str(place), "reason": result.message})
            failures[place] = result.message
        else:
            found[place] = result
    return Looks(found, failures)


def ask_each(
    function: Callable[[A], B], items: Iterable[A], *, limit: int = 8, seconds: float | None = None
) -> list[B | DomainError]:
    """Like ``try_each``, but every failure is a DomainError, whose message is a reason for people.

    With ``seconds`` it returns by then, like ``try_each_within``; what has no result is Unavailable. Any other
    exception is a fault of ours. It is logged with its trace, and here it counts as a failure of its item alone,
    because one of many must never take the others with it.
    """
    work = list(items)
    if seconds is None:
        results = try_each(function, work, limit=limit)
    else:
        results = try_each_within(function, work, limit=limit, seconds=seconds)
    return [_expected(result) if isinstance(result, Exception) else result for result in results]


def _expected(error: Exception) -> DomainError:
    if isinstance(error, NotReached):
        return Unavailable(f"{error.why.capitalize()}. Try again.")
    return error if isinstance(error, DomainError) else unexpected(error)


def unexpected(error: Exception) -> DomainError:
    """Logs a fault of ours and returns it as an error with a reason for people."""
    logger.error("unexpected error", exc_info=error)
    return DomainError(reason_of(error))


def reason_of(error: Exception) -> str:
    """Why something failed, for people: the message of an expected failure, else the name and text of the error."""
    if isinstance(error, DomainError):
        return error.message
    cause = f"{type(error).__name__}: {str(error)[:200]}".removesuffix(": ")
    return f"An unexpected error occurred ({cause}). The log of the function has the details."


def try_each(function: Callable[[A], B], items: Iterable[A], *, limit: int = 8) -> list[B | Exception]:
    """Calls ``function`` for each item, at most ``limit`` at a time. An exception takes the place of its result.

    Context variables of the caller are set in the threads too.
    """
    work = list(items)
    if len(work) <= 1:
        return [_attempt(function, item) for item in work]
    with ThreadPoolExecutor(max_workers=min(limit, len(work))) as pool:
        return [future.result() for future in _submitted(pool, function, work)]


class NotReached(Exception):
    """The time was up before a call had ended. ``begun`` says whether it had begun."""

    def __init__(self, *, begun: bool) -> None:
        super().__init__("begun and not ended" if begun else "not begun")
        self.begun = begun

    @property
    def why(self) -> str:
        return "it did not answer in time" if self.begun else "there was no time left for it"


def try_each_within(
    function: Callable[[A], B], items: Iterable[A], *, limit: int, seconds: float
) -> list[B | Exception]:
    """Like ``try_each``, but returns after ``seconds`` at the latest; NotReached takes the place of missing results.

    A call that has not begun by then never begins. One that has begun cannot be stopped: it ends in its thread, and
    must check by itself that there is time left before it changes anything.
    """
    work = list(items)
    if seconds <= 0 or not work:
        return [NotReached(begun=False) for _ in work]
    pool = ThreadPoolExecutor(max_workers=min(limit, len(work)))
    futures = _submitted(pool, function, work)
    wait(futures, timeout=seconds)
    pool.shutdown(wait=False, cancel_futures=True)
    return [_result_by_now(future) for future in futures]


def _submitted(pool: ThreadPoolExecutor, function: Callable[[A], B], work: Iterable[A]) -> list[Future[B | Exception]]:
    return [pool.submit(contextvars.copy_context().run, _attempt, function, item) for item in work]


def _result_by_now(future: Future[B | Exception]) -> B | Exception:
    if future.cancelled():
        return NotReached(begun=False)
    return future.result() if future.done() else NotReached(begun=True)


def map_bounded(function: Callable[[A], B], items: Iterable[A], *, limit: int = 8) -> list[B]:
    """Like ``try_each``, but raises the first exception after all calls have ended."""
    results: list[B] = []
    for result in try_each(function, items, limit=limit):
        if isinstance(result, Exception):
            raise result
        results.append(result)
    return results


def _attempt(function: Callable[[A], B], item: A) -> B | Exception:
    try:
        return function(item)
    except Exception as error:  # noqa: BLE001 — returned to the caller, which decides
        return error


def chunks(items: Sequence[A], size: int) -> Iterator[Sequence[A]]:
    """``items`` in pieces of at most ``size``, in order."""
    return (items[start : start + size] for start in range(0, len(items), size))


def attended(work: Callable[[], B], attend: Callable[[], None], *, every_seconds: float) -> B:
    """Does ``work`` in a thread and calls ``attend`` every few seconds meanwhile, and once more when it has ended.

    Returns the result of the work, or raises its exception, after which nobody attends any more.
    """
    with ThreadPoolExecutor(max_workers=1) as pool:
        future = pool.submit(contextvars.copy_context().run, work)
        while not wait([future], timeout=every_seconds).done:
            attend()
    result = future.result()
    attend()
    return result
