"""One HTTP request as a WSGI environment, and the whole answer of a WSGI application."""

import io
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any
from urllib.parse import unquote_to_bytes

WsgiApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


@dataclass
class Answer:
    """The answer of an application, read completely."""

    status: str = "500 Internal Server Error"
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""

    @classmethod
    def internal_error(cls) -> "Answer":
        headers = [("Content-Type", "application/json"), ("x-amzn-ErrorType", "InternalFailure")]
        body = b'{"__type": "InternalFailure", "message": "The local cloud failed; its log says why."}'
        return cls(headers=headers, body=body)

    @classmethod
    def of(cls, app: WsgiApp, environ: dict[str, Any]) -> "Answer":
        answer = cls()
        chunks = app(environ, answer.start)
        try:
            answer.body += b"".join(chunks)
        finally:
            close = getattr(chunks, "close", None)
            if close is not None:
                close()
        return answer

    def start(
        self,
        status: str,
        headers: list[tuple[str, str]],
        _error: tuple[type[BaseException], BaseException, TracebackType] | None = None,
    ) -> Callable[[bytes], None]:
        """WSGI's ``start_response``; returns its ``write``."""
        self.status, self.headers = status, headers
        return self._write

    def _write(self, part: bytes) -> None:
        self.body += part


def environ_of(
    method: str, target: str, headers: Iterable[tuple[str, str]], body: bytes, *, port: int, client: str = "127.0.0.1"
) -> dict[str, Any]:
    """The environment of a request to 127.0.0.1. ``target`` is path and query as they were sent."""
    path, _, query = target.partition("?")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
        "QUERY_STRING": query,
        "RAW_URI": target,
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": str(port),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": client,
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "CONTENT_LENGTH": str(len(body)),
    }
    for name, value in headers:
        key = name.upper().replace("-", "_")
        if key == "CONTENT_TYPE":
            environ[key] = value
        elif key != "CONTENT_LENGTH":
            key = f"HTTP_{key}"
            environ[key] = f"{environ[key]},{value}" if key in environ else value
    return environ
