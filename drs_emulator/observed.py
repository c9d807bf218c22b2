"""What DRS was seen to answer where that differs from its documents, for `EmulatorSettings.as_observed`.

Each function takes a value on its way out and returns it as it was seen; `ALTERATIONS` names the shape it belongs to.
What varies from one resource to the next follows from the resource's id.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from typing import Any

_NO_FRACTION = ".000000"


def _time(text: str) -> str:
    """Times end with the offset, and a fraction of zero is left out; the model has a lag or two among its times."""
    if not text.endswith("Z"):
        return _duration(text)
    return text.removesuffix("Z").removesuffix(_NO_FRACTION) + "+00:00"


def _duration(text: str) -> str:
    return "P0D" if text == "PT0S" else text


def _job(job: Mapping[str, Any]) -> dict[str, Any]:
    """Every server has an empty list of actions, and half of the servers never show their instance."""
    participants = [_participant(str(job["jobID"]), server) for server in job.get("participatingServers", ())]
    return {**job, "participatingServers": participants}


def _participant(job_id: str, server: Mapping[str, Any]) -> dict[str, Any]:
    shown = {"launchActionsStatus": {"runs": []}, **server}
    if _one_in(2, f"{job_id} {server['sourceServerID']}"):
        shown.pop("recoveryInstanceID", None)
    return shown


def _log_item(item: Mapping[str, Any]) -> Mapping[str, Any]:
    """The conversion server is named when it has finished."""
    if item["event"] != "CONVERSION_START":
        return item
    data = {name: value for name, value in item["eventData"].items() if name != "conversionServerID"}
    return {**item, "eventData": data}


def _source_server(server: Mapping[str, Any]) -> dict[str, Any]:
    """A server that was never launched has an empty last launch; some lack a recommended type or interfaces."""
    properties = dict(server["sourceProperties"])
    if _one_in(4, f"type {server['sourceServerID']}"):
        properties["recommendedInstanceType"] = ""
    if _one_in(4, f"interfaces {server['sourceServerID']}"):
        properties["networkInterfaces"] = []
    cycle = {"lastLaunch": {"initiated": {}}, **server["lifeCycle"]}
    return {**server, "lifeCycle": cycle, "sourceProperties": properties}


def _recovery_snapshot(point: Mapping[str, Any]) -> Mapping[str, Any]:
    """Some points show only when they were due."""
    if not _one_in(4, str(point["snapshotID"])):
        return point
    return {name: value for name, value in point.items() if name != "timestamp"}


def _one_in(count: int, key: str) -> bool:
    return zlib.crc32(key.encode()) % count == 0


ALTERATIONS: Mapping[str, Callable[[Any], Any]] = {
    "ISO8601DatetimeString": _time,
    "ISO8601DurationString": _duration,
    "Job": _job,
    "JobLog": _log_item,
    "SourceServer": _source_server,
    "RecoverySnapshot": _recovery_snapshot,
}
