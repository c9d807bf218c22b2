"""Reads a plan file (YAML or JSON), and reports every mistake in it with its field."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from chalicelib.calls.decoding import decode
from chalicelib.domain.errors import FieldProblem, InvalidRequest
from chalicelib.domain.plans.configuration import ConfigurationDocument, GroupEntry, PlanEntry
from drs_emulator.documents import Document, read_document
from drs_emulator.errors import DocumentError
from drs_plans.report import hint

EXAMPLE_FILE = Path(__file__).with_name("example-plan.yaml")


class PlanFileError(ValueError):
    """A plan file that cannot be used; the message has one line for each problem, with file and field."""

    def __init__(self, file: Path, problems: Mapping[str, str]) -> None:
        super().__init__("\n".join(f"{file}: {field}: {message}" for field, message in problems.items()))


class PlanFile(msgspec.Struct, frozen=True):
    """The content of a plan file. `groups` are created first, in this order. `field` is the plan's in the file.

    `more` are further plans, which only scenarios have; their field is `morePlans`.
    """

    groups: tuple[GroupEntry, ...]
    plan: PlanEntry
    field: str = "plans[0]"
    more: tuple[PlanEntry, ...] = ()

    @property
    def plans(self) -> tuple[tuple[str, PlanEntry], ...]:
        """All plans with their fields in the file; the first one is run, others when a script says so."""
        return (self.field, self.plan), *((f"morePlans[{index}]", plan) for index, plan in enumerate(self.more))


class _OnePlan(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True, kw_only=True):
    """The short form of a document with one plan, which scenarios use."""

    groups: tuple[GroupEntry, ...]
    plan: PlanEntry
    more_plans: tuple[PlanEntry, ...] = ()


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
        content = _decoded(raw)
    except InvalidRequest as refused:
        problems = {problem.field: hint(problem.message) for problem in refused.problems}
    else:
        problems = _name_problems(content)
        if not problems:
            return content
    raise _located(document, problems)


def _decoded(raw: Mapping[str, Any]) -> PlanFile:
    if "plan" in raw and "plans" not in raw:
        short = decode(_OnePlan, raw)
        return PlanFile(short.groups, short.plan, "plan", short.more_plans)
    document = decode(ConfigurationDocument, raw)
    count = len(document.plans)
    if count != 1:
        raise InvalidRequest([FieldProblem("plans", f"must have one plan, which is run; it has {count}")])
    others = [name for name in ("accounts", "stagingAccounts", "settings", "serverSettings") if raw.get(name)]
    if others:
        problem = "must be left out: the demonstration has its own accounts and settings, and takes groups and one plan"
        raise InvalidRequest([FieldProblem(name, problem) for name in others])
    return PlanFile(document.groups, document.plans[0])


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
    for place, plan in content.plans:
        for index, position, name in _named_groups(plan):
            if name not in seen:
                field = f"{place}.waves[{index}].protectionGroups[{position}]"
                problems[field] = f"there is no group {name!r} under `groups`; the groups are: {known}"
    return problems


def _named_groups(plan: PlanEntry) -> Iterator[tuple[int, int, str]]:
    """Every name of a group in the plan, with its wave and its position there."""
    for index, wave in enumerate(plan.waves):
        for position, name in enumerate(wave.group_ids):
            yield index, position, name
