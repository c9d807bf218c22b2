"""Invokes the two command functions; the REST function can write in no other way.

Each command is sent once, because a command that is sent twice is two commands.
"""

import functools
import json
from typing import Any

from botocore.config import Config

from ..domain.errors import OutcomeUnknown
from ..settings import settings
from .asking import translated
from .sessions import new_client

CONNECT_SECONDS, READ_SECONDS = 2.0, 24.0
"""Together less than the 29 seconds of API Gateway, so that we report a lost answer and not it."""


def invoke_command(handler: str, payload: dict[str, Any], *, alias: str, region: str) -> tuple[int, Any]:
    """Runs a command in ``handler`` and returns its status and body.

    Raises OutcomeUnknown when the command was sent and not answered, so that it may have been carried out. Raises
    Unavailable or CloudError when it certainly was not.
    """
    name = settings().function_name(handler)
    with translated(lost=lambda cause: _unknown(name, f"did not answer ({cause})")):
        response = _client(region).invoke(FunctionName=name, Qualifier=alias, Payload=json.dumps(payload).encode())
        text = response["Payload"].read()
    if "FunctionError" in response:
        raise _unknown(name, "failed before it answered")
    try:
        result = json.loads(text)
        return result["statusCode"], result["body"]
    except (ValueError, KeyError, TypeError) as error:
        raise _unknown(name, "answered with something that cannot be read") from error


def _unknown(name: str, what: str) -> OutcomeUnknown:
    return OutcomeUnknown(f"The function {name} {what}.", function=name)


@functools.cache
def _client(region: str) -> Any:
    config = Config(
        connect_timeout=CONNECT_SECONDS,
        read_timeout=READ_SECONDS,
        retries={"total_max_attempts": 1},
        max_pool_connections=16,
    )
    return new_client("lambda", region, config)
