"""Reads the product's CloudFormation templates and makes their resources through the AWS API.

moto's CloudFormation is not used: it fails on outputs of a user pool, silently drops properties and loads every
backend. Only resource types that the local cloud needs are made.
"""

import json
import pickle
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

# Arguments of CreateTable and CreateUserPool that have the template's name and shape.
_TABLE_ARGUMENTS = (
    "TableName",
    "AttributeDefinitions",
    "KeySchema",
    "GlobalSecondaryIndexes",
    "LocalSecondaryIndexes",
    "BillingMode",
    "StreamSpecification",
)
_AT_REST = ("SSESpecification",)
_POOL_ARGUMENTS = (
    "AdminCreateUserConfig",
    "UsernameAttributes",
    "AutoVerifiedAttributes",
    "MfaConfiguration",
    "AccountRecoverySetting",
    "Policies",
    "Schema",
    "UserPoolTags",
    "UsernameConfiguration",
)
_CLIENT_ARGUMENTS = (
    "ClientName",
    "GenerateSecret",
    "PreventUserExistenceErrors",
    "EnableTokenRevocation",
    "AccessTokenValidity",
    "IdTokenValidity",
    "RefreshTokenValidity",
    "TokenValidityUnits",
    "ExplicitAuthFlows",
    "ReadAttributes",
    "WriteAttributes",
)
_REFERENCE = re.compile(r"\$\{([^}!]+)\}")


# The parser in C takes a tenth of the time; PyYAML's wheels have it, a build of one's own may not.
_SafeLoader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_SafeLoader):  # type: ignore[misc]
    """YAML with CloudFormation's short tags, read as their long forms."""


def _tag(loader: yaml.Loader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    if isinstance(node, yaml.ScalarNode):
        value: Any = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)  # type: ignore[arg-type]
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {"Ref" if suffix == "Ref" else f"Fn::{suffix}": value}


_Loader.add_multi_constructor("!", _tag)


def read(file: Path) -> dict[str, Any]:
    """A template as it is written, with the long forms of CloudFormation's short tags."""
    document: dict[str, Any] = pickle.loads(_parsed(file.read_text()))  # noqa: S301 — made here
    return document


@lru_cache(maxsize=32)
def _parsed(text: str) -> bytes:
    """A text is parsed once in a process, which takes forty times as long as a copy."""
    return pickle.dumps(yaml.load(text, Loader=_Loader))  # noqa: S506 — a safe loader, with tags


