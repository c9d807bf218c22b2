"""Prepares and starts a run: syncs the inventory, creates the groups and the plan, starts the execution."""

import json
import uuid
from pathlib import Path
from typing import Any

import msgspec
from rich.console import Console

from chalicelib.domain.runs.records import Mode
from chalicelib.domain.text import count_of
from chalicelib.operations.estate import SyncResult
from chalicelib.operations.runs import StartedExecution
from local.demo.lines import print_text
from local.demo.plan_file import PlanFile
from local.demo.preparation import Prepared, prepare
from local.demo.rest import RestClient


def sync_inventory(lambda_client: Any, function: str) -> SyncResult:
    """Runs the inventory sync by direct invocation. Raises RuntimeError if it fails."""
    answer = lambda_client.invoke(
        FunctionName=function, Payload=json.dumps({"operation": "handle_sync_source_server_inventory"}).encode()
    )
    payload = json.loads(answer["Payload"].read())
    if answer.get("FunctionError") or payload.get("statusCode") != 200:
        raise RuntimeError(f"The inventory sync failed: {payload}")
    return msgspec.convert(payload["body"], SyncResult)


def create_plan(console: Console, content: PlanFile, *, file: Path, client: RestClient) -> Prepared:
    """Creates the groups and the plan, and prints what was created. Raises PlanFileError, ApiProblem."""
    made = prepare(content, file=file, client=client)
    by_tags = sum(group.selects_by_tags for group in made.groups)
    accounts = {group.account_id for group in made.groups}
    more = "".join(f", and '{plan.name}'" for plan in made.plans[1:])
    print_text(
        console,
        f"Created {count_of(len(made.groups), 'protection group')} in {count_of(len(accounts), 'account')} "
        f"({by_tags} by tags, {len(made.groups) - by_tags} by server list) and the plan '{made.plan.name}' with "
        f"{count_of(len(made.plan.waves), 'wave')}{more}.",
    )
    return made


def start(
    client: RestClient, plan_id: str, mode: Mode, *, reason: str, replace_instances: str = ""
) -> StartedExecution:
    """Starts an execution, at most once even if the answer is lost. Raises ApiProblem.

    With the plan's name in `replace_instances` it may replace the instances of earlier recoveries.
    """
    body = {"mode": mode.value, "reason": reason, "replaceInstances": replace_instances}
    return client.post(f"/recovery-plans/{plan_id}/execute", body, StartedExecution, idempotency_key=str(uuid.uuid4()))
