"""Reads scenarios (faults) and worlds (accounts, Regions, servers); errors name the field."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from drs_emulator.documents import located
from drs_emulator.errors import ApiError, ScenarioError
from drs_emulator.records import Disk, OperatingSystem, ReplicationState

_GIB = 1024**3
_SERVER_FIELDS = {
    "hostname": str,
    "os": str,
    "osName": str,
    "serverId": str,
    "tags": dict,
    "disksGiB": list,
    "replicationState": str,
    "lagSeconds": float,
    "replicatingDays": float,
    "cpuCores": int,
    "ramGiB": float,
    "privateIp": str,
    "instanceType": str,
    "originAccount": str,
    "originRegion": str,
    "originInstanceId": str,
    "usesDefaultKey": bool,
    "count": int,
}


class Buildable(Protocol):
    """What scenarios and worlds are loaded into: the emulator."""

    @property
    def add_source_server(self) -> Callable[..., str]:
        """Adds a server and returns its id."""

    def initialize(self, account: str, region: str) -> None:
        """Turns DRS on."""

    def disable_region(self, account: str, region: str) -> None:
        """Makes it a Region that the account has not enabled."""

    def add_fault(self, fault: Mapping[str, Any], where: str) -> str:
        """Puts a fault in force and returns its id."""

    def remove_fault(self, fault_id: str) -> bool:
        """Removes a fault."""

    def set_speed(self, speed: float) -> None:
        """Changes the time scale."""


def load_scenario(emulator: Buildable, scenario: Mapping[str, Any]) -> list[str]:
    """Puts a scenario's faults in force and returns their ids. Raises `ScenarioError` before any is in force."""
    with located(scenario, "scenario"):
        return _load_faults(emulator, scenario)


def load_world(emulator: Buildable, world: Mapping[str, Any]) -> int:
    """Builds the accounts, Regions and servers of a world file and returns the number of servers."""
    with located(world, "world"):
        return _load_accounts(emulator, world)


def add_described_server(
    emulator: Buildable, account: str, region: str, described: Mapping[str, Any], where: str
) -> list[str]:
    """Adds a server of a world file (or `count` of them, numbered) and returns the ids. Raises `ScenarioError`."""
    only_known(described, set(_SERVER_FIELDS), where)
    for name, wanted in _SERVER_FIELDS.items():
        _check_type(described, name, wanted, where)
    for key, value in (described.get("tags") or {}).items():
        if not isinstance(value, str):
            raise ScenarioError(f"{where}.tags.{key}", f"must be text, not {value!r} (quote it)")
    for index, size in enumerate(described.get("disksGiB") or ()):
        if isinstance(size, bool) or not isinstance(size, (int, float)):
            raise ScenarioError(f"{where}.disksGiB[{index}]", f"must be a number, not {size!r}")
    hostname = read_text(described, "hostname", where)
    wanted_count = described.get("count")
    hostnames = [hostname] if wanted_count is None else [f"{hostname}-{n:03}" for n in range(1, wanted_count + 1)]
    try:
        return [
            emulator.add_source_server(account, region, hostname=name, **_server_arguments(described, where))
            for name in hostnames
        ]
    except ApiError as error:
        raise ScenarioError(where, error.message) from None


def only_known(raw: Any, known: set[str], where: str) -> None:
    """Raises `ScenarioError` unless `raw` is a mapping with no other fields than `known`."""
    if not isinstance(raw, Mapping):
        raise ScenarioError(where, "must be a mapping")
    unknown = sorted(str(name) for name in raw if name not in known)
    if unknown:
        raise ScenarioError(f"{where}.{unknown[0]}", f"is not a known field (known: {', '.join(sorted(known))})")


def read_text(raw: Any, name: str, where: str) -> str:
    """A required text field."""
    if not isinstance(raw, Mapping):
        raise ScenarioError(where, "must be a mapping")
    value = raw.get(name)
    if not isinstance(value, str) or not value:
        hint = " (quote it: YAML reads digits as a number)" if isinstance(value, int) else ""
        raise ScenarioError(f"{where}.{name}", f"must be text, not {value!r}{hint}")
    return value


