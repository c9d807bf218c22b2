"""Examples for the API document: one request for each operation that creates or changes something, and some errors."""

from typing import Any

_GROUP: dict[str, Any] = {
    "name": "Shop web servers",
    "description": "The storefront's web tier",
    "accountId": "222233334444",
    "region": "us-east-1",
    "tags": {"Application": "storefront", "Tier": "web"},
}
_PLAN: dict[str, Any] = {
    "name": "Storefront",
    "owner": "shop-team@example.com",
    "rtoMinutes": 60,
    "waves": [
        {"number": 1, "name": "Databases", "protectionGroupIds": ["pg-01J0000000000000000000000A"]},
        {
            "number": 2,
            "name": "Web servers",
            "protectionGroupIds": ["pg-01J0000000000000000000000B"],
            "dependsOn": [1],
            "onFailure": "PAUSE",
        },
    ],
}

REQUESTS: dict[str, dict[str, Any]] = {
    "create_protection_group": _GROUP,
    "update_protection_group": {**_GROUP, "version": 1},
    "resolve_protection_group": _GROUP,
    "create_recovery_plan": _PLAN,
    "update_recovery_plan": {**_PLAN, "version": 1},
    "start_execution": {"planId": "plan-01J0000000000000000000000A", "mode": "DRILL", "reason": "Quarterly drill"},
}

_REQUEST_ID = "0f2a6c1e-0000-4000-8000-000000000000"

ERRORS: dict[str, dict[str, Any]] = {
    "400": {
        "error": {
            "code": "InvalidRequest",
            "message": "The request has 1 problem: name: is required",
            "details": {"problems": [{"field": "name", "message": "is required"}]},
            "retryable": False,
        },
        "requestId": _REQUEST_ID,
    },
    "413": {
        "error": {
            "code": "TooLarge",
            "message": "The request has 2,000,000 bytes; at most 1,048,576 are taken. Send less at once.",
            "details": {"bytes": 2_000_000, "maxBytes": 1_048_576},
            "retryable": False,
        },
        "requestId": _REQUEST_ID,
    },
    "504": {
        "error": {
            "code": "OutcomeUnknown",
            "message": (
                "The function aws-drs-orchestration-qa-execution-handler gave no answer (ReadTimeoutError). It is not "
                "known whether pause_execution was carried out. Do not repeat it before you have looked: "
                "GET /executions/exec-01J0000000000000000000000A, and the audit log "
                f"(request id {_REQUEST_ID})."
            ),
            "details": {
                "function": "aws-drs-orchestration-qa-execution-handler",
                "operation": "pause_execution",
                "ids": ["executionId=exec-01J0000000000000000000000A"],
                "requestId": _REQUEST_ID,
                "look": "GET /executions/exec-01J0000000000000000000000A",
                "lookOperation": "get_execution",
            },
            "retryable": False,
        },
        "requestId": _REQUEST_ID,
    },
}
