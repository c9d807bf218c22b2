"""Runs the product's Lambda functions in this process, with the limits and failures of Lambda."""

import json
import logging
import threading
import time
import traceback
import uuid
from collections import Counter
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from chalice import Chalice
from chalice.app import CloudWatchEventConfig, ScheduledEventConfig, ScheduleExpression

from local.client_hooks import Crash, CrashPlan
from local.invocation import Invocation, SandboxDied, running
from local.project import REST_FUNCTION, FunctionConfig, Project

LOG = logging.getLogger(__name__)

Handler = Callable[[Any, Any], Any]


@dataclass(frozen=True, kw_only=True)
class InvocationResult:
    """Lambda's answer: the payload as JSON bytes; `function_error` is "Unhandled" after a failure."""

    payload: bytes
    request_id: str
    function_error: str | None = None

    @property
    def value(self) -> Any:
        return json.loads(self.payload)


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """A function that EventBridge would start, with its rule's expression."""

    function: str
    expression: str
    description: str


@dataclass(frozen=True, kw_only=True)
class EventRule:
    """A function that EventBridge would start with events that match a pattern."""

    function: str
    pattern: Mapping[str, Any]


class LambdaContext:
    """The context object of one invocation, with the parts of Lambda's that functions use."""

    def __init__(self, *, config: FunctionConfig, function_name: str, arn: str, request_id: str) -> None:
        self.function_name = function_name
        self.function_version = "$LATEST"
        self.invoked_function_arn = arn
        self.memory_limit_in_mb = str(config.memory_mb)
        self.aws_request_id = request_id
        self.log_group_name = f"/aws/lambda/{function_name}"
        self.log_stream_name = f"local/{request_id}"
        self.identity = None
        self.client_context = None
        self._deadline = time.monotonic() + config.timeout_seconds

    def get_remaining_time_in_millis(self) -> int:
        return max(0, int((self._deadline - time.monotonic()) * 1000))


class LambdaRuntime:
    """The functions of one Chalice application. Every invocation has its own thread, so any number run side by side."""

    def __init__(
        self,
        app: Chalice,
        *,
        project: Project,
        account: str,
        region: str,
        crashes: CrashPlan,
        handler_of: Callable[[str], Handler] | None = None,
    ) -> None:
        """`handler_of` gives the handler of a function in place of the application's."""
        self.project = project
        self.crashes = crashes
        self._account, self._region = account, region
        own = _handlers_of(app)
        self._handlers = {name: handler_of(name) for name in own} if handler_of else own
        self._lock = threading.Lock()
        self._running: Counter[str] = Counter()
        # (function, request id) of every run that exceeded its time limit, newest last.
        self.timed_out: list[tuple[str, str]] = []
        self.schedules = _schedules_of(app)
        self.event_rules = tuple(
            EventRule(function=source.name, pattern=source.event_pattern)
            for source in app.event_sources
            if isinstance(source, CloudWatchEventConfig)
        )

    @property
    def functions(self) -> frozenset[str]:
        return frozenset(self._handlers)

    @property
    def running(self) -> int:
        """How many invocations are running."""
        return self._running.total()

    def running_of(self, function: str) -> int:
        """How many invocations of this function are running."""
        return self._running[function]

    def resolve(self, name_or_arn: str) -> str | None:
        """The function of exactly this name or ARN, with or without a qualifier; None when there is none."""
        function = self.project.function_named(name_or_arn, self.functions)
        if function is None or not name_or_arn.startswith("arn:"):
            return function
        own = self.arn(function)
        return function if name_or_arn == own or name_or_arn.startswith(f"{own}:") else None

    def arn(self, function: str, *, qualifier: str = "") -> str:
        suffix = f":{qualifier}" if qualifier else ""
        return f"arn:aws:lambda:{self._region}:{self._account}:function:{self.project.deployed_name(function)}{suffix}"

    def crash_next(
        self,
        function: str,
        *,
        service: str,
        operation: str,
        when: str = "before",
        nth: int = 1,
        matching: Mapping[str, Any] | None = None,
    ) -> None:
        """Lets `function` die once, at its `nth` call of `service`:`operation` ("drs", "StartRecovery")."""
        crash = Crash(function=function, service=service, operation=operation, when=when, nth=nth, matching=matching)
        self.crashes.add(crash)

    def invoke(
        self, function: str, event: Any, *, arn: str | None = None, request_id: str | None = None
    ) -> InvocationResult:
        """Run the function and wait for it, at most for its configured timeout. Raises KeyError for an unknown one."""
        run = _Run(
            handler=self._handlers[function],
            config=self.project.function(function),
            function_name=self.project.deployed_name(function),
            arn=arn or self.arn(function),
            invocation=Invocation(function, request_id or str(uuid.uuid4())),
            # A function gets its own copy of what the caller sent, as it would over the wire.
            event=json.loads(json.dumps(event)),
        )
        with self._lock:
            self._running[function] += 1
        try:
            result = run.result()
        finally:
            with self._lock:
                self._running[function] -= 1
        if run.overstayed:
            self.timed_out.append((function, result.request_id))
        return result

    def invoke_later(self, function: str, event: Any, *, arn: str | None = None) -> str:
        """Start the function and return its request id at once: an Event invocation without retries."""
        request_id = str(uuid.uuid4())

        def run() -> None:
            result = self.invoke(function, event, arn=arn, request_id=request_id)
            if result.function_error:
                LOG.error("%s failed: %s", function, result.payload.decode())

        threading.Thread(target=run, name=f"event-{function}", daemon=True).start()
        return request_id


