"""What a deleted stack has left behind, and its import into a new stack of the same name.

Tables, keys, buckets, the user pool and log groups are retained. CloudFormation would not make a second one of the same
name, so that a stack that is made again begins with their import, and is completed by an update.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from scripts.deployment import stacks
from scripts.deployment.stage import Refused, Stage

CHANGE_SET = "import-retained"
CONDITION = re.compile(r"^    Condition: \w+\n", re.M)
BLOCK = re.compile(r"^  (\w+):\n((?:    .*\n|\n)+)", re.M)
TABLE = "AWS::DynamoDB::Table"
# Type → what identifies a resource of it to CloudFormation, both parts of it where there are two, and the property of
# the template that names it.
TYPES = {
    "AWS::Cognito::UserPool": ("UserPoolId", "UserPoolName"),
    "AWS::Cognito::UserPoolGroup": ("UserPoolId|GroupName", ""),
    TABLE: ("TableName", "TableName"),
    "AWS::IAM::Role": ("RoleName", "RoleName"),
    "AWS::KMS::Key": ("KeyId", ""),
    "AWS::Logs::LogGroup": ("LogGroupName", "LogGroupName"),
    "AWS::S3::Bucket": ("BucketName", "BucketName"),
    "AWS::S3::BucketPolicy": ("Bucket", ""),
    "AWS::SNS::Topic": ("TopicArn", "TopicName"),
    "AWS::SQS::Queue": ("QueueUrl", "QueueName"),
}
MISSING = ("NoSuch", "NotFound", "404", "NonExistentQueue", "QueueDoesNotExist")


@dataclass(frozen=True)
class Retained:
    """A resource of a template that exists though its stack does not."""

    logical: str
    kind: str
    identifier: str
    text: str

    @property
    def identifiers(self) -> dict[str, str]:
        return dict(zip(TYPES[self.kind][0].split("|"), self.identifier.split("|"), strict=True))


def left_behind(stage: Stage, name: str, template: Path) -> list[Retained]:
    """What exists of the retained resources of a template. Raises Refused when two could be meant."""
    declared = list(_declared(template))
    tables = cache(partial(_tables, stage))
    find: dict[str, Callable[[Stage, str], str]] = {
        **_FIND,
        TABLE: lambda _, given: given if given in tables() else "",
    }
    found: dict[str, Retained] = {}
    for logical, kind, text in declared:
        given = _name(stage, text, TYPES[kind][1])
        if identifier := find[kind](stage, given) if given else _unnamed(stage, name, logical, kind):
            found[logical] = Retained(logical, kind, identifier, text)
    for logical, kind, text in declared:
        if identifier := _of_another(stage, logical, kind, text, found):
            found[logical] = Retained(logical, kind, identifier, text)
    return [found[logical] for logical, _, _ in declared if logical in found]


def refuse_left_behind(stage: Stage, name: str, template: Path) -> None:
    """Raises Refused when a stack would be made beside what an earlier one has left."""
    left = left_behind(stage, name, template) if stage.stack(name) is None else []
    if left:
        raise Refused(
            f"The stack {name} does not exist, and {len(left)} resources of an earlier one do, such as "
            f"{left[0].identifier}: run `scripts/deploy.sh {stage.name} --import-retained`, which takes them over."
        )


def import_retained(stage: Stage, name: str, template: Path, parameters: Mapping[str, str]) -> str:
    """Makes a stack of what is left; nothing when the stack exists or nothing is left. An update completes it."""
    stack = stage.stack(name)
    if stack is not None and stack["StackStatus"] != "REVIEW_IN_PROGRESS":
        return f"{name}: exists, nothing to import"
    left = left_behind(stage, name, template)
    if not left:
        return f"{name}: nothing is left of an earlier one"
    client, body = stage.client("cloudformation"), reduced(template, left)
    client.create_change_set(
        StackName=name,
        ChangeSetName=CHANGE_SET,
        ChangeSetType="IMPORT",
        TemplateBody=body,
        Parameters=[
            {"ParameterKey": key, "ParameterValue": value}
            for key, value in parameters.items()
            if f"\n  {key}:\n" in body
        ],
        Capabilities=["CAPABILITY_NAMED_IAM"],
        ResourcesToImport=[
            {
                "ResourceType": each.kind,
                "LogicalResourceId": each.logical,
                "ResourceIdentifier": each.identifiers,
            }
            for each in left
        ],
    )
    client.get_waiter("change_set_create_complete").wait(StackName=name, ChangeSetName=CHANGE_SET)
    client.execute_change_set(StackName=name, ChangeSetName=CHANGE_SET)
    status = stacks.settled(stage, name)
    if status != "IMPORT_COMPLETE":
        raise Refused(f"The import into {name} ended as {status}: its events say why.")
    return f"{name}: {len(left)} resources of an earlier stack were imported"


def reduced(template: Path, left: Sequence[Retained]) -> str:
    """The template with these resources only: an import can neither make others nor have outputs."""
    # Conditions are not part of it: what is imported exists.
    resources = "".join(f"  {each.logical}:\n{CONDITION.sub('', each.text)}" for each in left)
    parameters = "".join(
        f"  {name}:\n{text}"
        for name, text in BLOCK.findall(_section(template, "Parameters"))
        if f"!Ref {name}" in resources or f"${{{name}}}" in resources
    )
    return f'AWSTemplateFormatVersion: "2010-09-09"\n\nParameters:\n{parameters}\nResources:\n{resources}'


def _declared(template: Path) -> Iterator[tuple[str, str, str]]:
    """(logical id, type, text) of every resource of a template that outlives its stack."""
    for logical, text in BLOCK.findall(_section(template, "Resources")):
        if "\n    DeletionPolicy: RetainExceptOnCreate\n" in text:
            yield logical, text.partition("    Type: ")[2].partition("\n")[0], text


def _section(template: Path, name: str) -> str:
    whole = template.read_text().partition(f"\n{name}:\n")[2]
    return re.split(r"^\S", whole, maxsplit=1, flags=re.M)[0]


def _name(stage: Stage, text: str, field: str) -> str:
    named = re.search(rf"^      {field}: (?:!Sub )?(\S+)$", text, re.M) if field else None
    values = {"Stage": stage.name, "AWS::AccountId": stage.caller["account"], "AWS::Region": stage.region}
    return re.sub(r"\$\{([\w:]+)\}", lambda match: values[match[1]], named[1]) if named else ""


def _of_another(stage: Stage, logical: str, kind: str, text: str, found: Mapping[str, Retained]) -> str:
    """What is known by another resource only: keys by what they encrypt, policies by their bucket, groups by
    their pool."""
    if kind == "AWS::S3::BucketPolicy":
        bucket = re.search(r"^      Bucket: !Ref (\w+)$", text, re.M)
        owner = found.get(bucket[1]) if bucket else None
        s3 = stage.client("s3")
        return owner.identifier if owner and there(s3.get_bucket_policy, Bucket=owner.identifier) else ""
    if kind == "AWS::Cognito::UserPoolGroup":
        return _group(stage, text, found)
    if kind != "AWS::KMS::Key":
        return ""
    for each in found.values():
        if each.kind == TABLE and f"KMSMasterKeyId: !GetAtt {logical}.Arn" in each.text:
            table = stage.client("dynamodb").describe_table(TableName=each.identifier)["Table"]
            if arn := table.get("SSEDescription", {}).get("KMSMasterKeyArn", ""):
                return str(arn).rpartition("/")[2]
    return ""


def _group(stage: Stage, text: str, found: Mapping[str, Retained]) -> str:
    """A group of the pool that is left: pool and name."""
    pool, name = (
        re.search(r"^      UserPoolId: !Ref (\w+)$", text, re.M),
        re.search(r"^      GroupName: (\w+)$", text, re.M),
    )
    owner = found.get(pool[1]) if pool else None
    if owner is None or name is None:
        return ""
    cognito = stage.client("cognito-idp")
    exists = there(cognito.get_group, UserPoolId=owner.identifier, GroupName=name[1])
    return f"{owner.identifier}|{name[1]}" if exists else ""


def there(call: Callable[..., Any], **arguments: Any) -> bool:
    """Makes a call of AWS, and returns False when what it is about does not exist."""
    try:
        call(**arguments)
    except ClientError as error:
        if any(text in error.response["Error"]["Code"] for text in MISSING):
            return False
        raise
    return True


def _pool(stage: Stage, name: str) -> str:
    pages = stage.client("cognito-idp").get_paginator("list_user_pools").paginate(MaxResults=60)
    return _one(stage, [pool["Id"] for page in pages for pool in page["UserPools"] if pool["Name"] == name], name)


def _bucket(stage: Stage, name: str) -> str:
    return name if there(stage.client("s3").head_bucket, Bucket=name) else ""


def _unnamed(stage: Stage, stack: str, logical: str, kind: str) -> str:
    """CloudFormation calls such a bucket after stack and resource, with an ending of its own."""
    if kind != "AWS::S3::Bucket":
        return ""
    prefix = f"{stack}-{logical}".lower()
    buckets = stage.client("s3").list_buckets()["Buckets"]
    return _one(stage, [each["Name"] for each in buckets if each["Name"].startswith(prefix)], prefix)


def _log_group(stage: Stage, name: str) -> str:
    groups = stage.client("logs").describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    return name if any(group["logGroupName"] == name for group in groups) else ""


def _topic(stage: Stage, name: str) -> str:
    arn = f"arn:aws:sns:{stage.region}:{stage.caller['account']}:{name}"
    return arn if there(stage.client("sns").get_topic_attributes, TopicArn=arn) else ""


def _queue(stage: Stage, name: str) -> str:
    sqs = stage.client("sqs")
    return str(sqs.get_queue_url(QueueName=name)["QueueUrl"]) if there(sqs.get_queue_url, QueueName=name) else ""


def _tables(stage: Stage) -> frozenset[str]:
    """The names of all tables, which takes fewer calls than asking for each."""
    pages = stage.client("dynamodb").get_paginator("list_tables").paginate()
    return frozenset(name for page in pages for name in page["TableNames"])


def _role(stage: Stage, name: str) -> str:
    return name if there(stage.client("iam").get_role, RoleName=name) else ""


def _one(stage: Stage, found: Sequence[str], name: str) -> str:
    if len(found) > 1:
        raise Refused(
            f"There are {len(found)} resources named {name} ({', '.join(found)}), and only one can be the one of "
            f"{stage.name}: delete or rename the others, and repeat."
        )
    return found[0] if found else ""


_FIND: dict[str, Callable[[Stage, str], str]] = {
    "AWS::Cognito::UserPool": _pool,
    "AWS::IAM::Role": _role,
    "AWS::Logs::LogGroup": _log_group,
    "AWS::S3::Bucket": _bucket,
    "AWS::SNS::Topic": _topic,
    "AWS::SQS::Queue": _queue,
}
