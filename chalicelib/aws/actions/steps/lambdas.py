"""Invokes Lambda functions that are steps of plans. Each is invoked once, and its answer is waited for."""

import json
from typing import Any

import msgspec

from ....domain.attempts import Attempt
from ...asking import attempt
from ...sessions import hub_client

MAX_ANSWER_BYTES = 65_536


class FunctionAnswer(msgspec.Struct, frozen=True):
    """The answer of a function that has run, or its error."""

    failed: bool
    text: str


def invoke_function(function: str, payload: dict[str, Any], *, region: str) -> Attempt[FunctionAnswer]:
    """Runs a function and waits for its answer. Never raises an error of AWS or of the function."""
    parts = function.split(":")
    place = parts[3] if function.startswith("arn:") else region

    def invoke() -> FunctionAnswer:
        lambdas = hub_client("lambda", place, retries=False)
        answer = lambdas.invoke(FunctionName=function, Payload=json.dumps(payload).encode())
        text = answer["Payload"].read(MAX_ANSWER_BYTES).decode("utf-8", "replace")
        return FunctionAnswer("FunctionError" in answer, text)

    return attempt("Lambda", place, invoke)
