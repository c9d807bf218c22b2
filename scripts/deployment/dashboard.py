"""The dashboard's site: its stack, its files, and what CloudFront has cached of them."""

import io
import json
import mimetypes
import subprocess
import time
from hashlib import sha256
from pathlib import Path
from zipfile import ZipFile, ZipInfo

from scripts.chalice_config import ROOT
from scripts.deployment import record, stacks
from scripts.deployment.stage import Refused, Stage

TEMPLATE = ROOT / "infrastructure" / "dashboard.yaml"
BUILT = ROOT / "dashboard" / "dist"
KEPT = "public, max-age=31536000, immutable"


def deploy_dashboard(stage: Stage, built: Path | None = None) -> tuple[str, list[str]]:
    """Deploys the files of a directory; without one, those of the dashboard, which is built first.

    Returns the key of the archive of what was deployed, and what was done, a line each.

    Where Node is missing, the dashboard cannot be built; then nothing of it is changed, and the key is empty.
    """
    if built is None:
        subprocess.run(["scripts/dashboard.sh", "build"], cwd=ROOT, check=True)
        built = BUILT
    if not (built / "index.html").is_file():
        return "", ["The dashboard was not built, so it was left as it is: it needs Node (see above)."]
    api = record.rest_api_id(stage)
    if api is None:
        raise Refused(f"There is no REST API {stage.rest_api_name} yet: run `scripts/deploy.sh {stage.name}` first.")
    parameters = {"Stage": stage.name, "RestApiId": api, "UserPoolRegion": stage.pool_region}
    line = stacks.deploy_stack(stage, stage.dashboard_stack, TEMPLATE, parameters)
    key = _archive(stage, built)
    restore(stage, key)
    return key, [line, f"Dashboard: {url(stage)}"]


def restore(stage: Stage, key: str) -> None:
    """Puts the files of an archive into the site. Pages come last: they name the files that they need.

    Files of other versions stay: a page that is open asks for those of its own.
    """
    archive = ZipFile(io.BytesIO(stage.client("s3").get_object(Bucket=stage.bucket, Key=key)["Body"].read()))
    outputs, names = _outputs(stage), [name for name in archive.namelist() if ".vite/" not in name]
    for name in sorted(names, key=lambda name: name.endswith(".html")):
        _put(stage, outputs["SiteBucket"], name, archive.read(name))
    settings = {
        "region": stage.pool_region,
        "userPoolId": stage.outputs["UserPoolId"],
        "clientId": stage.outputs["UserPoolClientId"],
        "stage": stage.name,
        "signInEndpoint": f"https://cognito-idp.{stage.pool_region}.amazonaws.com/",
        "apiBase": f"/{record.API_STAGE}",
    }
    _put(stage, outputs["SiteBucket"], "settings.json", json.dumps(settings).encode())
    stage.client("cloudfront").create_invalidation(
        DistributionId=outputs["DistributionId"],
        InvalidationBatch={"Paths": {"Quantity": 1, "Items": ["/*"]}, "CallerReference": f"{time.time()}"},
    )


def url(stage: Stage) -> str:
    """The dashboard's address; empty before its first deployment."""
    return _outputs(stage).get("DashboardUrl", "")


def buckets(stage: Stage) -> list[str]:
    """The buckets of the stage's sites, those of stacks that are gone included: CloudFormation leaves them."""
    listed = stage.client("s3").list_buckets()["Buckets"]
    return [each["Name"] for each in listed if each["Name"].startswith(f"{stage.dashboard_stack}-site")]


def remove(stage: Stage) -> list[str]:
    """Deletes the stack, and then the files and the bucket; the archives stay in the artifact bucket."""
    lines, s3 = [stacks.delete_stack(stage, stage.dashboard_stack)], stage.client("s3")
    for bucket in buckets(stage):
        for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
            found = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
            if found:
                objects = [{"Key": each["Key"], "VersionId": each["VersionId"]} for each in found]
                s3.delete_objects(Bucket=bucket, Delete={"Objects": objects})
        s3.delete_bucket(Bucket=bucket)
        lines.append(f"{bucket}: deleted with its files")
    return lines


def _outputs(stage: Stage) -> dict[str, str]:
    stack = stage.stack(stage.dashboard_stack) or {}
    return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}


def _archive(stage: Stage, built: Path) -> str:
    """Keeps the built files for a rollback, under a key that is the same for the same files."""
    packed = io.BytesIO()
    with ZipFile(packed, "w") as archive:
        for file in sorted(path for path in built.rglob("*") if path.is_file()):
            archive.writestr(ZipInfo(str(file.relative_to(built))), file.read_bytes())
    content = packed.getvalue()
    key = f"dashboard/{sha256(content).hexdigest()[:16]}.zip"
    stage.client("s3").put_object(Bucket=stage.bucket, Key=key, Body=content)
    return key


def _put(stage: Stage, bucket: str, name: str, content: bytes) -> None:
    kind = mimetypes.guess_type(Path(name).name)[0] or "application/octet-stream"
    caching = KEPT if name.startswith("assets/") else "no-cache"
    stage.client("s3").put_object(Bucket=bucket, Key=name, Body=content, ContentType=kind, CacheControl=caching)
