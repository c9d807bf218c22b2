"""Plans and drills on the local cloud, as a pipeline runs them, and what must be true after each."""

import itertools
import json
import threading
import urllib.request
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

import msgspec
from moto.stepfunctions.parser.api import ExecutionStatus
from moto.stepfunctions.parser.models import stepfunctions_parser_backends

from chalicelib.domain.runs.counts import ServerCounts
from local.cloud import LocalCloud
from tests.waiting import eventually

EAST, WEST = "222233334444", "333344445555"
REGION_OF = {EAST: "us-east-1", WEST: "us-west-2"}
LEASES = "aws-drs-orchestration-server-leases-local"
LAUNCHED_SERVER = {"LAUNCHED", "VALIDATED"}
FINAL_SERVER = LAUNCHED_SERVER | {"FAILED", "EXCLUDED", "SKIPPED"}
THEN_FAILED = "Launched, and then: "
WAVE_ENDS = ("WAVE_ENDED", "WAVE_REJECTED", "WAVE_SKIPPED")
_numbers = itertools.count(1)


WRITES = {
    "PutItem",
    "UpdateItem",
    "DeleteItem",
    "BatchWriteItem",
    "TransactWriteItems",
    "StartRecovery",
    "StartExecution",
    "SendTaskSuccess",
}
"""The AWS calls that move a run forward."""


@dataclass(frozen=True)
class Server:
    """A source server to protect; ``region`` is the account's own unless another is named."""

    server_id: str
    hostname: str
    account: str
    region: str


@dataclass(frozen=True)
class Refused:
    """An operation that was not carried out."""

    status: int
    code: str
    message: str
    details: Mapping[str, Any]


@dataclass(frozen=True)
class Run:
    """One execution that has ended, as a user sees it, and what DRS holds of it."""

    drills: "Drills" = field(repr=False)
    execution_id: str

    @cached_property
    def detail(self) -> Any:
        return self.drills.query("get_execution", executionId=self.execution_id)

    @property
    def status(self) -> str:
        return str(self.detail["execution"]["status"])

    @property
    def reason(self) -> str:
        return str(self.detail["execution"]["outcomeReason"])

    @cached_property
    def waves(self) -> dict[int, Any]:
        return {wave["waveNumber"]: wave for wave in self.detail["waves"]}

    @property
    def wave_statuses(self) -> list[str]:
        return [wave["status"] for wave in self.detail["waves"]]

    @cached_property
    def servers(self) -> dict[str, Any]:
        """By source server id."""
        listed = self.drills.query_all("list_execution_servers", executionId=self.execution_id)
        return {server["sourceServerId"]: server for server in listed}

    @cached_property
    def events(self) -> list[Any]:
        return list(self.drills.query_all("list_execution_events", executionId=self.execution_id))

    @cached_property
    def all_jobs(self) -> list[Any]:
        """All jobs that DRS has, whether they are ours or not."""
        return self.drills.jobs()

    @property
    def jobs(self) -> list[Any]:
        """All DRS jobs that carry this execution's tags, with their account and Region."""
        return [job for job in self.all_jobs if job["tags"].get("dr:execution-id") == self.execution_id]

    def launches_of(self, server: Server) -> list[Any]:
        """All jobs with a server, whether they are ours or not."""
        return _with(server, self.all_jobs)

    def server(self, server: Server) -> Any:
        return self.servers[server.server_id]

    def kinds(self, kind: str) -> list[Any]:
        """The lines of the timeline of one kind."""
        return [event for event in self.events if event["kind"] == kind]


