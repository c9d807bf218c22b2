"""The answers that API Gateway makes itself, in its own format, from infrastructure/gateway-responses.json.

    python -m scripts.gateway_responses STAGE    what `chalice package` merges into its template

Chalice cannot declare them, and each of its deployments replaces the API, so that a deployment sets them again.
"""

import json
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from scripts.deployment.api_stage import sam_properties

ROOT = Path(__file__).resolve().parent.parent


def main(stage: str) -> None:
    body = {"x-amazon-apigateway-gateway-responses": gateway_responses(stage)}
    print(json.dumps({"Resources": {"RestAPI": {"Properties": {"DefinitionBody": body, **sam_properties(stage)}}}}))


def gateway_responses(stage: str) -> dict[str, dict[str, Any]]:
    """Every response by its type, with the headers that let the dashboard of the stage read it."""
    declared = json.loads((ROOT / "infrastructure/gateway-responses.json").read_text())
    shared = {**declared["headers"], **_for_the_dashboard(stage)}
    return {kind: _response(response, shared) for kind, response in declared["responses"].items()}


def _response(response: dict[str, Any], shared: dict[str, str]) -> dict[str, Any]:
    headers = {**shared, **response.get("headers", {})}
    error = {
        "code": response["code"],
        "message": response["message"],
        "details": {},
        "retryable": response.get("retryable", False),
    }
    body = json.dumps({"error": error, "requestId": "$context.requestId"})
    status = {"statusCode": str(response["status"])} if "status" in response else {}
    return {
        **status,
        "responseParameters": {f"gatewayresponse.header.{name}": f"'{value}'" for name, value in headers.items()},
        "responseTemplates": {"application/json": body},
    }


def _for_the_dashboard(stage: str) -> dict[str, str]:
    config = json.loads((ROOT / ".chalice/config.json").read_text())
    address = urlsplit(config["stages"][stage]["environment_variables"].get("DASHBOARD_URL", ""))
    if not address.netloc:
        return {}
    return {
        "Access-Control-Allow-Origin": f"{address.scheme}://{address.netloc}",
        "Access-Control-Expose-Headers": "Retry-After,x-amzn-RequestId",
    }


if __name__ == "__main__":
    main(*sys.argv[1:])
