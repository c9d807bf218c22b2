"""The application stack: the state machines, whose definitions are uploaded first, and what watches the stage."""

from hashlib import sha256
from pathlib import Path

from scripts.chalice_config import ROOT
from scripts.deployment import stacks
from scripts.deployment.stage import Stage

TEMPLATE = ROOT / "infrastructure" / "workflow.yaml"
DATA_TEMPLATE = ROOT / "infrastructure" / "data.yaml"


def deploy_data(stage: Stage) -> str:
    """Only the stage that recovers production demands a second factor of everyone who signs in."""
    mfa = "ON" if stage.name == "prod" else "OPTIONAL"
    return stacks.deploy_stack(stage, stage.data_stack, DATA_TEMPLATE, {"Stage": stage.name, "Mfa": mfa})


def parameters(stage: Stage) -> dict[str, str]:
    """The parameters of the stack, after the upload of the definitions. A key has the hash of what it names."""
    return {
        "Stage": stage.name,
        "DefinitionBucket": stage.bucket,
        "DefinitionKey": _uploaded(stage, ROOT / "statemachine" / "dr_orchestration.asl.json"),
        "InventoryDefinitionKey": _uploaded(stage, ROOT / "statemachine" / "inventory_sync.asl.json"),
        "AuditStreamArn": stage.outputs["AuditStreamArn"],
        "TimelineStreamArn": stage.outputs["TimelineStreamArn"],
    }


def _uploaded(stage: Stage, file: Path) -> str:
    content = file.read_bytes()
    key = f"workflow/{sha256(content).hexdigest()}.json"
    stage.client("s3").put_object(Bucket=stage.bucket, Key=key, Body=content)
    return key
