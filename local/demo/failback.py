"""Plays the steps of a failback through the API, and reads in DRS and EC2 what became of it."""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chalicelib.domain.afterwards.failback import FailbackReport, FailbackState, Outcome, ServerFailback
from chalicelib.domain.estate.accounts import Place
from chalicelib.domain.runs.records import ServerRun
from chalicelib.domain.text import count_of
from local.demo.narration import Narrator
from local.demo.rest import RestClient
from local.demo.script import Failback, FailbackRequest
from local.demo.watching import Look

if TYPE_CHECKING:
    from local.cloud import LocalCloud

_LOOK_SECONDS = 0.5
_REPEAT_SECONDS = 3.0
_LIMIT_SECONDS = 120.0
_PATHS = {
    FailbackRequest.REVERSE: "/drs/failback/reverse-replication",
    FailbackRequest.PROTECT: "/drs/failback/reverse-replication",
    FailbackRequest.START: "/drs/failback/start",
    FailbackRequest.STOP: "/drs/failback/stop",
}
_ACTIONS = {
    FailbackRequest.REVERSE: "reverse the replication of the recovered servers, back to their origin",
    FailbackRequest.PROTECT: "reverse the replication of the instances at the origin, so that they are protected again",
    FailbackRequest.START: "launch the servers at their origin",
    FailbackRequest.STOP: "stop the failback",
}
# A reversal that is repeated finds the servers that it was sent for before.
_DONE = {Outcome.STARTED: {Outcome.STARTED, Outcome.UNCHANGED}}


class FailbackNotDone(RuntimeError):
    """A step of the failback had another result than the scenario expects."""


def play(
    step: Failback, look: Look, *, actor: str, client: RestClient, narrator: Narrator, idle: Callable[[], None]
) -> None:
    """Sends the request until it is done, and waits for its state; `idle` is called between looks."""
    narrator.does(look, actor, _ACTIONS[step.request], step.note)
    narrator.sends(f"POST {_PATHS[step.request]}")
    selection = _Selection(client, look.execution.execution_id, is_home=step.request is FailbackRequest.PROTECT)
    until, shown = time.monotonic() + _LIMIT_SECONDS, ""
    while True:
        report = selection.send(_PATHS[step.request])
        if report.statement != shown:
            _tell(narrator, report)
        shown = report.statement
        if _is_done(step, report):
            break
        if step.outcome is Outcome.REFUSED or time.monotonic() > until:
            raise FailbackNotDone(f"The failback is not {step.outcome} for every server: {report.statement}")
        _pause(_REPEAT_SECONDS, idle)
    if step.until is not None:
        _wait(step.until, selection, narrator, idle)


class _Selection:
    """The servers of a run, where they were recovered to or, `is_home`, where they were failed back to."""

    def __init__(self, client: RestClient, execution_id: str, *, is_home: bool) -> None:
        self._client = client
        self._body: dict[str, Any] = {"executionId": execution_id}
        self._queries: list[dict[str, str]] = [{"executionId": execution_id}]
        if is_home:
            servers = self.look()
            self._body = {"servers": [_at_home(server) for server in servers]}
            ids: dict[Place, list[str]] = {}
            for server in servers:
                ids.setdefault(server.origin, []).append(server.reversed_server_id)
            self._queries = [
                {"accountId": place.account_id, "region": place.region, "sourceServerIds": ",".join(members)}
                for place, members in ids.items()
            ]

    def send(self, path: str) -> FailbackReport:
        return self._client.post(path, self._body, FailbackReport, idempotency_key="")

    def look(self) -> list[ServerFailback]:
        reports = [self._client.get("/drs/failback", FailbackReport, **query) for query in self._queries]
        return [server for report in reports for server in report.servers]


def _at_home(server: ServerFailback) -> dict[str, str]:
    return {
        "accountId": server.origin_account_id,
        "region": server.origin_region,
        "sourceServerId": server.reversed_server_id,
    }


def _is_done(step: Failback, report: FailbackReport) -> bool:
    return {server.outcome for server in report.servers} <= _DONE.get(step.outcome, {step.outcome})


