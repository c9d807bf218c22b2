"""Checks launch settings before they are saved, in the account and Region of the servers. Nothing here writes."""

from collections.abc import Mapping

from ...aws.reads.estate.launch_settings import read_network
from ...domain.errors import FieldProblem
from ...domain.estate.accounts import Place, TargetAccount
from ...domain.estate.groups import ProtectionGroup
from ...domain.estate.launch_fit import fit_problems, uses_network
from ...domain.estate.launch_settings import LaunchSettings, effective_settings, settings_problems, shared_values
from ...domain.estate.launch_status import LaunchRecord
from ...preflight.effective_settings import effective_of_servers, read_launch_defaults
from ...store.reads.estate.launch_records import launch_records


def member_records(group: ProtectionGroup) -> dict[str, LaunchRecord]:
    """What is stored of the servers of a group; of one that selects by tags, also of servers that lost their tags."""
    records = launch_records(group.group_id)
    if group.selects_by_tags:
        return records
    return {each: records[each] for each in group.source_server_ids if each in records}


def problems_of_group(account: TargetAccount, group: ProtectionGroup) -> list[FieldProblem]:
    """What prevents the level of a group: of its own, and together with the levels of its servers.

    Costs a few pages of EC2 and IAM if the settings name anything there. Raises CloudError and Unavailable.
    """
    defaults = read_launch_defaults()
    records = {each: record for each, record in member_records(group).items() if record.settings.given()}
    of_servers = effective_of_servers(group, defaults, records, records)
    shared = effective_settings((defaults, group.launch_defaults))
    found = problems_of({"": shared, **of_servers}, account, group.region)
    return [
        FieldProblem(
            f"launchDefaults.{problem.field}",
            f"for server {server_id}: {problem.message}" if server_id else problem.message,
        )
        for server_id, problems in found.items()
        for problem in problems
    ]


def problems_of_server(account: TargetAccount, group: ProtectionGroup, after: LaunchRecord) -> list[FieldProblem]:
    """What prevents a new level of one server, alone and beside the other servers of its group. Raises as above."""
    records = {**member_records(group), after.source_server_id: after}
    effective = effective_of_servers(group, read_launch_defaults(), records, records)
    own = {after.source_server_id: effective[after.source_server_id]}
    found = problems_of(own, account, group.region)[after.source_server_id] + shared_values(effective)
    return [FieldProblem(f"settings.{problem.field}", problem.message) for problem in found]


def problems_of(
    effective: Mapping[str, LaunchSettings], account: TargetAccount, region: str
) -> dict[str, list[FieldProblem]]:
    """The problems of each server's effective settings, by server id. The network is read once."""
    found = {server_id: settings_problems(settings) for server_id, settings in effective.items()}
    to_fit = {
        server_id: settings
        for server_id, settings in effective.items()
        if not found[server_id] and uses_network(settings)
    }
    if to_fit:
        kinds = {
            settings.given()["instance_type"] for settings in to_fit.values() if "instance_type" in settings.given()
        }
        network = read_network(account, region, kinds)
        for server_id, settings in to_fit.items():
            found[server_id] = fit_problems(settings, network, Place(account.account_id, region))
    return found
