"""Reads a plan file (YAML or JSON), and reports every mistake in it with its field."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from chalicelib.calls.decoding import decode
from chalicelib.domain.errors import InvalidRequest
from chalicelib.domain.estate.groups import GroupContent
from chalicelib.domain.plans.plans import PlanContent, WaveContent
from drs_emulator.documents import Document, read_document
from drs_emulator.errors import DocumentError

T = TypeVar("T", bound=msgspec.Struct)

EXAMPLE_FILE = Path(__file__).with_name("example-plan.yaml")


class PlanFileError(ValueError):
    """A plan file that cannot be used; the message has one line for each problem, with file and field."""

    def __init__(self, file: Path, problems: Mapping[str, str]) -> None:
        super().__init__("\n".join(f"{file}: {field}: {message}" for field, message in problems.items()))


class GroupEntry(GroupContent, frozen=True, rename="camel", forbid_unknown_fields=True, kw_only=True):
    """A protection group in the fields of the API, plus `hostnames` in place of server ids.

    Server ids are not known before the local cloud starts. `impactLevels` may also name servers by hostname.
    """

    account_id: str
    region: str
    hostnames: tuple[str, ...] = ()

    def request(self, id_of: Mapping[str, str]) -> dict[str, Any]:
        """The request body that creates the group; `id_of` has the source server id of each hostname."""
        content = msgspec.structs.replace(
            _only(self, GroupContent),
            source_server_ids=(*self.source_server_ids, *(id_of[hostname] for hostname in self.hostnames)),
            impact_levels={id_of.get(server, server): impact for server, impact in self.impact_levels.items()},
        )
        body: dict[str, Any] = msgspec.to_builtins(content)
        return {**body, "accountId": self.account_id, "region": self.region}


class WaveEntry(WaveContent, frozen=True, rename="camel", forbid_unknown_fields=True, kw_only=True):
    """A wave in the fields of the API, with groups by name; without `number` (0) its place is its number."""

    number: int = 0
    group_ids: tuple[str, ...] = msgspec.field(name="protectionGroups")

    def content(self, place: int, group_ids: Mapping[str, str]) -> WaveContent:
        """The wave for the API. `place` counts from 1; `group_ids` has the ids by group name."""
        return msgspec.structs.replace(
            _only(self, WaveContent),
            number=self.number or place,
            group_ids=tuple(group_ids[name] for name in self.group_ids),
        )


class PlanEntry(PlanContent, frozen=True, rename="camel", forbid_unknown_fields=True, kw_only=True):
    """A recovery plan in the fields of the API."""

    waves: tuple[WaveEntry, ...]

    def request(self, group_ids: Mapping[str, str]) -> dict[str, Any]:
        """The request body that creates the plan; `group_ids` has the ids by group name."""
        waves = tuple(wave.content(place, group_ids) for place, wave in enumerate(self.waves, start=1))
        body: dict[str, Any] = msgspec.to_builtins(msgspec.structs.replace(_only(self, PlanContent), waves=waves))
        return body


class PlanFile(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True, kw_only=True):
    """The content of a plan file. `groups` are created first, in this order."""

    groups: tuple[GroupEntry, ...]
    plan: PlanEntry


def read_plan_file(file: Path) -> PlanFile:
    """Reads a plan file. Raises PlanFileError with every problem that can be found without a cloud."""
    try:
        document = read_document(file)
    except DocumentError as error:
        raise PlanFileError(file, {error.place: error.problem}) from None
    return plan_of(document, document)


def plan_of(document: Document, raw: Mapping[str, Any]) -> PlanFile:
    """Decodes `raw`, the part of `document` that is a plan file. Raises PlanFileError with every problem."""
    try:
        content = decode(PlanFile, raw)
    except InvalidRequest as refused:
        problems = {problem.field: _hint(problem.message) for problem in refused.problems}
    else:
        problems = _name_problems(content)
        if not problems:
            return content
    raise _located(document, problems)


def refused_fields(file: Path, problems: Mapping[str, str]) -> PlanFileError:
    """The error of fields that were refused after the file had been read, with their lines."""
    try:
        return _located(read_document(file), problems)
    except DocumentError:
        return PlanFileError(file, problems)


def _located(document: Document, problems: Mapping[str, str]) -> PlanFileError:
    return PlanFileError(document.file, {document.error(field, "").place: text for field, text in problems.items()})


def _name_problems(content: PlanFile) -> dict[str, str]:
    """Checks the names of groups, because the API does not know them here; the API checks the rest."""
    problems = {}
    seen: set[str] = set()
    for index, group in enumerate(content.groups):
        if group.name in seen:
            problems[f"groups[{index}].name"] = f"another group above is named {group.name!r}; names must be unique"
        seen.add(group.name)
    known = ", ".join(repr(name) for name in sorted(seen)) or "none"
    for index, wave in enumerate(content.plan.waves):
        for position, name in enumerate(wave.group_ids):
            if name not in seen:
                field = f"plan.waves[{index}].protectionGroups[{position}]"
                problems[field] = f"there is no group {name!r} under `groups`; the groups are: {known}"
    return problems


def _only(value: Any, kind: type[T]) -> T:
    """Reduces `value` to the fields of `kind`, a base class of its type."""
    return kind(**{name: getattr(value, name) for name in kind.__struct_fields__})


def _hint(message: str) -> str:
    if re.search(r"expected `str( \| null)?`, got `(int|float)`", message):
        return f"{message}; put it in quotes, because YAML reads bare digits as a number"
    if "expected `bool`, got `str`" in message:
        return f"{message}; write true or false"
    return message
