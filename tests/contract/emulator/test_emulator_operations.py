"""All operations of botocore's DRS model: each works, reports what is wrong, or reports that it is not emulated."""

from __future__ import annotations

import re
from typing import Any

import pytest
from botocore.exceptions import ClientError
from botocore.model import ListShape, MapShape, Shape, StringShape, StructureShape

from drs_emulator.declared_errors import can_answer
from drs_emulator.operations import OPERATIONS
from drs_emulator.service_model import error_codes, input_shape, operation_model, operation_names

ACCOUNT = "111111111111"
REGION = "us-east-1"
ARN = f"arn:aws:drs:{REGION}:{ACCOUNT}:source-server/s-0123456789abcdef0"
KNOWN_STRINGS = {
    "ISO8601DatetimeString": "2026-01-01T00:00:00Z",
    "AccountID": ACCOUNT,
    "ARN": ARN,
    "SourceServerARN": ARN.replace(ACCOUNT, "222222222222"),
    "AwsRegion": REGION,
    "StrictDRSARN": ARN,
    "LaunchActionResourceId": "s-0123456789abcdef0",
    "RecoveryInstanceID": "i-0123456789abcdef0",
}


def sample(shape: Shape) -> Any:
    """A valid value with the required members only."""
    if isinstance(shape, StructureShape):
        if shape.is_tagged_union:
            name, member = next(iter(shape.members.items()))
            return {name: sample(member)}
        return {name: sample(shape.members[name]) for name in shape.required_members}
    if isinstance(shape, ListShape):
        return [sample(shape.member) for _ in range(max(1, shape.metadata.get("min", 1)))]
    if isinstance(shape, MapShape):
        return {"key": sample(shape.value)}
    if isinstance(shape, StringShape):
        return sample_string(shape)
    return False if shape.type_name == "boolean" else max(1, shape.metadata.get("min", 1))


def sample_string(shape: StringShape) -> str:
    if shape.enum:
        return str(shape.enum[0])
    if shape.name in KNOWN_STRINGS:
        return KNOWN_STRINGS[shape.name]
    pattern = shape.metadata.get("pattern", "")
    prefixed = re.fullmatch(r"([a-z-]+-)\[.*\](?:\{17\}|\{8,\})", pattern)
    if prefixed:
        return prefixed[1] + "0123456789abcdef0"
    if "-[0-9a-fA-F]{4}-" in pattern:
        return "01234567-0123-0123-0123-0123456789ab"
    for candidate in ("a", "abc", "1", "ABC-abc"):
        if not pattern or re.fullmatch(pattern, candidate):
            return candidate
    raise AssertionError(f"No sample for {shape.name}: {pattern}")


def call(client: Any, operation: str, arguments: dict[str, Any]) -> tuple[str, Any]:
    """Returns ("", the parsed answer) or (error code, the parsed error)."""
    try:
        return "", client._make_api_call(operation, arguments)
    except ClientError as error:
        return str(error.response["Error"]["Code"]), error.response


@pytest.mark.parametrize("operation", operation_names())
def test_a_valid_request_is_answered_as_the_model_says_or_as_not_emulated(served: Any, operation: str) -> None:
    shape = input_shape(operation_model(operation))
    code, answer = call(served.client(), operation, sample(shape) if shape is not None else {})
    if operation not in OPERATIONS:
        assert code == "NotEmulatedException"
        assert answer["ResponseMetadata"]["HTTPStatusCode"] == 501
        assert operation in answer["Error"]["Message"]
    elif code:
        assert can_answer(operation, code)
    else:
        assert answer["ResponseMetadata"]["HTTPStatusCode"] == operation_model(operation).http["responseCode"]


def required_in_body(operation: str) -> set[str]:
    shape = input_shape(operation_model(operation))
    if shape is None:
        return set()
    return {name for name in shape.required_members if "location" not in shape.members[name].serialization}


@pytest.mark.parametrize("operation", [name for name in operation_names() if required_in_body(name)])
def test_the_refusal_of_a_request_names_all_missing_members(served: Any, operation: str) -> None:
    shape = input_shape(operation_model(operation))
    assert shape is not None
    located = {name: sample(member) for name, member in shape.members.items() if "location" in member.serialization}
    code, answer = call(served.client(parameter_validation=False), operation, located)
    assert code == "ValidationException"
    assert answer["reason"] == "fieldValidationFailed"
    assert {problem["name"] for problem in answer["fieldList"]} == required_in_body(operation)


@pytest.mark.parametrize("operation", sorted(OPERATIONS))
def test_an_uninitialised_region_is_reported_where_the_model_declares_the_error(served: Any, operation: str) -> None:
    shape = input_shape(operation_model(operation))
    client = served.client(region="eu-west-1")
    code, _ = call(client, operation, sample(shape) if shape is not None else {})
    if "UninitializedAccountException" in error_codes(operation_model(operation)):
        assert code == "UninitializedAccountException"
    else:
        assert code != "UninitializedAccountException"


def test_initialize_service_opens_the_region(served: Any) -> None:
    client = served.client(region="eu-west-1")
    client.initialize_service()
    client.initialize_service()
    assert client.describe_source_servers()["items"] == []
    with pytest.raises(ClientError, match="UninitializedAccountException"):
        served.client(region="eu-central-1").describe_source_servers()
