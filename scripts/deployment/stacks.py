"""Deploys the CloudFormation stacks of a stage, and says what prevents it before anything is changed."""

import time
from collections.abc import Iterable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.settings import APP_NAME
from scripts.deployment.stage import Refused, Stage

LARGEST_BODY = 51_200
NO_CHANGES = ("didn't contain changes", "No updates are to be performed")
SECONDS_BETWEEN_LOOKS = 3


def why_not(stage: Stage, name: str) -> str:
    """Why a stack cannot be deployed now, with the remedy; empty when it can."""
    stack = stage.stack(name)
    status = "" if stack is None else str(stack["StackStatus"])
    if status.endswith("IN_PROGRESS") and status != "REVIEW_IN_PROGRESS":
        return f"The stack {name} is {status}: wait until it has settled, and repeat."
    if status == "UPDATE_ROLLBACK_FAILED":
        return f"The stack {name} is {status}: `aws cloudformation continue-update-rollback --stack-name {name}` first."
    if status in ("ROLLBACK_FAILED", "DELETE_FAILED", "CREATE_FAILED", "IMPORT_ROLLBACK_COMPLETE"):
        return (
            f"The stack {name} is {status}: its events say which resource; then "
            f"`aws cloudformation delete-stack --stack-name {name}`."
        )
    return ""


def deploy_stack(stage: Stage, name: str, template: Path | str, parameters: Mapping[str, str]) -> str:
    """Creates or updates a stack and returns what was done. A first creation that was rolled back is made anew.

    Raises Refused when the stack cannot be deployed, and when CloudFormation fails.
    """
    problem = why_not(stage, name)
    if problem:
        raise Refused(problem)
    client, stack = stage.client("cloudformation"), stage.stack(name)
    if stack is not None and stack["StackStatus"] in ("ROLLBACK_COMPLETE", "REVIEW_IN_PROGRESS"):
        client.delete_stack(StackName=name)
        settled(stage, name)
        stack = None
    source = _source(stage, template, whole=name == stage.data_stack)
    arguments: dict[str, Any] = {
        "StackName": name,
        "Parameters": [{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
        "Capabilities": ["CAPABILITY_NAMED_IAM"],
        "Tags": [{"Key": "application", "Value": APP_NAME}, {"Key": "stage", "Value": stage.name}],
        **source,
    }
    if stack is not None:
        arguments["Parameters"] += _kept(stack, parameters, client.get_template_summary(**source))
    try:
        (client.create_stack if stack is None else client.update_stack)(**arguments)
    except ClientError as error:
        if any(text in str(error) for text in NO_CHANGES):
            return f"{name}: no changes"
        raise
    status = settled(stage, name)
    if status not in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
        raise Refused(f"The stack {name} ended as {status}: {_reason(stage, name)}")
    return f"{name}: {status}"


def delete_stack(stage: Stage, name: str) -> str:
    """Deletes a stack, or waits for a deletion that is under way, and returns what was done.

    Raises Refused while CloudFormation does something else with it, and when a resource cannot be deleted.
    """
    stack = stage.stack(name)
    if stack is None:
        return f"{name}: not there"
    status = str(stack["StackStatus"])
    if status.endswith("IN_PROGRESS") and status not in ("DELETE_IN_PROGRESS", "REVIEW_IN_PROGRESS"):
        raise Refused(f"The stack {name} is {status}: wait until it has settled, and repeat.")
    stage.client("cloudformation").delete_stack(StackName=name)
    status = settled(stage, name)
    if status != "DELETE_COMPLETE":
        raise Refused(f"The stack {name} ended as {status}: {_reason(stage, name)}")
    return f"{name}: deleted"


def template_key(template: Path) -> str:
    """Where a deployment keeps the template of a stack: its content is part of the key."""
    return f"templates/{template.stem}-{sha256(template.read_bytes()).hexdigest()[:16]}.yaml"


def _source(stage: Stage, template: Path | str, *, whole: bool) -> dict[str, str]:
    """From the artifact bucket, which a rollback reads again; only the stack that makes the bucket is sent whole."""
    if whole:
        text = Path(template).read_text()
        if len(text.encode()) > LARGEST_BODY:
            raise Refused(
                f"{template} has more than {LARGEST_BODY} bytes, which CloudFormation does not take: split it."
            )
        return {"TemplateBody": text}
    key = template
    if isinstance(template, Path):
        key = template_key(template)
        stage.client("s3").put_object(Bucket=stage.bucket, Key=key, Body=template.read_bytes())
    return {"TemplateURL": f"https://{stage.bucket}.s3.{stage.region}.amazonaws.com/{key}"}


def _kept(stack: Mapping[str, Any], given: Mapping[str, str], template: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Parameters that a person chose once, such as EvidenceRetentionDays, keep their values.

    Those that the template does not have are left out, as after a rollback: CloudFormation would refuse all.
    """
    taken = {parameter["ParameterKey"] for parameter in template.get("Parameters", [])} - given.keys()
    names = [parameter["ParameterKey"] for parameter in stack.get("Parameters", [])]
    return [{"ParameterKey": name, "UsePreviousValue": True} for name in names if name in taken]


def settled(stage: Stage, name: str) -> str:
    """Waits for the end of what CloudFormation does, for as long as that takes, and returns the status."""
    while True:
        stack = stage.stack(name)
        status = "DELETE_COMPLETE" if stack is None else str(stack["StackStatus"])
        if not status.endswith("IN_PROGRESS"):
            return status
        time.sleep(SECONDS_BETWEEN_LOOKS)


def _reason(stage: Stage, name: str) -> str:
    events: Iterable[Mapping[str, Any]] = stage.client("cloudformation").describe_stack_events(StackName=name)[
        "StackEvents"
    ]
    failed = [event for event in events if event["ResourceStatus"].endswith("FAILED")]
    if not failed:
        return "its events say why."
    first = failed[-1]
    return f"{first['LogicalResourceId']}: {first.get('ResourceStatusReason', 'no reason given')}"
