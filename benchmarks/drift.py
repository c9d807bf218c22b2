"""What a day of rounds costs that check 4,000 servers in 20 account-Regions for drift.

The rounds are played one after the other, each at its time of the day, so a day takes minutes. Nothing has drifted.
"""

import io
import time
import uuid
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from datetime import UTC, datetime, timedelta
from typing import Any

from benchmarks.inventory_runs import fill_places
from benchmarks.metric import Measured, Metric, median_metric
from chalicelib.domain.access.context import CallContext, Hub
from chalicelib.domain.access.permissions import SCHEDULE, InvocationMode
from chalicelib.domain.estate.accounts import Place
from chalicelib.domain.estate.drift_checks import SLOT, SLOTS, slot_of
from chalicelib.domain.estate.launch_settings import LaunchSettings, settings_hash
from chalicelib.domain.estate.launch_status import LaunchRecord
from chalicelib.management.estate.drift_rounds import handle_launch_settings_drift
from chalicelib.operations.declaration import Nothing
from chalicelib.operations.estate import SyncResult
from chalicelib.store.tables.launch_settings import LAUNCH_RECORDS, LaunchStatusItem
from local.aws_calls import AwsCall
from local.cloud import HUB_REGION, LocalCloud
from local.demo.rest import RestClient

PLACES = 20
SERVERS_IN_EACH = 200
_SERVERS = PLACES * SERVERS_IN_EACH
_HELD = {"copyTags": True, "copyPrivateIp": False}
"""What every new server of the emulated DRS has."""

_RUN_RECORD = 5
"""Items that a round writes: the record of its run, its claim, when the newest of its kind began; the ends of two."""

_LOOKS = ("drs.GetLaunchConfiguration", "ec2.DescribeLaunchTemplateVersions")


def measure() -> Measured:
    """Plays the 96 rounds of a day."""
    with LocalCloud(speed=1.0, seed=3, seeded=False) as cloud:
        for number, (place, server_ids) in enumerate(fill_places(cloud, PLACES, SERVERS_IN_EACH).items()):
            _applied_group(cloud, f"Group {number}", place, server_ids)
        began, results, seconds = datetime.now(UTC).replace(hour=0, minute=5) - timedelta(days=1), [], []
        # The functions log to the standard output, which the local cloud does not collect here.
        with _counted(cloud) as (calls, written), redirect_stdout(io.StringIO()):
            for number in range(SLOTS):
                started = time.monotonic()
                results.append(_play_round(cloud, began + number * SLOT))
                seconds.append(time.monotonic() - started)
    _require_quiet(results)
    looks = sum(calls[name] for name in _LOOKS)
    others = sum(count for call, count in calls.items() if call.startswith(("drs.", "ec2."))) - looks
    requests = sum(count for call, count in calls.items() if call.startswith("dynamodb."))
    return Measured(
        metrics=(
            Metric(name="drift.calls-beyond-the-servers", value=looks + others - 2 * _SERVERS, unit="calls", target=0),
            Metric(
                name="drift.items-beyond-run-records",
                value=written.total() - _RUN_RECORD * SLOTS,
                unit="items",
                target=0,
            ),
            Metric(name="drift.largest-round", value=max(result.seen for result in results), unit="servers"),
            Metric(name="drift.requests-to-tables-a-round", value=round(requests / SLOTS, 1), unit="calls"),
            median_metric("drift.seconds-a-round", seconds, "s", digits=2),
        )
    )


def _applied_group(cloud: LocalCloud, name: str, place: Place, server_ids: list[str]) -> None:
    """A group whose settings its servers hold, with the records that applying them leaves."""
    client = RestClient(cloud.api_url, lambda: cloud.sign_in("DRSPlanManager"))
    body = {"name": name, "accountId": place.account_id, "region": place.region, "sourceServerIds": server_ids}
    made = client.post(
        "/protection-groups", {**body, "launchDefaults": _HELD}, dict[str, Any], idempotency_key=str(uuid.uuid4())
    )
    wanted = settings_hash(LaunchSettings(copy_tags=True, copy_private_ip=False))
    looked = datetime.now(UTC) - timedelta(days=2)
    with LaunchStatusItem.batch_write() as batch:
        for server_id in server_ids:
            record = LaunchRecord(
                made["groupId"],
                server_id,
                applied_hash=wanted,
                applied_at=looked,
                checked_at=looked,
                check_slot=slot_of(server_id),
            )
            batch.save(LAUNCH_RECORDS.to_item(record))


def _play_round(cloud: LocalCloud, at: datetime) -> SyncResult:
    real, hub = datetime.now(UTC), Hub("aws", cloud.hub_account, HUB_REGION)

    def clock() -> datetime:
        return at + (datetime.now(UTC) - real)

    mode, deadline = InvocationMode.EVENTBRIDGE, at + timedelta(seconds=890)
    return handle_launch_settings_drift(Nothing(), CallContext("round", SCHEDULE, mode, clock, deadline, hub))


def _require_quiet(results: list[SyncResult]) -> None:
    failures: Mapping[str, str] = {place: why for result in results for place, why in result.failures.items()}
    seen, written = sum(result.seen for result in results), sum(result.written for result in results)
    if failures or (seen, written) != (_SERVERS, 0):
        raise RuntimeError(f"{seen} servers were checked and {written} written, with these failures: {failures}")


@contextmanager
def _counted(cloud: LocalCloud) -> Iterator[tuple[Counter[str], Counter[str]]]:
    """Counts the calls by service and operation, and the items written by operation."""
    calls, written = Counter[str](), Counter[str]()

    def see(call: AwsCall, _function: str | None) -> None:
        calls[f"{call.service}.{call.operation}"] += 1
        if call.operation in {"PutItem", "UpdateItem", "DeleteItem"}:
            written[call.operation] += 1
        if call.operation == "TransactWriteItems":
            written[call.operation] += len(call.params["TransactItems"])
        if call.operation == "BatchWriteItem":
            written[call.operation] += sum(map(len, call.params["RequestItems"].values()))

    stop = cloud.front.observe(see)
    try:
        yield calls, written
    finally:
        stop()
