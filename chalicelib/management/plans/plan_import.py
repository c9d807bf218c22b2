"""Recovery plans in an import: groups by name, comparison with the plans here, and their changes."""

from collections.abc import Sequence
from typing import Any

from ...domain.access.context import CallContext
from ...domain.access.idempotency import Replayed
from ...domain.errors import FieldProblem, StateConflict
from ...domain.plans.configuration import ConfigurationDocument, PlanEntry, normal_plan, plan_entry
from ...domain.plans.drill_schedule import schedule_problems
from ...domain.plans.plans import PlanContent, RecoveryPlan, plan_problems
from ...domain.text import name_key
from ...operations.plans import CreateRecoveryPlan, UpdateRecoveryPlan
from ...store.reads.estate.groups import find_groups
from ...store.reads.plans.plans import find_plans, plan_ids_by_name
from ..estate.group_import import GroupImport
from ..importing import Change
from .outgoing_hosts import host_problems_of
from .plans import create_recovery_plan, update_recovery_plan


class PlanImport:
    """The plans of a document, and ``groups`` that it names.

    Costs one query of all names, the plans that the document names, and the groups that they use now.
    """

    field = "plans"

    def __init__(self, document: ConfigurationDocument, call: CallContext, groups: GroupImport) -> None:
        self._entries, self._call, self._groups = document.plans, call, groups
        self._hosts = document.settings.outgoing_hosts or None
        self._all_ids = plan_ids_by_name()
        named = {name_key(plan.name) for plan in document.plans}
        found = find_plans(self._all_ids[key] for key in named if key in self._all_ids)
        self._here: dict[str, RecoveryPlan] = {name_key(plan.name): plan for plan in found.values()}
        used = find_groups(group_id for plan in found.values() for group_id in plan.group_ids)
        self._group_names = {group_id: group.name for group_id, group in used.items()}
        self._spelled = {name_key(group.name): group.name for group in document.groups}
        # The groups that exist or are in the document, by the key of their name, as the document spells them.
        self._names = {key: group.name for key, group in groups.here.items()} | self._spelled

    def problems(self) -> list[FieldProblem]:
        return [
            FieldProblem(f"plans[{index}].{problem.field}", problem.message)
            for index, entry in enumerate(self._entries)
            for problem in self._entry_problems(entry)
        ]

    def changes(self) -> Sequence[Change]:
        return [self._change(index, entry) for index, entry in enumerate(self._entries)]

    def ids_only_here(self) -> list[str]:
        named = {name_key(plan.name) for plan in self._entries}
        return [plan_id for key, plan_id in sorted(self._all_ids.items()) if key not in named]

    def names_of(self, record_ids: Sequence[str]) -> list[str]:
        return [plan.name for plan in find_plans(record_ids).values()]

    def _entry_problems(self, entry: PlanEntry) -> list[FieldProblem]:
        """The rules of a plan, with the names of its groups in place of their ids."""
        names = self._names
        content = entry.content({name_key(name): names.get(name_key(name), name) for name in entry.group_names})
        problems = plan_problems(content, names.values()) + schedule_problems(content.schedule, self._call.now)
        problems += host_problems_of(content.waves, self._hosts)
        return [FieldProblem(_located(problem.field), problem.message) for problem in problems]

    def _change(self, index: int, entry: PlanEntry) -> Change:
        here = self._here.get(name_key(entry.name))
        by_name = entry.content(self._names)
        wanted = normal_plan(by_name, {name: name for name in self._names.values()})

        def create(request: CreateRecoveryPlan) -> str:
            made = create_recovery_plan(request, self._call)
            return made.record.plan_id if isinstance(made, Replayed) else made.plan_id

        def update(request: UpdateRecoveryPlan) -> str:
            return update_recovery_plan(request, self._call).plan_id

        act: dict[str, Any]
        if here is None:
            act = {"request": lambda: CreateRecoveryPlan(**self._fields(entry)), "run": create}
        else:
            version: dict[str, Any] = {"plan_id": here.plan_id, "version": here.version}
            act = {"request": lambda: UpdateRecoveryPlan(**self._fields(entry), **version), "run": update}
        return Change(
            field=f"plans[{index}]",
            name=by_name.name,
            record_id=here.plan_id if here else "",
            before=plan_entry(here, self._shown_names()) if here else None,
            after=wanted,
            operation="update_recovery_plan" if here else "create_recovery_plan",
            located=_located,
            **act,
        )

    def _shown_names(self) -> dict[str, str]:
        """The names of the groups that plans use now, by id, spelled as in the document where it has them."""
        return {group_id: self._spelled.get(name_key(name), name) for group_id, name in self._group_names.items()}

    def _fields(self, entry: PlanEntry) -> dict[str, Any]:
        """The fields of the plan's request. Raises StateConflict when one of its groups was not created."""
        ids = {key: group.group_id for key, group in self._groups.here.items()}
        missing = sorted({name for name in entry.group_names if name_key(name) not in ids})
        if missing:
            listed = ", ".join(f"'{name}'" for name in missing)
            raise StateConflict(
                f"The plan needs the protection group {listed}, which this import did not create. "
                "See the result of that group, and repeat the import.",
                missing=missing,
            )
        content = entry.content(ids)
        return {name: getattr(content, name) for name in PlanContent.__struct_fields__}


def _located(field: str) -> str:
    return field.replace("protectionGroupIds", "protectionGroups")
