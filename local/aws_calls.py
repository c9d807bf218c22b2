"""Reads an AWS call off the wire: caller, service, operation and resources; decides nothing."""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, unquote

import botocore.session

from drs_emulator.caller_rights import CallerAction
from local.dynamodb.condition_keys import Part, attributes, batch_parts, leading_keys

_CREDENTIAL = re.compile(r"Credential=(?P<key>[^/]+)/\d{8}/(?P<region>[^/]*)/(?P<service>[^/]+)/aws4_request")
_LAMBDA_INVOKE = re.compile(r"^/2015-03-31/functions/(?P<name>.+)/invocations$")
_LAMBDA_FUNCTION = re.compile(r"^/2015-03-31/functions/(?P<name>[^/]+)")

_TAGGED = "/tags/{resourceArn}"

# Where the name in the signature is not the prefix of IAM actions.
_IAM_PREFIX = {"monitoring": "cloudwatch"}

# A transaction or batch needs the permission for each thing that it does.
_ITEM_ACTIONS = {
    "Put": "PutItem",
    "Update": "UpdateItem",
    "Delete": "DeleteItem",
    "ConditionCheck": "ConditionCheckItem",
}


@dataclass(frozen=True, kw_only=True)
class AwsCall:
    """One signed request. `service` is the prefix of its IAM actions; `params` are the arguments as sent."""

    access_key: str
    region: str
    service: str
    operation: str
    params: Mapping[str, Any]

    @classmethod
    def read(cls, environ: Mapping[str, Any], body: bytes) -> "AwsCall | None":
        """None when the request is not signed as an AWS call."""
        match = _CREDENTIAL.search(environ.get("HTTP_AUTHORIZATION", ""))
        if match is None:
            return None
        service = _IAM_PREFIX.get(match["service"], match["service"])
        operation, params = _operation(service, environ, body)
        return cls(access_key=match["key"], region=match["region"], service=service, operation=operation, params=params)


@dataclass(frozen=True, kw_only=True)
class RequiredPermission:
    """One action on one resource that the caller needs; `resource` is None where its shape is unknown."""

    action: str
    resource: str | None
    context: Mapping[str, tuple[str, ...]]


ResourceTags = Callable[[str, str, str], Mapping[str, str]]
"""The tags of a launch template or a user pool, by account, Region and id."""


def permissions_needed_by(
    call: AwsCall, *, account: str, partition_key_of: Callable[[str], str | None], tags_of: ResourceTags
) -> list[RequiredPermission]:
    """What IAM would check for the call. `partition_key_of` names the hash key of a DynamoDB table."""
    if call.service == "dynamodb":
        return _dynamodb_permissions(call, account, partition_key_of)
    resource, context = _resource(call, account), _context(call)
    if call.service == "lambda":
        action = "InvokeFunction" if call.operation == "Invoke" else call.operation
        return [_permission(f"lambda:{action}", resource, context, account)]
    if call.service == "ec2" and "LaunchTemplateId" in call.params:
        tags = tags_of(account, call.region, call.params["LaunchTemplateId"])
        context |= {f"aws:ResourceTag/{key}": (value,) for key, value in tags.items()}
    if call.service == "cognito-idp" and "UserPoolId" in call.params:
        tags = tags_of(account, call.region, call.params["UserPoolId"])
        context |= {f"aws:ResourceTag/{key}": (value,) for key, value in tags.items()}
    return [_permission(f"{call.service}:{call.operation}", resource, context, account)]


def _resource(call: AwsCall, account: str) -> str | None:
    """The ARN of what a call is about; None where its shape is unknown."""
    params = call.params
    match call.service:
        case "lambda":
            name: str | None = params.get("FunctionName")
            is_name = name and not name.startswith("arn:")
            return f"arn:aws:lambda:{call.region}:{account}:function:{name}" if is_name else name
        case "ec2" if "LaunchTemplateId" in params:
            return f"arn:aws:ec2:{call.region}:{account}:launch-template/{params['LaunchTemplateId']}"
        case "states":
            return params.get("stateMachineArn") or params.get("executionArn")
        case "sts":
            return params.get("RoleArn")
        case "cognito-idp" if "UserPoolId" in params:
            return f"arn:aws:cognito-idp:{call.region}:{account}:userpool/{params['UserPoolId']}"
        case "sns":
            return params.get("TopicArn")
        case "drs":
            return params.get("resourceArn")
    return None


def _permission(
    action: str, resource: str | None, context: Mapping[str, tuple[str, ...]], account: str
) -> RequiredPermission:
    """The permission, with whose the caller and the resource are."""
    whose = {"aws:PrincipalAccount": (account,), "aws:ResourceAccount": (_account_of(resource) or account,)}
    return RequiredPermission(action=action, resource=resource, context={**context, **whose})


def _account_of(arn: str | None) -> str:
    parts = (arn or "").split(":")
    return parts[4] if len(parts) > 5 else ""


