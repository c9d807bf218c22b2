"""The REST API's stage: throttling, access logs and the firewall in front of it."""

import json
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from moto import mock_aws

from scripts.deployment import api_stage
from scripts.deployment.record import API_STAGE
from tests.architecture.conftest import PackagedApplication
from tests.architecture.templates import resources, template

GROUP = "arn:aws:logs:us-east-2:123456789012:log-group:/aws/apigateway/aws-drs-orchestration-qa"
ROLE = "arn:aws:iam::123456789012:role/aws-drs-orchestration-gateway-logs-qa-us-east-2"
FIREWALL = resources("workflow.yaml", "AWS::WAFv2::WebACL")["WebAcl"]
RULES = {rule["Name"]: rule for rule in FIREWALL["Properties"]["Rules"]}


def test_a_line_of_the_access_log_has_no_token_and_no_query() -> None:
    shown = set(json.loads(api_stage.ACCESS_LOG).values())
    assert shown >= {"$context.requestId", "$context.identity.sourceIp", "$context.authorizer.claims.sub"}
    assert not [value for value in shown if not value.startswith("$context.") or "header" in value.lower()]


def test_a_deployment_sets_what_the_package_declares(packaged: PackagedApplication) -> None:
    properties = packaged.template["Resources"]["RestAPI"]["Properties"]
    (methods,) = properties["MethodSettings"]
    assert (methods["HttpMethod"], methods["ResourcePath"]) == ("*", "/*")
    assert methods["ThrottlingRateLimit"] == api_stage.REQUESTS_PER_SECOND
    assert methods["ThrottlingBurstLimit"] == api_stage.BURST
    logs = properties["AccessLogSetting"]
    group = resources("data.yaml", "AWS::Logs::LogGroup")["AccessLogGroup"]["Properties"]
    assert logs["DestinationArn"]["Fn::Sub"].endswith(group["LogGroupName"]["Fn::Sub"].replace("${Stage}", "qa"))
    assert logs["Format"] == api_stage.ACCESS_LOG


