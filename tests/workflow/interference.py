"""Lets the functions that work for one plan die at a chosen call, or run twice at once; others run on."""

import json
import threading
import uuid
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from local.client_hooks import Crash
from local.cloud import LocalCloud
from local.invocation import Invocation
from local.lambda_runtime import InvocationResult

WRITES = {
    "PutItem",
    "UpdateItem",
    "DeleteItem",
    "BatchWriteItem",
    "TransactWriteItems",
    "StartRecovery",
    "StartExecution",
    "SendTaskSuccess",
}


@dataclass(frozen=True)
class Point:
    """The first time that a task makes a call, once AWS has acted on it."""

    task: str
    call: str


class Interference:
    """Knows which plan every invocation works for, and what it writes."""

    def __init__(self, cloud: LocalCloud) -> None:
        self._runtime = cloud.runtime
        self._invoke = cloud.runtime.invoke
        self._lock = threading.Lock()
        self._work: dict[str, tuple[str, str]] = {}
        self._plan_of: dict[str, str] = {}
        self._deaths: dict[str, Point] = {}
        self._twice: set[str] = set()
        self._seen: dict[str, dict[tuple[str, str], None]] = {}
        self.struck: dict[str, Point] = {}

    @contextmanager
    def installed(self) -> Iterator["Interference"]:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(self._runtime, "invoke", self._invoke_watched)
            patch.setattr(self._runtime.crashes, "due", self._due)
            yield self

    def kill(self, plan_id: str, point: Point) -> None:
        """Lets the function die once when it comes to this point for this plan."""
        self._deaths[plan_id] = point

    def deliver_twice(self, plan_id: str) -> None:
        """From now on every task of this plan's runs is delivered twice, both at once."""
        self._twice.add(plan_id)

    def writes(self, plan_id: str) -> list[tuple[str, str]]:
        """Task and call of everything that was written for a plan, each once, in the order of their first time."""
        return list(self._seen[plan_id])

    def _invoke_watched(
        self, function: str, event: Any, *, arn: str | None = None, request_id: str | None = None
    ) -> InvocationResult:
        plan_id = self._plan_id(event)
        if plan_id in self._twice and "body" not in event:
            with ThreadPoolExecutor(2) as both:
                first, second = (both.submit(self._one, function, event, arn, None, plan_id) for _ in range(2))
            return min(first.result(), second.result(), key=lambda result: bool(result.function_error))
        return self._one(function, event, arn, request_id, plan_id)

    def _one(
        self, function: str, event: Any, arn: str | None, request_id: str | None, plan_id: str
    ) -> InvocationResult:
        known = request_id or str(uuid.uuid4())
        self._work[known] = (plan_id, str(event.get("action") or event.get("operation")))
        return self._invoke(function, event, arn=arn, request_id=known)

    def _plan_id(self, event: Mapping[str, Any]) -> str:
        told = event.get("planId") or event.get("plan_id") or (event.get("body") or {}).get("planId")
        return str(told or self._plan_of.get(str(event.get("executionId")), ""))

    def _due(self, invocation: Invocation, service: str, operation: str, params: Mapping[str, Any]) -> Crash | None:
        plan_id, task = self._work.get(invocation.request_id, ("", ""))
        if operation == "StartExecution":
            self._plan_of[params["name"]] = json.loads(params["input"])["plan_id"]
        if operation not in WRITES or invocation.function != "execution-handler":
            return None
        call = " ".join([operation, *_tables(params)])
        with self._lock:
            self._seen.setdefault(plan_id, {})[task, call] = None
            point = self._deaths.get(plan_id)
            if point is None or (point.task, point.call) != (task, call):
                return None
            self.struck[plan_id] = self._deaths.pop(plan_id)
        return Crash(function=invocation.function, service=service, operation=operation, when="after")


def _tables(params: Mapping[str, Any]) -> list[str]:
    named = [params["TableName"]] if "TableName" in params else [*params.get("RequestItems", {})]
    for item in params.get("TransactItems", []):
        named += [action["TableName"] for action in item.values()]
    return sorted({name.removeprefix("aws-drs-orchestration-").removesuffix("-local") for name in named})
