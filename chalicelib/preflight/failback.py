"""Finds the servers of a failback and their state in DRS at both ends. Writes nothing.

If a place cannot be read, only its own servers fail. The number of calls grows with places and pages, not with servers.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec

from ..aws.reads.afterwards import failback as reads
from ..domain.afterwards.failback import FailbackServer, Outcome, ServerFailback, require_selection
from ..domain.afterwards.failback_sightings import at_origin, at_recovery_end, feeds, replicates
from ..domain.errors import IllegalTransition
from ..domain.estate.accounts import Place, TargetAccount
from ..domain.runs.records import ServerRun
from ..side_by_side import each_place
from ..store.reads.estate.accounts import find_accounts
from ..store.reads.runs.executions import get_execution, get_servers


def look(execution_id: str, servers: tuple[FailbackServer, ...]) -> list[ServerFailback]:
    """The requested servers in order, as DRS shows them; FAILED where their place could not be read.

    Raises InvalidRequest, RecordNotFound, and IllegalTransition for an execution that has not ended.
    """
    require_selection(execution_id, servers)
    requested = (
        [_of_run(run) for run in _ended_runs(execution_id)] if execution_id else [_of_entry(each) for each in servers]
    )
    return _with_origins(_with_instances(requested))


def _ended_runs(execution_id: str) -> list[ServerRun]:
    execution = get_execution(execution_id)
    if not execution.status.is_final:
        message = f"Execution {execution_id} is {execution.status}. Its servers can fail back after it has ended."
        raise IllegalTransition(message, **{"from": execution.status.value, "executionId": execution_id})
    return get_servers(execution_id)


def _of_run(run: ServerRun) -> ServerFailback:
    return ServerFailback(
        account_id=run.account_id,
        region=run.region,
        source_server_id=run.source_server_id,
        hostname=run.hostname,
        recovery_instance_id=run.recovery_instance_id,
        error=""
        if run.recovery_instance_id
        else f"The execution launched no instance of this server, which is {run.status}.",
    )


def _of_entry(entry: FailbackServer) -> ServerFailback:
    return ServerFailback(
        account_id=entry.account_id,
        region=entry.region,
        source_server_id=entry.source_server_id,
        recovery_instance_id=entry.recovery_instance_id,
    )


def _with_instances(requested: Sequence[ServerFailback]) -> list[ServerFailback]:
    """Adds what each recovery instance shows. A server without a named instance gets that of its newest launch."""
    wanted = [server for server in requested if not server.error]
    accounts = find_accounts(server.account_id for server in wanted)

    def read(account: TargetAccount, region: str) -> Callable[[ServerFailback], ServerFailback]:
        members = [each for each in wanted if each.place == Place(account.account_id, region)]
        found = reads.describe_instances(
            account,
            region,
            instance_ids=[each.recovery_instance_id for each in members if each.recovery_instance_id],
            server_ids=[each.source_server_id for each in members if not each.recovery_instance_id],
        )
        by_id = {seen.instance_id: seen for seen in found} | {seen.source_server_id: seen for seen in found}
        ends = reads.describe_ends(account, region, [seen.source_server_id for seen in found])

        def complete(server: ServerFailback) -> ServerFailback:
            seen = by_id.get(server.recovery_instance_id or server.source_server_id)
            return server if seen is None else at_recovery_end(server, seen, ends.get(seen.source_server_id))

        return complete

    return _by_place(requested, {each.place for each in wanted}, accounts, lambda server: server.place, read)


def _with_origins(servers: Sequence[ServerFailback]) -> list[ServerFailback]:
    """Judges servers from EC2 by the reversed source servers in their own accounts and Regions."""
    reversed_ = [each for each in servers if each.from_ec2 and (each.reversed_server_id or replicates(each))]
    accounts = find_accounts(server.origin_account_id for server in reversed_)
    pending = {id(server) for server in reversed_}

    def read(account: TargetAccount, region: str) -> Callable[[ServerFailback], ServerFailback]:
        members = [each for each in reversed_ if each.origin == Place(account.account_id, region)]
        linked = reads.describe_ends(account, region, [each.reversed_server_id for each in members])
        # The link between the two servers can be one of an earlier failback.
        lost = [each for each in members if replicates(each) and not feeds(each, linked.get(each.reversed_server_id))]
        found = reads.find_servers_fed_by(account, region, [each.recovery_instance_id for each in lost])

        def judge(server: ServerFailback) -> ServerFailback:
            link = linked.get(server.reversed_server_id)
            return at_origin(server, [*found, *([link] if link is not None else [])])

        return judge

    def origin_of(server: ServerFailback) -> Place | None:
        return server.origin if id(server) in pending else None

    return _by_place(servers, {each.origin for each in reversed_}, accounts, origin_of, read)


def _by_place(
    servers: Iterable[ServerFailback],
    places: set[Place],
    accounts: Mapping[str, TargetAccount],
    place_of: Callable[[ServerFailback], Place | None],
    read: Callable[[TargetAccount, str], Callable[[ServerFailback], ServerFailback]],
) -> list[ServerFailback]:
    """Reads all places in parallel and completes their servers; those of an unreadable place are FAILED."""
    known = sorted(place for place in places if place.account_id in accounts)
    looks = each_place(known, lambda place: read(accounts[place.account_id], place.region), what="failback")

    def complete(server: ServerFailback) -> ServerFailback:
        place = place_of(server)
        if place is None or place not in places or server.outcome is not Outcome.OBSERVED:
            return server
        if place in looks.found:
            return server if server.error else looks.found[place](server)
        error = looks.failures.get(place, f"Account {place.account_id} is not a target account.")
        remedy = "Register it as a target account, or check the account number."
        if place in looks.failures:
            remedy = "Restore access to that account and Region, then try again."
        return msgspec.structs.replace(server, outcome=Outcome.FAILED, error=error, remedy=remedy)

    return [complete(server) for server in servers]
