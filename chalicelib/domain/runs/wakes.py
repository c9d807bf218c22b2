"""Which events of DRS let a wave be polled sooner. An event decides nothing else: what counts is what the poll sees."""

import re
from collections.abc import Mapping, Sequence

import msgspec

from ..errors import cut
from .records import ServerRun

SOURCE = "aws.drs"
LAUNCH_RESULT = "DRS Source Server Launch Result"
"""The event of one server of a job, launched or failed (EventBridge events reference, Elastic Disaster Recovery)."""

MAX_WAKES = 100
"""How often events may wake a wave. Each wake is one more poll, and a Step Functions execution takes 25,000 events."""

_SERVER_ARN = re.compile(r"^arn:[\w-]+:drs:[\w-]+:\d{12}:source-server/(s-[0-9a-zA-Z]{17})$")
_MAX_SHOWN = 100


class LaunchResult(msgspec.Struct, frozen=True):
    """The end of the launch of one server, as an event reports it. Account and Region are set by EventBridge."""

    account_id: str
    region: str
    source_server_id: str
    job_id: str


class Verdict(msgspec.Struct, frozen=True):
    """Whether an event wakes a wave, and why."""

    wakes: bool
    reason: str


def launch_result_of(account: object, region: object, resources: object, detail: object) -> LaunchResult | None:
    """The result that an event reports; None if its parts are not those of such an event."""
    job_id = detail.get("job-id") if isinstance(detail, Mapping) else None
    named = resources if isinstance(resources, Sequence) and not isinstance(resources, str) else ()
    servers = [found[1] for name in named if isinstance(name, str) and (found := _SERVER_ARN.match(name))]
    if len(servers) != 1 or not (isinstance(account, str) and isinstance(region, str) and isinstance(job_id, str)):
        return None
    return LaunchResult(account, region, servers[0], job_id)


def judge_event(result: LaunchResult, newest: ServerRun | None) -> Verdict:
    """Whether the event wakes the wave of ``newest``, the newest run of its server; None if it has none."""
    server = result.source_server_id
    if newest is None:
        return Verdict(False, f"No execution has launched server {server}.")
    if (newest.account_id, newest.region) != (result.account_id, result.region):
        return Verdict(False, f"Server {server} is not of account {result.account_id}, Region {result.region}.")
    if newest.job_id != result.job_id:
        return Verdict(False, f"Server {server} is not awaited from DRS job {cut(result.job_id, _MAX_SHOWN)}.")
    if newest.status.is_final:
        return Verdict(False, f"The result of server {server} is recorded already.")
    return Verdict(True, f"DRS reports that the launch of server {server} has ended.")