class Drills:
    """The local cloud as tests use it."""

    def __init__(self, cloud: LocalCloud) -> None:
        self.cloud = cloud

    # --- plans ---

    def servers(self, count: int = 1, *, account: str = EAST, region: str = "", **described: Any) -> list[Server]:
        """New source servers that replicate well."""
        place = region or REGION_OF[account]
        if place != REGION_OF[account]:
            self.cloud.emulator.initialize(account, place)
        made = []
        for _ in range(count):
            hostname = f"host-{next(_numbers)}"
            server_id = self.cloud.emulator.add_source_server(account, place, hostname=hostname, **described)
            made.append(Server(server_id, hostname, account, place))
        return made

    def group(self, servers: list[Server], *, optional: tuple[Server, ...] = ()) -> str:
        impact = {server.server_id: "OPTIONAL" for server in optional}
        made = self.manage(
            "create_protection_group",
            name=f"Group {uuid.uuid4()}",
            accountId=servers[0].account,
            region=servers[0].region,
            sourceServerIds=[server.server_id for server in servers],
            impactLevels=impact,
        )
        return str(made["groupId"])

    def plan(self, *waves: dict[str, Any]) -> str:
        """A plan with these waves. ``servers`` go into groups by account and Region; other fields are as in the API."""
        written = []
        for number, wave in enumerate(waves, start=1):
            rest = {name: value for name, value in wave.items() if name not in {"servers", "optional"}}
            groups = self._groups(wave["servers"], tuple(wave.get("optional", ())))
            written.append({"number": number, "name": f"Wave {number}", "protectionGroupIds": groups, **rest})
        made = self.manage("create_recovery_plan", name=f"Plan {uuid.uuid4()}", waves=written)
        return str(made["planId"])

    def _groups(self, servers: list[Server], optional: tuple[Server, ...]) -> list[str]:
        places: dict[tuple[str, str], list[Server]] = {}
        for server in servers:
            places.setdefault((server.account, server.region), []).append(server)
        return [
            self.group(members, optional=tuple(server for server in optional if server in members))
            for members in places.values()
        ]

    # --- runs ---

    def start(self, plan_id: str, **body: Any) -> str:
        """Starts a drill and returns its execution's id."""
        answer = self.ask("execution-handler", "start_execution", planId=plan_id, **{"mode": "DRILL", **body})
        assert not isinstance(answer, Refused), answer
        return str(answer["execution"]["executionId"])

    def run(self, plan_id: str, **body: Any) -> Run:
        """Starts a drill and waits for its end."""
        return self.ended(self.start(plan_id, **body))

    def ended(self, execution_id: str) -> Run:
        """Waits until the state machine of an execution has ended, and checks what must always be true."""
        machine = self._machine(execution_id)
        eventually(lambda: machine.status != ExecutionStatus.RUNNING, every=0.05)
        assert machine.status == ExecutionStatus.SUCCEEDED, vars(machine)
        run = Run(self, execution_id)
        require_truth(run)
        return run

    def _machine(self, execution_id: str) -> Any:
        """The execution as Step Functions keeps it in this process: to look there costs no call."""
        arn = str(self.cloud.state_machine_arn).replace(":stateMachine:", ":execution:") + f":{execution_id}"
        backend = stepfunctions_parser_backends[self.cloud.hub_account][self.cloud.hub_region]
        return backend.describe_execution(arn)

    def wait_until_idle(self) -> None:
        """Waits until no function runs, so that this test does not affect the next one."""
        eventually(lambda: self.cloud.runtime.running == 0)

    # --- calls ---

    def ask(self, function: str, operation: str, *, caller: str = "", **body: Any) -> Any:
        """The body of the answer, or Refused. ``caller`` is the name that the call declares."""
        declared = {"principal": {"name": caller}} if caller else {}
        result = self.cloud.runtime.invoke(function, {"operation": operation, "body": body, **declared})
        assert result.function_error is None, result.payload
        answer = result.value
        if answer["statusCode"] < 400:
            return answer["body"]
        error = answer["body"]["error"]
        return Refused(answer["statusCode"], error["code"], error["message"], error["details"])

    def query(self, operation: str, **body: Any) -> Any:
        return self._done("query-handler", operation, body)

    def query_all(self, operation: str, **body: Any) -> Iterator[Any]:
        cursor: str | None = ""
        while cursor is not None:
            page = self.query(operation, **body, **({"cursor": cursor} if cursor else {}))
            yield from page["items"]
            cursor = page["nextCursor"]

    def manage(self, operation: str, **body: Any) -> Any:
        return self._done("data-management-handler", operation, body)

    def allow(self, *networks: str, hosts: Sequence[str] = ()) -> None:
        """Lets the steps of plans reach these networks and hosts beside recovery instances."""
        version = self.query("get_outgoing_hosts")["version"]
        self.manage("update_outgoing_hosts", hosts=list(hosts), networks=list(networks), version=version)

    def task(self, action: str, **fields: Any) -> Any:
        """One task of the state machine, sent by hand."""
        result = self.cloud.runtime.invoke(
            "execution-handler", {"action": action, **fields}, arn=workflow_arn(self.cloud, "execution-handler")
        )
        assert result.function_error is None, result.payload
        return result.value

    def _done(self, function: str, operation: str, body: dict[str, Any]) -> Any:
        answer = self.ask(function, operation, **body)
        assert not isinstance(answer, Refused), answer
        return answer

    # --- DRS ---

    def fault(self, kind: str, *servers: Server, **rule: Any) -> str:
        """Makes DRS fail, for these servers or for what the rule says."""
        match = {
            **rule.pop("match", {}),
            **({"serverIds": [server.server_id for server in servers]} if servers else {}),
        }
        return self.cloud.emulator.add_fault({"kind": kind, "match": match, **rule})

    def struck(self, fault_id: str) -> int:
        """How often a fault has struck."""
        return int(next(fault["struck"] for fault in self._admin("faults")["faults"] if fault["id"] == fault_id))

    def jobs(self) -> list[Any]:
        """Every DRS job there is, newest first, with its tags, account and Region."""
        answer = self._admin("jobs")
        found: list[Any] = answer["jobs"]
        return found

    def jobs_with(self, server: Server) -> list[Any]:
        """All launches of one server, whether they are ours or not."""
        return _with(server, self.jobs())

    def drs(self, account: str, region: str = "") -> Any:
        return self.cloud.client("drs", account=account, region=region or REGION_OF[account])

    def holders(self) -> dict[str, str]:
        """The holder of each lease."""
        pages = self.cloud.client("dynamodb").get_paginator("scan").paginate(TableName=LEASES, ConsistentRead=True)
        return {item["lease"]["S"]: item["execution_id"]["S"] for page in pages for item in page["Items"]}

    def _admin(self, resource: str) -> Any:
        with urllib.request.urlopen(f"{self.cloud.endpoint}/_emulator/{resource}") as answer:
            return json.loads(answer.read())


