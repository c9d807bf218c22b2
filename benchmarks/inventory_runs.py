"""Fills many account-Regions with source servers, and measures syncs of their inventory.

The functions run in the process of the local cloud, so its memory includes tables, emulator and moto: what is compared
with the target is what the syncs add to it.
"""

import resource
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from benchmarks.metric import Measured, Metric, TextTable
from chalicelib.domain.estate.accounts import Place
from local.aws_calls import AwsCall
from local.cloud import LocalCloud
from local.world import make_account, register_accounts
from local.world_plan import AccountPlan

REGIONS = ("us-east-1", "us-west-2", "us-east-2", "us-west-1", "eu-west-1", "eu-central-1", "eu-west-2", "eu-west-3")
FUNCTION = "inventory-sync"
TARGET_MEGABYTES = 256
_INVENTORY = "source-server-inventory"
_PAGE = 200


@dataclass(frozen=True, kw_only=True)
class Synced:
    """One sync: its time, its calls by service and operation, and the rows of the inventory that it wrote."""

    name: str
    seconds: float
    calls: Counter[str]
    rows: int
    megabytes: float


def measure_sync(name: str, *, places: int, servers_in_each: int, most_seconds: float | None = None) -> Measured:
    """Measures a first sync, which writes every server, and two when nothing has changed."""
    with LocalCloud(speed=1.0, seed=3, seeded=False) as cloud:
        fill_places(cloud, places, servers_in_each)
        before = _peak_megabytes()
        syncs = [_sync(cloud, step, before) for step in ("from nothing", "unchanged", "unchanged again")]
    pages = places * -(-servers_in_each // _PAGE)
    _, first, again = syncs
    drs_calls = again.calls["drs.DescribeSourceServers"]
    metrics = (
        Metric(
            name=f"{name}.seconds", value=round(min(first.seconds, again.seconds), 2), unit="s", target=most_seconds
        ),
        Metric(name=f"{name}.first-seconds", value=round(syncs[0].seconds, 2), unit="s"),
        Metric(name=f"{name}.drs-calls-beyond-pages", value=drs_calls - pages, unit="calls", target=0),
        Metric(name=f"{name}.rows-without-change", value=first.rows + again.rows, unit="items", target=0),
        Metric(name=f"{name}.memory", value=round(again.megabytes, 1), unit="MB", target=TARGET_MEGABYTES),
        Metric(name=f"{name}.milliseconds-a-place", value=round(again.seconds / places * 1_000, 1), unit="ms"),
    )
    table = TextTable(
        title=f"Syncs of {places * servers_in_each} servers in {places} account-Regions",
        columns=("sync", "seconds", "rows written", "DRS calls", "EC2 calls", "DynamoDB calls", "STS calls"),
        numbers=6,
        rows=tuple(
            (
                one.name,
                f"{one.seconds:.2f}",
                str(one.rows),
                *(str(_of(one.calls, service)) for service in ("drs", "ec2", "dynamodb", "sts")),
            )
            for one in syncs
        ),
    )
    return Measured(metrics=metrics, tables=(table,))


def fill_places(cloud: LocalCloud, places: int, servers_in_each: int) -> dict[Place, list[str]]:
    """Makes accounts with up to eight Regions each, and servers of which each second one came from EC2.

    Returns the ids of the servers by place.
    """
    filled: dict[Place, list[str]] = {}
    regions_of: dict[str, list[str]] = {}
    for number in range(places):
        regions_of.setdefault(f"{500_000_000_000 + number // len(REGIONS)}", []).append(REGIONS[number % len(REGIONS)])
    accounts = []
    for account_id, regions in regions_of.items():
        plan = AccountPlan(account_id=account_id, name=account_id, region=regions[0], network="10.0.0.0/16")
        accounts.append(make_account(plan, regions, cloud))
        for region in regions:
            cloud.emulator.initialize(account_id, region)
            for number in range(servers_in_each):
                from_ec2 = number % 2 == 1
                server_id = cloud.emulator.add_source_server(
                    account_id,
                    region,
                    hostname=f"{region}-{number}",
                    origin_account=account_id if from_ec2 else None,
                    origin_region="ap-south-1" if from_ec2 else None,
                    origin_instance_id=f"i-{number:017x}" if from_ec2 else None,
                )
                filled.setdefault(Place(account_id, region), []).append(server_id)
    register_accounts(tuple(accounts), cloud)
    return filled


def _sync(cloud: LocalCloud, name: str, megabytes_before: float) -> Synced:
    with _counted(cloud) as (calls, rows):
        began = time.monotonic()
        result = cloud.scheduler.run_now(FUNCTION)
        seconds = time.monotonic() - began
    if result.function_error or result.value["body"]["failures"]:
        raise RuntimeError(f"The sync failed: {result.payload.decode()}")
    added = _peak_megabytes() - megabytes_before
    return Synced(name=name, seconds=seconds, calls=calls, rows=rows.total(), megabytes=added)


@contextmanager
def _counted(cloud: LocalCloud) -> Iterator[tuple[Counter[str], Counter[str]]]:
    calls, rows = Counter[str](), Counter[str]()

    def see(call: AwsCall, function: str | None) -> None:
        if function != FUNCTION:
            return
        calls[f"{call.service}.{call.operation}"] += 1
        if call.operation == "BatchWriteItem":
            for table, entries in call.params["RequestItems"].items():
                rows[table] += len(entries) if _INVENTORY in table else 0

    stop = cloud.front.observe(see)
    try:
        yield calls, rows
    finally:
        stop()


def _of(calls: Counter[str], service: str) -> int:
    return sum(count for call, count in calls.items() if call.startswith(f"{service}."))


def _peak_megabytes() -> float:
    """The most memory that this process has had."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 2**20 if sys.platform == "darwin" else peak / 2**10
