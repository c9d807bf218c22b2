"""Makes the functions that work for one plan die at their writes, or delivers their tasks twice.

A function dies before its call reaches AWS, or after AWS has acted and before the function sees the answer. Functions
that work for other plans run on.
"""

import json
import uuid
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

import pytest
from botocore.exceptions import EndpointConnectionError

from local.client_hooks import Crash
from local.cloud import LocalCloud
from local.invocation import Invocation
from local.lambda_runtime import InvocationResult
from tests.workflow.crash_matrix.named_writes import named_writes, running

FUNCTIONS = {"execution-handler", "execution-watchdog", "drill-cleanup", "due-drills", "drs-events"}
READS = ("AdminGet", "AdminList", "Get", "List", "Describe", "BatchGet", "Query", "Scan")


@dataclass(frozen=True, order=True)
class Point:
    """A death at the ``nth`` call of a write, "before" the call reaches AWS or "after" AWS has acted."""

    site: str
    when: str
    nth: int = 1

    @classmethod
    def of(cls, text: str) -> "Point":
        """The point that ``str`` writes like this: ``before start>workflow.start_workflow #2``."""
        when, site, *number = text.split(" ")
        return cls(site, when, int(number[0].removeprefix("#")) if number else 1)

    def __str__(self) -> str:
        return f"{self.when} {self.site}" + (f" #{self.nth}" if self.nth > 1 else "")


class Doomed(Protocol):
    """Decides what happens at the writes of the plans that it has registered."""

    twice: bool
    """Whether every task of these plans is delivered twice, both at once."""

    def dies_at(self, site: str) -> str:
        """Returns "before", "after", or nothing. Counts the call."""

    def fails_at(self, site: str) -> bool:
        """Whether the call gets no answer."""


class Deaths:
    """Keeps track of the plan and the write that each call is made for."""

    def __init__(self, cloud: LocalCloud) -> None:
        self._runtime = cloud.runtime
        self._invoke = cloud.runtime.invoke
        self._planned = cloud.runtime.crashes.due
        self._stages: dict[str, Doomed] = {}
        self._plan_of_request: dict[str, str] = {}
        self._plan_of_execution: dict[str, str] = {}
        self.seen: set[str] = set()
        self.nameless: set[str] = set()

    @contextmanager
    def installed(self) -> Iterator["Deaths"]:
        with named_writes(), pytest.MonkeyPatch.context() as patch:
            patch.setattr(self._runtime, "invoke", self._invoke_watched)
            patch.setattr(self._runtime.crashes, "due", self._due)
            yield self

    def register(self, plan_id: str, stage: Doomed) -> None:
        """From now on ``stage`` decides what happens at the writes for the plan."""
        self._stages[plan_id] = stage

    def _invoke_watched(
        self, function: str, event: Any, *, arn: str | None = None, request_id: str | None = None
    ) -> InvocationResult:
        plan_id = self._plan_in_event(event)
        stage = self._stages.get(plan_id)
        if stage is None or not stage.twice or "action" not in event:
            return self._one(function, event, arn, request_id, plan_id)
        with ThreadPoolExecutor(2) as both:
            first, second = (both.submit(self._one, function, event, arn, None, plan_id) for _ in range(2))
        return min(first.result(), second.result(), key=lambda result: bool(result.function_error))

    def _one(
        self, function: str, event: Any, arn: str | None, request_id: str | None, plan_id: str
    ) -> InvocationResult:
        known = request_id or str(uuid.uuid4())
        self._plan_of_request[known] = plan_id
        return self._invoke(function, event, arn=arn, request_id=known)

    def _plan_in_event(self, event: Mapping[str, Any]) -> str:
        body = event.get("body") or {}
        execution_id = str(event.get("executionId") or body.get("executionId"))
        return str(event.get("planId") or body.get("planId") or self._plan_of_execution.get(execution_id, ""))

    def _due(self, invocation: Invocation, service: str, operation: str, params: Mapping[str, Any]) -> Crash | None:
        if operation == "StartExecution":
            started = json.loads(params["input"])
            self._plan_of_execution[started["execution_id"]] = started["plan_id"]
        if invocation.function in FUNCTIONS and not operation.startswith(READS) and service != "sts":
            plan_id = self._plan_of_request.get(invocation.request_id) or self._plan_in_arguments()
            if invocation.function == "drs-events" and plan_id:
                # It works for one wave, which only the first of its writes names.
                self._plan_of_request[invocation.request_id] = plan_id
            stage = self._stages.get(plan_id)
            if stage is not None:
                when = self._strike(stage, f"{service}:{operation}")
                crash = Crash(function=invocation.function, service=service, operation=operation, when=when or "after")
                return crash if when else None
        return self._planned(invocation, service, operation, params)

    def _strike(self, stage: Doomed, call: str) -> str:
        site = running().site
        if not site:
            self.nameless.add(call)
            return ""
        self.seen.add(site)
        if stage.fails_at(site):
            raise EndpointConnectionError(endpoint_url="https://unreachable.example")
        return stage.dies_at(site)

    def _plan_in_arguments(self) -> str:
        """The plan that a scheduled function works for, found by its arguments: an execution, a claim, an id."""
        for value in running().given:
            for item in (value, getattr(value, "execution_id", None), getattr(value, "plan_id", None)):
                if isinstance(item, str) and (item in self._stages or item in self._plan_of_execution):
                    return self._plan_of_execution.get(item, item)
        return ""
