"""Reads scenario files: the plan, the faults in DRS, what people do, and the expected result."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from chalicelib.calls.decoding import decode
from chalicelib.domain.errors import InvalidRequest
from chalicelib.domain.runs.records import Mode
from drs_emulator.documents import Document, read_document
from local.demo.connecting import Connect
from local.demo.plan_file import EXAMPLE_FILE, PlanFile, plan_of, read_plan_file
from local.demo.script import Expectation, Script, script_problems
from local.world_plan import WorldPlan

T = TypeVar("T")

_DIRECTORY = Path(__file__).with_name("scenarios")


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """A scenario. Fields are None where the file has no value.

    `faults` goes to the emulator. `settings` are environment variables of the product's functions. `expected` None:
    the outcome is not checked. `connect` is the account that is connected before the plan is created.
    """

    name: str
    file: Path
    description: str
    faults: Mapping[str, Any]
    plan: PlanFile | None
    mode: Mode | None
    speed: float | None
    settings: Mapping[str, str]
    connect: Connect | None
    script: Script
    expected: Expectation | None


class UnknownScenario(ValueError):
    """Neither the name of a scenario nor a file."""


class _Direction(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True, kw_only=True):
    """The fields of a scenario file that belong neither to the emulator nor to a plan file."""

    mode: Mode | None = None
    speed: float | None = None
    settings: dict[str, str] = {}
    connect: Connect | None = None
    script: Script = ()


def scenario_names() -> list[str]:
    """The names of the scenarios that come with the demonstration."""
    return sorted(file.stem for file in _DIRECTORY.glob("*.yaml"))


def read_scenario(name_or_file: str) -> Scenario:
    """Reads a scenario by name or from a file. Raises UnknownScenario, or DocumentError with the wrong field.

    A scenario file of the emulator is accepted too, because `faults` may be its only content.
    """
    file = _DIRECTORY / f"{name_or_file}.yaml" if name_or_file in scenario_names() else Path(name_or_file)
    if not file.is_file():
        raise UnknownScenario(
            f"There is no scenario or file {name_or_file!r}. The scenarios are: {', '.join(scenario_names())}."
        )
    document = read_document(file)
    # The demonstration's own fields are taken out; the emulator checks the rest.
    own = _take(document, *(field.encode_name for field in msgspec.structs.fields(_Direction)))
    direction = _decode(_Direction, own, document)
    if direction.connect is not None:
        _require_account(direction.connect, document)
    expect = document.pop("expect", None)
    planned = _take(document, "schemaVersion", "groups", "plans", "plan", "morePlans")
    plan = plan_of(document, planned) if planned else None
    plans = [each for _, each in (plan or read_plan_file(EXAMPLE_FILE)).plans]
    problems = script_problems(
        direction.script,
        first=direction.mode or Mode.DRILL,
        waves=[wave.name for each in plans for wave in each.waves],
        plans=[each.name for each in plans],
    )
    if problems:
        raise document.error(*next(iter(problems.items())))
    return Scenario(
        name=str(document.get("name") or file.stem),
        file=file,
        description=str(document.get("description") or ""),
        faults=document,
        plan=plan,
        mode=direction.mode,
        speed=direction.speed,
        settings=direction.settings,
        connect=direction.connect,
        script=direction.script,
        expected=None if expect is None else _decode(Expectation, expect, document, "expect."),
    )


def _decode(kind: type[T], raw: Any, document: Document, place: str = "") -> T:
    """Decodes a part of the file. Raises DocumentError for the first problem; `place` is the prefix of its field."""
    try:
        return decode(kind, raw)
    except InvalidRequest as refused:
        first = refused.problems[0]
        raise document.error(f"{place}{first.field}", first.message) from None


def _require_account(connect: Connect, document: Document) -> None:
    known = [account.account_id for account in WorldPlan.read().accounts]
    if connect.account_id not in known:
        problem = f"must be an account of local/world.yaml: {', '.join(known)}"
        raise document.error("connect.accountId", problem)


def _take(document: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: document.pop(name) for name in names if name in document}
