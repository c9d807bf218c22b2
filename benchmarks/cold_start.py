"""Cold start of each function: import and first request in fresh processes, beside a floor.

The application is unpacked from the zip that `chalice package` makes, Chalice's own modules included, as Lambda has it.

Samples alternate between a function and the floor, and rounds between all functions, so that other work on this machine
affects them all alike. Each sample is compared with the two of the floor beside it.
"""

import base64
import functools
import importlib
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple
from zipfile import ZipFile

from chalice import Chalice

from benchmarks.metric import Measured, Metric, TextTable, describe_spread
from local import guard
from local.cloud import LocalCloud
from local.project import REST_FUNCTION

ROOT = Path(__file__).resolve().parent.parent
TARGET_RATIO = 1.6
ROUNDS = 11
_FLOOR = "floor"
_PROBE = "cold_start_probe"
_NO_EXECUTION = "exec-00000000000000000000000000"

_WHAT_IS_MEASURED = (
    "In a fresh process: importing the function's module and answering a first request on the local endpoint.",
    "Ratio: of processor time, the median; each sample by the mean of the floors beside it. Least: of the minima.",
    "Wall: the shortest time on the clock. It includes the local endpoint's answers, and other work on the machine.",
    "The floor: importing boto3 and making one client. Everything is compiled in both, as it is in Lambda.",
    "The syncs have no target account here, because their work grows with the estate and is not part of their start.",
)


class Sample(NamedTuple):
    """One start: seconds of the processor, and on the clock."""

    processor: float
    wall: float


Start = Callable[[tuple[str, ...], int], Sample]
"""One start, by the probe's arguments and the expected status."""


@dataclass(frozen=True, kw_only=True)
class FirstRequest:
    """The first request of a function, and the status that its answer must have."""

    event: Mapping[str, Any] = field(default_factory=dict)
    status: int


_SCHEDULED = FirstRequest(
    event={
        "version": "0",
        "id": "1",
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": "111122223333",
        "time": "2026-01-01T00:00:00Z",
        "region": "us-east-2",
        "resources": [],
        "detail": {},
    },
    status=200,
)

_CLAIMS = {
    "iss": "pool",
    "aud": "client",
    "token_use": "id",
    "sub": "1",
    "jti": "1",
    "email": "operator@example.com",
    "email_verified": "true",
}


def _unsigned_token(claims: Mapping[str, str]) -> str:
    """A token whose signature nothing looks at: the REST function gets only tokens that API Gateway has verified."""
    content = {**claims, "exp": 2**31, "iat": 1, "cognito:groups": ["DRSOperator"]}
    parts = (base64.urlsafe_b64encode(json.dumps(part).encode()) for part in ({"alg": "RS256", "kid": "1"}, content))
    return ".".join([*(part.decode().rstrip("=") for part in parts), "AA"])


FIRST_REQUESTS: Mapping[str, FirstRequest] = {
    "api_handler": FirstRequest(
        event={
            "resource": "/executions",
            "path": "/executions",
            "httpMethod": "GET",
            "headers": {"Accept": "application/json", "Authorization": _unsigned_token(_CLAIMS)},
            "multiValueQueryStringParameters": None,
            "pathParameters": None,
            "stageVariables": None,
            "body": None,
            "isBase64Encoded": False,
            "requestContext": {
                "requestId": "cold-start",
                "resourcePath": "/executions",
                "httpMethod": "GET",
                "identity": {"sourceIp": "127.0.0.1"},
                "authorizer": {"claims": {**_CLAIMS, "cognito:groups": "DRSOperator"}},
            },
        },
        status=200,
    ),
    "query-handler": FirstRequest(event={"operation": "list_executions"}, status=200),
    "execution-handler": FirstRequest(
        event={"operation": "pause_execution", "body": {"executionId": _NO_EXECUTION}}, status=404
    ),
    "data-management-handler": FirstRequest(
        event={
            "operation": "create_recovery_plan",
            "body": {
                "name": "Cold start",
                "waves": [{"number": 1, "name": "one", "protectionGroupIds": ["pg-00000000000000000000000000"]}],
            },
        },
        # The group does not exist; finding that out takes the same reads as creating the plan.
        status=400,
    ),
    "drs-events": FirstRequest(
        event={
            "version": "0",
            "id": "9da9af57-9253-4406-87cb-7cc400e43465",
            "detail-type": "DRS Source Server Launch Result",
            "source": "aws.drs",
            "account": "222233334444",
            "time": "2026-01-01T00:00:00Z",
            "region": "us-east-1",
            "resources": ["arn:aws:drs:us-east-1:222233334444:source-server/s-11111111111111111"],
            "detail": {"state": "RECOVERY_LAUNCH_SUCCEEDED", "job-id": "drsjob-11111111111111111"},
        },
        status=200,
    ),
    "evidence-writer": FirstRequest(
        event={
            "Records": [
                {
                    "eventName": "INSERT",
                    "eventSourceARN": "arn:aws:dynamodb:us-east-2:111122223333:"
                    "table/aws-drs-orchestration-audit-logs-local/stream/2026-01-01T00:00:00.000",
                    "dynamodb": {
                        "Keys": {"audit_day": {"S": "2026-01-01"}, "entry_id": {"S": "1"}},
                        "NewImage": {"audit_day": {"S": "2026-01-01"}, "entry_id": {"S": "1"}},
                        "SequenceNumber": "1",
                        "ApproximateCreationDateTime": 1_767_225_600,
                    },
                }
            ]
        },
        status=200,
    ),
    **dict.fromkeys(
        (
            "inventory-sync",
            "recovery-instance-sync",
            "staging-sync",
            "tag-sync",
            "launch-settings-drift",
            "execution-watchdog",
            "drill-cleanup",
            "metrics",
            "due-drills",
        ),
        _SCHEDULED,
    ),
}


