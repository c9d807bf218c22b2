"""The deployments of a stage, in the artifact bucket: what each has made, so that a rollback can make it again."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from scripts.deployment.stage import Refused, Stage


class Deployment(msgspec.Struct, kw_only=True):
    """One deployment, written after each step. `works` is what its smoke test found; None before it."""

    id: str
    commit: str
    by: str
    package: str = ""
    layer: str = ""
    versions: dict[str, str] = {}
    api: str = ""
    api_deployment: str = ""
    template: str = ""
    parameters: dict[str, str] = {}
    dashboard: str = ""
    works: bool | None = None


def begin(stage: Stage, commit: str) -> Deployment:
    """A new deployment, with what the newest one that works has made, for the steps that are left out."""
    moment = datetime.now(tz=UTC).strftime("%Y%m%dT%H%M%S.%fZ")
    former = next((deployment for deployment in listed(stage) if deployment.works), None)
    kept = {} if former is None else msgspec.to_builtins(former)
    known = {"id": f"{moment}-{commit}", "commit": commit, "by": stage.caller["arn"], "works": None}
    return msgspec.convert({**kept, **known}, Deployment)


def save(stage: Stage, deployment: Deployment) -> None:
    stage.client("s3").put_object(
        Bucket=stage.bucket,
        Key=f"{_prefix(stage)}{deployment.id}.json",
        Body=json.dumps(msgspec.to_builtins(deployment), indent=2).encode(),
    )


def listed(stage: Stage) -> list[Deployment]:
    """Newest first."""
    client = stage.client("s3")
    # The newest 50 are enough to go back to; each is one small object.
    bodies = [client.get_object(Bucket=stage.bucket, Key=key)["Body"].read() for key in keys(stage)[:50]]
    return [msgspec.json.decode(body, type=Deployment) for body in bodies]


def keys(stage: Stage) -> list[str]:
    """The keys of all deployments in the artifact bucket, the newest first."""
    pages = stage.client("s3").get_paginator("list_objects_v2").paginate(Bucket=stage.bucket, Prefix=_prefix(stage))
    return sorted((entry["Key"] for page in pages for entry in page.get("Contents", [])), reverse=True)


def forget(stage: Stage) -> None:
    """Removes all deployments: nothing can go back to one whose functions and API are gone."""
    for key in keys(stage):
        stage.client("s3").delete_object(Bucket=stage.bucket, Key=key)


def to_go_back_to(stage: Stage, wanted: str | None) -> Deployment:
    """The deployment of an id or a commit, or without one the newest that works before the current one.

    Raises Refused when there is none.
    """
    deployments = listed(stage)
    if wanted:
        chosen = [each for each in deployments if wanted in (each.id, each.commit) and each.versions]
        why = f"There is no deployment {wanted} of {stage.name}"
    else:
        chosen = [each for each in deployments[1:] if each.works]
        why = f"There is no earlier deployment of {stage.name} that passed its smoke test"
    if not chosen:
        known = ", ".join(each.id for each in deployments) or "none"
        raise Refused(f"{why}; the deployments are: {known}.")
    return chosen[0]


def shown(deployment: Deployment) -> Mapping[str, Any]:
    words = {True: "works", False: "failed its smoke test", None: "was not finished"}
    return {"deployment": deployment.id, "by": deployment.by, "state": words[deployment.works]}


def _prefix(stage: Stage) -> str:
    return f"deployments/{stage.name}/"
