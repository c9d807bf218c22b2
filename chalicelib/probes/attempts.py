"""Makes one attempt at an HTTP request or a TCP connection. It is limited in size and time."""

import hashlib
import http.client
import socket
import ssl
import threading
from urllib.parse import urlsplit

import msgspec

from .addresses import Refused, resolve

MAX_BODY_BYTES = 1_048_576
"""Of a longer answer, the hash is of its beginning."""


class ProbeResult(msgspec.Struct, frozen=True):
    """``text`` describes the result; of the answer it has only status, size and hash.

    A step must not show people what only the platform's network can read. ``sent`` is False if it is certain that
    nothing has reached the other side.
    """

    passed: bool
    text: str
    sent: bool = True


def try_http(
    url: str,
    *,
    method: str,
    expected_status: int,
    limit_seconds: float,
    loopback_allowed: bool,
    server_name: str = "",
) -> ProbeResult:
    """Makes one request. Never raises for what the network or the other side does.

    ``server_name`` is what the certificate must be valid for and what the request is for, in place of the URL's host.
    """
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        connected = _connect(parts.hostname or "", port, limit_seconds, loopback_allowed=loopback_allowed)
    except Refused as refused:
        return ProbeResult(False, str(refused), sent=False)
    except (OSError, ValueError) as error:
        return ProbeResult(False, f"No connection: {_words(error)}.", sent=False)
    watchdog = threading.Timer(limit_seconds, _hang_up, [connected])
    watchdog.daemon = True
    watchdog.start()
    try:
        with connected:
            host = server_name or parts.hostname or ""
            return _ask(connected, parts.scheme, host, port, method, path, expected_status)
    except (OSError, ValueError, http.client.HTTPException) as error:
        return ProbeResult(False, f"No answer: {_words(error)}.")
    finally:
        watchdog.cancel()


def try_tcp(host: str, port: int, *, limit_seconds: float, loopback_allowed: bool) -> ProbeResult:
    """Connects once and closes the connection. Never raises for what the network does."""
    try:
        with _connect(host, port, limit_seconds, loopback_allowed=loopback_allowed):
            return ProbeResult(True, f"Port {port} accepts connections.")
    except Refused as refused:
        return ProbeResult(False, str(refused), sent=False)
    except (OSError, ValueError) as error:
        return ProbeResult(False, f"Port {port} does not accept connections: {_words(error)}.", sent=False)


def _connect(host: str, port: int, limit_seconds: float, *, loopback_allowed: bool) -> socket.socket:
    address = resolve(host, port, loopback_allowed=loopback_allowed)
    return socket.create_connection((address, port), timeout=limit_seconds)


def _ask(
    connected: socket.socket, scheme: str, host: str, port: int, method: str, path: str, expected_status: int
) -> ProbeResult:
    connection = http.client.HTTPConnection(host, port)
    # The address was checked; connecting by name again could lead to another one.
    connection.sock = (
        ssl.create_default_context().wrap_socket(connected, server_hostname=host) if scheme == "https" else connected
    )
    try:
        connection.request(method, path, headers={"User-Agent": "dr-orchestration", "Connection": "close"})
        response = connection.getresponse()
        body = response.read(MAX_BODY_BYTES)
    finally:
        connection.close()
    passed = response.status == expected_status
    status = f"HTTP {response.status}" if passed else f"HTTP {response.status}, expected {expected_status}"
    return ProbeResult(passed, f"{status}, {_described(body)}.")


def _described(body: bytes) -> str:
    size = f"more than {len(body) - 1:,} bytes" if len(body) == MAX_BODY_BYTES else f"{len(body):,} bytes"
    return f"{size}, SHA-256 {hashlib.sha256(body).hexdigest()}" if body else "no content"


def _hang_up(connected: socket.socket) -> None:
    """Ends an attempt that takes too long, for example because the other side sends a byte now and then."""
    try:
        connected.shutdown(socket.SHUT_RDWR)
    except OSError:
        return


def _words(error: Exception) -> str:
    return str(error) or type(error).__name__
