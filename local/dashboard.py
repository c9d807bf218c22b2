"""The dashboard on a port of its own, as a deployment serves it: files, API and sign-in under one origin."""

import gzip
import json
import mimetypes
import shutil
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any

from local.answers import StartResponse, answer_bytes, answer_json
from local.project import REPOSITORY
from local.wsgi_calls import WsgiApp

BUILT = REPOSITORY / "dashboard" / "dist"
HEADERS = REPOSITORY / "infrastructure" / "dashboard-headers.json"
_SIGN_IN = "/cognito"
_COMPRESSED_FROM = 1_400
_TEXTUAL = (".html", ".js", ".css", ".svg", ".json")
_KEPT = "public, max-age=31536000, immutable"


def where(url: str) -> str:
    """Where the dashboard is, or why it is not there."""
    if (BUILT / "index.html").is_file():
        return url
    if shutil.which("npm") is None:
        return "not built: Node is missing. Install Node 20.19 or newer with npm, then: make setup dashboard-build"
    return "not built: make setup dashboard-build"


class DashboardSite:
    """A WSGI application: `/api` and `/cognito` are the cloud's, everything else is a file of the built dashboard.

    A path without a file is a page of the dashboard, which finds it itself. Below `/assets/` it is 404: a page of an
    earlier build that asks for its own files must not be given a page instead.
    """

    def __init__(self, front: WsgiApp, *, settings: dict[str, str], built: Path = BUILT) -> None:
        self._front, self._built = front, built
        self._settings = {**settings, "signInEndpoint": _SIGN_IN, "apiBase": "/api"}
        declared: dict[str, str] = json.loads(HEADERS.read_text())
        # Everything is of this origin here; in AWS, Cognito is not.
        self._headers = [(name, value.replace(" {signInOrigin}", "")) for name, value in declared.items()]

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if path == "/api" or path.startswith("/api/"):
            return self._front(environ, start_response)
        if path == _SIGN_IN:
            return self._front({**environ, "PATH_INFO": "/", "RAW_URI": "/"}, start_response)
        if environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            return answer_json(start_response, "405 Method Not Allowed", {"message": "Files are read only."})
        if path == "/settings.json":
            headers = [*self._headers, ("Cache-Control", "no-cache")]
            return answer_json(start_response, "200 OK", self._settings, headers)
        return self._file(path, "gzip" in environ.get("HTTP_ACCEPT_ENCODING", ""), start_response)

    def _file(self, path: str, may_compress: bool, start_response: StartResponse) -> list[bytes]:
        file = (self._built / path.lstrip("/")).resolve()
        is_inside = file.is_relative_to(self._built.resolve()) and ".vite" not in file.parts
        if not (is_inside and file.is_file()):
            if path.startswith("/assets/"):
                return answer_json(start_response, "404 Not Found", {"message": f"There is no file {path}."})
            file = self._built / "index.html"
            if not file.is_file():
                message = "The dashboard has not been built. Run: make setup dashboard-build"
                return answer_json(start_response, "503 Service Unavailable", {"message": message})
        payload = file.read_bytes()
        kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        caching = _KEPT if path.startswith("/assets/") else "no-cache"
        headers = [*self._headers, ("Content-Type", kind), ("Cache-Control", caching)]
        if may_compress and file.suffix in _TEXTUAL and len(payload) >= _COMPRESSED_FROM:
            payload = _compressed(payload)
            headers += [("Content-Encoding", "gzip"), ("Vary", "Accept-Encoding")]
        return answer_bytes(start_response, "200 OK", payload, headers)


@lru_cache(maxsize=256)
def _compressed(payload: bytes) -> bytes:
    return gzip.compress(payload, 5)
