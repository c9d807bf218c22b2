"""Checks where each server would be launched: subnet, groups, type, profile and free addresses. Writes nothing."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from ..aws.reads.estate.launch_settings import (
    LaunchConfiguration,
    read_default_templates,
    read_launch_configuration,
    read_network,
)
from ..domain.errors import DomainError
from ..domain.estate.accounts import Place, TargetAccount
from ..domain.estate.launch_changes import ConfiguredSettings, judge_settings
from ..domain.estate.launch_targets import SETTINGS, LaunchTarget, judge_room, judge_target, not_checked
from ..domain.estate.servers import Finding, Readiness
from ..domain.runs.planned_servers import PlannedServer
from ..side_by_side import each_place
from .per_server import ask_servers
from .progress import Progress

WHAT = "its launch settings"


def check_launches(
    servers: Sequence[PlannedServer],
    accounts: Mapping[str, TargetAccount],
    configured: Mapping[str, ConfiguredSettings],
    *,
    until: datetime,
    progress: Progress | None = None,
) -> list[PlannedServer]:
    """Adds findings on the launch settings of each server; ``configured`` are those that are wanted, by server id.

    Costs one DRS call for each server and a few pages of EC2 for each place. A server that cannot be checked, or not in
    time, is DEGRADED with that reason.
    """

    def ask(server: PlannedServer) -> LaunchConfiguration:
        return read_launch_configuration(accounts[server.account_id], server.region, server.source_server_id)

    can_launch = [server for server in servers if not server.is_blocked]
    configurations = ask_servers(can_launch, ask, until=until, progress=progress)
    by_place: dict[Place, dict[str, LaunchConfiguration]] = {}
    findings: dict[str, list[Finding]] = {}
    for server in can_launch:
        found = configurations[server.source_server_id]
        if isinstance(found, DomainError):
            findings[server.source_server_id] = [not_checked(WHAT, found.message)]
        else:
            by_place.setdefault(server.place, {})[server.source_server_id] = found
    looks = each_place(
        by_place,
        lambda place: _judge_place(accounts[place.account_id], place, by_place[place], configured),
        what="launch settings",
    )
    for judged in looks.found.values():
        findings |= judged
    for place, reason in looks.failures.items():
        findings |= {server_id: [not_checked(WHAT, reason)] for server_id in by_place[place]}
    return [server.with_findings(findings.get(server.source_server_id, ())) for server in servers]


def _judge_place(
    account: TargetAccount,
    place: Place,
    configurations: Mapping[str, LaunchConfiguration],
    configured: Mapping[str, ConfiguredSettings],
) -> dict[str, list[Finding]]:
    templates = read_default_templates(account, place.region, {found.template_id for found in configurations.values()})
    targets = {
        server_id: _target(templates[found.template_id].target, found)
        for server_id, found in configurations.items()
        if found.template_id in templates
    }
    kinds = {target.instance_type for target in targets.values() if target.instance_type}
    network = read_network(account, place.region, kinds)
    short = judge_room(targets, network)
    judged: dict[str, list[Finding]] = {}
    for server_id, found in configurations.items():
        target = targets.get(server_id)
        if target is None:
            reason = f"Its EC2 launch template {found.template_id or '(none)'} does not exist."
            judged[server_id] = [Finding(Readiness.BLOCKED, "TEMPLATE_NOT_FOUND", reason, SETTINGS)]
            continue
        held = templates[found.template_id].held(found)
        judged[server_id] = [
            *judge_target(target, network),
            *short.get(server_id, ()),
            *(judge_settings(configured[server_id], held) if server_id in configured else ()),
        ]
    return judged


def _target(template: LaunchTarget, configuration: LaunchConfiguration) -> LaunchTarget:
    """The target without its instance type if right-sizing is on, since DRS then chooses the type itself."""
    return msgspec.structs.replace(template, instance_type="") if configuration.sizes_itself else template
