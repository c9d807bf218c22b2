"""Deploys functions, layer, REST API and schedules with Chalice, from a clean copy of the working tree."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from scripts import cursor_keys
from scripts.chalice_config import ROOT, deployed_config
from scripts.chalice_names import name_of
from scripts.deployment import api_stage, record, roles
from scripts.deployment.lock import locked
from scripts.deployment.stage import Refused, Stage
from scripts.gateway_responses import gateway_responses

WHEELHOUSE = ROOT / "build" / "wheelhouse"
PREPARED = Path(".chalice") / "prepared"
"""In the copy that Chalice deploys; there Chalice's command does its own work."""


@dataclass(frozen=True)
class Made:
    """What a rollback needs to make the same again: keys in the artifact bucket, and ids."""

    package: str
    layer: str
    api: str
    api_deployment: str


def deploy_functions(stage: Stage) -> Made:
    """Deploys, and keeps the package.

    Raises Refused, with nothing changed, when something is missing, and CalledProcessError when Chalice fails.
    """
    _require_wheels()
    if stage.given_roles:
        print(*roles.refuse_unfit(stage), sep="\n")
    configuration = {
        "USER_POOL_ARN": stage.outputs["UserPoolArn"],
        "USER_POOL_CLIENT_ID": stage.outputs["UserPoolClientId"],
        "CURSOR_KEYS": cursor_keys.next_keys(_keys_in_use(stage)),
        "COMMIT": commit(),
    }
    with locked(stage, f"chalice deploy --stage {stage.name}"), _clean_copy() as copy:
        _configure(copy, stage, configuration)
        deployed = copy / ".chalice" / "deployed" / f"{stage.name}.json"
        deployed.parent.mkdir()
        deployed.write_text(json.dumps(record.read_record(stage)))
        try:
            _run_chalice(copy, stage, configuration)
        finally:
            # Chalice writes its record at the end only. What it has made before a failure is found by name.
            written = _completed(stage, json.loads(deployed.read_text()))
            record.write_record(stage, written)
        layer = next(entry for entry in written["resources"] if entry["name"] == record.LAYER)["layer_version_arn"]
        api, api_deployment = _set_gateway_responses(stage)
        api_stage.set_up(stage, api)
        return Made(_kept_package(stage, copy), layer, api, api_deployment)


def commit() -> str:
    """The commit of the working tree, with a + when files differ from it; empty outside a repository."""
    described = subprocess.run(
        ["git", "describe", "--always", "--abbrev=12", "--dirty=+", "--exclude=*"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return described.stdout.strip()


def _completed(stage: Stage, written: dict[str, Any]) -> dict[str, Any]:
    """Chalice's record, with the API even when Chalice failed before it wrote it down."""
    others = [entry for entry in written["resources"] if entry["name"] != "rest_api"]
    known = next((entry.get("rest_api_id") for entry in written["resources"] if entry["name"] == "rest_api"), None)
    api = record.rest_api_id(stage, recorded=known)
    entries = [record.api_entry(stage, api)] if api else []
    return {**written, "resources": [*others, *entries]}


def _require_wheels() -> None:
    if not list(WHEELHOUSE.glob("*.whl")):
        raise Refused("The layer's packages are missing in build/wheelhouse: run `make setup`, which fetches them.")


def _keys_in_use(stage: Stage) -> str:
    """The keys of cursors that clients hold; empty before the first deployment."""
    try:
        found = stage.client("lambda").get_function_configuration(FunctionName=name_of("query-handler", stage.name))
    except ClientError as error:
        if error.response["Error"]["Code"] == "ResourceNotFoundException":
            return ""
        raise
    return str(found.get("Environment", {}).get("Variables", {}).get("CURSOR_KEYS", ""))


@contextmanager
def _clean_copy() -> Iterator[Path]:
    """What Chalice packages, without caches: everything under chalicelib/ would be packaged."""
    with tempfile.TemporaryDirectory() as directory:
        copy = Path(directory)
        script = 'set -euo pipefail; source scripts/clean_copy.sh; clean_copy "$1"'
        subprocess.run(["bash", "-c", script, "-", str(copy)], cwd=ROOT, check=True)
        yield copy


def _configure(copy: Path, stage: Stage, variables: Mapping[str, str]) -> None:
    file = copy / ".chalice" / "config.json"
    tags = {"application": "aws-drs-orchestration", "stage": stage.name, "commit": variables["COMMIT"] or "unknown"}
    config = deployed_config(json.loads(file.read_text()), stage.name, variables, tags)
    if stage.given_roles:
        for function, settings in config["stages"][stage.name]["lambda_functions"].items():
            settings |= {"manage_iam_role": False, "iam_role_arn": roles.arn(stage, function)}
    file.write_text(json.dumps(config))
    (copy / PREPARED).touch()


def _run_chalice(copy: Path, stage: Stage, variables: Mapping[str, str]) -> None:
    """The user pool is also in the environment: Chalice reads the authorizer from the application as it loads it."""
    environment = {
        **os.environ,
        **{name: variables[name] for name in ("USER_POOL_ARN", "USER_POOL_CLIENT_ID")},
        "AWS_DEFAULT_REGION": stage.region,
        "AWS_PROFILE": stage.session.profile_name,
        "PIP_NO_INDEX": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    if stage.session.profile_name == "default":
        del environment["AWS_PROFILE"]
    chalice = Path(sys.executable).parent / "chalice"
    subprocess.run([str(chalice), "deploy", "--stage", stage.name], cwd=copy, env=environment, check=True)


def _kept_package(stage: Stage, copy: Path) -> str:
    """Puts the application that was deployed where a rollback finds it."""
    (package,) = (copy / ".chalice" / "deployments").glob("appcode-*.zip")
    content = package.read_bytes()
    key = f"packages/{sha256(content).hexdigest()}.zip"
    stage.client("s3").put_object(Bucket=stage.bucket, Key=key, Body=content)
    return key


def _set_gateway_responses(stage: Stage) -> tuple[str, str]:
    """API Gateway's own answers. Chalice replaces the API, and with it these; they need a deployment of the API.

    Returns the ids of the API and of this deployment.
    """
    gateway, api = stage.client("apigateway"), record.rest_api_id(stage)
    for kind, response in gateway_responses(stage.name).items():
        gateway.put_gateway_response(restApiId=api, responseType=kind, **response)
    made = gateway.create_deployment(restApiId=api, stageName=record.API_STAGE, description=commit())
    return str(api), str(made["id"])
