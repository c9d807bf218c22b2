"""The deployments of a stage, in the artifact bucket: what each has made, so that a rollback can make it again."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec

from scripts.deployment.stage import Refused, Stage


class Deployment(msgspec.Struct, kw_only=True):
    """One deployment, written after each step. `works` is what its smoke test found; None before it.

    `rolled_back` is true of one that a rollback has left. It stands no more: only a person goes back to it, by name.
    """

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
    rolled_back: bool = False


def begin(stage: Stage, commit: str) -> Deployment:
    """A new deployment, with what the newest one that works has made, for the steps that are left out.

    The dashboard is that of the newest one that stands: one of the dashboard alone has no smoke test.
    """
    moment = datetime.now(tz=UTC).strftime("%Y%m%dT%H%M%S.%fZ")
    standing = _standing(listed(stage))
    former = _first_that_works(standing)
    kept = {} if former is None else {**msgspec.to_builtins(former), "dashboard": standing[0].dashboard}
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


def newest_that_works(stage: Stage) -> Deployment | None:
    """What a deployment that fails goes back to by itself."""
    return _first_that_works(_standing(listed(stage)))


def to_go_back_to(stage: Stage, wanted: str | None) -> Deployment:
    """The deployment of an id or a commit, or without one the newest that works before the one in use.

    Raises Refused when there is none.
    """
    deployments = listed(stage)
    if wanted:
        chosen = [each for each in deployments if wanted in (each.id, each.commit) and each.versions]
        why = f"There is no deployment {wanted} of {stage.name}"
    else:
        chosen = [each for each in _standing(deployments)[1:] if each.works]
        why = f"There is no earlier deployment of {stage.name} that passed its smoke test"
    if not chosen:
        known = ", ".join(each.id for each in deployments) or "none"
        raise Refused(f"{why}; the deployments are: {known}.")
    return chosen[0]


def went_back(stage: Stage, target: Deployment) -> None:
    """Records a rollback that was carried out: `target` is in use, and what is newer stands no more."""
    for each in listed(stage):
        rolled_back = each.id > target.id or (each.rolled_back and each.id != target.id)
        if each.rolled_back != rolled_back:
            save(stage, msgspec.structs.replace(each, rolled_back=rolled_back))


def shown(deployments: Sequence[Deployment]) -> list[str]:
    """A line for each: id, who, what became of it."""
    in_use = next(iter(_standing(deployments)), None)
    words = {True: "works", False: "failed its smoke test", None: "had no smoke test"}
    lines = []
    for each in deployments:
        more = ", in use" if each is in_use else ", rolled back" if each.rolled_back else ""
        lines.append(f"{each.id}  {each.by}  {words[each.works]}{more}")
    return lines


def _standing(deployments: Sequence[Deployment]) -> list[Deployment]:
    """Those that no rollback has left; the first of them is in use."""
    return [each for each in deployments if not each.rolled_back]


def _first_that_works(deployments: Sequence[Deployment]) -> Deployment | None:
    return next((each for each in deployments if each.works), None)


def _prefix(stage: Stage) -> str:
    return f"deployments/{stage.name}/"