@pytest.mark.parametrize("role_before", ["", "arn:aws:iam::123456789012:role/of-another-application"])
def test_the_stage_gets_its_settings_and_a_role_that_is_set_already_stays(
    role_before: str, clouds: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    clouds.stop()
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-2")
    with mock_aws():
        gateway: Any = boto3.client("apigateway")
        stage: Any = SimpleNamespace(
            client=lambda _: gateway, outputs={"AccessLogGroupArn": GROUP, "GatewayLogsRoleArn": ROLE}
        )
        if role_before:
            role = {"op": "replace", "path": "/cloudwatchRoleArn", "value": role_before}
            gateway.update_account(patchOperations=[role])
        api = api_with_a_stage(gateway)
        assert api_stage.differences(stage, api) == ["throttling", "access logs"]
        api_stage.set_up(stage, api)
        assert api_stage.differences(stage, api) == []
        assert gateway.get_account()["cloudwatchRoleArn"] == (role_before or ROLE)


def api_with_a_stage(gateway: Any) -> str:
    api: str = gateway.create_rest_api(name="api")["id"]
    root = gateway.get_resources(restApiId=api)["items"][0]["id"]
    gateway.put_method(restApiId=api, resourceId=root, httpMethod="GET", authorizationType="NONE")
    gateway.put_integration(restApiId=api, resourceId=root, httpMethod="GET", type="MOCK")
    gateway.create_deployment(restApiId=api, stageName=API_STAGE)
    return api


def test_the_role_for_access_logs_is_one_that_api_gateway_takes() -> None:
    role = resources("data.yaml", "AWS::IAM::Role")["GatewayLogsRole"]
    (trusted,) = role["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    assert trusted["Principal"] == {"Service": "apigateway.amazonaws.com"}
    (policy,) = role["Properties"]["ManagedPolicyArns"]
    assert policy["Fn::Sub"].endswith("service-role/AmazonAPIGatewayPushToCloudWatchLogs")
    assert role["DeletionPolicy"] == "RetainExceptOnCreate", "other APIs of the account may use it by then"


@pytest.mark.parametrize("name", ["data.yaml", "workflow.yaml"])
def test_every_log_group_ends_its_lines_and_outlives_its_stack(name: str) -> None:
    groups = resources(name, "AWS::Logs::LogGroup")
    assert {entry["Properties"]["RetentionInDays"] for entry in groups.values()} == {90}
    assert {entry["DeletionPolicy"] for entry in groups.values()} == {"RetainExceptOnCreate"}


def test_the_firewall_is_off_until_it_is_switched_on() -> None:
    declared = template("workflow.yaml")
    assert declared["Parameters"]["Firewall"]["Default"] == "OFF"
    assert declared["Conditions"]["HasFirewall"] == {"Fn::Equals": [{"Ref": "Firewall"}, "ON"]}
    # The log group costs nothing while it is empty.
    parts = {key for key, entry in declared["Resources"].items() if entry["Type"].startswith("AWS::WAFv2::")}
    assert parts == {"WebAcl", "WebAclOfTheApi", "WebAclLogs"}
    for key in (*parts, "TooManyRequestsAlarm"):
        assert declared["Resources"][key]["Condition"] == "HasFirewall", key


def test_the_firewall_stands_before_the_stage_of_the_api() -> None:
    association = resources("workflow.yaml", "AWS::WAFv2::WebACLAssociation")["WebAclOfTheApi"]["Properties"]
    assert association["WebACLArn"] == {"Fn::GetAtt": ["WebAcl", "Arn"]}
    assert association["ResourceArn"]["Fn::Sub"].endswith(f":/restapis/${{RestApiId}}/stages/{API_STAGE}")


def test_the_firewall_blocks_floods_and_what_the_managed_rules_find() -> None:
    managed = {
        name: rule["Statement"]["ManagedRuleGroupStatement"]["Name"]
        for name, rule in RULES.items()
        if "ManagedRuleGroupStatement" in rule["Statement"]
    }
    assert managed == {
        "bad-reputation": "AWSManagedRulesAmazonIpReputationList",
        "known-bad-inputs": "AWSManagedRulesKnownBadInputsRuleSet",
        "common": "AWSManagedRulesCommonRuleSet",
    }
    assert all(RULES[name]["OverrideAction"] == {"None": {}} for name in managed), "their own actions count"
    flood = RULES["too-many-requests"]
    assert flood["Action"] == {"Block": {}}
    rate = flood["Statement"]["RateBasedStatement"]
    assert (rate["AggregateKeyType"], rate["Limit"]) == ("IP", {"Ref": "FirewallRequests"})


def test_the_firewall_lets_bodies_pass_that_the_api_takes() -> None:
    """Documents are larger than 8 kB, and steps have addresses: those rules would refuse work of the product."""
    group = RULES["common"]["Statement"]["ManagedRuleGroupStatement"]
    counted = {each["Name"] for each in group["RuleActionOverrides"] if each["ActionToUse"] == {"Count": {}}}
    assert counted >= {"SizeRestrictions_BODY", "GenericRFI_BODY", "EC2MetaDataSSRF_BODY", "CrossSiteScripting_BODY"}
    assert all(name.endswith("_BODY") for name in counted)


def test_what_the_firewall_blocks_is_logged_without_the_token() -> None:
    logs = resources("workflow.yaml", "AWS::WAFv2::LoggingConfiguration")["WebAclLogs"]["Properties"]
    assert logs["RedactedFields"] == [{"SingleHeader": {"Name": "authorization"}}]
    assert logs["LoggingFilter"]["DefaultBehavior"] == "DROP"
    (kept,) = logs["LoggingFilter"]["Filters"]
    assert [each["ActionCondition"]["Action"] for each in kept["Conditions"]] == ["BLOCK", "COUNT"]
    group = resources("workflow.yaml", "AWS::Logs::LogGroup")["WebAclLogGroup"]["Properties"]["LogGroupName"]
    assert group["Fn::Sub"].startswith("aws-waf-logs-"), "AWS WAF takes no other name"


def test_the_alarm_of_the_firewall_watches_the_rule_that_may_stop_colleagues() -> None:
    alarm = resources("workflow.yaml", "AWS::CloudWatch::Alarm")["TooManyRequestsAlarm"]["Properties"]
    dimensions = {each["Name"]: each["Value"] for each in alarm["Dimensions"]}
    assert dimensions == {
        "WebACL": FIREWALL["Properties"]["VisibilityConfig"]["MetricName"],
        "Rule": RULES["too-many-requests"]["VisibilityConfig"]["MetricName"],
        "Region": {"Ref": "AWS::Region"},
    }
