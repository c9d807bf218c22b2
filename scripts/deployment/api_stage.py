"""Throttling and access logs of the REST API's stage, for which Chalice has no settings.

A deployment of Chalice replaces the API and keeps its stage, so that the settings are made after it (ADR 81).
"""

import json
from typing import Any

from chalicelib.settings import APP_NAME
from scripts.deployment import record
from scripts.deployment.stage import Stage

REQUESTS_PER_SECOND = 100
BURST = 200
ACCESS_LOG = json.dumps(
    {
        "requestId": "$context.requestId",
        "time": "$context.requestTimeEpoch",
        "ip": "$context.identity.sourceIp",
        "person": "$context.authorizer.claims.sub",
        "method": "$context.httpMethod",
        "path": "$context.path",
        "route": "$context.resourcePath",
        "status": "$context.status",
        "milliseconds": "$context.responseLatency",
        "bytes": "$context.responseLength",
        "refusedBy": "$context.error.responseType",
        "firewall": "$context.wafResponseCode",
    }
)
"""One line for each request. Neither the token nor the query is in it."""


def set_up(stage: Stage, api: str) -> None:
    """Sets throttling and access logs. API Gateway may write logs once the account names a role for it.

    The role counts for all APIs of the account in a Region, so one that is set already stays.
    """
    gateway = stage.client("apigateway")
    if not gateway.get_account().get("cloudwatchRoleArn"):
        role = {"op": "replace", "path": "/cloudwatchRoleArn", "value": stage.outputs["GatewayLogsRoleArn"]}
        gateway.update_account(patchOperations=[role])
    operations = [
        {"op": "replace", "path": "/*/*/throttling/rateLimit", "value": str(REQUESTS_PER_SECOND)},
        {"op": "replace", "path": "/*/*/throttling/burstLimit", "value": str(BURST)},
        {"op": "replace", "path": "/accessLogSettings/destinationArn", "value": stage.outputs["AccessLogGroupArn"]},
        {"op": "replace", "path": "/accessLogSettings/format", "value": ACCESS_LOG},
    ]
    gateway.update_stage(restApiId=api, stageName=record.API_STAGE, patchOperations=operations)


def differences(stage: Stage, api: str) -> list[str]:
    """Which of the settings a stage does not have."""
    found = stage.client("apigateway").get_stage(restApiId=api, stageName=record.API_STAGE)
    limits = found.get("methodSettings", {}).get("*/*", {})
    logs = found.get("accessLogSettings", {})
    checks = {
        "throttling": (limits.get("throttlingRateLimit"), limits.get("throttlingBurstLimit"))
        == (REQUESTS_PER_SECOND, BURST),
        "access logs": logs == {"destinationArn": stage.outputs["AccessLogGroupArn"], "format": ACCESS_LOG},
    }
    return [name for name, right in checks.items() if not right]


def sam_properties(stage: str) -> dict[str, Any]:
    """The same settings as properties of the API in the template of `chalice package`."""
    group = "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:"
    return {
        "AccessLogSetting": {
            "DestinationArn": {"Fn::Sub": f"{group}/aws/apigateway/{APP_NAME}-{stage}"},
            "Format": ACCESS_LOG,
        },
        "MethodSettings": [
            {
                "HttpMethod": "*",
                "ResourcePath": "/*",
                "ThrottlingRateLimit": REQUESTS_PER_SECOND,
                "ThrottlingBurstLimit": BURST,
            }
        ],
    }
