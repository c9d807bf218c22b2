"""The number of calls that a run makes: it grows with pages, places and changes, not with servers."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from chalicelib.domain.launches import packing
from local.aws_calls import AwsCall
from local.cloud import LocalCloud
from tests.observed import before_the_first, named
from tests.waiting import eventually
from tests.workflow.drills import Drills, Server

FEW, MANY = 2, 22
_WRITES = {"PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems"}


@dataclass
class Seen:
    """Calls of execution-handler: DRS's by operation, DynamoDB's by operation and table."""

    calls: Counter[tuple[str, str]] = field(default_factory=Counter)
    items: Counter[str] = field(default_factory=Counter)

    def see(self, call: AwsCall, function: str | None) -> None:
        if function != "execution-handler" or call.service not in {"dynamodb", "drs"}:
            return
        tables = [name.removeprefix("aws-drs-orchestration-") for name in _tables(call)]
        self.calls.update((call.operation, table) for table in set(tables) or {"drs"})
        if call.operation in _WRITES:
            self.items.update(tables)

    def of(self, *tables: str) -> dict[tuple[str, str], int]:
        return {key: count for key, count in self.calls.items() if key[1].removesuffix("-local") in tables}


def _tables(call: AwsCall) -> list[str]:
    params: Any = call.params
    if "TransactItems" in params:
        return [next(iter(entry.values()))["TableName"] for entry in params["TransactItems"]]
    if "RequestItems" in params:
        return [table for table, entries in params["RequestItems"].items() for _ in entries]
    return [params["TableName"]] if "TableName" in params else []


@contextmanager
def seen(cloud: LocalCloud) -> Iterator[Seen]:
    watched = Seen()
    stop = cloud.front.observe(watched.see)
    try:
        yield watched
    finally:
        stop()


@pytest.fixture
def fleet(drills: Drills) -> Iterator[list[Server]]:
    """New servers that stop replicating after the test: a Region takes 300 that replicate."""
    servers = drills.servers(MANY)
    yield servers
    for server in servers:
        drills.cloud.emulator.set_replication(server.account, server.region, server.server_id, state="STOPPED")


def test_a_start_makes_no_more_calls_for_more_servers(drills: Drills, fleet: list[Server]) -> None:
    costs = []
    for servers in (fleet[:FEW], fleet[FEW:]):
        plan = drills.plan({"servers": servers, "approvalRequired": True})
        with seen(drills.cloud) as watched:
            execution = drills.start(plan)
        costs.append(watched.of("server-leases", "server-runs", "drs"))
        drills.ask("execution-handler", "cancel_execution", executionId=execution)
        drills.ended(execution)
    assert costs[0] == costs[1]
    assert costs[0]["DescribeSourceServers", "drs"] == 1


def test_each_server_is_written_when_it_changes_and_many_of_them_in_one_call(
    drills: Drills, fleet: list[Server]
) -> None:
    execution = drills.start(drills.plan({"servers": fleet}))
    with seen(drills.cloud) as watched:
        run = drills.ended(execution)
    assert run.status == "COMPLETED"
    assert watched.items["server-runs-local"] <= 2 * MANY, "one write when its job starts, one when it has launched"
    calls = sum(count for (operation, _), count in watched.of("server-runs").items() if operation in _WRITES)
    assert calls < MANY


def test_a_look_that_finds_no_change_writes_only_its_audit_entry_and_the_token_of_the_next_wait(drills: Drills) -> None:
    server = drills.servers(1)[0]
    stuck = drills.fault("LAUNCH_STUCK", server)
    execution = drills.start(drills.plan({"servers": [server]}))
    eventually(lambda: drills.query("get_execution", executionId=execution)["waves"][0]["counts"]["launching"] == 1)
    with seen(drills.cloud) as watched:
        eventually(lambda: watched.calls["PutItem", "audit-logs-local"] >= 6)
    assert set(watched.items) == {"audit-logs-local", "wave-runs-local"}
    assert watched.items["wave-runs-local"] <= watched.items["audit-logs-local"] / 2 + 1, "once for two calls"
    drills.cloud.emulator.remove_fault(stuck)
    assert drills.ended(execution).status == "COMPLETED"


def test_a_pause_holds_between_the_jobs_of_one_round(drills: Drills, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packing, "SERVERS_PER_JOB", 1)
    servers = drills.servers(3)
    plan = drills.plan({"servers": servers})
    paused: list[Any] = []

    def pause(call: AwsCall) -> None:
        paused.append(
            drills.ask("execution-handler", "pause_execution", executionId=call.params["tags"]["dr:execution-id"])
        )

    with before_the_first(drills.cloud, named("StartRecovery"), pause):
        execution = drills.start(plan)
        eventually(lambda: paused and drills.cloud.runtime.running == 0)
    assert len([job for job in drills.jobs() if job["tags"].get("dr:execution-id") == execution]) == 1
    drills.ask("execution-handler", "resume_execution", executionId=execution)
    run = drills.ended(execution)
    assert run.status == "COMPLETED"
    assert all(len(run.launches_of(server)) == 1 for server in servers)
