"""Calls the REST API with the standard library; repeats what may be repeated."""

import http.client
import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from typing import Any

TRIES = 4
_TIMEOUT_SECONDS = 60
_PAUSE_SECONDS = 2.0
_MAX_PAUSE_SECONDS = 30.0
_BUSY = {429, 502, 503, 504}


class RequestFailed(Exception):
    """The API did not answer, or refused the call."""


class RefusedDocument(Exception):
    """The API refused the document; ``problems`` has the message of each field."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{field}: {message}" for field, message in problems.items()))
        self.problems = problems


class Client:
    """The API for one token. ``wait`` is called between attempts, with seconds."""

    def __init__(self, url: str, token: str, wait: Callable[[float], None] = time.sleep) -> None:
        self._url, self._token, self._wait = url, token, wait

    def export(self, text_format: str) -> str:
        """The configuration of the installation as text. Raises RequestFailed."""
        return str(self._call("GET", f"/config/export?format={text_format}")["text"])

    def preview(self, document: Mapping[str, Any], external_ids: Mapping[str, str]) -> dict[str, Any]:
        """What ``apply`` would change. Raises RefusedDocument and RequestFailed."""
        return self._import(document, external_ids, dry_run=True)

    def apply(self, document: Mapping[str, Any], external_ids: Mapping[str, str]) -> dict[str, Any]:
        """Imports a document, in as many calls as its time limit needs. Raises RefusedDocument and RequestFailed.

        ``external_ids`` are those of accounts that are to be registered, by account number.
        The report is about all calls: an item that an earlier one has done is not reported as unchanged.
        """
        report = self._import(document, external_ids, dry_run=False)
        while _count(report, "NOT_REACHED"):
            following = self._import(document, external_ids, dry_run=False)
            if _count(following, "NOT_REACHED") >= _count(report, "NOT_REACHED"):
                return _joined(report, following)
            report = _joined(report, following)
        return report

    def _import(self, document: Mapping[str, Any], external_ids: Mapping[str, str], *, dry_run: bool) -> dict[str, Any]:
        body = {"document": document, "externalIds": external_ids, "dryRun": dry_run}
        return self._call("POST", "/config/import", body)

    def _call(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        """Imports may be repeated like reads, because what an earlier one has done is not done again."""
        data = None if body is None else json.dumps(body).encode()
        for attempt in range(1, TRIES + 1):
            try:
                return self._send(method, path, data)
            except urllib.error.HTTPError as refused:
                with refused:
                    pause, error = _pause_after(refused), _failure(refused)
                if refused.code not in _BUSY or attempt == TRIES:
                    raise error from None
            except (OSError, http.client.HTTPException) as error:
                pause = _PAUSE_SECONDS
                if attempt == TRIES:
                    raise RequestFailed(f"{self._url} cannot be reached: {error}") from None
            except ValueError:
                raise RequestFailed(f"{self._url}{path} did not answer with JSON; check the address.") from None
            self._wait(pause * attempt)
        raise AssertionError("the last attempt returns or raises")

    def _send(self, method: str, path: str, data: bytes | None) -> dict[str, Any]:
        headers = {"Authorization": self._token, "Content-Type": "application/json"}
        request = urllib.request.Request(self._url + path, method=method, data=data, headers=headers)  # noqa: S310 — the caller has checked the scheme
        with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS) as answer:  # noqa: S310
            found: dict[str, Any] = json.loads(answer.read())
            return found


def _pause_after(refused: urllib.error.HTTPError) -> float:
    try:
        return min(float(refused.headers.get("Retry-After", _PAUSE_SECONDS)), _MAX_PAUSE_SECONDS)
    except ValueError:
        return _PAUSE_SECONDS


def _failure(refused: urllib.error.HTTPError) -> Exception:
    """The error for an answer, which is the API's own or one of API Gateway without our error body."""
    try:
        error = json.loads(refused.read())["error"]
        problems = {entry["field"]: entry["message"] for entry in error["details"].get("problems", ())}
        message = f"{error['message']} ({error['code']}, HTTP {refused.code})"
    except (ValueError, KeyError, TypeError, AttributeError):
        return RequestFailed(f"The API answered with HTTP {refused.code} {refused.reason}. Check address and token.")
    if refused.code == 413:
        return RefusedDocument({"document": error["message"]})
    return RefusedDocument(problems) if refused.code == 400 and problems else RequestFailed(message)


def _count(report: Mapping[str, Any], outcome: str) -> int:
    return int(report["counts"].get(outcome, 0))


def _joined(first: dict[str, Any], second: dict[str, Any]) -> dict[str, Any]:
    """The second report, with what the first call has done."""
    done = {item["field"]: item for item in first["items"] if item["outcome"] == "DONE"}
    items = [done.get(item["field"], item) if item["outcome"] == "UNCHANGED" else item for item in second["items"]]
    counts: dict[str, int] = {}
    for item in items:
        counts[item["outcome"]] = counts.get(item["outcome"], 0) + 1
    return {**second, "items": items, "counts": counts}
