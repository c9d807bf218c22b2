"""Invoking functions of the platform's own account that belong to plans; one attempt each, waited for."""

import json
from typing import Any

import msgspec
from botocore.exceptions import BotoCoreError, ClientError, ConnectTimeoutError, EndpointConnectionError

from ..sessions import hub_client

MAX_ANSWER_BYTES = 65_536


class Invoked(msgspec.Struct, frozen=True):
    """``certain`` is False when nobody knows whether the function has run."""

    succeeded: bool
    told: str
    certain: bool = True


def invoke_function(function: str, payload: dict[str, Any], *, region: str) -> Invoked:
    """Runs a function and waits for its answer. Never raises for what AWS or the function does."""
    parts = function.split(":")
    place = parts[3] if function.startswith("arn:") else region
    try:
        answer = hub_client("lambda", place, retries=False).invoke(
            FunctionName=function, Payload=json.dumps(payload).encode()
        )
        told = answer["Payload"].read(MAX_ANSWER_BYTES).decode("utf-8", "replace")
    except ClientError as error:
        status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 500))
        return Invoked(False, f"Lambda answered: {error}", certain=status < 500)
    except (ConnectTimeoutError, EndpointConnectionError) as error:
        return Invoked(False, f"Lambda cannot be reached: {error}")
    except BotoCoreError as error:
        return Invoked(False, f"The function's answer was lost ({type(error).__name__})", certain=False)
    return Invoked("FunctionError" not in answer, told)
