"""Lets the functions that work for one run die at named writes, once each; others run on.

The name of a write is read off the stack at the moment of the call, so that the product need not know of it.
"""

import json
import sys
import threading
import uuid
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import Any, Protocol

import pytest
from botocore.exceptions import EndpointConnectionError

from local.client_hooks import Crash
from local.cloud import LocalCloud
from local.invocation import Invocation, current_invocation
from local.lambda_runtime import InvocationResult
from tests.workflow.crash_matrix.named_writes import EXECUTION, Site, sites

FUNCTIONS = {"execution-handler", "execution-watchdog", "drill-cleanup", "due-drills"}
READS = ("Get", "List", "Describe", "BatchGet", "Query", "Scan")
_ROOT = str(EXECUTION.parent)
_SITES = frozenset(sites())


@dataclass(frozen=True, order=True)
class Point:
    """A death at a site: "before" AWS is asked, or "after" it has acted and before the answer is seen."""

    site: Site
    when: str

    def __str__(self) -> str:
        return f"{self.when} {self.site}"


class Doomed(Protocol):
    """Whoever has a say in what happens at a write of the plans that it has registered."""

    def dies_at(self, site: Site) -> str:
        """ "before", "after", or nothing."""

    def fails_at(self, site: Site) -> bool:
        """Whether the call is answered by nobody."""


class Deaths:
    """Knows for which plan every call is made, and by which write."""

    def __init__(self, cloud: LocalCloud) -> None:
        self._runtime = cloud.runtime
        self._invoke = cloud.runtime.invoke
        self._planned = cloud.runtime.crashes.due
        self._stages: dict[str, Doomed] = {}
        self._works_for: dict[str, str] = {}
        self._plan_of: dict[str, str] = {}
        self._inherited = threading.local()
        self.nameless: set[str] = set()

    @contextmanager
    def installed(self) -> Iterator["Deaths"]:
        submit = ThreadPoolExecutor.submit

        def submit_with_trace(pool: Any, task: Any, /, *args: Any, **kwargs: Any) -> Any:
            if current_invocation() is None:
                return submit(pool, task, *args, **kwargs)
            return submit(pool, self._continued, self._trace(), task, *args, **kwargs)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(self._runtime, "invoke", self._invoke_watched)
            patch.setattr(self._runtime.crashes, "due", self._due)
            patch.setattr(ThreadPoolExecutor, "submit", submit_with_trace)
            yield self

    def register(self, plan_id: str, stage: Doomed) -> None:
        """From now on ``stage`` has its say in what is written for the plan."""
        self._stages[plan_id] = stage

    def knows(self, execution_id: str, plan_id: str) -> None:
        """An execution that no state machine has told of."""
        self._plan_of[execution_id] = plan_id

    def _invoke_watched(
        self, function: str, event: Any, *, arn: str | None = None, request_id: str | None = None
    ) -> InvocationResult:
        known = request_id or str(uuid.uuid4())
        body = event.get("body") or {}
        told = event.get("planId") or body.get("planId")
        execution_id = str(event.get("executionId") or body.get("executionId"))
        self._works_for[known] = str(told or self._plan_of.get(execution_id, ""))
        return self._invoke(function, event, arn=arn, request_id=known)

    def _due(self, invocation: Invocation, service: str, operation: str, params: Mapping[str, Any]) -> Crash | None:
        if operation == "StartExecution":
            told = json.loads(params["input"])
            self._plan_of[told["execution_id"]] = told["plan_id"]
        if invocation.function in FUNCTIONS and not operation.startswith(READS) and service != "sts":
            trace = self._trace()
            plan_id = self._works_for.get(invocation.request_id) or trace.plan_id
            stage = self._stages.get(plan_id)
            if stage is not None and "audit-logs" not in str(params.get("TableName")):
                return self._strike(
                    stage, trace, Crash(function=invocation.function, service=service, operation=operation)
                )
        return self._planned(invocation, service, operation, params)

    def _strike(self, stage: Doomed, trace: "_Trace", call: Crash) -> Crash | None:
        site = _site_of(trace.names)
        if site is None:
            self.nameless.add(f"{call.service}:{call.operation} by {trace.names[-4:]}")
            return None
        if stage.fails_at(site):
            raise EndpointConnectionError(endpoint_url="https://nobody.example")
        when = stage.dies_at(site)
        return (
            Crash(function=call.function, service=call.service, operation=call.operation, when=when) if when else None
        )

    def _trace(self) -> "_Trace":
        names: list[str] = []
        plan_id = ""
        frame: FrameType | None = sys._getframe(1)
        while frame is not None:
            name = _name_of(frame)
            if name:
                names.append(name)
                plan_id = plan_id or self._plan_in(frame.f_locals.values())
            frame = frame.f_back
        before = getattr(self._inherited, "trace", None)
        return _Trace([*names, *before.names], plan_id or before.plan_id) if before else _Trace(names, plan_id)

    def _plan_in(self, values: Iterable[Any]) -> str:
        """The plan that a function works for, by what it holds: an execution, a claim, an id."""
        for value in values:
            held = (value, getattr(value, "execution_id", None), getattr(value, "plan_id", None))
            for item in held:
                if isinstance(item, str) and (item in self._stages or item in self._plan_of):
                    return self._plan_of.get(item, item)
        return ""

    def _continued(self, trace: "_Trace", task: Any, /, *args: Any, **kwargs: Any) -> Any:
        before, self._inherited.trace = getattr(self._inherited, "trace", None), trace
        try:
            return task(*args, **kwargs)
        finally:
            self._inherited.trace = before


@dataclass(frozen=True)
class _Trace:
    """The product's functions on the stack, innermost first, those that started this thread included."""

    names: list[str]
    plan_id: str


def _name_of(frame: FrameType) -> str:
    """``execution.waves.start_wave``; what is defined within a function counts as that function."""
    file = frame.f_code.co_filename
    if not file.startswith(_ROOT):
        return ""
    parts = file.removeprefix(_ROOT).removesuffix(".py").strip("/").split("/")
    if parts[0] == "execution" or parts[:2] in (["store", "writes"], ["aws", "actions"]):
        return ".".join([*parts, frame.f_code.co_qualname.split(".<locals>")[0]])
    return ""


def _site_of(names: Iterable[str]) -> Site | None:
    written: list[str] = []
    for name in names:
        if not name.startswith("execution."):
            written.append(".".join(name.split(".")[2:]))
            continue
        for write in written:
            site = Site(name.removeprefix("execution."), write)
            if site in _SITES:
                return site
    return None
