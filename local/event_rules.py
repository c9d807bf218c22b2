"""Corrects moto's EventBridge, and puts the events of the emulated DRS on the buses of its accounts.

As in AWS: a rule with a schedule and no pattern takes no events, nor does a disabled rule; functions can be targets;
and an event that is forwarded to another bus keeps its account, Region, resources and id.
"""

import copy
import json
import logging
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from moto.events.models import EventsBackend, Rule, events_backends
from moto.events.utils import EventTemplateParser

from local.lambda_runtime import LambdaRuntime

LOG = logging.getLogger(__name__)

Client = Callable[[str, str], Any]
"""The EventBridge client of an account and Region."""

_send_to_targets: Any = Rule.send_to_targets


def deliver_events(runtime: LambdaRuntime) -> None:
    """From now on, for the whole process. Safe to repeat; functions are those of the newest runtime."""

    def send(rule: Any, event: dict[str, Any], *args: Any, **options: Any) -> None:
        if not _takes(rule, event):
            return
        others = copy.copy(rule)
        others.targets = []
        for target in rule.targets:
            service = target["Arn"].split(":")[2]
            if service == "lambda":
                _invoke(runtime, rule, target, event)
            elif service == "events" and ":event-bus/" in target["Arn"]:
                _forward(rule, target, event)
            else:
                others.targets.append(target)
        _send_to_targets(others, event, *args, **options)

    patched: Any = Rule
    patched.send_to_targets = send


def put_drs_event(
    client: Client, account: str, region: str, detail_type: str, detail: dict[str, Any], resources: list[str]
) -> None:
    """Puts an event on the default bus of its account and Region. Costs nothing there if no rule takes it.

    AWS accepts events of source `aws.drs` from DRS only.
    """
    backend = _backend(account, region)
    if backend is None:
        return
    parts = {"source": "aws.drs", "detail-type": detail_type, "account": account, "region": region}
    event: Any = {**parts, "resources": resources, "detail": detail}
    if not any(_takes(rule, event) for rule in list(backend.event_buses["default"].rules.values())):
        return
    entry = {"Source": "aws.drs", "DetailType": detail_type, "Detail": json.dumps(detail), "Resources": resources}
    client(account, region).put_events(Entries=[entry])


def _takes(rule: Any, event: Any) -> bool:
    """Whether a rule is for this event. A rule without a pattern is one with a schedule."""
    pattern = rule.event_pattern
    return bool(rule.state == "ENABLED" and pattern.get_pattern() and pattern.matches_event(event))


def _backend(account: str, region: str) -> EventsBackend | None:
    """What moto has of an account's EventBridge; asking moto itself would make it, in every Region that has servers."""
    here: Any = dict.get(events_backends, account)
    found: EventsBackend | None = None if here is None else dict.get(here, region)
    return found


def _invoke(runtime: LambdaRuntime, rule: Any, target: dict[str, Any], event: dict[str, Any]) -> None:
    function = runtime.resolve(target["Arn"])
    if function is None:
        LOG.error("Rule %s has a target that does not exist: %s", rule.name, target["Arn"])
        return
    runtime.invoke_later(function, _payload(target, event), arn=target["Arn"])


def _forward(rule: Any, target: dict[str, Any], event: dict[str, Any]) -> None:
    """Forwards an event once, from the bus on which it was put, as AWS does for other accounts."""
    if (event["account"], event["region"]) != (rule.account_id, rule.region_name):
        return
    _, _, _, region, account, bus = target["Arn"].split(":", 5)
    receiver = events_backends[account][region].event_buses[bus.removeprefix("event-bus/")]
    for receiving in receiver.rules.values():
        same: Any = copy.deepcopy(event)
        receiving.send_to_targets(same)


def _payload(target: dict[str, Any], event: dict[str, Any]) -> Any:
    """What the target is to get: its own input, a transformed event, or the event without moto's own field."""
    if "Input" in target:
        return json.loads(target["Input"])
    time = datetime.fromtimestamp(float(event["time"]), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    sent: Any = event | {"time": time}
    if "InputTransformer" in target:
        transformer = target["InputTransformer"]
        paths = transformer.get("InputPathsMap", {})
        return EventTemplateParser.parse(transformer["InputTemplate"], paths, sent)
    sent.pop("ingestion-time")
    return sent