def read_number(raw: Any, name: str, where: str, *, default: float | None = None) -> float:
    """A number field; required when there is no default."""
    if not isinstance(raw, Mapping):
        raise ScenarioError(where, "must be a mapping")
    value = raw.get(name, default)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ScenarioError(f"{where}.{name}", f"must be a number, not {value!r}")
    return float(value)


def _load_faults(emulator: Buildable, scenario: Mapping[str, Any]) -> list[str]:
    only_known(scenario, {"name", "description", "speed", "faults"}, "scenario")
    faults = _listed(scenario, "faults", "scenario")
    added: list[str] = []
    try:
        for index, raw in enumerate(faults):
            added.append(emulator.add_fault(raw, f"scenario.faults[{index}]"))
    except ScenarioError:
        for fault_id in added:
            emulator.remove_fault(fault_id)
        raise
    if scenario.get("speed") is not None:
        emulator.set_speed(read_number(scenario, "speed", "scenario"))
    return added


def _load_accounts(emulator: Buildable, world: Mapping[str, Any]) -> int:
    only_known(world, {"accounts"}, "world")
    count = 0
    for index, account in enumerate(_listed(world, "accounts", "world")):
        where = f"world.accounts[{index}]"
        only_known(account, {"id", "regions"}, where)
        account_id = read_text(account, "id", where)
        for number, region in enumerate(_listed(account, "regions", where)):
            count += _load_region(emulator, account_id, region, f"{where}.regions[{number}]")
    return count


def _load_region(emulator: Buildable, account: str, region: Any, where: str) -> int:
    only_known(region, {"name", "initialized", "disabled", "servers"}, where)
    name = read_text(region, "name", where)
    for flag in ("initialized", "disabled"):
        _check_type(region, flag, bool, where)
    if region.get("initialized", True):
        emulator.initialize(account, name)
    if region.get("disabled", False):
        emulator.disable_region(account, name)
    count = 0
    for index, described in enumerate(_listed(region, "servers", where)):
        count += len(add_described_server(emulator, account, name, described, f"{where}.servers[{index}]"))
    return count


def _server_arguments(described: Mapping[str, Any], where: str) -> dict[str, Any]:
    names = {
        "os": "os",
        "osName": "os_name",
        "serverId": "server_id",
        "tags": "tags",
        "replicationState": "replication_state",
        "lagSeconds": "lag",
        "replicatingDays": "replicating_days",
        "cpuCores": "cpu_cores",
        "privateIp": "private_ip",
        "instanceType": "instance_type",
        "originAccount": "origin_account",
        "originRegion": "origin_region",
        "originInstanceId": "origin_instance_id",
        "usesDefaultKey": "uses_default_key",
    }
    _check_choice(described, "os", OperatingSystem, where)
    _check_choice(described, "replicationState", ReplicationState, where)
    arguments = {ours: described[theirs] for theirs, ours in names.items() if described.get(theirs) is not None}
    if described.get("ramGiB") is not None:
        arguments["ram_bytes"] = int(described["ramGiB"] * _GIB)
    sizes = described.get("disksGiB")
    if sizes is not None:
        arguments["disks"] = [
            Disk(device_name=f"/dev/xvd{chr(ord('a') + index)}", size_bytes=int(size * _GIB))
            for index, size in enumerate(sizes)
        ]
    return arguments


def _check_choice(raw: Mapping[str, Any], name: str, choices: Any, where: str) -> None:
    if raw.get(name) is not None and raw[name] not in list(choices):
        raise ScenarioError(f"{where}.{name}", f"must be one of {', '.join(choices)}, not {raw[name]!r}")


def _check_type(raw: Mapping[str, Any], name: str, wanted: type, where: str) -> None:
    value = raw.get(name)
    accepted = (int, float) if wanted is float else (wanted,)
    if value is not None and (not isinstance(value, accepted) or (isinstance(value, bool) and wanted is not bool)):
        hint = " (write true or false)" if wanted is bool else ""
        raise ScenarioError(f"{where}.{name}", f"must be a {wanted.__name__}, not {value!r}{hint}")


def _listed(raw: Mapping[str, Any], name: str, where: str) -> list[Any]:
    value = [] if raw.get(name) is None else raw[name]
    if not isinstance(value, list):
        raise ScenarioError(f"{where}.{name}", "must be a list")
    return value
