"""Creates the groups and the plan of a plan file through the API; reports refusals with file and field."""

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from chalicelib.domain.estate.groups import ProtectionGroup
from chalicelib.domain.estate.servers import SourceServer
from chalicelib.domain.plans.configuration import GroupEntry, PlanEntry
from chalicelib.domain.plans.plans import RecoveryPlan
from chalicelib.domain.text import name_key
from local.demo.plan_file import PlanFile, PlanFileError, refused_fields
from local.demo.rest import ApiProblem, RestClient

_SHOWN_HOSTNAMES = 12
_SERVER_INDEX = re.compile(r"^sourceServerIds\[(\d+)\]")


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """The groups and the plans that were created; the first plan is run."""

    groups: tuple[ProtectionGroup, ...]
    plans: tuple[RecoveryPlan, ...]

    @property
    def plan(self) -> RecoveryPlan:
        return self.plans[0]


def prepare(content: PlanFile, *, file: Path, client: RestClient) -> Prepared:
    """Creates the groups and the plans of `content`, which was read from `file`; `client` may create both.

    Raises PlanFileError for servers that do not exist and for refused groups and plans, ApiProblem for other refusals.
    """
    server_ids = _find_servers(content, file, client)
    groups = tuple(
        _create_group(index, group, server_ids[group.account_id, group.region], file, client)
        for index, group in enumerate(content.groups)
    )
    ids = {name_key(group.name): made.group_id for group, made in zip(content.groups, groups, strict=True)}
    plans = tuple(_create_plan(field, plan, ids, file, client) for field, plan in content.plans)
    return Prepared(groups=groups, plans=plans)


def _find_servers(content: PlanFile, file: Path, client: RestClient) -> Mapping[tuple[str, str], Mapping[str, str]]:
    """Source server ids by hostname, for each account and Region that a group names."""
    found: dict[tuple[str, str], dict[str, str]] = {}
    problems: dict[str, str] = {}
    for index, group in enumerate(content.groups):
        place = (group.account_id, group.region)
        if place not in found:
            servers = client.list_all("/drs/source-servers", SourceServer, accountId=place[0], region=place[1])
            found[place] = {server.hostname: server.source_server_id for server in servers}
        for position, hostname in enumerate(group.hostnames):
            if hostname not in found[place]:
                problems[f"groups[{index}].hostnames[{position}]"] = _no_such_server(hostname, place, found[place])
    if problems:
        raise refused_fields(file, problems)
    return found


def _no_such_server(hostname: str, place: tuple[str, str], known: Mapping[str, str]) -> str:
    shown = sorted(known)[:_SHOWN_HOSTNAMES]
    more = f" and {len(known) - len(shown)} more" if len(known) > len(shown) else ""
    there = f"the servers there are {', '.join(shown)}{more}" if shown else "there are no servers there"
    return f"there is no source server {hostname!r} in {'/'.join(place)}; {there}"


def _create_group(
    index: int, group: GroupEntry, ids: Mapping[str, str], file: Path, client: RestClient
) -> ProtectionGroup:
    body = {**msgspec.to_builtins(group.content(ids)), "accountId": group.account_id, "region": group.region}
    try:
        return client.post("/protection-groups", body, ProtectionGroup, idempotency_key=_new_key())
    except ApiProblem as problem:
        if not problem.complaints:
            raise refused_fields(file, {f"groups[{index}]": problem.message}) from None
        fields = {
            f"groups[{index}].{_field_in_file(complaint.field, group)}": complaint.message
            for complaint in problem.complaints
        }
        raise refused_fields(file, fields) from None


def _create_plan(
    field: str, plan: PlanEntry, group_ids: Mapping[str, str], file: Path, client: RestClient
) -> RecoveryPlan:
    body = msgspec.to_builtins(plan.content(group_ids))
    try:
        return client.post("/recovery-plans", body, RecoveryPlan, idempotency_key=_new_key())
    except ApiProblem as problem:
        raise _plan_problem(problem, field, file) from None


def _field_in_file(field: str, group: GroupEntry) -> str:
    """The field in the file; hostnames were sent after the source server ids."""
    found = _SERVER_INDEX.match(field)
    position = int(found[1]) - len(group.source_server_ids) if found else -1
    return f"hostnames[{position}]" if position >= 0 else field


def _plan_problem(problem: ApiProblem, plan: str, file: Path) -> PlanFileError:
    if not problem.complaints:
        return refused_fields(file, {plan: problem.message})
    return refused_fields(
        file,
        {
            f"{plan}.{complaint.field.replace('protectionGroupIds', 'protectionGroups')}": complaint.message
            for complaint in problem.complaints
        },
    )


def _new_key() -> str:
    return str(uuid.uuid4())
