"""Launch actions: what DRS runs on an instance after its launch, by server and as defaults for new servers.

They are kept and never run here: there is no Systems Manager behind this emulator.
"""

from __future__ import annotations

import copy
from typing import Any

from drs_emulator.errors import conflict, invalid, not_found
from drs_emulator.operations.call import Call, Operation
from drs_emulator.operations.pages import page

_MOST_ACTIONS = 200  # of the list in the answer of ListLaunchActions
# DRS asks Systems Manager what a document is. Of those that it offers itself, these are automations.
_AUTOMATIONS = frozenset({"AWS-CreateImage", "AWSMigration-CreateImage"})


def put_launch_action(call: Call) -> dict[str, Any]:
    """Adds an action, or replaces that of the same id. Two actions of a resource cannot have the same order."""
    resource_id, actions = _actions(call)
    action = {name: copy.deepcopy(value) for name, value in call.arguments.items() if name != "resourceId"}
    action["type"] = "SSM_AUTOMATION" if action["actionCode"] in _AUTOMATIONS else "SSM_COMMAND"
    others = [other for other in actions.values() if other["actionId"] != action["actionId"]]
    for other in others:
        if other["order"] == action["order"]:
            message = f"Launch action {other['actionId']} of {resource_id} has the order {other['order']} already."
            raise conflict(message, resource_type="LaunchAction", resource_id=str(other["actionId"]))
    if len(others) >= _MOST_ACTIONS:
        raise invalid(f"{resource_id} has {len(others)} launch actions already, which is the most.")
    actions[action["actionId"]] = action
    return {"resourceId": resource_id, **copy.deepcopy(action)}


def list_launch_actions(call: Call) -> dict[str, Any]:
    """The actions of a server or template in the order in which they run."""
    wanted = set(call.filters.get("actionIds") or ())
    _, actions = _actions(call)
    found = [action for action in actions.values() if not wanted or action["actionId"] in wanted]
    found.sort(key=lambda action: action["order"])
    return page(call, found, rank=lambda action: action["order"], write=copy.deepcopy)


def delete_launch_action(call: Call) -> dict[str, Any]:
    """Removes one action; an unknown id is ResourceNotFoundException."""
    _, actions = _actions(call)
    if call.arguments["actionId"] not in actions:
        raise not_found("LaunchAction", call.arguments["actionId"])
    del actions[call.arguments["actionId"]]
    return {}


def _actions(call: Call) -> tuple[str, dict[str, dict[str, Any]]]:
    """The id of a server or launch configuration template, and its actions, to be changed in place."""
    resource_id = str(call.arguments["resourceId"])
    if resource_id.startswith("s-"):
        if resource_id not in call.state.servers:
            raise not_found("SourceServer", resource_id)
    elif resource_id not in call.state.launch_templates:
        raise not_found("LaunchConfigurationTemplate", resource_id)
    return resource_id, call.state.launch_actions.setdefault(resource_id, {})


OPERATIONS = {
    "PutLaunchAction": Operation(handler=put_launch_action),
    "ListLaunchActions": Operation(handler=list_launch_actions),
    "DeleteLaunchAction": Operation(handler=delete_launch_action),
}
