"""Makes functions die, run twice or be slow, as a seed has planned; calls of no seed are left alone."""

import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pytest

from local.client_hooks import Crash
from local.cloud import LocalCloud
from local.invocation import Invocation
from local.lambda_runtime import InvocationResult
from tests.workflow.drills import WRITES
from tests.workflow.random_runs.recording import Recorder, now

AT_ONCE = 0.0


@dataclass
class Mischief:
    """What goes wrong in the functions that work for one seed. Numbers count from 1, over all of them.

    ``deaths``: at which writes, before or after AWS acts. ``twice``: which tasks are delivered again, after so many
    seconds. ``slow``: which AWS calls wait before they are sent, for so many seconds.
    """

    deaths: Mapping[int, str] = field(default_factory=dict)
    twice: Mapping[int, float] = field(default_factory=dict)
    slow: Mapping[int, float] = field(default_factory=dict)
    died_at: list[datetime] = field(default_factory=list)
    repeated: int = 0
    stopped: bool = False
    _counts: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self, what: str) -> int:
        with self._lock:
            self._counts[what] += 1
            return 0 if self.stopped else self._counts[what]


class MischiefMakers:
    """Keeps track of the seed that each invocation works for."""

    def __init__(self, cloud: LocalCloud, recorder: Recorder) -> None:
        self._runtime, self._recorder = cloud.runtime, recorder
        self._invoke = cloud.runtime.invoke
        self._of_plan: dict[str, Mischief] = {}
        self._of_invocation: dict[str, Mischief] = {}

    @contextmanager
    def installed(self) -> Iterator["MischiefMakers"]:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(self._runtime, "invoke", self._invoke_watched)
            patch.setattr(self._runtime.crashes, "due", self._due)
            yield self

    def join(self, plan_id: str, mischief: Mischief) -> None:
        self._of_plan[plan_id] = mischief

    def _invoke_watched(
        self, function: str, event: Any, *, arn: str | None = None, request_id: str | None = None
    ) -> InvocationResult:
        mischief = self._of_plan.get(self._plan_id(event))
        is_task = mischief is not None and function == "execution-handler" and "action" in event
        seconds = mischief.twice.get(mischief.count("tasks")) if mischief is not None and is_task else None
        if mischief is None or seconds is None:
            return self._one(function, event, arn, request_id, mischief)
        mischief.repeated += 1
        if seconds > AT_ONCE:
            again = threading.Timer(seconds, self._one, (function, event, arn, None, mischief))
            again.daemon = True
            again.start()
            return self._one(function, event, arn, request_id, mischief)
        with ThreadPoolExecutor(2) as both:
            first, second = (both.submit(self._one, function, event, arn, None, mischief) for _ in range(2))
        return min(first.result(), second.result(), key=lambda result: bool(result.function_error))

    def _one(
        self, function: str, event: Any, arn: str | None, request_id: str | None, mischief: Mischief | None
    ) -> InvocationResult:
        if mischief is None:
            return self._invoke(function, event, arn=arn, request_id=request_id)
        invocation = Invocation(function, request_id or f"{id(event)}-{time.monotonic_ns()}")
        self._of_invocation[invocation.request_id] = mischief
        try:
            return self._invoke(function, event, arn=arn, request_id=invocation.request_id)
        finally:
            self._of_invocation.pop(invocation.request_id, None)

    def _plan_id(self, event: Mapping[str, Any]) -> str:
        body = event.get("body")
        body = body if isinstance(body, dict) else {}
        plan_id = event.get("planId") or event.get("plan_id") or body.get("planId")
        execution_id = event.get("executionId") or event.get("execution_id") or body.get("executionId")
        return str(plan_id or self._recorder.plan_of.get(str(execution_id), ""))

    def _due(self, invocation: Invocation, service: str, operation: str, params: Mapping[str, Any]) -> Crash | None:
        mischief = self._of_invocation.get(invocation.request_id)
        if mischief is None:
            return None
        time.sleep(mischief.slow.get(mischief.count("calls"), 0.0))
        if invocation.function != "execution-handler" or operation not in WRITES:
            return None
        when = mischief.deaths.get(mischief.count("writes"))
        if when is None:
            return None
        mischief.died_at.append(now())
        return Crash(function=invocation.function, service=service, operation=operation, when=when)
