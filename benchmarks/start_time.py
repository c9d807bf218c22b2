"""How long a start of 1,000 servers takes to answer, and how its AWS calls grow with the servers.

Every wave needs an approval, so that a drill launches nothing and can be started again after it is cancelled.
"""

import time
from collections import Counter
from collections.abc import Mapping, Sequence

from benchmarks.call_counter import CallCounter, counted_calls
from benchmarks.local_runs import (
    await_detail,
    create_plan,
    has_ended,
    intervene,
    operator_of,
    places_of,
    plan_in_waves,
    start_drill,
)
from benchmarks.metric import Measured, Metric, TextTable, median_metric
from chalicelib.domain.runs.records import WaveStatus
from chalicelib.operations.runs import ExecutionDetail
from local.cloud import LocalCloud
from local.demo.rest import RestClient
from local.world import Server

TARGET_SECONDS = 3.0
TARGET_CALLS_PER_HUNDRED = 8
"""Four batches of 25 records, a transaction of 100 leases, a batch of 100 launch times; half a page of servers, and of
instances in DRS and EC2."""

SMALL, LARGE, WAVES, ROUNDS = 100, 1_000, 10, 5
_PATIENCE_SECONDS = 120

Sample = tuple[float, CallCounter]


def measure() -> Measured:
    """Starts both plans repeatedly, on one cloud; the very first start also assumes the roles."""
    with LocalCloud(seed=11, servers=SMALL + LARGE) as cloud:
        by_place = places_of(cloud.world.servers_with(application="fleet"))
        of_each = SMALL // len(by_place)
        small = [server for servers in by_place.values() for server in servers[:of_each]]
        large = [server for servers in by_place.values() for server in servers[of_each:]]
        samples = {len(servers): _sample(cloud, f"{len(servers)} servers", servers) for servers in (large, small)}
        return summarize(samples, places=len(by_place))


def summarize(samples: Mapping[int, Sequence[Sample]], *, places: int) -> Measured:
    """Makes metrics and a table from the samples by number of servers."""
    large, small = samples[LARGE], samples[SMALL]
    fewest = {count: _fewest(those) for count, those in samples.items()}
    more_calls = (fewest[LARGE].total() - fewest[SMALL].total()) * 100 / (LARGE - SMALL)
    rows = tuple(
        (
            f"{count} servers",
            f"{min(seconds for seconds, _ in those):.2f}–{max(seconds for seconds, _ in those):.2f}",
            *(
                str(sum(calls for (service, _), calls in fewest[count].items() if service == name))
                for name in ("dynamodb", "drs", "states")
            ),
        )
        for count, those in sorted(samples.items())
    )
    table = TextTable(
        title=f"Starts of {WAVES} waves in {places} places, over REST",
        columns=("plan", "seconds", "DynamoDB calls", "DRS calls", "Step Functions calls"),
        numbers=4,
        rows=rows,
        notes=("From sending the request to its answer; the state machine is then running.",),
    )
    metrics = (
        Metric(
            name="start.1000-servers.first", value=round(large[0][0], 3), unit="s", target=TARGET_SECONDS,
            spread="roles not assumed yet",
        ),
        median_metric("start.1000-servers", [seconds for seconds, _ in large], "s", target=TARGET_SECONDS),
        median_metric("start.100-servers", [seconds for seconds, _ in small], "s"),
        Metric(name="start.1000-servers.calls", value=fewest[LARGE].total(), unit="calls"),
        Metric(
            name="start.calls-per-100-servers-more", value=round(more_calls, 2), unit="calls",
            target=TARGET_CALLS_PER_HUNDRED, spread=f"from {SMALL} to {LARGE} servers",
        ),
    )  # fmt: skip
    return Measured(metrics=metrics, tables=(table,))


def _sample(cloud: LocalCloud, name: str, servers: Sequence[Server]) -> list[Sample]:
    waves = [servers[number::WAVES] for number in range(WAVES)]
    plan_id = create_plan(cloud, plan_in_waves(name, waves, in_turn=False, approvals=range(1, WAVES + 1)))
    operator = operator_of(cloud)
    return [_start_and_cancel(cloud, operator, plan_id) for _ in range(ROUNDS)]


def _start_and_cancel(cloud: LocalCloud, operator: RestClient, plan_id: str) -> Sample:
    with counted_calls(cloud, "execution-handler") as counter:
        began = time.monotonic()
        execution_id = start_drill(operator, plan_id)
        seconds = time.monotonic() - began
    await_detail(operator, execution_id, _all_wait, patience_seconds=_PATIENCE_SECONDS, every_seconds=0.5)
    intervene(operator, execution_id, "cancel")
    await_detail(operator, execution_id, has_ended, patience_seconds=_PATIENCE_SECONDS, every_seconds=0.5)
    # Its leases are freed after it is reported as ended.
    time.sleep(1.0)
    return seconds, counter


def _all_wait(detail: ExecutionDetail) -> bool:
    return all(wave.status is WaveStatus.AWAITING_APPROVAL for wave in detail.waves)


def _fewest(samples: Sequence[Sample]) -> Counter[tuple[str, str]]:
    """The fewest calls of each operation: some samples have those of the state machine, which runs meanwhile."""
    operations = {operation for _, counter in samples for operation in counter.calls}
    return Counter({each: min(counter.calls[each] for _, counter in samples) for each in operations})
