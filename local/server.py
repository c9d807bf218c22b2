"""A threaded HTTP/1.1 server for one WSGI application on loopback, whatever the application does.

Usual development servers close the connection after each answer, and an AWS client that has to reconnect for every call
spends more time on the connection than on the call.
"""

import io
import logging
import socket
import sys
import threading
from collections.abc import Callable, Iterable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import unquote_to_bytes

LOG = logging.getLogger(__name__)

WsgiApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

IDLE_CONNECTION_SECONDS = 120
_BODYLESS_STATUS = {"204", "304"}


class LoopbackServer:
    """Serves `app` on 127.0.0.1 with one thread per connection. `port=0` takes a free port.

    `dropped` names the exceptions after which the connection is closed without any answer.
    Raises OSError when the port is taken.
    """

    def __init__(self, app: WsgiApp, *, port: int = 0, dropped: tuple[type[BaseException], ...] = ()) -> None:
        self._server = _Server(("127.0.0.1", port), app, dropped)
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, name="local-front", daemon=True
        )

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Stop listening and close every open connection, also those of calls in progress."""
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()
        self._server.close_connections()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 512
    # Two local clouds must never share a port unnoticed.
    allow_reuse_port = False

    def __init__(self, address: tuple[str, int], app: WsgiApp, dropped: tuple[type[BaseException], ...]) -> None:
        super().__init__(address, _Handler)
        self.app = app
        self.dropped = dropped
        self._connections: set[socket.socket] = set()
        self._connections_lock = threading.Lock()

    def server_bind(self) -> None:
        """Bind without the reverse name look-up of the standard class, which can take seconds."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = "127.0.0.1", int(self.server_address[1])

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._connections_lock:
            self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._connections_lock:
            self._connections.discard(request)
        super().shutdown_request(request)

    def close_connections(self) -> None:
        with self._connections_lock:
            open_connections = list(self._connections)
        for connection in open_connections:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue  # the client closed it first

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002 — the standard class's signature
        error = sys.exc_info()[1]
        if not isinstance(error, ConnectionError | TimeoutError):
            LOG.error("The connection with %s broke.", client_address, exc_info=error)


class _Handler(BaseHTTPRequestHandler):
    """One connection: reads requests until the client leaves, answers each through the WSGI application."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = IDLE_CONNECTION_SECONDS
    server: _Server

    def handle_one_request(self) -> None:
        try:
            self.raw_requestline = self.rfile.readline(65537)
        except TimeoutError:
            self.close_connection = True
            return
        if not self.raw_requestline:
            self.close_connection = True
            return
        if not self.parse_request():
            return
        if "chunked" in (self.headers.get("Transfer-Encoding") or "").lower():
            self.send_error(411, "Send a Content-Length; chunked bodies are not accepted here.")
            return
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length) if length else b""
        try:
            answer = _Answer.of(self.server.app, self._environ(body))
        except self.server.dropped:
            self.close_connection = True
            return
        except Exception:
            # The edge: a fault of ours must reach the client as a server error, not as a broken connection.
            LOG.exception("%s %s failed.", self.command, self.path)
            answer = _Answer.internal_error()
        self._send(answer)

    def _environ(self, body: bytes) -> dict[str, Any]:
        path, _, query = self.path.partition("?")
        environ: dict[str, Any] = {
            "REQUEST_METHOD": self.command,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
            "QUERY_STRING": query,
            "RAW_URI": self.path,
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": str(self.server.server_port),
            "SERVER_PROTOCOL": self.request_version,
            "REMOTE_ADDR": self.client_address[0],
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
            "CONTENT_LENGTH": str(len(body)),
        }
        for name, value in self.headers.items():
            key = name.upper().replace("-", "_")
            if key == "CONTENT_TYPE":
                environ[key] = value
            elif key != "CONTENT_LENGTH":
                key = f"HTTP_{key}"
                environ[key] = f"{environ[key]},{value}" if key in environ else value
        return environ

    def _send(self, answer: "_Answer") -> None:
        code, _, reason = answer.status.partition(" ")
        lines = [f"HTTP/1.1 {code} {reason}"]
        names = {name.lower() for name, _ in answer.headers}
        lines += [f"{name}: {value}" for name, value in answer.headers]
        if "content-length" not in names and code not in _BODYLESS_STATUS:
            lines.append(f"Content-Length: {len(answer.body)}")
        if self.close_connection:
            lines.append("Connection: close")
        head = ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
        # One write, so that head and body travel in one packet.
        self.wfile.write(head if self.command == "HEAD" or code in _BODYLESS_STATUS else head + answer.body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 — the standard class's signature
        LOG.debug(format, *args)


class _Answer:
    """What the application answered, read completely."""

    def __init__(self) -> None:
        self.status = "500 Internal Server Error"
        self.headers: list[tuple[str, str]] = []
        self.body = b""

    @classmethod
    def internal_error(cls) -> "_Answer":
        answer = cls()
        answer.headers = [("Content-Type", "application/json"), ("x-amzn-ErrorType", "InternalFailure")]
        answer.body = b'{"__type": "InternalFailure", "message": "The local cloud failed; its log says why."}'
        return answer

    @classmethod
    def of(cls, app: WsgiApp, environ: dict[str, Any]) -> "_Answer":
        answer = cls()
        written: list[bytes] = []

        def start_response(
            status: str,
            headers: list[tuple[str, str]],
            _error: tuple[type[BaseException], BaseException, TracebackType] | None = None,
        ) -> Callable[[bytes], None]:
            answer.status, answer.headers = status, headers
            return written.append

        chunks = app(environ, start_response)
        try:
            written.extend(chunks)
        finally:
            close = getattr(chunks, "close", None)
            if close is not None:
                close()
        answer.body = b"".join(written)
        return answer
