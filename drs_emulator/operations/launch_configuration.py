"""Launch configuration of a server, and the templates that new servers start from."""

from __future__ import annotations

import copy
from typing import Any

from drs_emulator.errors import invalid, not_found, quota_exceeded, servers_in_a_job
from drs_emulator.identifiers import make_arn, make_id
from drs_emulator.launch_into import configuration_problem, instance_to_launch_into
from drs_emulator.launch_templates import ensure_launch_template
from drs_emulator.operations.call import Call, Operation
from drs_emulator.operations.pages import page
from drs_emulator.source_servers import LAUNCH_DEFAULTS


def ensure_template(call: Call) -> None:
    """Makes sure that the launch template exists, so that its id can be shown; runs without the lock."""
    with call.world.lock:
        server = call.server()
    ensure_launch_template(call.world, call.state, server)


def prepare_update(call: Call) -> None:
    """Refuses an instance that the server cannot be launched into; runs without the lock, for it asks EC2.

    Raises `ApiError`: ResourceNotFoundException, ValidationException.
    """
    ensure_template(call)
    with call.world.lock:
        server = call.server()
        wanted = {**server.launch_configuration, **call.arguments}
    into = instance_to_launch_into(wanted)
    if into is None:
        return
    ec2, state = call.world.ec2, call.state
    problem = configuration_problem(wanted) or ec2.launch_into_problem(
        state.account, state.region, into, windows=server.windows
    )
    if problem is not None:
        message = f"Source server {server.server_id} cannot be launched into EC2 instance {into}. {problem}"
        raise invalid(message)


def get_launch_configuration(call: Call) -> dict[str, Any]:
    """The configuration with the id of the EC2 launch template behind it."""
    server = call.server()
    return {
        "sourceServerID": server.server_id,
        "name": f"Launch Configuration for Source Server {server.server_id}",
        "launchIntoInstanceProperties": {},
        "ec2LaunchTemplateID": server.launch_template_id,
        **copy.deepcopy(server.launch_configuration),
    }


def update_launch_configuration(call: Call) -> dict[str, Any]:
    """Changes only what is named. Refused while the server is in a job."""
    server = call.server()
    if server.locked_by is not None:
        raise servers_in_a_job([server.server_id])
    changes = {name: value for name, value in call.arguments.items() if name != "sourceServerID"}
    server.launch_configuration.update(copy.deepcopy(changes))
    return get_launch_configuration(call)


def create_launch_configuration_template(call: Call) -> dict[str, Any]:
    """One template for an account and Region, as in DRS."""
    if call.state.launch_templates:
        raise quota_exceeded("", "There is already a launch configuration template in this Region.")
    template_id = make_id(
        "lct-", call.world.settings.seed, call.state.account, call.state.region, call.state.next_order()
    )
    template = {
        "launchConfigurationTemplateID": template_id,
        "arn": make_arn(call.state.account, call.state.region, f"launch-configuration-template/{template_id}"),
        "tags": {},
        **copy.deepcopy(dict(LAUNCH_DEFAULTS)),
        **copy.deepcopy(call.arguments),
    }
    call.state.launch_templates[template_id] = template
    return {"launchConfigurationTemplate": copy.deepcopy(template)}


def describe_launch_configuration_templates(call: Call) -> dict[str, Any]:
    """All templates, or those of the given ids; an unknown id is ResourceNotFoundException."""
    known = call.state.launch_templates
    ids = call.arguments.get("launchConfigurationTemplateIDs") or list(known)
    for template_id in ids:
        _find_template(call, template_id)
    numbered = [(index, known[template_id]) for index, template_id in enumerate(ids)]
    return page(call, numbered, rank=lambda item: item[0], write=lambda item: copy.deepcopy(item[1]))


def update_launch_configuration_template(call: Call) -> dict[str, Any]:
    """Changes only what is named; servers that exist keep their configuration."""
    template = _find_template(call, call.arguments["launchConfigurationTemplateID"])
    template.update(copy.deepcopy(call.arguments))
    return {"launchConfigurationTemplate": copy.deepcopy(template)}


def delete_launch_configuration_template(call: Call) -> dict[str, Any]:
    """Servers that exist keep their configuration."""
    template = _find_template(call, call.arguments["launchConfigurationTemplateID"])
    del call.state.launch_templates[template["launchConfigurationTemplateID"]]
    call.state.launch_actions.pop(template["launchConfigurationTemplateID"], None)
    return {}


def _find_template(call: Call, template_id: str) -> dict[str, Any]:
    if template_id not in call.state.launch_templates:
        raise not_found("LaunchConfigurationTemplate", template_id)
    return call.state.launch_templates[template_id]


OPERATIONS = {
    "GetLaunchConfiguration": Operation(handler=get_launch_configuration, prepare=ensure_template),
    "UpdateLaunchConfiguration": Operation(handler=update_launch_configuration, prepare=prepare_update),
    "CreateLaunchConfigurationTemplate": Operation(handler=create_launch_configuration_template),
    "DescribeLaunchConfigurationTemplates": Operation(handler=describe_launch_configuration_templates),
    "UpdateLaunchConfigurationTemplate": Operation(handler=update_launch_configuration_template),
    "DeleteLaunchConfigurationTemplate": Operation(handler=delete_launch_configuration_template),
}
