"""Invokes the two command functions: the only way from the REST function to a write.

One attempt and no more: a command that was sent twice is two commands.
"""

import json
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from ..domain.errors import Unavailable
from ..settings import settings
from .failures import cloud_error_of
from .sessions import hub_client


def invoke_command(handler: str, payload: dict[str, Any], *, alias: str, region: str) -> tuple[int, Any]:
    """Runs a command in ``handler`` and returns its status and body.

    Raises Unavailable when the function could not be asked, or died before it answered; then the command may or may
    not have been carried out, and the message says so.
    """
    name = settings().function_name(handler)
    try:
        response = hub_client("lambda", region, retries=False).invoke(
            FunctionName=name, Qualifier=alias, Payload=json.dumps(payload).encode()
        )
    except (ClientError, BotoCoreError) as error:
        raise cloud_error_of(error) or error from error
    result = json.loads(response["Payload"].read())
    if "FunctionError" in response:
        raise Unavailable(
            f"The function {name} died before it answered. The command may have been carried out: "
            "look before you repeat it.",
            function=name,
        )
    return result["statusCode"], result["body"]
