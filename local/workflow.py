"""Makes the product's state machines from their ASL files, with the functions' ARNs filled in."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from local.lambda_runtime import LambdaRuntime
from local.project import REPOSITORY
from local.templates import Template

TEMPLATE = REPOSITORY / "infrastructure" / "workflow.yaml"
DEFINITION = REPOSITORY / "statemachine" / "dr_orchestration.asl.json"
INVENTORY_MACHINE = "dr-inventory-sync"
INVENTORY_DEFINITION = REPOSITORY / "statemachine" / "inventory_sync.asl.json"


def create_state_machine(
    stepfunctions: Any,
    runtime: LambdaRuntime,
    *,
    stage: str,
    definition: Path = DEFINITION,
    name: str = "dr-orchestration",
) -> str:
    """Create `<name>-<stage>`; returns its ARN. Raises ValueError when the filled-in text is not JSON."""
    # Only a call through this alias counts as one of Step Functions.
    text = definition.read_text()
    for placeholder, function in {
        "QueryHandlerArn": "query-handler",
        "ExecutionHandlerArn": "execution-handler",
        "DataManagementHandlerArn": "data-management-handler",
    }.items():
        if f"${{{placeholder}}}" not in text:
            continue
        text = text.replace(f"${{{placeholder}}}", runtime.arn(function, qualifier="workflow"))
    json.loads(text)
    account = runtime.arn("query-handler").split(":")[4]
    answer = stepfunctions.create_state_machine(
        name=f"{name}-{stage}",
        definition=text,
        roleArn=f"arn:aws:iam::{account}:role/{name}-{stage}",
        type="STANDARD",
    )
    return str(answer["stateMachineArn"])


def role_policies(*, stage: str, account: str, region: str) -> list[Mapping[str, Any]]:
    """What the state machine's role may do, as the deployment's template says."""
    template = Template(TEMPLATE, parameters={"Stage": stage}, account=account, region=region)
    roles = template.of_type("AWS::IAM::Role").values()
    return [policy["PolicyDocument"] for role in roles for policy in role["Policies"]]
