"""Launching into an existing instance: what DRS demands of the instance and of the launch configuration.

Conditions: DRS user guide, "Launch into source instance" (its prerequisites) and "Launch configuration errors".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from drs_emulator.caller_rights import LAUNCH_INTO, LAUNCH_INTO_TAG


def instance_to_launch_into(configuration: Mapping[str, Any]) -> str | None:
    """The id that a launch configuration names, or None when it launches a new instance."""
    named = (configuration.get("launchIntoInstanceProperties") or {}).get("launchIntoEC2InstanceID")
    return str(named) if named else None


def configuration_problem(configuration: Mapping[str, Any]) -> str | None:
    """What in the configuration cannot go together with an existing instance."""
    copied = [name for name in ("copyPrivateIp", "copyTags") if configuration.get(name)]
    if not copied:
        return None
    return f"Launching into an existing instance requires {' and '.join(copied)} to be off."


def instance_problem(instance: Mapping[str, Any] | None, *, windows: bool) -> str | None:
    """What is wrong with an instance as EC2 describes it; None when a server can be launched into it."""
    if instance is None:
        return "The instance does not exist."
    tags = {tag["Key"]: tag["Value"] for tag in instance.get("Tags", [])}
    if tags.get(LAUNCH_INTO_TAG) != LAUNCH_INTO[LAUNCH_INTO_TAG]:
        return f"The instance needs the tag {LAUNCH_INTO_TAG} with the value {LAUNCH_INTO[LAUNCH_INTO_TAG]}."
    boot_mode = instance.get("CurrentInstanceBootMode") or instance.get("BootMode") or "legacy-bios"
    differing = [
        name
        for name, same in (
            ("Platform", (str(instance.get("Platform", "")).lower() == "windows") == windows),
            ("BootMode", boot_mode == "legacy-bios"),
            ("Architecture", instance.get("Architecture", "x86_64") == "x86_64"),
        )
        if not same
    ]
    return f"Settings of instance and source server differ: {', '.join(differing)}." if differing else None


def state_problem(instance: Mapping[str, Any]) -> str | None:
    """A launch needs the instance stopped; a configuration may name one that still runs."""
    state = instance["State"]["Name"]
    return None if state == "stopped" else f"The instance must be stopped, but is {state}."
