"""Makes the product's state machine from its ASL file, with the functions' ARNs filled in; runs nothing."""

import json
from pathlib import Path
from string import Template
from typing import Any

from local.lambda_runtime import LambdaRuntime
from local.project import REPOSITORY

DEFINITION = REPOSITORY / "statemachine" / "dr_orchestration.asl.json"


def create_state_machine(
    stepfunctions: Any, runtime: LambdaRuntime, *, stage: str, definition: Path = DEFINITION
) -> str:
    """Create `dr-orchestration-<stage>` and answer its ARN. Raises ValueError when the filled-in definition is no JSON."""
    text = Template(definition.read_text()).safe_substitute(
        # The deployment's tasks call the alias that operators move, so these do too.
        QueryHandlerArn=runtime.arn("query-handler", qualifier="live"),
        ExecutionHandlerArn=runtime.arn("execution-handler", qualifier="live"),
    )
    json.loads(text)
    account = runtime.arn("query-handler").split(":")[4]
    answer = stepfunctions.create_state_machine(
        name=f"dr-orchestration-{stage}",
        definition=text,
        roleArn=f"arn:aws:iam::{account}:role/dr-orchestration-{stage}",
        type="STANDARD",
    )
    return str(answer["stateMachineArn"])
