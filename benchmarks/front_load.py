"""Sends requests at fixed times, however long answers take: `python -m benchmarks.front_load < PLAN > SAMPLES`.

A process of its own, so that it does not share an interpreter with the server. A request's time counts from when it was
due, so that a server that holds requests up cannot hide it.
"""

import http.client
import sys
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

import msgspec

THREADS = 128
TIMEOUT_SECONDS = 120
"""Requests beyond what the machine can serve wait at the front. Their times say so; that is no error of the front."""


class Planned(msgspec.Struct, frozen=True):
    """A request, and when it is due in seconds from the start."""

    at: float
    name: str
    method: str
    path: str
    token: str
    body: str = ""


class Plan(msgspec.Struct, frozen=True):
    """Where the requests go, in the order of their times."""

    host: str
    port: int
    requests: tuple[Planned, ...]


class Sample(msgspec.Struct, frozen=True):
    """How one request went: status 0 if there was no answer. ``late`` is how long after its time it was sent."""

    at: float
    name: str
    status: int
    seconds: float
    late: float
    problem: str = ""


def main() -> None:
    plan = msgspec.json.decode(sys.stdin.buffer.read(), type=Plan)
    with ThreadPoolExecutor(THREADS) as threads:
        began = time.monotonic() + 0.5
        sent = []
        for request in plan.requests:
            time.sleep(max(0.0, began + request.at - time.monotonic()))
            sent.append(threads.submit(_send, plan, request, began))
        samples = [each.result() for each in sent]
    sys.stdout.buffer.write(msgspec.json.encode(samples))


def _send(plan: Plan, request: Planned, began: float) -> Sample:
    due = began + request.at
    late = time.monotonic() - due
    headers = {"Authorization": request.token, "Content-Type": "application/json"}
    try:
        status, answer = _answer(plan, request, headers)
    except OSError as error:
        return Sample(request.at, request.name, 0, time.monotonic() - due, late, repr(error))
    problem = answer if status >= 400 else ""
    return Sample(request.at, request.name, status, time.monotonic() - due, late, problem)


def _answer(plan: Plan, request: Planned, headers: Mapping[str, str]) -> tuple[int, str]:
    connection = http.client.HTTPConnection(plan.host, plan.port, timeout=TIMEOUT_SECONDS)
    try:
        connection.request(request.method, request.path, request.body or None, dict(headers))
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


if __name__ == "__main__":
    main()
