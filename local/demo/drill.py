"""The drill itself: refreshes the inventory, creates groups and plan, starts the run and follows it to its end."""

import json
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
from rich.console import Console

from chalicelib.domain.executions import Mode, ServerRun, WaveStatus
from chalicelib.domain.views import ExecutionDetail, Intervention, StartedExecution, SyncResult
from local.demo.plan_file import PlanFile
from local.demo.preparation import Prepared, prepare
from local.demo.rest import RestClient
from local.demo.views import choose_view
from local.demo.watching import Look, list_servers, watch

LOOK_EVERY_SECONDS = 1.0
_COMMENT = "Decided by the demonstration, which nobody sits beside."

# Who has to decide on a wave in this state, and what the demonstration decides.
_DECISIONS = {WaveStatus.AWAITING_APPROVAL: "approve", WaveStatus.AWAITING_DECISION: "reject"}


@dataclass(frozen=True, kw_only=True)
class Ended:
    """A run at its end."""

    detail: ExecutionDetail
    servers: Sequence[ServerRun]


def sync_inventory(lambda_client: Any, function: str) -> SyncResult:
    """Let the product look at DRS, by a direct call as its schedule makes it. Raises RuntimeError when it fails."""
    answer = lambda_client.invoke(
        FunctionName=function, Payload=json.dumps({"operation": "handle_sync_source_server_inventory"}).encode()
    )
    payload = json.loads(answer["Payload"].read())
    if answer.get("FunctionError") or payload.get("statusCode") != 200:
        raise RuntimeError(f"The inventory sync failed: {payload}")
    return msgspec.convert(payload["body"], SyncResult)


def create_plan(console: Console, content: PlanFile, *, file: Path, client: RestClient) -> Prepared:
    """Create groups and plan, and say so. Raises PlanFileError, ApiProblem."""
    made = prepare(content, file=file, client=client)
    by_tags = sum(group.selects_by_tags for group in made.groups)
    accounts = {group.account_id for group in made.groups}
    console.print(
        f"Created {len(made.groups)} protection groups ({by_tags} by tags, {len(made.groups) - by_tags} by servers) in "
        f"{len(accounts)} account(s), and the plan '{made.plan.name}' with {len(made.plan.waves)} waves.",
        markup=False,
        highlight=False,
        soft_wrap=True,
    )
    return made


def start(client: RestClient, plan_id: str, mode: Mode) -> StartedExecution:
    """Start the run, at most once whatever becomes of the answer. Raises ApiProblem."""
    body = {"mode": mode.value, "reason": "Demonstration on the local cloud"}
    return client.post(f"/recovery-plans/{plan_id}/execute", body, StartedExecution, idempotency_key=str(uuid.uuid4()))


def follow(console: Console, client: RestClient, execution_id: str, *, decide_as: Callable[[], RestClient]) -> Ended:
    """Show the run until it has ended. Waves that wait for a person get a decision of the user of `decide_as`."""
    looks = watch(client, execution_id, every_seconds=LOOK_EVERY_SECONDS)
    look = next(looks)
    with choose_view(console) as view:
        view.show(look)
        for look in looks:
            view.show(look)
            _decide(look, decide_as)
    return Ended(detail=look.detail, servers=list_servers(client, execution_id))


def _decide(look: Look, decide_as: Callable[[], RestClient]) -> None:
    """Without this a plan with an approval, or one that pauses after a failure, would wait for a day."""
    for wave in look.waves:
        decision = _DECISIONS.get(wave.status)
        if decision is not None:
            path = f"/executions/{wave.execution_id}/waves/{wave.wave_number}/{decision}"
            decide_as().post(path, {"comment": _COMMENT}, Intervention, idempotency_key="")
