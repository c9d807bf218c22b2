"""The application stack: the state machines, whose definitions are uploaded first, and what watches the stage."""

import re
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path

from scripts.chalice_config import INVENTORY_SYNC, ROOT
from scripts.deployment import record, retained, stacks, users
from scripts.deployment.stage import Refused, Stage

TEMPLATE = ROOT / "infrastructure" / "workflow.yaml"
CHOICE = re.compile(r"^  (\w+):\n(?:    (?!Default:).*\n)*    Default:", re.M)
OF_DATA = ("EvidenceRetentionDays", "Roles", "UserPoolClientId", "UserPoolId")
"""The parameters of the data stack that a person may choose."""

DATA_TEMPLATE = ROOT / "infrastructure" / "data.yaml"


def deploy_data(stage: Stage, chosen: Mapping[str, str] | None = None, *, take_over: bool = False) -> list[str]:
    """`chosen` are parameters that a person set, those of the application stack among them.

    Only the stage that recovers production demands a second factor of everyone who signs in. Raises Refused for a user
    pool that does not fit.
    """
    given = {name: value for name, value in (chosen or {}).items() if name in OF_DATA}
    users.refuse_unfit(stage, given)
    parameters = {"Stage": stage.name, "Mfa": "ON" if stage.name == "prod" else "OPTIONAL", **given}
    return _deploy(stage, stage.data_stack, DATA_TEMPLATE, parameters, take_over=take_over)


def deploy_application(stage: Stage, given: Mapping[str, str], *, take_over: bool = False) -> list[str]:
    return _deploy(stage, stage.application_stack, TEMPLATE, given, take_over=take_over)


def _deploy(stage: Stage, name: str, template: Path, given: Mapping[str, str], *, take_over: bool) -> list[str]:
    """Raises Refused when the stack does not exist and its retained resources do, unless they are to be taken over."""
    lines = []
    if take_over:
        lines.append(retained.import_retained(stage, name, template, given))
    else:
        retained.refuse_left_behind(stage, name, template)
    return [*lines, stacks.deploy_stack(stage, name, template, given)]


def chosen(settings: Sequence[str]) -> dict[str, str]:
    """The parameters that a person sets as NAME=VALUE: those of the application stack that have a default, and OF_DATA.

    Raises Refused with the names that there are.
    """
    known = sorted([*_choices(), *OF_DATA])
    pairs = [setting.partition("=") for setting in settings]
    if wrong := [name for name, sign, _ in pairs if not sign or name not in known]:
        raise Refused(f"--set {wrong[0]} is not understood. Give NAME=VALUE with one of: {', '.join(known)}.")
    return {name: value for name, _, value in pairs}


def of_application(chosen: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in chosen.items() if name not in OF_DATA}


def _choices() -> list[str]:
    return CHOICE.findall(TEMPLATE.read_text().partition("\nParameters:\n")[2].partition("\n\n")[0])


def parameters(stage: Stage) -> dict[str, str]:
    """The parameters of the stack, after the upload of the definitions. A key has the hash of what it names."""
    api = record.rest_api_id(stage)
    if api is None:
        raise Refused(f"There is no REST API {stage.rest_api_name} yet: run `scripts/deploy.sh {stage.name}` first.")
    return {
        "Stage": stage.name,
        "RestApiId": api,
        "InventorySync": INVENTORY_SYNC[stage.name],
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
