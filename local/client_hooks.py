"""Hooks on every botocore client: name the caller, keep the query side to reads, let functions die.

Policies are not judged here but at the endpoint.
"""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import botocore.session
from botocore.config import Config

from local.direct_calls import Connect
from local.invocation import IDENTITY_HEADER, Invocation, SandboxDied, current_invocation

_USER_AGENT = "dr-orchestration-local"

QUERY_SIDE = frozenset({"query-handler", "metrics", "api_handler"})
_COMMAND_FUNCTIONS = ("execution-handler", "data-management-handler")
_READ_PREFIXES = ("Get", "List", "Describe", "BatchGet", "Query", "Scan", "TransactGet", "Search", "Lookup")


class QuerySideMayNotWrite(RuntimeError):
    """A function of the query side made an AWS call that is neither a read nor the audit entry."""


@dataclass(frozen=True, kw_only=True)
class Crash:
    """Lets `function` die at its `nth` matching call, "before" it is sent or "after" AWS has acted."""

    function: str
    service: str
    operation: str
    when: str = "before"
    nth: int = 1
    # The call's own arguments, to distinguish calls of one operation (for example {"TableName": …}).
    matching: Mapping[str, Any] | None = None


class CrashPlan:
    """The crashes still to come; each happens once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pending: list[tuple[Crash, list[int]]] = []
        self._after: set[int] = set()
        self.happened: list[Crash] = []

    def add(self, crash: Crash) -> None:
        if crash.when not in ("before", "after"):
            raise ValueError(f"when is 'before' or 'after', not {crash.when!r}.")
        with self._lock:
            self._pending.append((crash, [crash.nth]))

    def clear(self) -> None:
        with self._lock:
            self._pending.clear()

    @property
    def pending(self) -> list[Crash]:
        with self._lock:
            return [crash for crash, _ in self._pending]

    def due(self, invocation: Invocation, service: str, operation: str, params: Mapping[str, Any]) -> Crash | None:
        """The crash that this call triggers, if any; counts the call."""
        with self._lock:
            for entry in self._pending:
                crash, remaining = entry
                if (crash.function, crash.service, crash.operation) != (invocation.function, service, operation):
                    continue
                if any(params.get(key) != value for key, value in (crash.matching or {}).items()):
                    continue
                remaining[0] -= 1
                if remaining[0] == 0:
                    self._pending.remove(entry)
                    self.happened.append(crash)
                    return crash
        return None


@contextmanager
def installed(crashes: CrashPlan, connect: Connect) -> Iterator[None]:
    """Within: every client made in this process carries the hooks. Existing clients are not changed.

    ``connect`` gives them answers in place of a connection.
    """
    session: Any = botocore.session.Session
    create_client = session.create_client

    def create_hooked_client(self: Any, *args: Any, config: Config | None = None, **kwargs: Any) -> Any:
        # botocore composes its own user agent, letter by letter, twice for each request.
        named = Config(user_agent=_USER_AGENT)
        client = create_client(self, *args, config=config.merge(named) if config else named, **kwargs)
        _hook(client, crashes, connect)
        return client

    session.create_client = create_hooked_client
    try:
        yield
    finally:
        session.create_client = create_client


def _hook(client: Any, crashes: CrashPlan, connect: Connect) -> None:
    events = client.meta.events
    events.register_first("provide-client-params", _before(crashes))
    events.register("before-call", _name_caller)
    events.register_first("after-call", _after)
    connect(client)


def _before(crashes: CrashPlan) -> Callable[..., None]:
    def before(params: Mapping[str, Any], model: Any, context: dict[str, Any], **_: Any) -> None:
        invocation = current_invocation()
        if invocation is None:
            return
        _stay_dead(invocation)
        service, operation = model.service_model.service_name, model.name
        if invocation.function in QUERY_SIDE:
            _require_read(invocation.function, service, operation, params)
        crash = crashes.due(invocation, service, operation, params)
        if crash is None:
            return
        if crash.when == "before":
            invocation.die()
            raise SandboxDied(f"{invocation.function} died before {service}:{operation}.")
        context["local_crash"] = crash

    return before


def _name_caller(params: dict[str, Any], **_: Any) -> None:
    invocation = current_invocation()
    if invocation is not None:
        params["headers"][IDENTITY_HEADER] = invocation.function


def _after(model: Any, context: Mapping[str, Any], **_: Any) -> None:
    invocation = current_invocation()
    if invocation is None:
        return
    if "local_crash" in context:
        invocation.die()
        raise SandboxDied(f"{invocation.function} died after {model.service_model.service_name}:{model.name}.")
    _stay_dead(invocation)


def _stay_dead(invocation: Invocation) -> None:
    if invocation.dead:
        raise SandboxDied(f"{invocation.function} is no longer running ({invocation.request_id}).")


def _require_read(function: str, service: str, operation: str, params: Mapping[str, Any]) -> None:
    if not _is_allowed(service, operation, params):
        raise QuerySideMayNotWrite(
            f"{function} belongs to the query side and called {service}:{operation}. It may read, append to the audit"
            " table and invoke the two command functions; move anything else to the side that owns it."
        )


def _is_allowed(service: str, operation: str, params: Mapping[str, Any]) -> bool:
    if operation.startswith(_READ_PREFIXES):
        return True
    if (service, operation) == ("dynamodb", "PutItem"):
        return "audit-logs" in str(params.get("TableName"))
    if (service, operation) == ("lambda", "Invoke"):
        return any(command in str(params.get("FunctionName")) for command in _COMMAND_FUNCTIONS)
    return (service, operation) == ("sts", "AssumeRole")
