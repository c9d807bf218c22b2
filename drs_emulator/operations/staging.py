"""Staging accounts: which servers of them can be extended into this account, and extending them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from drs_emulator.errors import conflict, invalid, not_found
from drs_emulator.operations.call import Call, Operation
from drs_emulator.operations.pages import page
from drs_emulator.records import RegionState, SourceServer
from drs_emulator.source_servers import ServerDescription, add_server, server_to_wire


def list_staging_accounts(call: Call) -> dict[str, Any]:
    """The accounts that this account's extended servers come from."""
    accounts = sorted({server.staging_account for server in call.state.servers.values() if server.staging_account})
    answer = page(call, list(enumerate(accounts)), rank=lambda item: item[0], write=lambda item: {"accountID": item[1]})
    return {"accounts": answer.pop("items"), **answer}


def list_extensible_source_servers(call: Call) -> dict[str, Any]:
    """A staging account's servers that are not extensions and not yet extended into this account."""
    staging = call.world.regions.get((call.arguments["stagingAccountID"], call.state.region))
    found = list(enumerate(_extensible(call.state, staging))) if staging is not None else []
    return page(
        call,
        found,
        rank=lambda item: item[0],
        write=lambda item: {"hostname": item[1].hostname, "arn": item[1].arn, "tags": dict(item[1].tags)},
    )


def create_extended_source_server(call: Call) -> dict[str, Any]:
    """Extends a staging account's server. Its volumes' key must be shareable: the default `aws/ebs` key is not."""
    arn = str(call.arguments["sourceServerArn"])
    original = _find_original(call, arn)
    if original.uses_default_key:
        raise invalid(
            f"Source server {original.server_id} is encrypted with the default EBS key (aws/ebs), which cannot be "
            "shared with another account. Use a customer managed key."
        )
    if any(server.staging_arn == arn for server in call.state.servers.values()):
        raise conflict(f"{arn} is already extended into this account.", resource_id=original.server_id)
    wanted = ServerDescription(
        hostname=original.hostname,
        os=original.os,
        os_name=original.os_name,
        tags=call.arguments.get("tags") or {},
        disks=original.disks,
        cpu_cores=original.cpu_cores,
        ram_bytes=original.ram_bytes,
        private_ip=original.private_ip,
        instance_type=original.recommended_instance_type,
        staging_arn=arn,
    )
    server = add_server(call.world, call.state, wanted, now=call.now)
    return {"sourceServer": server_to_wire(call.world, call.state, server, call.now)}


def _extensible(target: RegionState, staging: RegionState) -> Iterator[SourceServer]:
    extended = {server.staging_arn for server in target.servers.values()}
    for server in staging.servers.values():
        if not server.extended and server.arn not in extended and target.account != staging.account:
            yield server


def _find_original(call: Call, arn: str) -> SourceServer:
    _, _, _, region, account, resource = arn.split(":", 5)
    server_id = resource.removeprefix("source-server/")
    if account == call.state.account:
        raise invalid("A source server cannot be extended into its own account.")
    staging = call.world.regions.get((account, region))
    if region != call.state.region or staging is None or server_id not in staging.servers:
        raise not_found("SourceServer", arn)
    original = staging.servers[server_id]
    if original.extended:
        raise invalid(f"{arn} is itself an extended source server.")
    return original


OPERATIONS = {
    "ListStagingAccounts": Operation(handler=list_staging_accounts),
    "ListExtensibleSourceServers": Operation(handler=list_extensible_source_servers),
    "CreateExtendedSourceServer": Operation(handler=create_extended_source_server),
}
