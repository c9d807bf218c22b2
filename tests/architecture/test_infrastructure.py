"""The CloudFormation templates agree with the code, and their alarms watch resources that exist."""

import importlib
import json
import pkgutil
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import cfnlint.decode.cfn_yaml
import pytest
from pynamodb.models import Model

import chalicelib.store.tables
from chalicelib.calls.invocations import REST_ALIAS, WORKFLOW_ALIAS
from chalicelib.domain.access.evidence import Log
from chalicelib.domain.estate.measures import UNITS
from chalicelib.domain.estate.syncs import SyncKind
from chalicelib.logs import Counted
from chalicelib.settings import APP_NAME, settings
from local.aws_calls import RequiredPermission
from local.policies import judge
from local.project import ALIASES
from local.templates import Template
from scripts.chalice_config import FUNCTIONS
from scripts.chalice_names import name_of
from scripts.deployment.aliases import ALIASES as DEPLOYED_ALIASES
from scripts.deployment.record import API_STAGE

ROOT = Path(__file__).resolve().parent.parent.parent
TEMPLATES = sorted((ROOT / "infrastructure").glob("*.yaml"))


def template(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = cfnlint.decode.cfn_yaml.load(str(ROOT / "infrastructure" / name))
    return loaded


def resources(name: str, kind: str) -> dict[str, dict[str, Any]]:
    return {key: entry for key, entry in template(name)["Resources"].items() if entry["Type"] == kind}


def test_cfn_lint_accepts_every_template() -> None:
    linter = str(Path(sys.executable).parent / "cfn-lint")
    done = subprocess.run([linter, *map(str, TEMPLATES)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


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
    assert properties["SSESpecification"]["SSEEnabled"] is True


HOLDING_SECRETS = {"task_token", "progress_token", "external_id"}
"""Attributes of tables that need a key of their own; the external ids of step runs are SSM's ids, not secrets."""


def test_tables_that_hold_tokens_or_external_ids_have_a_key_that_only_dynamodb_may_use() -> None:
    holding = {
        model.Meta.table_name.removesuffix(f"-{settings().stage}")
        for model in models()
        if HOLDING_SECRETS & set(model.get_attributes()) and "step-runs" not in model.Meta.table_name
    }
    tables = {
        str(entry["Properties"]["TableName"]["Fn::Sub"]).removesuffix("-${Stage}"): entry["Properties"]
        for entry in resources("data.yaml", "AWS::DynamoDB::Table").values()
    }
    own_key = {"SSEEnabled": True, "SSEType": "KMS", "KMSMasterKeyId": {"Fn::GetAtt": ["SecretsKey", "Arn"]}}
    assert {name for name, table in tables.items() if table["SSESpecification"] == own_key} == holding
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


# --- evidence ---


def test_the_audit_log_can_only_be_appended_to_and_only_by_the_functions() -> None:
    """The table's own policy, which binds administrators too. A policy of the caller that allows all is beside it."""
    policy = resolved("data.yaml", "AuditLogsTable")["ResourcePolicy"]["PolicyDocument"]
    everything = {"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
    table = f"arn:aws:dynamodb:us-east-2:111122223333:table/{APP_NAME}-audit-logs-qa"

    def may(action: str, role: str) -> bool:
        caller = {"aws:PrincipalArn": (f"arn:aws:iam::111122223333:role/{role}",)}
        needed = RequiredPermission(action=f"dynamodb:{action}", resource=table, context=caller)
        return judge([everything, policy], needed).allowed

    ours, administrator = f"{APP_NAME}-query-handler-qa", "Administrator"
    for function in FUNCTIONS.keys() - {"drs-events"}:
        assert may("PutItem", name_of(function, "qa")), "the audit entries of this function would be refused"
    assert not may("PutItem", name_of("drs-events", "qa")), "it serves no calls"
    for other in (administrator, f"{APP_NAME}-query-handler-dev", f"{APP_NAME}-operate-qa"):
        assert not may("PutItem", other)
    for action in ("UpdateItem", "DeleteItem", "BatchWriteItem", "PartiQLUpdate", "PartiQLDelete", "PartiQLInsert"):
        assert not may(action, ours), action
        assert not may(action, administrator), action
    assert may("Query", administrator)


def test_evidence_is_locked_encrypted_and_written_by_one_function_over_tls() -> None:
    bucket = resources("data.yaml", "AWS::S3::Bucket")["Evidence"]
    assert bucket["DeletionPolicy"] == "RetainExceptOnCreate"
    assert bucket["UpdateReplacePolicy"] == "Retain"
    properties = bucket["Properties"]
    assert properties["ObjectLockEnabled"] is True
    retention = properties["ObjectLockConfiguration"]["Rule"]["DefaultRetention"]
    assert retention == {"Mode": "COMPLIANCE", "Days": {"Ref": "EvidenceRetentionDays"}}
    assert properties["VersioningConfiguration"] == {"Status": "Enabled"}
    assert set(properties["PublicAccessBlockConfiguration"].values()) == {True}
    statements = {
        statement["Sid"]: statement
        for statement in resources("data.yaml", "AWS::S3::BucketPolicy")["EvidencePolicy"]["Properties"][
            "PolicyDocument"
        ]["Statement"]
    }
    assert {statement["Effect"] for statement in statements.values()} == {"Deny"}
    assert statements["TlsOnly"]["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    writer = statements["OnlyTheWriterAppends"]["Condition"]["ArnNotEquals"]["aws:PrincipalArn"]["Fn::Sub"]
    assert writer.endswith(f":role/{APP_NAME}-evidence-writer-${{Stage}}")
    assert {"s3:DeleteObjectVersion", "s3:PutObjectRetention", "s3:BypassGovernanceRetention"} <= set(
        statements["NobodyDeletesOrShortens"]["Action"]
    )


def test_each_log_has_a_stream_with_both_images_that_the_writer_follows_until_it_ends() -> None:
    tables = {
        str(entry["Properties"]["TableName"]["Fn::Sub"]): entry["Properties"]
        for entry in resources("data.yaml", "AWS::DynamoDB::Table").values()
    }
    for log in Log:
        stream = tables[f"{APP_NAME}-{log.table}-${{Stage}}"]["StreamSpecification"]
        assert stream == {"StreamViewType": "NEW_AND_OLD_IMAGES"}
    followed = [entry["Properties"] for entry in resources("workflow.yaml", "AWS::Lambda::EventSourceMapping").values()]
    assert [source["EventSourceArn"] for source in followed] == [
        {"Ref": "AuditStreamArn"},
        {"Ref": "TimelineStreamArn"},
    ]
    for source in followed:
        assert source["DestinationConfig"] == {"OnFailure": {"Destination": {"Fn::GetAtt": ["EvidenceLost", "Arn"]}}}
        # Without these two, Lambda tries as long as the stream keeps a record.
        assert not {"MaximumRetryAttempts", "MaximumRecordAgeInSeconds"} & set(source)


def resolved(name: str, logical: str) -> dict[str, Any]:
    """The properties of a resource in stage qa."""
    made = Template(
        ROOT / "infrastructure" / name, parameters={"Stage": "qa"}, account="111122223333", region="us-east-2"
    )
    found: dict[str, Any] = made.resolve(resources(name, "AWS::DynamoDB::Table")[logical]["Properties"])
    return found


# --- sign-in ---


def test_only_an_administrator_can_create_users() -> None:
    (pool,) = resources("data.yaml", "AWS::Cognito::UserPool").values()
    assert pool["Properties"]["AdminCreateUserConfig"] == {"AllowAdminCreateUserOnly": True}


def test_a_person_signs_in_with_a_second_factor_unless_the_stage_says_otherwise() -> None:
    (pool,) = resources("data.yaml", "AWS::Cognito::UserPool").values()
    assert pool["Properties"]["MfaConfiguration"] == {"Ref": "Mfa"}
    assert pool["Properties"]["EnabledMfas"] == ["SOFTWARE_TOKEN_MFA"]
    asked = template("data.yaml")["Parameters"]["Mfa"]
    assert (asked["Default"], asked["AllowedValues"]) == ("ON", ["ON", "OPTIONAL"])


def test_two_spellings_of_an_address_are_one_user() -> None:
    (pool,) = resources("data.yaml", "AWS::Cognito::UserPool").values()
    assert pool["Properties"]["UsernameConfiguration"] == {"CaseSensitive": False}


def test_people_change_nothing_that_identifies_them_and_tokens_are_short_lived() -> None:
    (client,) = resources("data.yaml", "AWS::Cognito::UserPoolClient").values()
    properties = client["Properties"]
    assert properties["WriteAttributes"] == ["name"]
    assert set(properties["ReadAttributes"]) == {"email", "email_verified", "name"}
    assert properties["TokenValidityUnits"]["IdToken"] == "minutes"
    assert properties["IdTokenValidity"] <= 15
    assert properties["PreventUserExistenceErrors"] == "ENABLED"
    assert properties["EnableTokenRevocation"] is True
    assert set(properties["ExplicitAuthFlows"]) == {"ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"}


def test_the_pool_is_reached_by_its_tag_of_the_stage() -> None:
    (pool,) = resources("data.yaml", "AWS::Cognito::UserPool").values()
    assert pool["Properties"]["UserPoolTags"] == {"stage": {"Ref": "Stage"}}
    [asks] = [entry for entry in handwritten("execution-handler") if entry["Sid"] == "AskAboutPersons"]
    assert asks["Condition"] == {"StringEquals": {"aws:ResourceTag/stage": "<stage>"}}


# --- the roles of a target account ---


def handwritten(*names: str) -> list[Any]:
    return [
        statement for name in names for statement in json.loads((ROOT / f".chalice/statements/{name}.json").read_text())
    ]


@pytest.mark.parametrize(
    ("role", "sources"),
    [
        ("ReadRole", ("drs-read",)),
        ("OperateRole", ("drs-read", "drs-operate", "drs-templates", "drs-configure", "drs-tags", "drs-extend")),
    ],
)
def test_a_target_role_may_do_what_the_hub_may_do_in_its_own_account(role: str, sources: tuple[str, ...]) -> None:
    (policy,) = resources("target-account.yaml", "AWS::IAM::Role")[role]["Properties"]["Policies"]
    assert policy["PolicyDocument"]["Statement"] == handwritten(*sources)


def test_target_roles_trust_only_our_functions_with_the_external_id() -> None:
    trusted = {}
    for key, entry in resources("target-account.yaml", "AWS::IAM::Role").items():
        (statement,) = entry["Properties"]["AssumeRolePolicyDocument"]["Statement"]
        assert statement["Condition"]["StringEquals"] == {"sts:ExternalId": {"Ref": "ExternalId"}}
        arns = [arn["Fn::Sub"] for arn in statement["Condition"]["ArnEquals"]["aws:PrincipalArn"]]
        trusted[key] = {arn.rpartition("role/")[2] for arn in arns}
    executing = {"execution-handler", "execution-watchdog", "drill-cleanup", "due-drills"}
    operating = executing | {"data-management-handler", "staging-sync", "tag-sync"}
    reading = FUNCTIONS.keys() - {"evidence-writer", "metrics", "drs-events"}
    assert trusted == {
        "ReadRole": {name_of(function, "${Stage}") for function in reading},
        "OperateRole": {name_of(function, "${Stage}") for function in operating},
    }


# --- the role and key of a staging account ---


def test_only_drs_may_assume_the_staging_role_and_only_for_the_target_account() -> None:
    (role,) = resources("staging-account.yaml", "AWS::IAM::Role").values()
    (statement,) = role["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Principal"] == {"Service": "drs.amazonaws.com"}
    assert statement["Condition"]["StringEquals"] == {
        "sts:SourceIdentity": {"Ref": "TargetAccountId"},
        "aws:SourceAccount": {"Ref": "TargetAccountId"},
    }
    assert role["Properties"]["RoleName"] == {"Fn::Sub": "DRSStagingAccountRole_${TargetAccountId}"}
    assert len(role["Properties"]["ManagedPolicyArns"]) == 1
    assert "Policies" not in role["Properties"]


def test_others_may_use_the_staging_key_only_to_encrypt_again_and_only_through_ec2() -> None:
    (key,) = resources("staging-account.yaml", "AWS::KMS::Key").values()
    own, *others = key["Properties"]["KeyPolicy"]["Statement"]
    assert own["Principal"] == {"AWS": {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"}}
    assert len(others) == 2
    for statement in others:
        assert statement["Action"] == ["kms:ReEncryptFrom", "kms:ReEncryptTo"]
        assert statement["Condition"]["StringEquals"]["kms:ViaService"] == {
            "Fn::Sub": "ec2.${AWS::Region}.amazonaws.com"
        }
    assert key["DeletionPolicy"] == key["UpdateReplacePolicy"] == "Retain"


# --- workflow and alarms ---

# What AWS and our functions publish: namespace → (dimension, metrics). An alarm on anything else never fires.
PUBLISHED = {
    "AWS/Lambda": ("FunctionName", {"Errors", "Throttles", "Invocations", "Duration", "IteratorAge"}),
    "AWS/SQS": ("QueueName", {"ApproximateNumberOfMessagesVisible"}),
    "AWS/States": ("StateMachineArn", {"ExecutionsFailed", "ExecutionsTimedOut", "ExecutionThrottled"}),
    "DrOrchestration": (
        "Stage",
        {"CheckedServers", "DriftedServers", "EvidenceTampered", "FailedChecks", *UNITS, *Counted},
    ),
}


def deployed_function_names() -> set[str]:
    return {f"aws-drs-orchestration-{name.replace('_', '-')}-${{Stage}}" for name in FUNCTIONS}


def test_every_alarm_can_fire_and_notifies_the_alarm_topic() -> None:
    watched: dict[str, set[str]] = {}
    for key, entry in resources("workflow.yaml", "AWS::CloudWatch::Alarm").items():
        alarm = entry["Properties"]
        dimension, metrics = PUBLISHED[alarm["Namespace"]]
        assert alarm["MetricName"] in metrics, key
        only, *others = alarm["Dimensions"]
        assert only["Name"] == dimension, key
        assert [(other["Name"], other["Value"] in set(SyncKind)) for other in others] in ([], [("Sync", True)]), key
        assert alarm["AlarmActions"] == [{"Ref": "AlarmTopic"}], key
        target = next(iter(only["Value"].values()))
        watched.setdefault(alarm["MetricName"], set()).add(str(target))
    assert watched["Errors"] == watched["Throttles"] == deployed_function_names()
    assert watched["ExecutionsFailed"] == watched["ExecutionsTimedOut"] == {"Workflow", "InventoryMap"}


@pytest.mark.parametrize(
    ("name", "file", "sid"),
    [
        ("Workflow", "dr_orchestration", "InvokeTheTwoHandlers"),
        ("InventoryMap", "inventory_sync", "InvokeTheHandler"),
    ],
)
def test_a_state_machine_may_invoke_exactly_the_aliases_in_its_definition(name: str, file: str, sid: str) -> None:
    machine = resources("workflow.yaml", "AWS::StepFunctions::StateMachine")[name]
    role = resources("workflow.yaml", "AWS::IAM::Role")[f"{name}Role"]
    invoke = next(
        statement
        for statement in role["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]
        if statement["Sid"] == sid
    )
    substitutions = machine["Properties"]["DefinitionSubstitutions"]
    assert invoke["Resource"] == list(substitutions.values())
    definition = (ROOT / f"statemachine/{file}.asl.json").read_text()
    for placeholder, arn in substitutions.items():
        assert f"${{{placeholder}}}" in definition
        assert arn["Fn::Sub"].endswith("-handler-${Stage}:workflow")


def test_every_alias_that_is_called_is_created_by_the_deployment_and_known_to_the_local_cloud() -> None:
    assert {handler: frozenset(names) for handler, names in DEPLOYED_ALIASES.items()} == ALIASES
    called = {alias for aliases in ALIASES.values() for alias in aliases}
    assert called == {"live", REST_ALIAS, WORKFLOW_ALIAS}


def test_every_metric_is_explained_with_its_unit_and_no_other_is() -> None:
    page = (ROOT / "docs/monitoring.md").read_text()
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \|", page, re.MULTILINE)
    assert dict(rows) == {name: unit.value for name, unit in UNITS.items()}


def test_every_alarm_on_a_metric_of_ours_is_explained() -> None:
    page = (ROOT / "docs/monitoring.md").read_text()
    ours = [
        alarm["Properties"]["AlarmName"]["Fn::Sub"].removeprefix("aws-drs-orchestration-").removesuffix("-${Stage}")
        for alarm in resources("workflow.yaml", "AWS::CloudWatch::Alarm").values()
        if alarm["Properties"]["MetricName"] in UNITS
    ]
    assert sorted(re.findall(r"^\| `([a-z-]+)` \|", page, re.MULTILINE)) == sorted(ours)


# --- the dashboard's site ---


def test_the_site_sends_the_headers_that_the_local_cloud_sends() -> None:
    """CloudFront has a field of its own for some of them; the origin of the sign-in is that of the Region."""
    config = template("dashboard.yaml")["Resources"]["Headers"]["Properties"]["ResponseHeadersPolicyConfig"]
    security = config["SecurityHeadersConfig"]
    sent = {item["Header"]: item["Value"] for item in config["CustomHeadersConfig"]["Items"]}
    sent |= {
        "Content-Security-Policy": security["ContentSecurityPolicy"]["ContentSecurityPolicy"]["Fn::Sub"],
        "Referrer-Policy": security["ReferrerPolicy"]["ReferrerPolicy"],
        "Strict-Transport-Security": f"max-age={security['StrictTransportSecurity']['AccessControlMaxAgeSec']}",
        "X-Content-Type-Options": "nosniff" if security["ContentTypeOptions"]["Override"] else "",
    }
    declared = (ROOT / "infrastructure/dashboard-headers.json").read_text()
    origin = "https://cognito-idp.${AWS::Region}.${AWS::URLSuffix}"
    assert sent == json.loads(declared.replace("{signInOrigin}", origin))


def test_the_site_serves_the_api_below_its_own_address_without_caching() -> None:
    distribution = template("dashboard.yaml")["Resources"]["Distribution"]["Properties"]["DistributionConfig"]
    (behavior,) = distribution["CacheBehaviors"]
    assert behavior["PathPattern"] == f"/{API_STAGE}/*", "the path is the same at API Gateway"
    assert behavior["CachePolicyId"] == "4135ea2d-6df8-44a3-9df3-4b5a84be39ad", "CachingDisabled"
    assert "CustomErrorResponses" not in distribution, "they would replace the API's own answers"
    assert set(behavior["AllowedMethods"]) >= {"GET", "POST", "PUT", "PATCH", "DELETE"}
