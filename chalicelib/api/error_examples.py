"""Examples of error answers, for the API document."""

from typing import Any

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
            "message": "The request has 2,000,000 bytes; the limit is 1,048,576. Split it into smaller requests.",
            "details": {"bytes": 2_000_000, "maxBytes": 1_048_576},
            "retryable": False,
        },
        "requestId": _REQUEST_ID,
    },
    "504": {
        "error": {
            "code": "OutcomeUnknown",
            "message": (
                "The function aws-drs-orchestration-qa-execution-handler did not answer (ReadTimeoutError). It is not "
                "known whether pause_execution was carried out. Before you repeat it, check get_execution, "
                f"executionId=exec-01J0000000000000000000000A and the audit log (request id {_REQUEST_ID})."
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