def permission_through_drs(asked: CallerAction) -> RequiredPermission:
    """What IAM checks when DRS does something in EC2 with the forwarded session of its caller."""
    right = asked.right
    context: dict[str, tuple[str, ...]] = {
        "aws:ViaAWSService": ("true",),
        "aws:CalledVia": ("drs.amazonaws.com",),
        "aws:RequestedRegion": (asked.region,),
        **{f"{prefix}:ResourceTag/{tag}": (value,) for tag, value in right.tags.items() for prefix in ("aws", "ec2")},
        **{f"aws:RequestTag/{tag}": (value,) for tag, value in right.requested.items()},
    }
    if right.requested:
        context["aws:TagKeys"] = tuple(right.requested)
    if right.creating is not None:
        context["ec2:CreateAction"] = (right.creating,)
    if right.action == "iam:PassRole":
        context["iam:PassedToService"] = ("ec2.amazonaws.com",)
    return RequiredPermission(action=right.action, resource=asked.resource, context=context)


def _dynamodb_permissions(
    call: AwsCall, account: str, partition_key_of: Callable[[str], str | None]
) -> list[RequiredPermission]:
    needed = []
    for action, table, index, part in _dynamodb_actions(call.operation, call.params):
        resource = table if table.startswith("arn:") else f"arn:aws:dynamodb:{call.region}:{account}:table/{table}"
        context = _context(call)
        keys, named = leading_keys(part, None if index else partition_key_of(table)), attributes(part)
        if keys:
            context["dynamodb:LeadingKeys"] = keys
        if named:
            context["dynamodb:Attributes"] = named
        resource = f"{resource}/index/{index}" if index else resource
        needed.append(_permission(f"dynamodb:{action}", resource, context, account))
    return needed


def _dynamodb_actions(operation: str, params: Mapping[str, Any]) -> Iterable[tuple[str, str, str | None, Part]]:
    """(action, table, index, request for it) of everything the call touches."""
    if operation in ("TransactWriteItems", "TransactGetItems"):
        for entry in params.get("TransactItems", []):
            for kind, part in entry.items():
                yield _ITEM_ACTIONS.get(kind, "GetItem"), part["TableName"], None, part
    elif operation in ("BatchGetItem", "BatchWriteItem"):
        for table, part in batch_parts(operation, params.get("RequestItems", {})):
            yield operation, table, None, part
    else:
        yield operation, str(params.get("TableName", "*")), params.get("IndexName"), params


def _context(call: AwsCall) -> dict[str, tuple[str, ...]]:
    context: dict[str, tuple[str, ...]] = {"aws:ViaAWSService": ("false",), "aws:RequestedRegion": (call.region,)}
    if "ExternalId" in call.params:
        context["sts:ExternalId"] = (str(call.params["ExternalId"]),)
    if call.operation == "PutEvents":
        context["events:source"] = tuple({str(entry.get("Source")) for entry in call.params.get("Entries", [])})
    return context


def _operation(service: str, environ: Mapping[str, Any], body: bytes) -> tuple[str, Mapping[str, Any]]:
    target = environ.get("HTTP_X_AMZ_TARGET")
    if target:
        return target.rpartition(".")[2], _json(body)
    path = environ.get("PATH_INFO", "/")
    if service == "lambda":
        return _lambda_operation(environ["REQUEST_METHOD"], path, dict(parse_qsl(environ.get("QUERY_STRING", ""))))
    if "form-urlencoded" in environ.get("CONTENT_TYPE", ""):
        form = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
        return form.get("Action", "Unknown"), form
    if service == "drs":
        return _drs_operation(environ["REQUEST_METHOD"], path, _json(body))
    return "Unknown", {}


def _lambda_operation(method: str, path: str, query: Mapping[str, str]) -> tuple[str, Mapping[str, Any]]:
    invoked = _LAMBDA_INVOKE.match(path)
    if invoked:
        # IAM checks a qualified call against the ARN of the alias or version.
        qualifier = f":{query['Qualifier']}" if "Qualifier" in query else ""
        return "Invoke", {"FunctionName": unquote(invoked["name"]) + qualifier}
    named = _LAMBDA_FUNCTION.match(path)
    name = named["name"] if named else None
    return ("GetFunction" if name else "ListFunctions") if method == "GET" else "Unknown", {"FunctionName": name}


def _drs_operation(method: str, path: str, sent: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    """Only the operations on tags have a parameter in their path: the ARN of what is tagged."""
    before = _TAGGED.partition("{")[0]
    if path.startswith(before):
        return _drs_operations()[method, _TAGGED], {**sent, "resourceArn": unquote(path.removeprefix(before))}
    return _drs_operations().get((method, path), path.strip("/").split("/")[0]), sent


@cache
def _drs_operations() -> dict[tuple[str, str], str]:
    model = botocore.session.get_session().get_service_model("drs")
    operations = (model.operation_model(name) for name in model.operation_names)
    return {(operation.http["method"], operation.http["requestUri"]): operation.name for operation in operations}


def _json(body: bytes) -> Mapping[str, Any]:
    try:
        value = json.loads(body or b"{}")
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
