"""One run of a story of the management side: its function dies at named writes, and the same request is repeated.

No state machine runs, and one request is made at a time: a write in any function of the side belongs to the story.
"""

import threading
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from chalicelib.store.tables.configuration import APPLIES, RUNNING_SYNCS, UniqueNameItem
from local.client_hooks import Crash
from local.invocation import Invocation
from tests.persons import send
from tests.workflow.crash_matrix.deaths import READS, Point
from tests.workflow.crash_matrix.named_writes import named_writes, running
from tests.workflow.drills import Drills, Refused

HANDLER = "data-management-handler"
MOST_REPEATS = 20


class ManagementStage:
    """Where a story is played while the function dies at ``points``."""

    def __init__(self, drills: Drills, points: Iterable[Point]) -> None:
        self.drills = drills
        self._lock = threading.Lock()
        self._pending = list(points)
        self._calls: Counter[str] = Counter()
        self.struck: list[Point] = []
        self.nameless: set[str] = set()

    @contextmanager
    def installed(self) -> Iterator["ManagementStage"]:
        with named_writes(), pytest.MonkeyPatch.context() as patch:
            patch.setattr(self.drills.cloud.runtime.crashes, "due", self._due)
            yield self

    def command(
        self,
        operation: str,
        *,
        done: Collection[str] = (),
        expected: Any = "",
        person: Any = None,
        **body: Any,
    ) -> Any:
        """Sends a command, and again after each death, as its caller does who got no answer.

        ``done`` are errors that say to a repeated command that it was carried out already. Claims of the call that died
        end with its time, which has passed when it is repeated. ``expected`` is the error of a request that is refused
        by rule. With ``person`` it comes by REST, from that signed-in person.
        """
        for _ in range(MOST_REPEATS):
            known = len(self.struck)
            result = send(
                self.drills.cloud, HANDLER, {"operation": operation, "body": body}, person.token() if person else ""
            )
            if result.function_error is None:
                answer = result.value
                if answer["statusCode"] < 400:
                    return answer["body"]
                error = answer["body"]["error"]
                assert error["code"] == expected or (known and error["code"] in done), answer
                return Refused(answer["statusCode"], error["code"], error["message"], error["details"])
            assert len(self.struck) > known, result.payload
            _let_claims_expire()
        raise AssertionError(f"{operation} was never answered")

    def is_gone(self, operation: str, **body: Any) -> bool:
        """Whether a read does not find its record."""
        answer = self.drills.ask("query-handler", operation, **body)
        return isinstance(answer, Refused) and answer.code == "RecordNotFound"

    def _due(self, invocation: Invocation, service: str, operation: str, params: Mapping[str, Any]) -> Crash | None:
        del params
        if invocation.function != HANDLER or operation.startswith((*READS, "AssumeRole", "GetCaller")):
            return None
        site = running().site
        with self._lock:
            if not site:
                self.nameless.add(f"{service}:{operation}")
                return None
            # A call that never reached AWS does not count: its repetition is the call of that number.
            number = self._calls[site] + 1
            due = next((point for point in self._pending if point.site == site and point.nth <= number), None)
            if due is not None:
                self._pending.remove(due)
                self.struck.append(due)
            if due is None or due.when == "after":
                self._calls[site] = number
        return Crash(function=HANDLER, service=service, operation=operation, when=due.when) if due else None


def _let_claims_expire() -> None:
    for scope in (RUNNING_SYNCS, APPLIES):
        for item in UniqueNameItem.query(scope):
            item.delete()


@dataclass(frozen=True)
class ManagementStory:
    """``play`` plays the story and asserts its result, wherever the function died.

    It dies once before and once after the first call of each of ``dies_at``, or the nth where the name ends in `` #n``.
    """

    play: Callable[[ManagementStage], None]
    dies_at: tuple[str, ...]

    @property
    def name(self) -> str:
        return self.play.__name__

    @property
    def points(self) -> list[Point]:
        return [Point.of(f"{when} {write}") for write in self.dies_at for when in ("before", "after")]
