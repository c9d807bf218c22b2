"""The CloudFormation templates agree with the tables of the code, and take encrypted connections only."""

import importlib
import pkgutil
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pytest
from pynamodb.models import Model

import chalicelib.store.tables
from chalicelib.settings import settings
from tests.architecture.templates import resources

# --- tables ---


def models() -> Iterator[type[Model]]:
    for module in pkgutil.iter_modules(chalicelib.store.tables.__path__, "chalicelib.store.tables."):
        for value in vars(importlib.import_module(module.name)).values():
            if (
                isinstance(value, type)
                and issubclass(value, Model)
                and hasattr(value, "Meta")
                and value.get_attributes()
            ):
                yield value


def shape_in_template(properties: dict[str, Any]) -> dict[str, Any]:
    """A table of the template, reduced to what a model also states."""
    return {
        "types": {entry["AttributeName"]: entry["AttributeType"] for entry in properties["AttributeDefinitions"]},
        "key": _key(properties["KeySchema"]),
        "indexes": {
            index["IndexName"]: (_key(index["KeySchema"]), _projection(index["Projection"]))
            for index in properties.get("GlobalSecondaryIndexes", [])
        },
        "ttl": properties.get("TimeToLiveSpecification", {}).get("AttributeName"),
    }


def shape_in_code(model: type[Model]) -> dict[str, Any]:
    """What PynamoDB would create for a model. An attribute `expires_at` is a time to live."""
    schema = model._get_schema()
    attribute_names = {attribute.attr_name for attribute in model.get_attributes().values()}
    return {
        "types": {entry["AttributeName"]: entry["AttributeType"] for entry in schema["attribute_definitions"]},
        "key": _key(schema["key_schema"]),
        "indexes": {
            index["index_name"]: (_key(index["key_schema"]), _projection(index["projection"]))
            for index in schema.get("global_secondary_indexes", [])
        },
        "ttl": "expires_at" if "expires_at" in attribute_names else None,
    }


def _projection(projection: Mapping[str, Any]) -> tuple[str, list[str]]:
    return projection["ProjectionType"], sorted(projection.get("NonKeyAttributes", []))


def _key(schema: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
    return sorted(((entry["AttributeName"], entry["KeyType"]) for entry in schema), key=lambda pair: pair[1])


def test_models_and_template_describe_the_same_tables() -> None:
    stage = settings().stage
    in_template = {
        str(entry["Properties"]["TableName"]["Fn::Sub"]).replace("${Stage}", stage): shape_in_template(
            entry["Properties"]
        )
        for entry in resources("data.yaml", "AWS::DynamoDB::Table").values()
    }
    in_code = {model.Meta.table_name: shape_in_code(model) for model in models()}
    assert in_template == in_code


@pytest.mark.parametrize(
    "part", ["AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes", "TimeToLiveSpecification"]
)
def test_a_part_that_differs_is_found(part: str) -> None:
    properties = resources("data.yaml", "AWS::DynamoDB::Table")["AuditLogsTable"]["Properties"]
    changed = {**properties, part: {} if part == "TimeToLiveSpecification" else properties[part][1:]}
    assert shape_in_template(changed) != shape_in_template(properties)


OWN_KEY = {"SSEEnabled": True, "SSEType": "KMS", "KMSMasterKeyId": {"Fn::GetAtt": ["SecretsKey", "Arn"]}}


@pytest.mark.parametrize("table", sorted(resources("data.yaml", "AWS::DynamoDB::Table")))
def test_tables_outlive_their_stack_and_are_billed_per_request(table: str) -> None:
    entry = resources("data.yaml", "AWS::DynamoDB::Table")[table]
    properties = entry["Properties"]
    # A first creation that fails must leave nothing, or it cannot be repeated under the same names.
    assert entry["DeletionPolicy"] == "RetainExceptOnCreate"
    assert entry["UpdateReplacePolicy"] == "Retain"
    assert properties["BillingMode"] == "PAY_PER_REQUEST"
    assert properties["DeletionProtectionEnabled"] is True
    assert properties["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert properties["SSESpecification"] == OWN_KEY


def test_the_key_of_the_tables_is_rotated_and_only_dynamodb_may_use_it_for_callers() -> None:
    key = resources("data.yaml", "AWS::KMS::Key")["SecretsKey"]
    by_name = {statement["Sid"]: statement for statement in key["Properties"]["KeyPolicy"]["Statement"]}
    assert by_name["UseThroughDynamoDB"]["Condition"] == {
        "StringEquals": {"kms:CallerAccount": {"Ref": "AWS::AccountId"}},
        "StringLike": {"kms:ViaService": "dynamodb.*.amazonaws.com"},
    }
    assert key["Properties"]["EnableKeyRotation"] is True


@pytest.mark.parametrize("name", ["data.yaml", "workflow.yaml"])
@pytest.mark.parametrize(
    ("kind", "policy", "field"),
    [
        ("AWS::SNS::Topic", "AWS::SNS::TopicPolicy", "Topics"),
        ("AWS::S3::Bucket", "AWS::S3::BucketPolicy", "Bucket"),
    ],
)
def test_buckets_and_topics_refuse_connections_without_encryption(
    name: str, kind: str, policy: str, field: str
) -> None:
    refusing = [
        target["Ref"]
        for entry in resources(name, policy).values()
        for statement in entry["Properties"]["PolicyDocument"]["Statement"]
        if (statement["Effect"], statement.get("Condition")) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})
        for targets in [entry["Properties"][field]]
        for target in (targets if isinstance(targets, list) else [targets])
    ]
    assert sorted(refusing) == sorted(resources(name, kind))
