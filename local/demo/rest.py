"""A client of the product's REST API: answers are the product's types, refusals are ApiProblem."""

import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")

_TIMEOUT_SECONDS = 120
_TRIES = 5


@dataclass(frozen=True)
class FieldComplaint:
    """A field that the API refused; `field` is its path in the request body."""

    field: str
    message: str


class ApiProblem(Exception):
    """The API refused a request; `complaints` are the refused fields, if that is the reason."""

    def __init__(self, status: int, code: str, message: str, complaints: Sequence[FieldComplaint] = ()) -> None:
        super().__init__(f"{message} ({code}, HTTP {status})")
        self.status, self.code, self.message, self.complaints = status, code, message, tuple(complaints)


class RestClient:
    """The API for one user. `sign_in` returns a new ID token; it is called again when a token has expired."""

    def __init__(self, url: str, sign_in: Callable[[], str]) -> None:
        self._url, self._sign_in = url, sign_in
        self._token = sign_in()

    def get(self, path: str, kind: type[T], /, **parameters: Any) -> T:
        """Returns the answer as a value of `kind`. Raises ApiProblem."""
        query = urllib.parse.urlencode(parameters)
        return msgspec.json.decode(self._send("GET", f"{path}?{query}" if query else path), type=kind)

    def post(self, path: str, body: Any, kind: type[T], *, idempotency_key: str) -> T:
        """Sends a POST request, which takes effect at most once for a key. Raises ApiProblem."""
        answer = self._send("POST", path, body=json.dumps(body).encode(), idempotency_key=idempotency_key)
        return msgspec.json.decode(answer, type=kind)

    def put(self, path: str, body: Any, kind: type[T]) -> T:
        """Sends a PUT request. Raises ApiProblem."""
        return msgspec.json.decode(self._send("PUT", path, body=json.dumps(body).encode()), type=kind)

    def list_all(self, path: str, kind: type[T], /, **parameters: Any) -> Iterator[T]:
        """Yields every item of a list, page by page."""
        cursor: str | None = ""
        while cursor is not None:
            query = {**parameters, "limit": 100, **({"cursor": cursor} if cursor else {})}
            page = self.get(path, dict[str, Any], **query)
            yield from msgspec.convert(page["items"], list[kind])  # type: ignore[valid-type]
            cursor = page["nextCursor"]

    def _send(self, method: str, path: str, *, body: bytes | None = None, idempotency_key: str = "") -> bytes:
        """What takes effect at most once is sent again where the answer did not come in time: the machine is busy."""
        is_repeatable = method == "GET" or idempotency_key != ""
        for _ in range(_TRIES - 1):
            try:
                return self._send_once(method, path, body, idempotency_key)
            except ApiProblem as problem:
                if problem.status == 401:
                    self._token = self._sign_in()
                elif problem.status != 504 or not is_repeatable:
                    raise
        return self._send_once(method, path, body, idempotency_key)

    def _send_once(self, method: str, path: str, body: bytes | None, idempotency_key: str) -> bytes:
        headers = {"Authorization": self._token, "Content-Type": "application/json"}
        if idempotency_key:
            headers["Idempotency-Key"] = idempotency_key
        request = urllib.request.Request(self._url + path, method=method, data=body, headers=headers)  # noqa: S310 — our own loopback URL
        try:
            with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS) as answer:  # noqa: S310
                content: bytes = answer.read()
                return content
        except urllib.error.HTTPError as refused:
            with refused:
                raise _problem(refused.code, refused.read()) from None


def _problem(status: int, body: bytes) -> ApiProblem:
    try:
        error = json.loads(body)["error"]
        complaints = [
            FieldComplaint(entry["field"], entry["message"]) for entry in error["details"].get("problems", ())
        ]
        return ApiProblem(status, error["code"], error["message"], complaints)
    except (ValueError, KeyError, TypeError, AttributeError):
        return ApiProblem(status, "NoErrorBody", body.decode("utf-8", "replace") or "The answer has no body.")