class Template:
    """A template with its parameters, whose resources are made in one account and Region."""

    def __init__(self, file: Path, *, parameters: Mapping[str, str], account: str, region: str) -> None:
        document = read(file)
        self._resources: dict[str, Any] = document["Resources"]
        self._values: dict[str, str] = {
            "AWS::Partition": "aws",
            "AWS::AccountId": account,
            "AWS::Region": region,
            **{
                name: str(spec["Default"]) for name, spec in document.get("Parameters", {}).items() if "Default" in spec
            },
            **parameters,
        }

    def value(self, reference: str) -> str:
        """What `!Ref reference` or `!GetAtt reference` refers to, when its resource has been made."""
        return self._values[reference]

    def of_type(self, kind: str, *, without: Iterable[str] = ()) -> dict[str, Any]:
        """The properties, with references filled in, of every resource of a type, by logical name.

        ``without`` names properties that are left out; they may refer to resources that are not made here.
        """
        return {
            name: self.resolve(
                {key: entry for key, entry in resource.get("Properties", {}).items() if key not in without}
            )
            for name, resource in self._resources.items()
            if resource["Type"] == kind
        }

    def resolve(self, value: Any) -> Any:
        """Fill in Ref, Sub, GetAtt and Join. Raises KeyError for a resource that has not been made yet."""
        if isinstance(value, list):
            return [self.resolve(entry) for entry in value]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            [(function, argument)] = value.items()
            if function == "Ref":
                return self._values[argument]
            if function == "Fn::GetAtt":
                return self._values[".".join(argument)]
            if function == "Fn::Sub":
                return _REFERENCE.sub(lambda match: self._values[match[1]], argument)
            if function == "Fn::Join":
                return argument[0].join(self.resolve(argument[1]))
        return {key: self.resolve(entry) for key, entry in value.items()}

    def make_tables(self, dynamodb: Any) -> dict[str, str]:
        """Create every table; returns the partition key of each, by table name."""
        keys = {}
        for name, properties in self.of_type("AWS::DynamoDB::Table", without=_AT_REST).items():
            table = properties["TableName"]
            arguments = {key: properties[key] for key in _TABLE_ARGUMENTS if key in properties}
            if "StreamSpecification" in arguments:
                # In a template, a specification alone switches the stream on.
                arguments["StreamSpecification"] = {**arguments["StreamSpecification"], "StreamEnabled": True}
            dynamodb.create_table(**arguments)
            if "TimeToLiveSpecification" in properties:
                dynamodb.update_time_to_live(
                    TableName=table, TimeToLiveSpecification=properties["TimeToLiveSpecification"]
                )
            keys[table] = next(key["AttributeName"] for key in properties["KeySchema"] if key["KeyType"] == "HASH")
            self._values[name] = table
        return keys

    def make_user_pool(self, cognito: Any) -> tuple[str, str]:
        """Create the user pool, its client and its groups; returns the ids of pool and client."""
        [(pool_name, pool)] = self.of_type("AWS::Cognito::UserPool").items()
        arguments = {key: pool[key] for key in _POOL_ARGUMENTS if key in pool}
        made = cognito.create_user_pool(PoolName=pool["UserPoolName"], **arguments)["UserPool"]
        self._values[pool_name] = made["Id"]
        self._values[f"{pool_name}.Arn"] = made["Arn"]
        [(client_name, client)] = self.of_type("AWS::Cognito::UserPoolClient").items()
        arguments = {key: client[key] for key in _CLIENT_ARGUMENTS if key in client}
        client_id = cognito.create_user_pool_client(UserPoolId=made["Id"], **arguments)["UserPoolClient"]["ClientId"]
        self._values[client_name] = client_id
        for group in self.of_type("AWS::Cognito::UserPoolGroup").values():
            cognito.create_group(**group)
        return made["Id"], client_id

    def make_roles(self, iam: Any) -> dict[str, str]:
        """Create every role with its inline policies; returns their ARNs by name."""
        arns = {}
        for name, role in self.of_type("AWS::IAM::Role").items():
            made = iam.create_role(
                RoleName=role["RoleName"],
                AssumeRolePolicyDocument=json.dumps(role["AssumeRolePolicyDocument"]),
                Description=role.get("Description", ""),
                MaxSessionDuration=role.get("MaxSessionDuration", 3600),
            )
            for policy in role.get("Policies", []):
                iam.put_role_policy(
                    RoleName=role["RoleName"],
                    PolicyName=policy["PolicyName"],
                    PolicyDocument=json.dumps(policy["PolicyDocument"]),
                )
            arns[role["RoleName"]] = made["Role"]["Arn"]
            self._values[f"{name}.Arn"] = made["Role"]["Arn"]
        return arns

    def make_buckets(self, s3: Any) -> None:
        """Create every bucket that has a name, with the lock and the retention of its objects, and nothing else."""
        for logical, resource in self._resources.items():
            properties = resource.get("Properties", {})
            if resource["Type"] != "AWS::S3::Bucket" or "BucketName" not in properties:
                continue
            name = self.resolve(properties["BucketName"])
            s3.create_bucket(
                Bucket=name,
                ObjectLockEnabledForBucket=properties["ObjectLockEnabled"],
                CreateBucketConfiguration={"LocationConstraint": self._values["AWS::Region"]},
            )
            lock = self.resolve(properties["ObjectLockConfiguration"])
            rule = lock["Rule"]["DefaultRetention"]
            lock["Rule"] = {"DefaultRetention": {**rule, "Days": int(rule["Days"])}}
            s3.put_object_lock_configuration(Bucket=name, ObjectLockConfiguration=lock)
            self._values[logical] = name

    def make_topics(self, sns: Any) -> None:
        for name, topic in self.of_type("AWS::SNS::Topic").items():
            self._values[name] = sns.create_topic(Name=topic["TopicName"])["TopicArn"]
