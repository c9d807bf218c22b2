"""Chalice's record of what it has deployed, kept in the artifact bucket; an API that exists is adopted."""

import json
from typing import Any

from botocore.exceptions import ClientError

from scripts.deployment.stage import Refused, Stage

API_STAGE = "api"
LAYER = "managed-layer"
EMPTY: dict[str, Any] = {"resources": [], "schema_version": "2.0", "backend": "api"}


def key_of(stage: Stage) -> str:
    return f"chalice/{stage.name}.json"


def read_record(stage: Stage) -> dict[str, Any]:
    """The record for Chalice to go on from: the stored one, with the REST API that really exists.

    Without its API in the record Chalice would make a second one. The layer is left out: Chalice would delete its
    former version, which a rollback needs. So are roles that are now another team's.
    """
    record = stored(stage)
    resources = [entry for entry in record["resources"] if entry["name"] not in (LAYER, "rest_api")]
    if stage.given_roles:
        resources = [entry for entry in resources if entry["resource_type"] != "iam_role"]
    api = rest_api_id(stage, recorded=_recorded_api(record))
    if api:
        resources.append(api_entry(stage, api))
    return {**record, "resources": resources}


def write_record(stage: Stage, record: dict[str, Any]) -> None:
    """Stores the record. After a deployment that failed it is the former one, with what was made since."""
    body = json.dumps(record, indent=2).encode()
    stage.client("s3").put_object(Bucket=stage.bucket, Key=key_of(stage), Body=body)


def remove_record(stage: Stage) -> None:
    stage.client("s3").delete_object(Bucket=stage.bucket, Key=key_of(stage))


def rest_api_id(stage: Stage, *, recorded: str | None = None) -> str | None:
    """The REST API of the stage, or None. Raises Refused when two of its name serve and none is the recorded one.

    An import that failed, or was repeated by the SDK, leaves APIs that nobody has ever reached: they have no stage.
    """
    gateway = stage.client("apigateway")
    pages = gateway.get_paginator("get_rest_apis").paginate()
    found: list[str] = sorted(
        api["id"] for page in pages for api in page["items"] if api["name"] == stage.rest_api_name
    )
    if recorded in found or len(found) < 2:
        return recorded if recorded in found else next(iter(found), None)
    serving = [api for api in found if gateway.get_stages(restApiId=api)["item"]]
    if len(serving) > 1:
        raise Refused(
            f"There are {len(serving)} REST APIs named {stage.rest_api_name} ({', '.join(serving)}): delete those that "
            "clients do not use with `aws apigateway delete-rest-api --rest-api-id ID`, and repeat."
        )
    adopted = (serving or found)[0]
    for left_over in set(found) - {adopted}:
        print(f"Removing the REST API {left_over}, which an import that failed has left and which has no stage.")
        gateway.delete_rest_api(restApiId=left_over)
    return adopted


def rest_url(stage: Stage, api: str) -> str:
    """The address of the API's stage; below the endpoint itself where AWS is replaced by a stand-in."""
    endpoint = stage.client("apigateway").meta.endpoint_url
    if "amazonaws.com" not in endpoint:
        return f"{endpoint}/_aws/execute-api/{api}/{API_STAGE}"
    return f"https://{api}.execute-api.{stage.region}.amazonaws.com/{API_STAGE}"


def stored(stage: Stage) -> dict[str, Any]:
    """The record as it was written; an empty one when there is none. Raises Refused when it cannot be read."""
    try:
        body = stage.client("s3").get_object(Bucket=stage.bucket, Key=key_of(stage))["Body"].read()
    except ClientError as error:
        if error.response["Error"]["Code"] in ("NoSuchKey", "404"):
            return dict(EMPTY)
        raise
    try:
        record: dict[str, Any] = json.loads(body)
        return {**EMPTY, **record}
    except ValueError as error:
        raise Refused(
            f"The record s3://{stage.bucket}/{key_of(stage)} is not JSON: remove it and repeat; what is deployed is "
            "then found by name."
        ) from error


def _recorded_api(record: dict[str, Any]) -> str | None:
    return next((entry.get("rest_api_id") for entry in record["resources"] if entry["name"] == "rest_api"), None)


def api_entry(stage: Stage, api: str) -> dict[str, str]:
    """The API as Chalice records it."""
    return {
        "name": "rest_api",
        "resource_type": "rest_api",
        "rest_api_id": api,
        "rest_api_url": f"{rest_url(stage, api)}/",
    }
