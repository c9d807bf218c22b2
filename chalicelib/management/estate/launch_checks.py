"""Checks launch settings before they are saved, in the account and Region of the servers. Nothing here writes."""

from collections.abc import Collection, Mapping

from ...aws.reads.estate.launch_occupancy import read_address_holders, read_instance_to_launch_into
from ...aws.reads.estate.launch_settings import read_network
from ...domain.errors import FieldProblem
from ...domain.estate.accounts import Place, TargetAccount
from ...domain.estate.groups import ProtectionGroup
from ...domain.estate.launch_fit import fit_problems, uses_network
from ...domain.estate.launch_occupancy import (
    address_problems,
    instance_problems,
    into_instance,
    static_addresses,
    taken_problem,
    takers_of,
)
from ...domain.estate.launch_settings import LaunchSettings, effective_settings, settings_problems, shared_values
from ...domain.estate.launch_status import LaunchRecord
from ...domain.estate.servers import SourceServer
from ...preflight.effective_settings import effective_of_servers, read_launch_defaults
from ...side_by_side import map_bounded
from ...store.reads.estate.groups import find_groups
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


def problems_of_server(
    account: TargetAccount,
    group: ProtectionGroup,
    after: LaunchRecord,
    server: SourceServer | None,
    others: Collection[str],
) -> list[FieldProblem]:
    """What prevents a new level of one server, alone and beside the other servers of its group. Raises as above.

    ``others`` are the other groups of its account and Region. They are read only if the level newly names an instance.
    """
    before = member_records(group)
    records = {**before, after.source_server_id: after}
    effective = effective_of_servers(group, read_launch_defaults(), records, records)
    own = {after.source_server_id: effective[after.source_server_id]}
    found = problems_of(own, account, group.region)[after.source_server_id] + shared_values(effective)
    if instance_id := into_instance(after.settings):
        known = before.get(after.source_server_id)
        is_new = known is None or into_instance(known.settings) != instance_id
        existing = read_instance_to_launch_into(account, group.region, instance_id)
        found += instance_problems(instance_id, existing, server, group.place, is_new=is_new)
        found += _taken_elsewhere(instance_id, others) if is_new else []
    return [FieldProblem(f"settings.{problem.field}", problem.message) for problem in found]


def _taken_elsewhere(instance_id: str, groups: Collection[str]) -> list[FieldProblem]:
    """Whether a server of one of these groups is launched into the instance; costs a query for each group."""
    found = map_bounded(member_records, find_groups(groups).values())
    levels = {server_id: record.settings for records in found for server_id, record in records.items()}
    takers = takers_of(instance_id, levels)
    return [taken_problem(instance_id, takers)] if takers else []


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
    addresses = static_addresses({server_id: effective[server_id] for server_id in effective if not found[server_id]})
    if addresses:
        holders = read_address_holders(account, region, set(addresses.values()))
        for server_id, wanted in addresses.items():
            found[server_id] = address_problems(server_id, wanted, holders)
    return found
