"""The cost of each operation and task in DynamoDB: calls, read units and write units, audit included."""

import json
import re
import tempfile
import urllib.error
import urllib.parse
import urllib.request
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.dynamodb_meter import Meter
from benchmarks.dynamodb_units import Cost
from benchmarks.metric import Measured, Metric, TextTable
from benchmarks.operation_walk import FAULTS, Parameters, Walk
from chalicelib.api.resources import routes_of
from chalicelib.operations import Side
from chalicelib.operations.table import OPERATIONS, TASKS
from local.cloud import LocalCloud

_SPEED = 3000.0
_WAITS_FOR_A_DAY = {"StartAt": "Stay", "States": {"Stay": {"Type": "Wait", "Seconds": 86400, "End": True}}}
_CALLS_OF_A_LIST = 2

_PATH_PARAMETER = re.compile(r"\{(\w+)\}")

_NOTES = (
    "In the world of the demonstration: 28 servers in 7 groups, a plan of 4 waves. One call each, with audit entry.",
    "Units are estimated from item sizes by the rules in benchmarks/dynamodb_units.py; writes are an upper bound.",
)


class LocalCaller:
    """Makes calls as an administrator: over REST where there is a route, else by direct invocation."""

    def __init__(self, cloud: LocalCloud) -> None:
        self._cloud = cloud
        self._token = cloud.sign_in("DRSOrchestrationAdmin")

    def operate(self, name: str, parameters: Parameters) -> Any:
        """The body of the answer. Raises RuntimeError when the answer is an error."""
        operation = OPERATIONS[name]
        routes = routes_of(operation.name)
        if not routes:
            return self._invoke(operation.side, {"operation": name, "body": dict(parameters)})["body"]
        route = routes[0]
        path = _PATH_PARAMETER.sub(lambda found: urllib.parse.quote(str(parameters[found[1]])), route.path)
        rest = {key: value for key, value in parameters.items() if f"{{{key}}}" not in route.path}
        body = None
        if route.method in {"GET", "DELETE"}:
            path += f"?{urllib.parse.urlencode(rest)}" if rest else ""
        else:
            body = json.dumps(rest).encode()
        request = urllib.request.Request(self._cloud.api_url + path, method=route.method, data=body)
        request.add_header("Authorization", self._token)
        request.add_header("Content-Type", "application/json")
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:
                return json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as refused:
            with refused:
                raise RuntimeError(f"{name} answered {refused.code}: {refused.read().decode()}") from None

    def run_task(self, name: str, parameters: Parameters) -> Any:
        """The answer that the state machine would get. Raises RuntimeError when the task fails."""
        side = TASKS[name].side
        event = {"operation" if side is Side.QUERY else "action": name, **parameters}
        return self._invoke(side, event, alias="workflow")

    def server_ids(self, application: str) -> list[str]:
        return [server.server_id for server in self._cloud.world.servers_with(application=application)]

    def _invoke(self, side: Side, event: Mapping[str, Any], *, alias: str = "") -> Any:
        arn = self._cloud.runtime.arn(side.handler, qualifier=alias)
        result = self._cloud.runtime.invoke(side.handler, event, arn=arn)
        if result.function_error or result.value.get("statusCode", 200) >= 400:
            raise RuntimeError(f"{event} failed: {result.value}")
        return result.value


def measure() -> Measured:
    """Calls every operation and task once, while nothing else runs."""
    meter = Meter()
    costs: dict[str, tuple[Cost, list[str]]] = {}
    with _still_cloud(meter) as cloud:
        for name, call in Walk(LocalCaller(cloud)).steps():
            meter.take()
            call()
            if name:
                costs[name] = meter.take()
    return summarize(costs)


def summarize(costs: Mapping[str, tuple[Cost, list[str]]]) -> Measured:
    """Metrics and table from (cost, names of calls) by operation; one without a cost misses its target."""
    missing = [name for name in (*OPERATIONS, *TASKS) if name not in costs]
    metrics = [
        Metric(
            name="operation-cost.operations-not-measured",
            value=len(missing),
            unit="operations",
            target=0,
            spread=", ".join(missing) or f"{len(costs)} measured",
        ),
        _most_calls_of_a_list(costs),
    ]
    rows = []
    for name in (*OPERATIONS, *TASKS):
        if name in costs:
            cost, calls = costs[name]
            metrics += [
                Metric(name=f"operation-cost.{name}.calls", value=cost.calls, unit="calls"),
                Metric(name=f"operation-cost.{name}.read-units", value=cost.read_units, unit="RU"),
                Metric(name=f"operation-cost.{name}.write-units", value=cost.write_units, unit="WU"),
            ]
            rows.append((name, str(cost.calls), f"{cost.read_units:g}", f"{cost.write_units:g}", _counted(calls)))
    table = TextTable(
        title="Cost of each operation and task in DynamoDB",
        columns=("operation", "calls", "read units", "write units", "which calls"),
        numbers=3,
        rows=tuple(rows),
        notes=_NOTES,
    )
    return Measured(metrics=tuple(metrics), tables=(table,), in_tables=tuple(f"operation-cost.{n}." for n in costs))


def _most_calls_of_a_list(costs: Mapping[str, tuple[Cost, list[str]]]) -> Metric:
    """How many calls of DynamoDB a page of a list costs at most, without its audit entry."""
    lists = {name: len(calls) - 1 for name, (_, calls) in costs.items() if name.startswith("list_")}
    most = max(lists.values(), default=0)
    return Metric(
        name="operation-cost.most-calls-of-a-list",
        value=most,
        unit="calls",
        target=_CALLS_OF_A_LIST,
        spread=", ".join(name for name, calls in lists.items() if calls == most),
    )


@contextmanager
def _still_cloud(meter: Meter) -> Iterator[LocalCloud]:
    """A local cloud whose state machine does nothing and whose functions are metered."""
    with (
        still_definition() as definition,
        meter.attached(),
        LocalCloud(speed=_SPEED, definition=definition, scenario=FAULTS) as cloud,
    ):
        meter.look = cloud.client("dynamodb")
        yield cloud


@contextmanager
def still_definition() -> Iterator[Path]:
    """A state machine definition that calls nothing, so that tasks can be called one by one."""
    with tempfile.TemporaryDirectory() as directory:
        definition = Path(directory) / "still.asl.json"
        definition.write_text(json.dumps(_WAITS_FOR_A_DAY))
        yield definition


def _counted(calls: list[str]) -> str:
    return ", ".join(f"{count} {name}" if count > 1 else name for name, count in Counter(calls).items())
