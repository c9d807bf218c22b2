"""Scenarios of the demonstration: the emulator's faults, and what a run under them has to come to."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from chalicelib.calls.decoding import decode
from chalicelib.domain.errors import InvalidRequest
from chalicelib.domain.executions import ExecutionStatus, WaveStatus
from drs_emulator.errors import ScenarioError
from drs_emulator.scenario import read_document

_DIRECTORY = Path(__file__).with_name("scenarios")


class Expectation(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True, kw_only=True):
    """What the demonstration's own plan has to come to: waves by name, failed servers by hostname."""

    outcome: ExecutionStatus
    waves: dict[str, WaveStatus] = {}
    failed_servers: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """`faults` is what the emulator is given; `expected` is None when the file says nothing of the outcome."""

    name: str
    faults: Mapping[str, Any]
    expected: Expectation | None


class UnknownScenario(ValueError):
    """Neither a scenario of the demonstration nor a file."""


def scenario_names() -> list[str]:
    """The scenarios that come with the demonstration."""
    return sorted(file.stem for file in _DIRECTORY.glob("*.yaml"))


def read_scenario(name_or_file: str) -> Scenario:
    """A scenario by name or out of a file. Raises UnknownScenario, or ScenarioError naming the wrong field."""
    file = _DIRECTORY / f"{name_or_file}.yaml" if name_or_file in scenario_names() else Path(name_or_file)
    if not file.is_file():
        raise UnknownScenario(
            f"There is no scenario {name_or_file!r}, and no such file. There are: {', '.join(scenario_names())}."
        )
    document = dict(read_document(file))
    expected = document.pop("expect", None)
    return Scenario(
        name=str(document.get("name") or file.stem),
        faults=document,
        expected=None if expected is None else _decode_expectation(expected),
    )


def _decode_expectation(raw: Any) -> Expectation:
    try:
        return decode(Expectation, raw)
    except InvalidRequest as refused:
        first = refused.problems[0]
        raise ScenarioError(f"expect.{first.field}", first.message) from None
