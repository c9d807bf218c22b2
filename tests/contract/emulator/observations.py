"""Plays an observation: builds the world that it describes, makes its call over HTTP, and compares by its rules.

An observation is a file in `observed/`; its README explains the fields.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import jmespath  # type: ignore[import-untyped]
import yaml
from botocore import xform_name
from botocore.exceptions import ClientError

from drs_emulator import EmulatorSettings, Throttling
from tests.contract.emulator.conftest import ACCOUNT, REGION, Served

FILES = sorted((Path(__file__).parent / "observed").glob("*.yaml"))
EVENTS = "events"
EVENT_FIELDS = ("account", "region", "type", "detail", "resources")
FIELDS = {"source", "note", "call", "request", "account", "region", "world", "answer"}

SETTINGS = EmulatorSettings(
    as_observed=True,
    throttling=Throttling(enabled=False),
    late_status_probability=0.0,
    late_participants_probability=0.0,
)
RULES: Mapping[str, Callable[[Any, Any], bool]] = {
    "exact": lambda value, wanted: bool(value == wanted),
    "pattern": lambda value, wanted: value is not None and re.fullmatch(wanted, str(value)) is not None,
    "oneOf": lambda value, wanted: value in wanted,
    "present": lambda value, wanted: (value is not None) is wanted,
    "absent": lambda value, wanted: (value is None) is wanted,
    "between": lambda value, wanted: value is not None and wanted[0] <= value <= wanted[1],
}


def read_observation(file: Path) -> dict[str, Any]:
    """Reads a file. Raises AssertionError naming what is missing or unknown in it."""
    observation: dict[str, Any] = yaml.safe_load(file.read_text())
    assert set(observation) <= FIELDS, f"{file.name}: unknown fields {sorted(set(observation) - FIELDS)}"
    assert observation["source"]["title"], f"{file.name}: source.title"
    assert observation["source"]["address"].startswith("https://"), f"{file.name}: source.address"
    assert observation["answer"], f"{file.name}: answer has no rules"
    for path, rules in observation["answer"].items():
        assert set(rules or {"none"}) <= set(RULES), f"{file.name}: answer.{path}: rules are {sorted(RULES)}"
    return observation


def settings_of(observation: Mapping[str, Any]) -> EmulatorSettings:
    """The emulator's settings for an observation: those of `world.settings` over the defaults above."""
    return replace(SETTINGS, **observation.get("world", {}).get("settings", {}))


def play(observation: Mapping[str, Any], served: Served) -> list[str]:
    """Returns what in the emulator's answer breaks the observation's rules."""
    kept: dict[str, Any] = {}
    world = observation.get("world", {})
    region = {"name": REGION, "servers": world.get("servers", [])}
    served.emulator.load_world({"accounts": [{"id": ACCOUNT, "regions": [region]}, *world.get("accounts", [])]})
    for step in world.get("steps", []):
        _take_step(step, served, kept)
    for fault in world.get("faults", []):
        served.emulator.add_fault(fault)
    answer = _call(observation, served, kept)
    return mismatches(answer, _filled(observation["answer"], kept))


def mismatches(answer: Mapping[str, Any], wanted: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """The rules that an answer breaks; each path is a JMESPath expression."""
    found = []
    for path, rules in wanted.items():
        value = jmespath.search(path, answer)
        found += [
            f"{path} is {value!r}, which is not {name}: {rule!r}"
            for name, rule in rules.items()
            if not RULES[name](value, rule)
        ]
    return found


def _take_step(step: Mapping[str, Any], served: Served, kept: dict[str, Any]) -> None:
    """One step: `pass` seconds, `replication` of a server, `failbackClient`, `fault`, or a `call` that may `keep`."""
    if "pass" in step:
        served.clock.pass_seconds(step["pass"])
    elif "replication" in step:
        chosen = {"account": ACCOUNT, "region": REGION, **step["replication"]}
        served.emulator.set_replication(**chosen)
    elif "fault" in step:
        served.emulator.add_fault(step["fault"])
    elif "failbackClient" in step:
        instance_id = _filled(step["failbackClient"], kept)
        served.emulator.connect_failback_client(ACCOUNT, REGION, instance_id)
    else:
        answer = _call(step, served, kept)
        assert "Error" not in answer, answer["Error"]
        kept |= {name: jmespath.search(path, answer) for name, path in step.get("keep", {}).items()}
        assert None not in kept.values(), kept


def _call(described: Mapping[str, Any], served: Served, kept: Mapping[str, Any]) -> dict[str, Any]:
    """The parsed answer, of an error too; for `events` what the emulator has published."""
    if described["call"] == EVENTS:
        served.emulator.world.advance()
        return {EVENTS: [dict(zip(EVENT_FIELDS, event, strict=False)) for event in served.events]}
    client = served.client(described.get("account", ACCOUNT), described.get("region", REGION))
    try:
        answer: dict[str, Any] = getattr(client, xform_name(described["call"]))(
            **_filled(described.get("request", {}), kept)
        )
    except ClientError as error:
        return dict(error.response)
    return answer


def _filled(value: Any, kept: Mapping[str, Any]) -> Any:
    """Replaces each text "$name" by the value that a step has kept under that name."""
    if isinstance(value, str) and value.startswith("$"):
        return kept[value[1:]]
    if isinstance(value, dict):
        return {key: _filled(item, kept) for key, item in value.items()}
    return [_filled(item, kept) for item in value] if isinstance(value, list) else value
