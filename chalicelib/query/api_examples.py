"""Examples for the API document: one request for each operation that creates or changes something, and one error."""

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

ERROR: dict[str, Any] = {
    "error": {
        "code": "InvalidRequest",
        "message": "The request has 1 problem(s): name: is required",
        "details": {"problems": [{"field": "name", "message": "is required"}]},
        "retryable": False,
    },
    "requestId": "0f2a6c1e-0000-4000-8000-000000000000",
}
