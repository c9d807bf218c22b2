"""Walks the product's real state machine one state at a time, in an order that a test chooses.

It invokes nothing itself. It knows the part of the Amazon States Language that the definition uses, and raises KeyError
for anything else.
"""

import copy
import itertools
import json
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from local.project import REPOSITORY

DEFINITION = json.loads((REPOSITORY / "statemachine/dr_orchestration.asl.json").read_text())
_FUNCTIONS = {"${ExecutionHandlerArn}": "execution-handler", "${QueryHandlerArn}": "query-handler"}
_ENTRIES = itertools.count()
_WAIT_FOR_TOKEN = "arn:aws:states:::lambda:invoke.waitForTaskToken"


@dataclass(frozen=True)
class Delivery:
    """One delivery of a task to a function; ``token`` is the task token it carries, empty for none."""

    function: str
    payload: Mapping[str, Any]
    token: str = ""


@dataclass(frozen=True)
class Failed:
    """A function that failed, as Step Functions sees it."""

    error: str
    cause: str


Invoke = Callable[[Delivery], Any]
"""What a function answers, or Failed."""


@dataclass
class Branch:
    """One path through a list of states: the run itself, or one wave of it."""

    definition: Mapping[str, Any]
    data: Any
    name: str = ""
    due: datetime | None = None
    waits_until: datetime | None = None
    token: str = ""
    tries: int = 0
    entered_at: datetime | None = None
    children: "list[Branch]" = field(default_factory=list)
    has_ended: bool = False

    def __post_init__(self) -> None:
        self.name = self.name or self.definition["StartAt"]

    @property
    def state(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.definition["States"][self.name]
        return found

    def all(self) -> "Iterator[Branch]":
        """This branch and all below it."""
        yield self
        for child in self.children:
            yield from child.all()

    def is_ready(self, answers: Mapping[str, Any], now: datetime) -> bool:
        """Whether a step can be made now."""
        if self.has_ended or (self.due is not None and self.due > now):
            return False
        if self.token:
            return self.token in answers or (self.waits_until is not None and self.waits_until <= now)
        return all(child.has_ended for child in self.children)

    def step(self, invoke: Invoke, answers: Mapping[str, Any], now: datetime) -> None:
        """Makes one step: one delivery, one choice, the end of one wait."""
        state = self.state
        match state["Type"]:
            case "Task":
                self._task(state, invoke, answers, now)
            case "Wait":
                self._wait(state, now)
            case "Choice":
                self._enter(_choose(state, self.data))
            case "Map":
                self._map(state)
            case "Succeed" | "Fail":
                self.has_ended = True
            case other:
                raise KeyError(other)

    def _task(self, state: Mapping[str, Any], invoke: Invoke, answers: Mapping[str, Any], now: datetime) -> None:
        if self.token:
            result = answers.get(self.token, Failed("States.Timeout", "The token was not used in time."))
        else:
            delivery = self._delivery(state, now)
            result = invoke(delivery)
            if delivery.token and (delivery.token in answers or not isinstance(result, Failed)):
                # A token that was used counts, even if the function that used it died.
                self.token, self.waits_until = delivery.token, now + timedelta(seconds=_limit(state, self.data))
                return
        self.token = ""
        if not isinstance(result, Failed):
            self.data = _placed(self.data, state["ResultPath"], result)
            self._leave(state)
        elif self._may_retry(state, result):
            self.tries += 1
            self.due = now + timedelta(seconds=1)
        else:
            self._catch(state, result)

    def _delivery(self, state: Mapping[str, Any], now: datetime) -> Delivery:
        # As in AWS no two states are entered at the same moment, even when a test's clock stands still.
        self.entered_at = self.entered_at or now + timedelta(microseconds=next(_ENTRIES))
        if state["Resource"] != _WAIT_FOR_TOKEN:
            return Delivery(_FUNCTIONS[state["Resource"]], _filled(state["Parameters"], self.data, {}))
        token = str(uuid.uuid4())
        context = {
            "$$.Task.Token": token,
            "$$.State.EnteredTime": self.entered_at.isoformat(),
            "$$.State.RetryCount": self.tries,
        }
        filled = _filled(state["Parameters"], self.data, context)
        return Delivery(_FUNCTIONS[filled["FunctionName"]], filled["Payload"], token)

    def _may_retry(self, state: Mapping[str, Any], failed: Failed) -> bool:
        rule = _first_for(failed.error, state.get("Retry", []))
        return rule is not None and self.tries < int(rule["MaxAttempts"])

    def _catch(self, state: Mapping[str, Any], failed: Failed) -> None:
        rule = _first_for(failed.error, state.get("Catch", []))
        if rule is None:
            self.has_ended = True
            return
        self.data = _placed(self.data, rule["ResultPath"], {"Error": failed.error, "Cause": failed.cause})
        self._enter(rule["Next"])

    def _wait(self, state: Mapping[str, Any], now: datetime) -> None:
        if self.due is None:
            self.due = now + timedelta(seconds=float(_at(self.data, state["SecondsPath"])))
            return
        self.due = None
        self._leave(state)

    def _map(self, state: Mapping[str, Any]) -> None:
        if not self.children and _at(self.data, state["ItemsPath"]):
            items = _at(self.data, state["ItemsPath"])
            self.children = [Branch(state["ItemProcessor"], copy.deepcopy(item)) for item in items]
            return
        self.children = []
        self._leave(state)

    def _leave(self, state: Mapping[str, Any]) -> None:
        if state.get("End"):
            self.has_ended = True
        else:
            self._enter(state["Next"])

    def _enter(self, name: str) -> None:
        self.name, self.tries, self.due, self.entered_at = name, 0, None, None


def run_of(payload: Mapping[str, Any]) -> Branch:
    """A new run of the state machine."""
    return Branch(DEFINITION, dict(payload))


def _first_for(error: str, rules: list[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    return next((rule for rule in rules if {error, "States.ALL"} & set(rule["ErrorEquals"])), None)


def _choose(state: Mapping[str, Any], data: Any) -> str:
    return str(next((rule["Next"] for rule in state["Choices"] if _holds(rule, data)), state["Default"]))


def _holds(rule: Mapping[str, Any], data: Any) -> bool:
    value = _at(data, rule["Variable"])
    return bool(value == rule["StringEquals" if "StringEquals" in rule else "BooleanEquals"])


def _filled(parameters: Any, data: Any, context: Mapping[str, Any]) -> Any:
    if not isinstance(parameters, Mapping):
        return parameters
    filled = {}
    for name, value in parameters.items():
        if not name.endswith(".$"):
            filled[name] = _filled(value, data, context)
        else:
            filled[name.removesuffix(".$")] = context[value] if value.startswith("$$.") else _at(data, value)
    return filled


def _at(data: Any, path: str) -> Any:
    found = data
    for name in path.split(".")[1:]:
        if name not in found:
            raise KeyError(f"{path} is not in {data}")
        found = found[name]
    return found


def _limit(state: Mapping[str, Any], data: Any) -> float:
    path = state.get("TimeoutSecondsPath")
    return float(_at(data, path) if path else state["TimeoutSeconds"])


def _placed(data: Any, path: str | None, value: Any) -> Any:
    if path is None:
        return data
    if path == "$":
        return value
    name = path.removeprefix("$.")
    return {**data, name: value}
