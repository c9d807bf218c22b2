"""What comes before a run is followed: refreshes the inventory, creates groups and plan, starts the run."""

import json
import uuid
from pathlib import Path
from typing import Any

import msgspec
from rich.console import Console

from chalicelib.domain.runs.records import Mode
from chalicelib.operations.estate import SyncResult
from chalicelib.operations.runs import StartedExecution
from local.demo.lines import print_text
from local.demo.plan_file import PlanFile
from local.demo.preparation import Prepared, prepare
from local.demo.rest import RestClient


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
    print_text(
        console,
        f"Created {len(made.groups)} protection groups ({by_tags} by tags, {len(made.groups) - by_tags} by servers) in "
        f"{len(accounts)} account(s), and the plan '{made.plan.name}' with {len(made.plan.waves)} waves.",
    )
    return made


def start(client: RestClient, plan_id: str, mode: Mode, *, reason: str) -> StartedExecution:
    """Start the run, at most once whatever becomes of the answer. Raises ApiProblem."""
    body = {"mode": mode.value, "reason": reason}
    return client.post(f"/recovery-plans/{plan_id}/execute", body, StartedExecution, idempotency_key=str(uuid.uuid4()))
