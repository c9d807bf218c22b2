"""Scenarios of the demonstration, each a file: the plan, what fails in DRS, what people do, what it has to come to."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from chalicelib.calls.decoding import decode
from chalicelib.domain.errors import InvalidRequest
from chalicelib.domain.runs.records import Mode
from drs_emulator.errors import ScenarioError
from drs_emulator.scenario import read_document
from local.demo.plan_file import EXAMPLE_FILE, PlanFile, plan_of, read_plan_file
from local.demo.script import Expectation, Script, script_problems

T = TypeVar("T")

_DIRECTORY = Path(__file__).with_name("scenarios")


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """`faults` is what the emulator is given; None stands for what the file leaves to others.

    `expected` None: nothing is said of the outcome. `settings` are environment variables of the product's functions.
    """

    name: str
    file: Path
    description: str
    faults: Mapping[str, Any]
    plan: PlanFile | None
    mode: Mode | None
    speed: float | None
    settings: Mapping[str, str]
    script: Script
    expected: Expectation | None


class UnknownScenario(ValueError):
    """Neither a scenario of the demonstration nor a file."""


class _Direction(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True, kw_only=True):
    """The part of a scenario file that is neither the emulator's (`faults`) nor a plan file's (`groups`, `plan`)."""

    mode: Mode | None = None
    speed: float | None = None
    settings: dict[str, str] = {}
    script: Script = ()


def scenario_names() -> list[str]:
    """The scenarios that come with the demonstration."""
    return sorted(file.stem for file in _DIRECTORY.glob("*.yaml"))


def read_scenario(name_or_file: str) -> Scenario:
    """A scenario by name or out of a file. Raises UnknownScenario, or ScenarioError naming the wrong field.

    A scenario file of the emulator is one too: it has no more than `faults`.
    """
    file = _DIRECTORY / f"{name_or_file}.yaml" if name_or_file in scenario_names() else Path(name_or_file)
    if not file.is_file():
        raise UnknownScenario(
            f"There is no scenario {name_or_file!r}, and no such file. There are: {', '.join(scenario_names())}."
        )
    document = dict(read_document(file))
    # The demonstration's own fields are taken out; the emulator judges what is left.
    direction = _decode(
        _Direction, _take(document, *(field.encode_name for field in msgspec.structs.fields(_Direction)))
    )
    expect = document.pop("expect", None)
    plan = plan_of(_take(document, "groups", "plan"), file) if document.keys() & {"groups", "plan"} else None
    waves = (plan or read_plan_file(EXAMPLE_FILE)).plan.waves
    problems = script_problems(direction.script, first=direction.mode or Mode.DRILL, waves=[w.name for w in waves])
    if problems:
        raise ScenarioError(*next(iter(problems.items())))
    return Scenario(
        name=str(document.get("name") or file.stem),
        file=file,
        description=str(document.get("description") or ""),
        faults=document,
        plan=plan,
        mode=direction.mode,
        speed=direction.speed,
        settings=direction.settings,
        script=direction.script,
        expected=None if expect is None else _decode(Expectation, expect, "expect."),
    )


def _decode(kind: type[T], raw: Any, place: str = "") -> T:
    """Raises ScenarioError for the first problem; `place` is what its field begins with."""
    try:
        return decode(kind, raw)
    except InvalidRequest as refused:
        first = refused.problems[0]
        raise ScenarioError(f"{place}{first.field}", first.message) from None


def _take(document: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: document.pop(name) for name in names if name in document}
