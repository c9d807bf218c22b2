"""A threaded HTTP/1.1 server for one WSGI application on loopback, whatever the application does.

Usual development servers close the connection after each answer, and an AWS client that has to reconnect for every call
spends more time on the connection than on the call.
"""

import logging
import socket
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from local.wsgi_calls import Answer, WsgiApp, environ_of

LOG = logging.getLogger(__name__)

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
            answer = Answer.of(self.server.app, self._environ(body))
        except self.server.dropped:
            self.close_connection = True
            return
        except Exception:
            # The edge: a fault of ours must reach the client as a server error, not as a broken connection.
            LOG.exception("%s %s failed.", self.command, self.path)
            answer = Answer.internal_error()
        self._send(answer)

    def _environ(self, body: bytes) -> dict[str, Any]:
        port, client = self.server.server_port, self.client_address[0]
        return environ_of(self.command, self.path, self.headers.items(), body, port=port, client=client)

    def _send(self, answer: Answer) -> None:
        code, _, reason = answer.status.partition(" ")
        lines = [f"HTTP/1.1 {code} {reason}"]
        names = {name.lower() for name, _ in answer.headers}
        lines += [f"{name}: {value}" for name, value in answer.headers]
        if "date" not in names:
            lines.append(f"Date: {self.date_time_string()}")
        if "content-length" not in names and code not in _BODYLESS_STATUS:
            lines.append(f"Content-Length: {len(answer.body)}")
        if self.close_connection:
            lines.append("Connection: close")
        head = ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
        # One write, so that head and body travel in one packet.
        self.wfile.write(head if self.command == "HEAD" or code in _BODYLESS_STATUS else head + answer.body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 — the standard class's signature
        LOG.debug(format, *args)
