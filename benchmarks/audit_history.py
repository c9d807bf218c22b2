"""A history of a million audit entries, put into the tables of a local cloud and not written through their API.

Entries differ in day, id, time, request and resource. They share all other values, so that a million fit in memory.
"""

import gc
from datetime import UTC, datetime, timedelta

from pynamodb.attributes import UTCDateTimeAttribute

from chalicelib.domain.access.audit import AuditEntry
from chalicelib.domain.access.permissions import InvocationMode, Principal, PrincipalType, Verdict
from chalicelib.ids import first_entry_id
from chalicelib.store.tables.audit import AUDIT_ENTRIES, AuditEntryItem
from local.cloud import HUB_ACCOUNT, HUB_REGION
from local.dynamodb.catalogue import find_table
from local.dynamodb.storage import Ordered, Partition, Place, Record
from local.dynamodb.values import Item, Value, stored_item

APART = timedelta(seconds=34)
"""A million entries are those of 394 days, 2,541 a day."""

OF_A_RESOURCE, OF_A_REQUEST = 100, 2
"""Entries about the same execution, and of the same request, one after the other."""

_PEOPLE = 200
_OPERATIONS = ("list_executions", "get_execution", "list_source_servers", "start_execution", "update_recovery_plan")
_ONE_IN_REFUSED = 40
_TODAY = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
_TIME = UTCDateTimeAttribute()


def day_of(number: int) -> str:
    """The day of an entry. The newest has the number 0 and is of yesterday."""
    return f"{_at(number):%Y-%m-%d}"


def request_of(number: int) -> str:
    return f"request-{number // OF_A_REQUEST:07d}"


def resource_of(number: int) -> str:
    return f"exec-{number // OF_A_RESOURCE:026d}"


def fill_audit_log(entries: int) -> None:
    """Puts that many entries into the audit log. Those that an earlier call has put there are among them."""
    table = find_table(HUB_ACCOUNT, HUB_REGION, AuditEntryItem.Meta.table_name)
    if table is None:
        raise LookupError("There is no audit log.")
    orders = [_Filled(table.own, is_index=False)]
    orders += [_Filled(index, is_index=True) for index in table.indexes.values()]
    shared = [_shared_values(kind) for kind in range(_PEOPLE)]
    sizes = [Record.of(values).size for values in shared]
    days: dict[str, Value] = {}
    resource: Value = {}
    request: Value = {}
    # The collector would look at all entries again and again, and find nothing to free: also while reads are timed.
    gc.disable()
    for number in range(entries):
        at = _at(number)
        day = f"{at:%Y-%m-%d}"
        resource = {"S": resource_of(number)} if number % OF_A_RESOURCE == 0 else resource
        request = {"S": request_of(number)} if number % OF_A_REQUEST == 0 else request
        item = {
            **shared[number % _PEOPLE],
            "audit_day": days.setdefault(day, {"S": day}),
            "entry_id": {"S": first_entry_id(at)},
            "timestamp": {"S": _TIME.serialize(at)},
            "request_id": request,
            "resource_id": resource,
        }
        record = Record(item, sizes[number % _PEOPLE])
        places: dict[str, Place] = {}
        for order in orders:
            order.add(record, number % _PEOPLE, places)
    for order in orders:
        order.sort()
    gc.enable()
    gc.collect()
    gc.freeze()


def _at(number: int) -> datetime:
    return _TODAY - APART * (number + 1)


def _shared_values(kind: int) -> Item:
    is_allowed = kind % _ONE_IN_REFUSED != 0
    modes = tuple(InvocationMode)
    entry = AuditEntry(
        entry_id=first_entry_id(_TODAY),
        at=_TODAY,
        invocation_mode=modes[kind % len(modes)],
        principal=Principal(PrincipalType.USER, f"person-{kind}", verified=True),
        operation=_OPERATIONS[kind % len(_OPERATIONS)],
        side="query",
        permission="view",
        verdict=Verdict(allowed=is_allowed, reason="" if is_allowed else "The permission is missing."),
        request_id=request_of(0),
        source_ip="192.0.2.1",
        parameters="{}",
        resource_ids=(f"executionId={resource_of(0)}",),
        status_code=200 if is_allowed else 403,
    )
    return stored_item(AUDIT_ENTRIES.to_item(entry).to_dynamodb_dict())


class _Filled:
    """The table's own order or that of an index while it is filled. Entries of one kind have one size."""

    def __init__(self, ordered: Ordered, *, is_index: bool) -> None:
        self._ordered, self._is_index = ordered, is_index
        self._sizes: dict[int, int] = {}
        self._filled: dict[str, Partition] = {}

    def add(self, record: Record, kind: int, places: dict[str, Place]) -> None:
        """``places`` are those of the entry in other indexes, by what these sort by."""
        item, keys, kept = record.item, self._ordered.keys, self._ordered.kept
        if keys[0] not in item:
            return
        hashed = item[keys[0]]["S"]
        partition = self._filled.get(hashed)
        if partition is None:
            # Makes the partition if there is none.
            self._ordered.change(None, record)
            partition = self._filled[hashed] = self._ordered.partitions[hashed]
        sorted_by = keys[1] if self._is_index else ""
        place = places.get(sorted_by)
        if place is None:
            place = places[sorted_by] = self._ordered.place(item)
        if place in partition.records:
            return
        partition.places.append(place)
        partition.records[place] = record if kept is None else self._kept(item, kept, kind)

    def _kept(self, item: Item, kept: frozenset[str], kind: int) -> Record:
        seen = {name: value for name, value in item.items() if name in kept}
        if kind not in self._sizes:
            self._sizes[kind] = Record.of(seen).size
        return Record(seen, self._sizes[kind])

    def sort(self) -> None:
        for partition in self._filled.values():
            partition.places.sort()