def workflow_arn(cloud: LocalCloud, function: str) -> str:
    """The alias whose calls a function treats as the state machine's."""
    return cloud.runtime.arn(function, qualifier="workflow")


def require_truth(run: Run) -> None:
    """Checks what is true after every run, whatever went wrong in it."""
    assert run.detail["execution"]["endedAt"]
    assert run.execution_id not in run.drills.holders().values(), "an ended execution holds nothing"
    _require_one_end(run)
    _require_servers_as_in_drs(run)
    require_counts(run)
    _require_outcome_of_servers(run)


def _require_one_end(run: Run) -> None:
    assert len(run.kinds("EXECUTION_ENDED")) == 1
    times = [moment(event["at"]) for event in run.events]
    assert times == sorted(times), "the timeline never goes back"
    ends = [event["waveNumber"] for kind in WAVE_ENDS for event in run.kinds(kind)]
    assert sorted(ends) == sorted(run.waves), "each wave has ended exactly once"
    starts = [event["waveNumber"] for event in run.kinds("WAVE_STARTED")]
    assert len(starts) == len(set(starts))
    for number, wave in run.waves.items():
        for needed in wave["dependsOn"]:
            if number in starts:
                assert moment(run.waves[needed]["endedAt"]) <= moment(wave["startedAt"])


def _require_servers_as_in_drs(run: Run) -> None:
    launched: dict[str, list[str]] = {}
    instances: dict[str, list[str]] = {}
    for job in run.jobs:
        for seen in job["participatingServers"]:
            launched.setdefault(seen["sourceServerID"], []).append(job["jobID"])
            if seen["launchStatus"] == "LAUNCHED" and seen.get("recoveryInstanceID"):
                instances.setdefault(seen["sourceServerID"], []).append(job["jobID"])
    for server_id, server in run.servers.items():
        wave = run.waves[server["waveNumber"]]
        assert len(launched.get(server_id, [])) <= wave["attempt"], "no server is launched twice in one attempt"
        assert len(instances.get(server_id, [])) <= 1, "what has launched is never launched again"
        assert server["status"] in FINAL_SERVER, "no server is forgotten"
        if server_id in instances:
            assert server["recoveryInstanceId"], "what DRS has launched is known"
            assert server["status"] in LAUNCHED_SERVER or server["error"].startswith(THEN_FAILED)
        assert bool(server["error"]) == (server["status"] in {"FAILED", "EXCLUDED", "SKIPPED"})
        if server["status"] in LAUNCHED_SERVER:
            assert server["recoveryInstanceId"].startswith("i-")
            assert server["jobId"] in launched.get(server_id, [server["jobId"]])


def require_counts(run: Run) -> None:
    """Checks that the counts of the waves and of the header are those of the servers."""
    for number, wave in run.waves.items():
        mine = [server for server in run.servers.values() if server["waveNumber"] == number]
        assert wave["counts"] == counted(mine), (number, wave["counts"])
    assert run.detail["execution"]["counts"] == counted(run.servers.values())


def counted(servers: Iterable[Any]) -> dict[str, int]:
    """The servers by status, in the spelling of the API."""
    counts = msgspec.to_builtins(ServerCounts())
    for server in servers:
        first, *others = server["status"].split("_")
        counts[first.lower() + "".join(map(str.capitalize, others))] += 1
    return dict(counts)


def _require_outcome_of_servers(run: Run) -> None:
    for number, wave in run.waves.items():
        mine = [server for server in run.servers.values() if server["waveNumber"] == number]
        assert wave["serverCount"] == len(mine)
        launched = [server for server in mine if server["status"] in LAUNCHED_SERVER]
        launched += [server for server in mine if server["error"].startswith(THEN_FAILED)]
        assert wave["launchedCount"] == len(launched)
        assert wave["failedCount"] == sum(server["status"] == "FAILED" for server in mine)
        assert launched or wave["status"] != "COMPLETED", "nothing launched is never COMPLETED"
        lost = [server for server in mine if server["status"] == "FAILED" and server["impact"] == "CRITICAL"]
        assert not (lost and wave["status"] == "COMPLETED")
    anything = any(wave["launchedCount"] for wave in run.waves.values())
    if run.status == "COMPLETED":
        assert set(run.wave_statuses) <= {"COMPLETED", "SKIPPED"}
        assert anything
    if run.status == "FAILED":
        assert not anything


def _with(server: Server, jobs: list[Any]) -> list[Any]:
    return [
        job for job in jobs if any(seen["sourceServerID"] == server.server_id for seen in job["participatingServers"])
    ]


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """Makes all calls at the same moment, each in its own thread; returns their results."""
    gate = threading.Barrier(len(calls))

    def make(call: Callable[[], Any]) -> Any:
        gate.wait()
        return call()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(make, calls))


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))
