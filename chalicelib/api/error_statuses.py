"""The statuses of error answers: what each means, its headers, and an example."""

from typing import Any

import msgspec

REQUEST_ID = "0f2a6c1e-0000-4000-8000-000000000000"
_EXECUTION = "exec-01J0000000000000000000000A"


class ErrorStatus(msgspec.Struct, frozen=True):
    """One status, the codes that it is answered with, and an error with the first of them."""

    meaning: str
    codes: tuple[str, ...]
    message: str
    details: dict[str, Any] = {}
    retryable: bool = False
    retry_after: bool = False

    @property
    def example(self) -> dict[str, Any]:
        error = {
            "code": self.codes[0],
            "message": self.message,
            "details": self.details,
            "retryable": self.retryable,
        }
        return {"error": error, "requestId": REQUEST_ID}


ERRORS = {
    "400": ErrorStatus(
        "The request has problems; `details.problems` lists every one with its field.",
        ("InvalidRequest",),
        "The request has 1 problem: name: is required",
        {"problems": [{"field": "name", "message": "is required"}]},
    ),
    "401": ErrorStatus(
        "The request has no valid token.",
        ("NotSignedIn",),
        "The request has no valid token. Sign in, and send the id token in the header Authorization.",
    ),
    "403": ErrorStatus(
        "The user's roles do not include the permission, which the message names.",
        ("NotPermitted",),
        "This needs the permission 'modify-plans'. Roles that have it: DRSOrchestrationAdmin, DRSPlanManager.",
    ),
    "404": ErrorStatus(
        "There is no record with this id, or no such path.",
        ("RecordNotFound", "UnknownRoute"),
        f"There is no execution '{_EXECUTION}'. Check the id.",
        {"executionId": _EXECUTION},
    ),
    "409": ErrorStatus(
        "The state of something prevents it; the details name it.",
        (
            "StaleVersion",
            "NameTaken",
            "InUse",
            "AlreadyRunning",
            "ServersBusy",
            "IllegalTransition",
            "SecondPersonNeeded",
            "StateConflict",
        ),
        "The recovery plan is at version 3 by now, and this is based on version 2. Read it again.",
        {"currentVersion": 3},
    ),
    "413": ErrorStatus(
        "The request is larger than 1 MB.",
        ("TooLarge",),
        "The request has 2,000,000 bytes; the limit is 1,048,576. Split it into smaller requests.",
        {"bytes": 2_000_000, "maxBytes": 1_048_576},
    ),
    "415": ErrorStatus(
        "The body is not JSON.",
        ("UnsupportedMediaType",),
        "The body must be JSON. Send it with the header Content-Type: application/json.",
    ),
    "422": ErrorStatus(
        "The request was understood and is refused for what it would do; the details say why.",
        ("PreflightBlocked", "Unprocessable"),
        "1 of 3 servers cannot launch: store-web-1. Nothing was started.",
        {"servers": [{"sourceServerId": "s-0123456789abcdef0", "hostname": "store-web-1", "findings": []}]},
    ),
    "429": ErrorStatus(
        "There are too many requests at the moment, and this one was not carried out.",
        ("Throttled",),
        "There are too many requests at the moment, and this one was not carried out. Send it again after a second.",
        retryable=True,
        retry_after=True,
    ),
    "500": ErrorStatus(
        "A defect of this product.",
        ("InternalError",),
        "An unexpected error occurred in the service. Try again; if it persists, give the request id to its operators.",
    ),
    "502": ErrorStatus(
        "AWS refused or failed a call; the details name account, Region, operation and AWS's code.",
        ("CloudError",),
        "DescribeSourceServers in account 222233334444, Region us-east-1 failed with AccessDeniedException",
        {
            "operation": "DescribeSourceServers",
            "awsCode": "AccessDeniedException",
            "accountId": "222233334444",
            "region": "us-east-1",
        },
    ),
    "503": ErrorStatus(
        "Nothing was done: AWS throttles or cannot be reached.",
        ("Unavailable",),
        "AWS is throttling DescribeSourceServers. Try again in a few seconds.",
        {"operation": "DescribeSourceServers", "awsCode": "ThrottlingException"},
        retryable=True,
        retry_after=True,
    ),
    "504": ErrorStatus(
        "The answer was lost, so a command may have been carried out. Check the address in `details.look` before you "
        "repeat it.",
        ("OutcomeUnknown",),
        "The function aws-drs-orchestration-execution-handler-qa did not answer (ReadTimeoutError). It is not "
        f"known whether pause_execution was carried out. Before you repeat it, check get_execution, "
        f"executionId={_EXECUTION} and the audit log (request id {REQUEST_ID}).",
        {
            "function": "aws-drs-orchestration-execution-handler-qa",
            "operation": "pause_execution",
            "ids": [f"executionId={_EXECUTION}"],
            "requestId": REQUEST_ID,
            "look": f"GET /executions/{_EXECUTION}",
            "lookOperation": "get_execution",
        },
    ),
}
"""Every status that an error can have. 405 is only answered for methods that are not described."""

CODES = sorted(code for status in ERRORS.values() for code in status.codes)
