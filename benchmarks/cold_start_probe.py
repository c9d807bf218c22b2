"""Times one cold start in a fresh process (`HANDLER EVENT ARN`, or `floor`); prints its times and status.

The clocks of the processor and of the wall start before anything is imported and stop when the first request is
answered. The start of the interpreter
is not included, because in Lambda it is already running.
"""

from time import perf_counter, process_time

STARTED = process_time(), perf_counter()

import sys  # noqa: E402 — everything imported below is part of what is measured


class Context:
    """The part of Lambda's context that the functions use."""

    aws_request_id = "cold-start"

    def __init__(self, arn: str) -> None:
        self.invoked_function_arn = arn
        self.function_name = arn.rpartition(":")[2]
        self.memory_limit_in_mb = "1024"

    def get_remaining_time_in_millis(self) -> int:
        return 60_000


def make_one_client() -> int:
    """The floor: what every Python function that calls AWS needs."""
    import boto3  # noqa: PLC0415

    boto3.client("dynamodb")
    return 200


def serve_first_request(handler: str, event: str, arn: str) -> int:
    """What Lambda does: import the handler's module, and call the handler with the first event.

    A function behind a stream has no status: it returns, or raises.
    """
    import importlib  # noqa: PLC0415
    import json  # noqa: PLC0415

    module, _, name = handler.rpartition(".")
    serve = getattr(importlib.import_module(module), name)
    return int(serve(json.loads(event), Context(arn)).get("statusCode", 200))


STATUS = make_one_client() if sys.argv[1] == "floor" else serve_first_request(*sys.argv[1:4])
PROCESSOR, WALL = process_time() - STARTED[0], perf_counter() - STARTED[1]

# Only the last line counts, because the functions may have logged to standard output.
print(f"{PROCESSOR} {WALL} {STATUS}")
