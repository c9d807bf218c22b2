"""moto's server application, one call per service at a time: all of AWS but DRS and Lambda."""

import functools
import io
import logging
import threading
from collections import defaultdict, deque
from collections.abc import Callable, Iterable
from typing import Any

from moto.core.base_backend import BackendDict, backend_lock
from moto.core.model_instances import reset_model_data
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

from local.answers import StartResponse, refuse

LOG = logging.getLogger(__name__)


class FairLock:
    """A lock that is given to the caller that has waited longest.

    With Python's own lock a request can wait for ever while others pass it; a client gives up after seconds.
    """

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._taken = False
        self._waiting: deque[threading.Lock] = deque()

    def __enter__(self) -> None:
        with self._guard:
            if not self._taken:
                self._taken = True
                return
            turn = threading.Lock()
            turn.acquire()
            self._waiting.append(turn)
        turn.acquire()

    def __exit__(self, *_: object) -> None:
        with self._guard:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._taken = False


class MotoServices:
    """Serializes calls: in moto two conditional writes at once could both find their condition true.

    A lock is held only while moto works on one request. Executions of state machines run on threads of their own and
    call back over HTTP, so a holder never waits for its own lock.
    """

    def __init__(self) -> None:
        self._app = _application()
        self._locks: defaultdict[str, FairLock] = defaultdict(FairLock)

    @staticmethod
    def forget() -> None:
        """Empty every backend, so that the next cloud of this process starts with nothing.

        moto's own reset creates each backend of each Region again before it drops it, which takes seconds.
        """
        with backend_lock:
            in_use: list[Any] = vars(BackendDict)["_instances"]
            _close_objects(in_use)
            for backends in in_use:
                backends.clear()
            in_use.clear()
        reset_model_data()

    def answer(
        self, environ: dict[str, Any], body: bytes, start_response: StartResponse, *, service: str, account: str
    ) -> Iterable[bytes]:
        """Let moto answer as `account`. `service` is the prefix of the service's IAM actions."""
        environ["HTTP_X_MOTO_ACCOUNT_ID"] = account
        environ["wsgi.input"] = io.BytesIO(body)
        return self._in_turn(service, lambda: self._app(environ, start_response), start_response)

    def _in_turn(
        self, service: str, answered: Callable[[], Iterable[bytes]], start_response: StartResponse
    ) -> Iterable[bytes]:
        with self._locks[service]:
            try:
                return list(answered())
            except Exception as error:
                LOG.exception("moto failed on %s.", service)
                message = f"moto failed: {type(error).__name__}: {error}"
                return refuse(start_response, service, "InternalFailure", message, status="500 Internal Server Error")


@functools.cache
def _application() -> DomainDispatcherApplication:
    """One for all clouds of this process: it keeps only the routes of each service, which take long to compile."""
    return DomainDispatcherApplication(create_backend_app)


def _close_objects(in_use: Iterable[Any]) -> None:
    """Close the files in which S3 keeps its objects; nothing else does."""
    for backends in in_use:
        if backends.service_name == "s3":
            for regions in list(backends.values()):
                for backend in list(regions.values()):
                    backend.reset()