def measure() -> Measured:
    """Starts every function of the application. Raises KeyError for one without a first request here."""
    with LocalCloud(seeded=False) as cloud, tempfile.TemporaryDirectory() as directory:
        application = Path(directory)
        lay_out(application)
        environment = {
            **os.environ,
            **guard.child_environment(cloud.endpoint, region=cloud.hub_region),
            "STAGE": cloud.stage,
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        start = functools.partial(_start, application, environment)
        targets = {function: (handler, cloud.runtime.arn(function)) for function, handler in sorted(handlers().items())}
        return summarize(*_samples(start, targets))


def lay_out(directory: Path) -> None:
    """Unpacks the application as in Lambda, and puts the probe beside it."""
    with tempfile.TemporaryDirectory() as packaged:
        subprocess.run([ROOT / "scripts" / "package.sh", "qa", packaged], check=True, stdout=subprocess.DEVNULL)
        with ZipFile(Path(packaged) / "deployment.zip") as archive:
            archive.extractall(directory)
    shutil.copy(ROOT / "benchmarks" / f"{_PROBE}.py", directory)


def handlers() -> dict[str, str]:
    """The handler that Lambda calls, by function, as Chalice packages it."""
    app: Chalice = importlib.import_module("app").app
    named = {function.name: function.handler_string for function in app.pure_lambda_functions}
    scheduled = {source.name: source.handler_string for source in app.event_sources}
    return {REST_FUNCTION: "app.app", **named, **scheduled}


def summarize(
    samples: Mapping[str, Sequence[Sample]], floors: Mapping[str, Sequence[tuple[Sample, Sample]]]
) -> Measured:
    """Makes metrics and a table from the samples by function, and the two floors beside each of them."""
    rows, metrics = [], []
    every_floor = [floor for pairs in floors.values() for pair in pairs for floor in pair]
    least_floor = min(floor.processor for floor in every_floor)
    for function, taken in samples.items():
        seconds = [sample.processor for sample in taken]
        beside = [(before.processor + after.processor) / 2 for before, after in floors[function]]
        ratios = [one / floor for one, floor in zip(seconds, beside, strict=True)]
        metrics += [
            Metric(
                name=f"cold-start.{function}.ratio",
                value=round(statistics.median(ratios), 3),
                unit="× floor",
                target=TARGET_RATIO,
                spread=describe_spread(ratios),
            ),
            Metric(name=f"cold-start.{function}.seconds", value=round(statistics.median(seconds), 4), unit="s"),
        ]
        rows.append(
            (
                function,
                f"{min(seconds):.3f}",
                f"{statistics.median(seconds):.3f}",
                f"{statistics.median(ratios):.2f}",
                f"{min(ratios):.2f}–{max(ratios):.2f}",
                f"{min(seconds) / least_floor:.2f}",
                f"{min(sample.wall for sample in taken):.3f}",
            )
        )
    median_floor = statistics.median(floor.processor for floor in every_floor)
    metrics.append(Metric(name="cold-start.floor.seconds", value=round(median_floor, 4), unit="s"))
    least_wall = min(floor.wall for floor in every_floor)
    rows.append(("floor", f"{least_floor:.3f}", f"{median_floor:.3f}", "", "", "", f"{least_wall:.3f}"))
    table = TextTable(
        title=f"Cold start, {ROUNDS} rounds",
        columns=("function", "min s", "median s", "ratio", "min–max", "least", "wall s"),
        numbers=6,
        rows=tuple(rows),
        notes=_WHAT_IS_MEASURED,
    )
    return Measured(metrics=tuple(metrics), tables=(table,))


def _samples(
    start: Start, targets: Mapping[str, tuple[str, str]]
) -> tuple[dict[str, list[Sample]], dict[str, list[tuple[Sample, Sample]]]]:
    """The samples of each function and the floors beside them; `targets` are their handlers and ARNs."""
    arguments = {
        function: (target[0], json.dumps(FIRST_REQUESTS[function].event), target[1])
        for function, target in targets.items()
    }
    # The first start of each is not measured: it brings files into the page cache.
    for function, given in arguments.items():
        start(given, FIRST_REQUESTS[function].status)
    samples: dict[str, list[Sample]] = {function: [] for function in targets}
    floors: dict[str, list[tuple[Sample, Sample]]] = {function: [] for function in targets}
    start((_FLOOR,), 200)
    before = start((_FLOOR,), 200)
    for _ in range(ROUNDS):
        for function, given in arguments.items():
            samples[function].append(start(given, FIRST_REQUESTS[function].status))
            after = start((_FLOOR,), 200)
            floors[function].append((before, after))
            before = after
    return samples, floors


def _start(application: Path, environment: Mapping[str, str], arguments: tuple[str, ...], wanted_status: int) -> Sample:
    """Returns the times of one start. Raises RuntimeError if the answer is not the expected one."""
    answer = subprocess.run(
        [sys.executable, "-m", _PROBE, *arguments],
        cwd=application,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    *times, status = (answer.stdout.splitlines() or [""])[-1].split(" ")
    if answer.returncode != 0 or status != str(wanted_status):
        raise RuntimeError(
            f"{arguments[0]} answered {status or 'nothing'}, not {wanted_status}: {answer.stdout}{answer.stderr}"
        )
    processor, wall = map(float, times)
    return Sample(processor, wall)
