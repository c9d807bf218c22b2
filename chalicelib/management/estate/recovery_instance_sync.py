"""The sync of recovery instances: makes the rows of each place what DRS and EC2 show there."""

from datetime import datetime

import msgspec

from ...aws.reads.estate.instances import find_instances, find_tagged_instances
from ...aws.reads.estate.recovery_instances import describe_instances_of
from ...domain.access.context import CallContext
from ...domain.errors import DomainError
from ...domain.estate.accounts import Place, TargetAccount
from ...domain.estate.inventory import RegionState, region_state_of
from ...domain.estate.recovery_instances import RecoveryInstance, compare_instances, row_of, unexplained
from ...domain.estate.sightings import NOT_FOUND, Ec2Sighting, InstanceSighting
from ...domain.estate.syncs import NOT_REACHED, SyncKind
from ...domain.estate.terms import TermKind, terms_of_instances
from ...operations.declaration import Nothing
from ...operations.estate import SyncResult
from ...preflight.existing_instances import explain_sightings
from ...store.reads.estate.inventory import find_servers
from ...store.reads.estate.recovery_instances import instances_of_place
from ...store.writes.estate.recovery_instances import write_instances
from .search_terms import keep_terms
from .sync_frame import PlaceResult, Sync, failure_of, has_time_left, run_sync


def handle_sync_recovery_instances(_: Nothing, call: CallContext) -> SyncResult:
    """Brings the inventory of recovery instances up to date and records the run; writes only what changed."""
    return run_sync(_SYNC, call)


class _Look(msgspec.Struct, frozen=True):
    """What DRS and EC2 show in a place. Instances that EC2 does not show are left out: they are gone."""

    in_drs: tuple[InstanceSighting, ...] = ()
    in_ec2: tuple[Ec2Sighting, ...] = ()

    @property
    def states(self) -> dict[str, str]:
        listed = {seen.instance_id: seen.state for seen in self.in_drs}
        return listed | {seen.instance_id: seen.state for seen in self.in_ec2}

    @property
    def ids_in_drs(self) -> frozenset[str]:
        return frozenset(seen.instance_id for seen in self.in_drs)


def _sync_place(account: TargetAccount, place: Place, call: CallContext) -> PlaceResult:
    """Makes the place's rows what is shown. A place that cannot be seen completely keeps its rows."""
    known = {row.recovery_instance_id: row for row in instances_of_place(place)}
    now = call.now
    try:
        look = _look(account, place)
        explained = _explained(account, place, look, unexplained(known, look.states), now)
    except DomainError as error:
        return PlaceResult(place, failure=failure_of(error))
    change = compare_instances(known, look.states, look.ids_in_drs, explained, now)
    if not has_time_left(call):
        return PlaceResult(place, failure=f"{NOT_REACHED}: DRS and EC2 answered too late; nothing was written.")
    write_instances(place, change)
    keep_terms(place, TermKind.INSTANCE, terms_of_instances(change.current))
    return PlaceResult(place, len(look.states), len(change.write), len(change.remove))


def _look(account: TargetAccount, place: Place) -> _Look:
    """Costs a call of DRS and one of EC2 a page, and one of EC2 for 200 instances without DRS's tag."""
    try:
        shown = describe_instances_of(account, place.region)
    except DomainError as error:
        if region_state_of(error) is RegionState.NOT_INITIALIZED:
            return _Look()
        raise
    in_ec2 = find_tagged_instances(account, place.region)
    states = {seen.instance_id: seen.state for seen in in_ec2}
    # An instance that DRS launched into was there before and does not carry the tag.
    untagged = [seen.instance_id for seen in shown if seen.instance_id not in states]
    states |= {key: found.state for key, found in find_instances(account, place.region, untagged).items()}
    in_drs = [msgspec.structs.replace(seen, state=states.get(seen.instance_id, NOT_FOUND)) for seen in shown]
    return _Look(tuple(seen for seen in in_drs if seen.exists), tuple(in_ec2))


def _explained(
    account: TargetAccount, place: Place, look: _Look, wanted: frozenset[str], now: datetime
) -> list[RecoveryInstance]:
    """The rows of the ``wanted`` instances, with how each was launched."""
    in_drs = [seen for seen in look.in_drs if seen.instance_id in wanted]
    in_ec2 = [seen for seen in look.in_ec2 if seen.instance_id in wanted]
    if not wanted:
        return []
    found = explain_sightings(account, place, in_drs, in_ec2, now)
    servers = find_servers(place, [item.source_server_id for item in found])
    return [
        row_of(
            item,
            in_drs=item.instance_id in look.ids_in_drs,
            hostname=servers[item.source_server_id].hostname if item.source_server_id in servers else "",
            now=now,
        )
        for item in found
    ]


_SYNC = Sync(SyncKind.RECOVERY_INSTANCES, "Recovery instances could not be read", _sync_place)
