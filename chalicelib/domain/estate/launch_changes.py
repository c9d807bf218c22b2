"""What differs between the launch settings that are wanted for a server and those that DRS and EC2 hold.

Only fields that are wanted are compared. All others are left as they are in AWS, and so are tags under other keys.
"""

from typing import Any

import msgspec

from .launch_settings import DRS_FIELDS, LaunchIntoInstance, LaunchSettings, Licensing, RightSizing
from .launch_status import Difference
from .servers import Finding, Readiness

_CAMEL = {field.name: field.encode_name for field in msgspec.structs.fields(LaunchSettings)}
_REMEDY = "Apply the launch settings of its protection group, or change the settings to what is wanted now."


def differing(wanted: LaunchSettings, held: LaunchSettings) -> dict[str, Any]:
    """The wanted values that are not held, by field."""
    found = held.given()
    return {name: value for name, value in wanted.given().items() if not _same(name, value, found.get(name))}


def differences(wanted: LaunchSettings, held: LaunchSettings) -> tuple[Difference, ...]:
    """The same for people, in the order of the fields."""
    found = held.given()
    return tuple(
        Difference(_CAMEL[name], _text(value), _text(_comparable(name, value, found.get(name))))
        for name, value in differing(wanted, held).items()
    )


def split(changes: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The changes of the launch configuration in DRS, and those of the launch template in EC2."""
    of_drs = {name: value for name, value in changes.items() if name in DRS_FIELDS}
    return of_drs, {name: value for name, value in changes.items() if name not in DRS_FIELDS}


def changed_fields(changes: dict[str, Any]) -> tuple[str, ...]:
    """The names of changed fields as the API has them."""
    return tuple(_CAMEL[name] for name in changes)


def drs_request(changes: dict[str, Any]) -> dict[str, Any]:
    """The parameters of UpdateLaunchConfiguration for changes of its fields."""
    asked = {_CAMEL[name]: msgspec.to_builtins(value) for name, value in changes.items()}
    if "launchIntoInstance" in asked:
        asked["launchIntoInstanceProperties"] = asked.pop("launchIntoInstance")
    return asked


def contradiction(wanted: LaunchSettings, held: LaunchSettings) -> str:
    """Why the wanted settings would have no effect; empty if they have.

    While right-sizing is on, DRS writes the instance type into the template itself (DRS user guide, launch settings).
    """
    sizing = {**held.given(), **wanted.given()}.get("target_instance_type_right_sizing_method", RightSizing.NONE)
    if "instance_type" not in wanted.given() or sizing == RightSizing.NONE:
        return ""
    return (
        f"DRS chooses the instance type itself, because targetInstanceTypeRightSizingMethod is {sizing}; instanceType "
        "has no effect. Set targetInstanceTypeRightSizingMethod to NONE, or remove instanceType."
    )


class ConfiguredSettings(msgspec.Struct, frozen=True):
    """The effective settings of a server, and whether they were applied since they were last changed."""

    wanted: LaunchSettings
    applied: bool


def judge_settings(configured: ConfiguredSettings, held: LaunchSettings) -> tuple[Finding, ...]:
    """Finds a server that would launch with other settings than those that are wanted for it."""
    drift = differences(configured.wanted, held)
    if not drift:
        return ()
    if configured.applied:
        reason = f"Its launch settings were changed in AWS since they were applied: {describe_drift(drift)}."
        return (Finding(Readiness.DEGRADED, "SETTINGS_DRIFTED", reason, _REMEDY),)
    reason = f"Its launch settings are not applied: {describe_drift(drift)}."
    return (Finding(Readiness.DEGRADED, "SETTINGS_NOT_APPLIED", reason, _REMEDY),)


def describe_drift(drift: tuple[Difference, ...]) -> str:
    """The differences in one line."""
    return "; ".join(map(str, drift))


def _same(name: str, wanted: Any, found: Any) -> bool:
    if found is None:
        return False
    if name == "security_group_ids":
        return set(wanted) == set(found)
    if name == "instance_profile":
        return _profile_name(wanted) == _profile_name(found)
    if name == "tags":
        return all(found.get(key) == value for key, value in wanted.items())
    return bool(wanted == found)


def _profile_name(profile: str) -> str:
    """The name of an instance profile, which a setting or a template may give as an ARN."""
    return profile.rpartition("/")[2]


def _comparable(name: str, wanted: Any, found: Any) -> Any:
    """What is found, of tags only those under the wanted keys."""
    if name != "tags" or found is None:
        return found
    return {key: found[key] for key in wanted if key in found}


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Licensing):
        return f"osByol={_text(value.os_byol)}"
    if isinstance(value, LaunchIntoInstance):
        return value.instance_id
    if isinstance(value, dict):
        return ", ".join(f"{key}={text}" for key, text in sorted(value.items()))
    if isinstance(value, tuple):
        return ", ".join(sorted(value))
    return str(value)