def _wait(wanted: FailbackState, selection: _Selection, narrator: Narrator, idle: Callable[[], None]) -> None:
    until, shown = time.monotonic() + _LIMIT_SECONDS, ""
    while True:
        servers = selection.look()
        states = Counter(f"{server.state} (replication {server.replication_state})" for server in servers)
        now = f"{count_of(len(servers), 'server')}: {', '.join(f'{count} {state}' for state, count in states.items())}"
        if now != shown:
            narrator.answers(now)
            shown = now
        if all(server.state is wanted for server in servers):
            narrator.answers(f"Next: {servers[0].remedy}")
            return
        if time.monotonic() > until:
            raise FailbackNotDone(f"The servers are not {wanted} after {_LIMIT_SECONDS:g} s: {now}")
        _pause(_LOOK_SECONDS, idle)


def _pause(seconds: float, idle: Callable[[], None]) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        idle()
        time.sleep(_LOOK_SECONDS)


def _tell(narrator: Narrator, report: FailbackReport) -> None:
    """The statement, and one reason with its remedy: those of the others differ in ids only."""
    narrator.answers(report.statement)
    reasons = {f"{server.error.removesuffix('.')}. {server.remedy}": None for server in report.servers if server.error}
    for reason in list(reasons)[:1]:
        narrator.refuses(reason)


@dataclass(frozen=True, kw_only=True)
class Homecoming:
    """What DRS and EC2 show of a server that was failed back. Fields are empty if there is nothing to show."""

    launch: str
    shown_state: str
    instance_id: str
    instance_state: str
    protected_instance_id: str
    replication: str


def gather_homecomings(cloud: "LocalCloud", servers: Sequence[ServerRun]) -> Mapping[str, Homecoming]:
    """By source server, read from DRS and EC2 and not from the product."""
    return {server.source_server_id: _homecoming(cloud, server) for server in servers}


def _homecoming(cloud: "LocalCloud", server: ServerRun) -> Homecoming:
    drs = cloud.client("drs", account=server.account_id, region=server.region)
    original = _only(drs.describe_source_servers(filters={"sourceServerIDs": [server.source_server_id]}))
    recovered = _only(drs.describe_recovery_instances(filters={"sourceServerIDs": [server.source_server_id]}))
    reversed_server: dict[str, Any] = {}
    instance_id = state = ""
    if arn := original.get("reversedDirectionSourceServerArn"):
        _, _, _, region, account, resource = arn.split(":")
        home = cloud.client("drs", account=account, region=region)
        wanted = {"sourceServerIDs": [resource.removeprefix("source-server/")]}
        reversed_server = _only(home.describe_source_servers(filters=wanted))
        instance_id = _only(home.describe_recovery_instances(filters=wanted)).get("ec2InstanceID", "")
        state = _ec2_state(cloud.client("ec2", account=account, region=region), instance_id)
    last = reversed_server.get("lifeCycle", {}).get("lastLaunch", {})
    return Homecoming(
        launch=last.get("status", "") if last.get("initiated", {}).get("type") == "RECOVERY" else "",
        shown_state=recovered.get("failback", {}).get("state", ""),
        instance_id=instance_id,
        instance_state=state,
        protected_instance_id=original.get("sourceProperties", {})
        .get("identificationHints", {})
        .get("awsInstanceID", ""),
        replication=original.get("dataReplicationInfo", {}).get("dataReplicationState", ""),
    )


def homecoming_problems(servers: Sequence[ServerRun], found: Mapping[str, Homecoming]) -> Iterator[str]:
    """A sentence for each server that is not at home, or not protected there."""
    for server in servers:
        seen = found[server.source_server_id]
        if (seen.launch, seen.instance_state) != ("LAUNCHED", "running"):
            yield (
                f"{server.hostname} was not failed back: its launch at the origin is {seen.launch or 'missing'}, "
                f"the instance there {seen.instance_state or 'missing'}."
            )
        elif seen.protected_instance_id != seen.instance_id or seen.replication != "CONTINUOUS":
            yield (
                f"{server.hostname} is not protected again: its source server is {seen.replication} and gets the data "
                f"of {seen.protected_instance_id or 'no instance'}, not of {seen.instance_id}."
            )
        if seen.shown_state == FailbackState.COMPLETED:
            yield f"The recovery instance of {server.hostname} shows {seen.shown_state}, which AWS never shows there."


def _only(answer: Mapping[str, Any]) -> dict[str, Any]:
    return dict(answer["items"][0]) if answer["items"] else {}


def _ec2_state(ec2: Any, instance_id: str) -> str:
    if not instance_id:
        return ""
    found = ec2.describe_instances(InstanceIds=[instance_id])["Reservations"]
    return str(found[0]["Instances"][0]["State"]["Name"]) if found else ""
