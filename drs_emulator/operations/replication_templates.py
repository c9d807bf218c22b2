"""Replication configuration templates: the settings that new servers start from.

InitializeService makes none, as in DRS: a client that initialises a Region makes its template itself.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any

from drs_emulator.errors import not_found, quota_exceeded, validation_failed
from drs_emulator.identifiers import make_arn, make_id
from drs_emulator.operations.call import Call, Operation
from drs_emulator.operations.pages import page
from drs_emulator.operations.tags import tag_problems
from drs_emulator.replication_rules import find_problems

Problem = tuple[str, str]

# What DRS fills in where a request leaves it out.
_DEFAULTS: Mapping[str, Any] = {
    "associateDefaultSecurityGroup": True,
    "replicationServerInstanceType": "t3.small",
    "useDedicatedReplicationServer": False,
    "defaultLargeStagingDiskType": "AUTO",
    "dataPlaneRouting": "PRIVATE_IP",
    "createPublicIP": False,
    "autoReplicateNewDisks": True,
    "internetProtocol": "IPV4",
}


def create_replication_configuration_template(call: Call) -> dict[str, Any]:
    """One template for an account and Region, as in DRS."""
    tags = call.arguments.get("tags") or {}
    _refuse([*find_problems({}, call.arguments, ()), *tag_problems(tags)])
    state = call.state
    if state.replication_templates:
        raise quota_exceeded("", "There is already a replication configuration template in this Region.")
    template_id = make_id("rct-", call.world.settings.seed, state.account, state.region, state.next_order())
    template = {
        **_DEFAULTS,
        **copy.deepcopy(call.arguments),
        "replicationConfigurationTemplateID": template_id,
        "arn": make_arn(state.account, state.region, f"replication-configuration-template/{template_id}"),
        "tags": dict(tags),
    }
    state.replication_templates[template_id] = template
    return copy.deepcopy(template)


def describe_replication_configuration_templates(call: Call) -> dict[str, Any]:
    """All templates, or those of the given ids; an unknown id is ResourceNotFoundException."""
    ids = call.arguments.get("replicationConfigurationTemplateIDs") or list(call.state.replication_templates)
    numbered = [(index, _find(call, template_id)) for index, template_id in enumerate(ids)]
    return page(call, numbered, rank=lambda item: item[0], write=lambda item: copy.deepcopy(item[1]))


def update_replication_configuration_template(call: Call) -> dict[str, Any]:
    """Changes only what is named; servers that exist keep their configuration."""
    template = _find(call, call.arguments["replicationConfigurationTemplateID"])
    changes = copy.deepcopy(call.arguments)
    problems = find_problems(template, changes, ())
    if changes.get("arn", template["arn"]) != template["arn"]:
        problems.append(("arn", "It is not the ARN of this template"))
    _refuse(problems)
    template.update(changes)
    return copy.deepcopy(template)


def delete_replication_configuration_template(call: Call) -> dict[str, Any]:
    """Servers that exist keep their configuration."""
    template = _find(call, call.arguments["replicationConfigurationTemplateID"])
    del call.state.replication_templates[template["replicationConfigurationTemplateID"]]
    return {}


def _find(call: Call, template_id: str) -> dict[str, Any]:
    if template_id not in call.state.replication_templates:
        raise not_found("ReplicationConfigurationTemplate", template_id)
    return call.state.replication_templates[template_id]


def _refuse(problems: Sequence[Problem]) -> None:
    if problems:
        raise validation_failed(problems)


OPERATIONS = {
    "CreateReplicationConfigurationTemplate": Operation(handler=create_replication_configuration_template),
    "DescribeReplicationConfigurationTemplates": Operation(handler=describe_replication_configuration_templates),
    "UpdateReplicationConfigurationTemplate": Operation(handler=update_replication_configuration_template),
    "DeleteReplicationConfigurationTemplate": Operation(handler=delete_replication_configuration_template),
}
