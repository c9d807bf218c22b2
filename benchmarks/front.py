"""The local REST front under 50 requests a second for a minute, in an open loop: reads and writes of people."""

import json
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import msgspec

from benchmarks.front_load import Plan, Planned, Sample
from benchmarks.metric import Measured, Metric, TextTable
from local.cloud import LocalCloud

RATE, SECONDS, WARM_SECONDS = 50, 60, 5
ACCOUNT, REGION = "222233334444", "us-east-1"
_WRITER = "DRSPlanManager"
_READERS = ("DRSOperator", "DRSReadOnly", "DRSOrchestrationAdmin")

# What people have open: the dashboard and lists are polled, details are looked at; one request of 25 writes.
_READS = (
    "/dashboard",
    "/executions",
    "/decisions",
    "/recovery-plans",
    "/executions",
    "/recovery-plans/{plan}",
    "/protection-groups",
    "/drs/source-servers",
    "/dashboard",
    "/protection-groups/{group}",
    "/executions?status=IN_PROGRESS",
    "/user",
    "/decisions",
    "/drs/syncs",
    "/accounts/capacity",
    "/recovery-plans/{plan}/versions",
    "/executions",
    "/accounts/targets",
    "/dashboard",
    "/drs/source-servers/summary",
)
_WRITE_EVERY = 25


def measure() -> Measured:
    """Warms the functions up first, which is not measured."""
    with LocalCloud(speed=1.0, seed=5) as cloud:
        tokens = {role: cloud.sign_in(role) for role in (_WRITER, *_READERS)}
        group = _made(cloud, tokens[_WRITER], "/protection-groups", _group("Front"))["groupId"]
        plan = _made(cloud, tokens[_WRITER], "/recovery-plans", _plan("Front", group))["planId"]
        known = {"group": str(group), "plan": str(plan)}
        _load(cloud, tokens, known, "warm", WARM_SECONDS)
        before = time.process_time()
        samples = _load(cloud, tokens, known, "measured", SECONDS)
        processor = time.process_time() - before
    return summarize(samples, processor)


def summarize(samples: Sequence[Sample], processor: float) -> Measured:
    """Times from when a request was due; the last third apart, since a queue would show there.

    ``processor`` are the seconds that the whole cloud has computed: one interpreter, so it has one core at most.
    """
    errors = [sample for sample in samples if not 200 <= sample.status < 300]
    every = [sample.seconds * 1_000 for sample in samples]
    last = [sample.seconds * 1_000 for sample in samples if sample.at >= SECONDS * 2 / 3]
    late = max(sample.late for sample in samples) * 1_000
    metrics = [
        Metric(name="front.errors", value=len(errors), unit="requests", target=0, spread=_problems(errors)),
        *(_percentile(f"front.p{percent}", every, percent) for percent in (50, 95, 99)),
        _percentile("front.last-20-seconds.p95", last, 95),
        Metric(name="front.processor", value=round(processor / len(samples) * 1_000, 1), unit="ms a request"),
        Metric(name="front.sent-late", value=round(late, 1), unit="ms", spread="at worst; the sender's own delay"),
    ]
    rows = []
    for name in sorted({sample.name for sample in samples}):
        times = [sample.seconds * 1_000 for sample in samples if sample.name == name]
        rows.append((name, str(len(times)), f"{statistics.median(times):.0f}", f"{max(times):.0f}"))
    table = TextTable(
        title=f"{RATE} requests a second for {SECONDS} s",
        columns=("request", "sent", "median ms", "longest ms"),
        numbers=3,
        rows=tuple(rows),
    )
    return Measured(metrics=tuple(metrics), tables=(table,))


def _load(cloud: LocalCloud, tokens: dict[str, str], known: dict[str, str], label: str, seconds: int) -> list[Sample]:
    address = urlsplit(cloud.api_url)
    requests = [_request(number, label, address.path, tokens, known) for number in range(RATE * seconds)]
    plan = Plan(address.hostname or "", address.port or 80, tuple(requests))
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.front_load"],
        input=msgspec.json.encode(plan),
        capture_output=True,
        check=True,
    )
    return msgspec.json.decode(done.stdout, type=list[Sample])


def _request(number: int, label: str, prefix: str, tokens: dict[str, str], known: dict[str, str]) -> Planned:
    at = number / RATE
    if number % _WRITE_EVERY == 0:
        name = f"{label} {number}"
        path, body = (
            ("/protection-groups", _group(name)) if number % 2 else ("/recovery-plans", _plan(name, known["group"]))
        )
        return Planned(at, f"POST {path}", "POST", prefix + path, tokens[_WRITER], json.dumps(body))
    path = _READS[number % len(_READS)]
    reader = _READERS[number % len(_READERS)]
    return Planned(at, f"GET {path}", "GET", prefix + path.format(**known), tokens[reader])


def _group(name: str) -> dict[str, Any]:
    return {"name": name, "accountId": ACCOUNT, "region": REGION, "tags": {"Front": name}}


def _plan(name: str, group: str) -> dict[str, Any]:
    return {"name": name, "waves": [{"number": 1, "name": "one", "protectionGroupIds": [group]}]}


def _made(cloud: LocalCloud, token: str, path: str, content: dict[str, Any]) -> dict[str, Any]:
    headers = {"Authorization": token, "Content-Type": "application/json"}
    request = Request(cloud.api_url + path, method="POST", data=json.dumps(content).encode(), headers=headers)
    with urlopen(request) as answer:
        made: dict[str, Any] = json.loads(answer.read())
    return made


def _percentile(name: str, times: Sequence[float], percent: int) -> Metric:
    value = statistics.quantiles(times, n=100)[percent - 1]
    return Metric(name=name, value=round(value, 1), unit="ms", spread=f"{len(times)} requests")


def _problems(errors: Sequence[Sample]) -> str:
    counted = Counter(f"{error.name}: {error.status} {error.problem[:120]}" for error in errors)
    return "; ".join(f"{count} × {problem}" for problem, count in counted.most_common(3))
