"""What an update of a wave of 1,000 servers writes, compared with the number of changed servers.

The state machine does nothing and DRS works at its own pace, so that only this module causes changes.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from benchmarks.call_counter import counted_calls
from benchmarks.local_runs import create_plan, operator_of, plan_in_waves, start_drill
from benchmarks.metric import Measured, Metric, TextTable
from benchmarks.operation_cost import LocalCaller, still_definition
from chalicelib.domain.text import count_of
from local.cloud import LocalCloud

SERVERS = 1_000
CHANGES = (0, 1, 10, 100, 300)
"""One look reports at most 300 changes."""

TARGET_BEYOND_CHANGES = 6
"""The counts of the wave and of the execution, and one timeline event for each transaction of a hundred items."""


@dataclass(frozen=True, kw_only=True)
class Update:
    """One call of update_wave_completion_status; audit entries are counted separately."""

    changes: int
    items_written: int
    audit_entries: int
    calls: int
    seconds: float


def measure() -> Measured:
    """Launches the wave, and records more and more servers as launched."""
    with _still_cloud() as cloud:
        fleet = cloud.world.servers_with(application="fleet")
        plan_id = create_plan(cloud, plan_in_waves("Updated", [fleet], in_turn=False, approvals=()))
        execution_id = start_drill(operator_of(cloud), plan_id)
        caller = LocalCaller(cloud)
        wave = {"executionId": execution_id, "planId": plan_id, "waveNumber": 1}
        caller.run_task("begin_execution", {"executionId": execution_id})
        caller.run_task("start_wave", wave)
        waiting = iter([server.server_id for server in fleet])
        # The first update is not measured: it launches what DRS had throttled, and settles the wave's state.
        time.sleep(5)
        _update(cloud, caller, wave, [], launched=0)
        launched, updates = 0, []
        for count in CHANGES:
            launched += count
            server_ids = [next(waiting) for _ in range(count)]
            updates.append(_update(cloud, caller, wave, server_ids, launched=launched))
        return summarize(updates)


def summarize(updates: Sequence[Update]) -> Measured:
    """Makes metrics and a table from the updates."""
    beyond = max(update.items_written - update.changes for update in updates)
    without = [update.items_written for update in updates if not update.changes]
    largest = max(updates, key=lambda update: update.changes)
    table = TextTable(
        title=f"Updates of a wave of {SERVERS} servers",
        columns=("changed servers", "items written", "audit entries", "AWS calls", "seconds"),
        numbers=4,
        rows=tuple(
            (str(one.changes), str(one.items_written), str(one.audit_entries), str(one.calls), f"{one.seconds:.2f}")
            for one in updates
        ),
    )
    metrics = (
        Metric(name="wave-update.writes-beyond-changes", value=beyond, unit="items", target=TARGET_BEYOND_CHANGES),
        Metric(name="wave-update.writes-without-change", value=max(without), unit="items", target=0),
        Metric(name="wave-update.calls-for-300-changes", value=largest.calls, unit="calls"),
        Metric(name="wave-update.seconds-for-300-changes", value=round(largest.seconds, 3), unit="s"),
    )
    return Measured(metrics=metrics, tables=(table,))


@contextmanager
def _still_cloud() -> Iterator[LocalCloud]:
    with still_definition() as definition, LocalCloud(speed=1.0, seed=3, servers=SERVERS, definition=definition) as it:
        yield it


def _update(
    cloud: LocalCloud, caller: LocalCaller, wave: dict[str, Any], server_ids: Sequence[str], *, launched: int
) -> Update:
    changes = [
        {
            "source_server_id": server_id,
            "status": "LAUNCHED",
            "recovery_instance_id": f"i-{server_id.removeprefix('s-')}",
            "ended_at": datetime.now(UTC).isoformat(),
        }
        for server_id in server_ids
    ]
    data = {"job_status": "IN_PROGRESS", "launched_count": launched, "failed_count": 0, "server_changes": changes}
    began = time.monotonic()
    with counted_calls(cloud, "execution-handler") as counter:
        answer = caller.run_task("update_wave_completion_status", {**wave, "status": "IN_PROGRESS", "waveData": data})
    seconds = time.monotonic() - began
    if answer["recorded_servers"] != len(server_ids):
        raise RuntimeError(f"{count_of(len(server_ids), 'server')} changed, but the answer is {answer}")
    return Update(
        changes=len(server_ids),
        items_written=counter.items_written,
        audit_entries=counter.audit_entries,
        calls=counter.total,
        seconds=seconds,
    )
