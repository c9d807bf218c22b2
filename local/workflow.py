"""Makes the product's state machine from its ASL file, with the functions' ARNs filled in; runs nothing."""

import json
from pathlib import Path
from typing import Any

from local.lambda_runtime import LambdaRuntime
from local.project import REPOSITORY

DEFINITION = REPOSITORY / "statemachine" / "dr_orchestration.asl.json"


def create_state_machine(
    stepfunctions: Any, runtime: LambdaRuntime, *, stage: str, definition: Path = DEFINITION
) -> str:
    """Create `dr-orchestration-<stage>`; answers its ARN. Raises ValueError when the filled-in text is no JSON."""
    # The deployment's tasks call the alias that operators move, so these do too.
    text = definition.read_text()
    for placeholder, function in {
        "QueryHandlerArn": "query-handler",
        "ExecutionHandlerArn": "execution-handler",
    }.items():
        text = text.replace(f"${{{placeholder}}}", runtime.arn(function, qualifier="live"))
    json.loads(text)
    account = runtime.arn("query-handler").split(":")[4]
    answer = stepfunctions.create_state_machine(
        name=f"dr-orchestration-{stage}",
        definition=text,
        roleArn=f"arn:aws:iam::{account}:role/dr-orchestration-{stage}",
        type="STANDARD",
    )
    return str(answer["stateMachineArn"])
