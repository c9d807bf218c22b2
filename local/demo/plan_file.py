"""Reads a plan file, YAML or JSON: protection groups by name, and the plan over them; says what is wrong and where."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import yaml

from chalicelib.calls.decoding import decode
from chalicelib.domain.errors import InvalidRequest
from chalicelib.domain.groups import GroupContent, Impact
from chalicelib.domain.plans import ApprovalPolicy, OnFailure, WaveContent

EXAMPLE_FILE = Path(__file__).with_name("example-plan.yaml")


class PlanFileError(ValueError):
    """A plan file that cannot be used: a line for each problem, with the file and the field."""

    def __init__(self, file: Path, problems: Mapping[str, str]) -> None:
        super().__init__("\n".join(f"{file}: {field}: {message}" for field, message in problems.items()))


class GroupEntry(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True, kw_only=True):
    """A protection group as the API takes it; `hostnames` stand for ids, which nobody knows before the start.

    `impactLevels` may name a server by its hostname too.
    """

    name: str
    account_id: str
    region: str
    description: str = ""
    tags: dict[str, str] = {}
    source_server_ids: tuple[str, ...] = ()
    hostnames: tuple[str, ...] = ()
    impact_levels: dict[str, Impact] = {}

    def request(self, id_of: Mapping[str, str]) -> dict[str, Any]:
        """The body that creates the group; `id_of` knows the source server of every hostname."""
        content = GroupContent(
            name=self.name,
            description=self.description,
            tags=self.tags,
            source_server_ids=(*self.source_server_ids, *(id_of[hostname] for hostname in self.hostnames)),
            impact_levels={id_of.get(server, server): impact for server, impact in self.impact_levels.items()},
        )
        body: dict[str, Any] = msgspec.to_builtins(content)
        return {**body, "accountId": self.account_id, "region": self.region}


class WaveEntry(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True, kw_only=True):
    """A wave as the API takes it, with its groups by name; without `number` its place in the list counts."""

    name: str
    group_names: tuple[str, ...] = msgspec.field(name="protectionGroups")
    number: int | None = None
    depends_on: tuple[int, ...] | None = None
    delay_seconds: int = 0
    on_failure: OnFailure = OnFailure.STOP
    min_success_percent: int | None = None
    timeout_minutes: int = 120
    approval_required: bool = False

    def content(self, place: int, group_ids: Mapping[str, str]) -> WaveContent:
        """The wave for the API; `place` counts from 1. A group that has no id keeps its name, which the API refuses."""
        values = {name: getattr(self, name) for name in _SAME_IN_A_WAVE}
        ids = tuple(group_ids.get(name, name) for name in self.group_names)
        return WaveContent(number=place if self.number is None else self.number, group_ids=ids, **values)


_SAME_IN_A_WAVE = tuple(sorted(set(WaveEntry.__struct_fields__) & set(WaveContent.__struct_fields__) - {"number"}))


class PlanEntry(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True, kw_only=True):
    """A recovery plan as the API takes it."""

    name: str
    waves: tuple[WaveEntry, ...]
    description: str = ""
    owner: str = ""
    rto_minutes: int | None = None
    rpo_minutes: int | None = None
    approval: ApprovalPolicy = ApprovalPolicy()

    def request(self, group_ids: Mapping[str, str]) -> dict[str, Any]:
        """The body that creates the plan; `group_ids` by name."""
        body: dict[str, Any] = msgspec.to_builtins(self)
        waves = [wave.content(place, group_ids) for place, wave in enumerate(self.waves, start=1)]
        return {**body, "waves": msgspec.to_builtins(waves)}


class PlanFile(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True, kw_only=True):
    """What a plan file holds. `groups` are created first, in this order."""

    groups: tuple[GroupEntry, ...]
    plan: PlanEntry


def read_plan_file(file: Path) -> PlanFile:
    """The content of a plan file. Raises PlanFileError with every problem that can be told without a cloud."""
    try:
        raw = yaml.safe_load(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise PlanFileError(file, {"file": f"cannot be read: {error.strerror}"}) from None
    except UnicodeDecodeError:
        raise PlanFileError(file, {"file": "is not UTF-8 text"}) from None
    except yaml.YAMLError as error:
        raise PlanFileError(file, {"file": f"is neither YAML nor JSON: {error}"}) from None
    if not isinstance(raw, dict):
        raise PlanFileError(file, {"file": "must be a mapping with `groups` and `plan`"})
    try:
        content = decode(PlanFile, raw)
    except InvalidRequest as refused:
        raise PlanFileError(file, {problem.field: _hint(problem.message) for problem in refused.problems}) from None
    problems = _name_problems(content)
    if problems:
        raise PlanFileError(file, problems)
    return content


def _name_problems(content: PlanFile) -> dict[str, str]:
    """Groups are known by their names here, so these must be plain; everything else is for the API to judge."""
    problems = {}
    seen: set[str] = set()
    for index, group in enumerate(content.groups):
        if group.name in seen:
            problems[f"groups[{index}].name"] = f"there is another group {group.name!r} above; names must differ"
        seen.add(group.name)
    known = ", ".join(repr(name) for name in sorted(seen)) or "none"
    for index, wave in enumerate(content.plan.waves):
        for position, name in enumerate(wave.group_names):
            if name not in seen:
                field = f"plan.waves[{index}].protectionGroups[{position}]"
                problems[field] = f"there is no group {name!r} under `groups`; there are: {known}"
    return problems


def _hint(message: str) -> str:
    if "expected `str`, got `int`" in message:
        return f"{message}; quote it, YAML reads bare digits as a number"
    return message
