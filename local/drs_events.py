"""Makes the rules that bring launch results of the emulated DRS to the product's functions, as the deployment does."""

import json
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from local.project import REPOSITORY
from local.templates import Template

if TYPE_CHECKING:
    from local.cloud import LocalCloud

TEMPLATE = REPOSITORY / "infrastructure" / "target-events.yaml"
LOSE_ALL: Mapping[str, Any] = {"kind": "LOST_EVENT"}
"""The fault of the emulator that loses every event."""


class DrsEvents(StrEnum):
    """ON: events are forwarded and wake waves. OFF: no account forwards any. LOST: all are lost on their way."""

    ON = "ON"
    OFF = "OFF"
    LOST = "LOST"


def forward_events(cloud: "LocalCloud", places: Mapping[str, Iterable[str]]) -> None:
    """Makes the rules of the functions on the hub's bus, and one that forwards to it in each Region of each account."""
    hub = cloud.client("events")
    for rule in cloud.runtime.event_rules:
        name = cloud.runtime.project.deployed_name(rule.function)
        hub.put_rule(Name=name, EventPattern=json.dumps(rule.pattern), State="ENABLED")
        hub.put_targets(Rule=name, Targets=[{"Id": "1", "Arn": cloud.runtime.arn(rule.function)}])
    for account, regions in places.items():
        for region in regions:
            _forward(cloud, account, region)


def _forward(cloud: "LocalCloud", account: str, region: str) -> None:
    role = f"arn:aws:iam::{account}:role/aws-drs-orchestration-events-{region}-{cloud.stage}"
    template = Template(
        TEMPLATE,
        parameters={
            "HubAccountId": cloud.hub_account,
            "HubRegion": cloud.hub_region,
            "Stage": cloud.stage,
            "ForwardRole.Arn": role,
        },
        account=account,
        region=region,
    )
    events = cloud.client("events", account=account, region=region)
    for rule in template.of_type("AWS::Events::Rule").values():
        events.put_rule(Name=rule["Name"], EventPattern=json.dumps(rule["EventPattern"]), State=rule["State"])
        events.put_targets(Rule=rule["Name"], Targets=rule["Targets"])
