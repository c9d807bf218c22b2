"""How long it takes to create, change and show protection groups of many servers, and how large the answers are.

Servers are chosen by id, so that DRS is asked for each of them. Other groups share the account and Region.
"""

import json
import time
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from benchmarks.call_counter import counted_calls
from benchmarks.metric import Measured, Metric, TextTable, median_metric
from benchmarks.operation_cost import LocalCaller
from local.cloud import LocalCloud

SERVERS, MOST_SERVERS, OTHERS, ROUNDS = 1_000, 3_900, 50, 3
TARGET_SECONDS = 2.0
TARGET_ANSWER_KB = 1_500.0
ACCOUNT, REGION = "222233334444", "us-east-1"
FUNCTION = "data-management-handler"


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """One call. ``calls`` are those of the function that saves, in all services."""

    servers: int
    step: str
    seconds: float
    calls: int
    answer_kb: float


def measure() -> Measured:
    """Works with groups of 1,000 servers, and with one of nearly as many as DRS allows in an account and Region."""
    with LocalCloud(speed=1.0, seed=3) as cloud:
        ids = [
            cloud.emulator.add_source_server(
                ACCOUNT, REGION, hostname=f"group-{number}", tags={"Fleet": "large"}, replication_state="STOPPED"
            )
            for number in range(MOST_SERVERS)
        ]
        caller = LocalCaller(cloud)
        caller.operate("handle_sync_source_server_inventory", {})
        for number in range(OTHERS):
            caller.operate("create_protection_group", {**_content(f"Other {number}"), "tags": {"Other": str(number)}})
        rounds = [_life(cloud, caller, f"Thousand {number}", ids[: SERVERS + 1]) for number in range(ROUNDS)]
        rounds.append(_life(cloud, caller, "Most", ids))
    return summarize([sample for samples in rounds for sample in samples])


def summarize(samples: Sequence[Sample]) -> Measured:
    """Makes metrics and a table from the samples."""
    of_target = [sample for sample in samples if sample.servers == SERVERS]
    timed = tuple(
        median_metric(
            f"groups.{SERVERS}-servers.{step}",
            [sample.seconds for sample in of_target if sample.step == step],
            "s",
            target=TARGET_SECONDS,
        )
        for step in ("create", "update")
    )
    largest = max(sample.answer_kb for sample in samples)
    answers = Metric(name="groups.largest-answer", value=round(largest, 1), unit="kB", target=TARGET_ANSWER_KB)
    steps = dict.fromkeys((sample.servers, sample.step) for sample in samples)
    table = TextTable(
        title=f"Groups of servers chosen by id, beside {OTHERS} other groups, over REST",
        columns=("servers", "call", "seconds", "AWS calls", "answer kB"),
        numbers=0,
        rows=tuple(_row(servers, step, samples) for servers, step in steps),
        notes=("AWS calls are those of the data-management side, with its audit entries.",),
    )
    return Measured(metrics=(*timed, answers), tables=(table,))


def _row(servers: int, step: str, samples: Sequence[Sample]) -> tuple[str, ...]:
    those = [sample for sample in samples if (sample.servers, sample.step) == (servers, step)]
    fastest, slowest = min(sample.seconds for sample in those), max(sample.seconds for sample in those)
    return (
        f"{servers:,}",
        step,
        f"{fastest:.2f}–{slowest:.2f}",
        str(min(sample.calls for sample in those)),
        f"{max(sample.answer_kb for sample in those):.0f}",
    )


def _life(cloud: LocalCloud, caller: LocalCaller, name: str, ids: Sequence[str]) -> list[Sample]:
    """A group of all servers but the first, then of all but the last, shown, previewed and deleted."""
    samples: list[Sample] = []

    def call(step: str, operation: str, parameters: Mapping[str, Any]) -> Any:
        with counted_calls(cloud, FUNCTION) as counter:
            began = time.monotonic()
            answer = caller.operate(operation, parameters)
            seconds = time.monotonic() - began
        size = len(json.dumps(answer)) / 1_000
        samples.append(Sample(servers=len(chosen), step=step, seconds=seconds, calls=counter.total, answer_kb=size))
        return answer

    chosen, changed = ids[1:], ids[:-1]
    impact = dict.fromkeys(changed[::2], "OPTIONAL")
    made = call("create", "create_protection_group", {**_content(name), "sourceServerIds": chosen})
    group_id = made["groupId"]
    change = {"groupId": group_id, "name": name, "sourceServerIds": changed, "impactLevels": impact, "version": 1}
    call("update", "update_protection_group", change)
    call("show", "get_protection_group", {"groupId": group_id, "limit": 100})
    selection = {"accountId": ACCOUNT, "region": REGION, "tags": {"Fleet": "large"}, "limit": 100}
    call("preview", "resolve_protection_group", selection)
    call("list", "list_protection_groups", {"limit": 100})
    call("delete", "delete_protection_group", {"groupId": group_id})
    return samples


def _content(name: str) -> dict[str, Any]:
    return {"name": name, "accountId": ACCOUNT, "region": REGION}
