"""Which Lambda function the current thread runs: it is the caller of each AWS call."""

import concurrent.futures
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from dataclasses import dataclass, field
from typing import Any

IDENTITY_HEADER = "X-Local-Identity"
"""With what header a call names the function that makes it."""


class SandboxDied(BaseException):
    """The function's process ended here: no handler or finally block that follows has an effect on AWS."""


@dataclass(eq=False)
class Invocation:
    """One run of one function."""

    function: str
    request_id: str
    _dead: threading.Event = field(default_factory=threading.Event)

    @property
    def dead(self) -> bool:
        return self._dead.is_set()

    def die(self) -> None:
        """From now on no AWS call of this run reaches the cloud: Lambda would have ended its process."""
        self._dead.set()


_current: ContextVar[Invocation | None] = ContextVar("local_invocation", default=None)


def current_invocation() -> Invocation | None:
    return _current.get()


@contextmanager
def running(invocation: Invocation) -> Iterator[None]:
    token = _current.set(invocation)
    try:
        yield
    finally:
        _current.reset(token)


@contextmanager
def inherited_by_threads() -> Iterator[None]:
    """Within: threads and pools that a function starts act for it; Python starts them without context."""
    pool: Any = concurrent.futures.ThreadPoolExecutor
    thread: Any = threading.Thread
    submit, start = pool.submit, thread.start

    def submit_in_context(self: Any, task: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        if _current.get() is None:
            return submit(self, task, *args, **kwargs)
        return submit(self, copy_context().run, task, *args, **kwargs)

    def start_in_context(self: Any) -> None:
        if _current.get() is not None:
            context, run = copy_context(), self.run
            self.run = lambda: context.run(run)
        start(self)

    pool.submit, thread.start = submit_in_context, start_in_context
    try:
        yield
    finally:
        pool.submit, thread.start = submit, start