class _Run:
    """One invocation on its own thread."""

    def __init__(
        self,
        *,
        handler: Handler,
        config: FunctionConfig,
        function_name: str,
        arn: str,
        invocation: Invocation,
        event: Any,
    ) -> None:
        self._handler, self._config, self._invocation, self._event = handler, config, invocation, event
        self._context = LambdaContext(
            config=config, function_name=function_name, arn=arn, request_id=invocation.request_id
        )
        self._answer: InvocationResult | None = None
        self.overstayed = False

    def result(self) -> InvocationResult:
        thread = threading.Thread(target=self._work, name=f"lambda-{self._invocation.function}", daemon=True)
        thread.start()
        thread.join(self._config.timeout_seconds)
        answer = self._answer
        if answer is not None:
            return answer
        # The thread cannot be ended, but nothing that it does from now on reaches the cloud.
        self._invocation.die()
        self.overstayed = True
        seconds = f"{self._config.timeout_seconds:.2f}"
        return self._failed(
            "Sandbox.Timedout",
            f"RequestId: {self._invocation.request_id} Error: Task timed out after {seconds} seconds",
        )

    def _work(self) -> None:
        with running(self._invocation):
            self._answer = self._outcome()

    def _outcome(self) -> InvocationResult:
        try:
            payload = json.dumps(self._handler(self._event, self._context)).encode()
        except SandboxDied:
            message = f"RequestId: {self._invocation.request_id} Error: Runtime exited with error: exit status 1"
            return self._failed("Runtime.ExitError", message)
        except BaseException as error:
            LOG.info("%s raised.", self._invocation.function, exc_info=True)
            return self._failed(type(error).__name__, str(error), traceback.format_tb(error.__traceback__))
        return InvocationResult(payload=payload, request_id=self._invocation.request_id)

    def _failed(self, error_type: str, message: str, stack: list[str] | None = None) -> InvocationResult:
        payload: dict[str, Any] = {"errorMessage": message, "errorType": error_type}
        if stack is not None:
            payload |= {"requestId": self._invocation.request_id, "stackTrace": stack}
        return InvocationResult(
            payload=json.dumps(payload).encode(),
            request_id=self._invocation.request_id,
            function_error="Unhandled",
        )


def _handlers_of(app: Chalice) -> dict[str, Handler]:
    """Each Lambda function that Chalice would make; its `handler_map` names the views of all routes too."""
    names = [*(function.name for function in app.pure_lambda_functions), *(source.name for source in app.event_sources)]
    handlers: dict[str, Handler] = {name: app.handler_map[name] for name in names}
    if app.routes:
        _isolate_requests(app)
        handlers[REST_FUNCTION] = app
    return handlers


def _schedules_of(app: Chalice) -> tuple[Schedule, ...]:
    return tuple(
        Schedule(
            function=source.name,
            expression=_expression_text(source.schedule_expression),
            description=source.description,
        )
        for source in app.event_sources
        if isinstance(source, ScheduledEventConfig)
    )


def _expression_text(expression: str | ScheduleExpression) -> str:
    return expression if isinstance(expression, str) else expression.to_string()


def _isolate_requests(app: Chalice) -> None:
    """Give each running request its own `app.current_request`.

    Chalice keeps it on the application object, because in Lambda a process serves one request at a time; here many do.
    """
    if isinstance(app, _OneRequestPerContext):
        return
    base = type(app)
    app.__class__ = type(base.__name__, (_OneRequestPerContext, base), {})


class _OneRequestPerContext:
    _request: ContextVar[Any] = ContextVar("chalice_current_request", default=None)
    _context: ContextVar[Any] = ContextVar("chalice_lambda_context", default=None)

    @property
    def current_request(self) -> Any:
        return self._request.get()

    @current_request.setter
    def current_request(self, value: Any) -> None:
        self._request.set(value)

    @property
    def lambda_context(self) -> Any:
        return self._context.get()

    @lambda_context.setter
    def lambda_context(self, value: Any) -> None:
        self._context.set(value)
