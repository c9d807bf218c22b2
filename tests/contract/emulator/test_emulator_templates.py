"""Replication configuration templates, as Terraform's provider uses them, and launch actions."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.contract.emulator.conftest import ACCOUNT, REGION, Served

POLICY = [
    {"ruleID": 1, "units": "MINUTE", "interval": 10, "retentionDuration": 60, "enabled": True},
    {"ruleID": 2, "units": "HOUR", "interval": 1, "retentionDuration": 24, "enabled": True},
    {"ruleID": 3, "units": "DAY", "interval": 1, "retentionDuration": 3, "enabled": True},
]
WANTED: dict[str, Any] = {
    "associateDefaultSecurityGroup": False,
    "bandwidthThrottling": 12,
    "createPublicIP": False,
    "dataPlaneRouting": "PRIVATE_IP",
    "defaultLargeStagingDiskType": "GP2",
    "ebsEncryption": "NONE",
    "pitPolicy": POLICY,
    "replicationServerInstanceType": "t3.medium",
    "replicationServersSecurityGroupsIDs": ["sg-0123456789abcdef0"],
    "stagingAreaSubnetId": "subnet-0123456789abcdef0",
    "stagingAreaTags": {"Name": "staging"},
    "tags": {"team": "dr"},
    "useDedicatedReplicationServer": False,
}
ACTION: dict[str, Any] = {
    "actionCode": "AWS-RunShellScript",
    "actionId": "01234567-0123-0123-0123-0123456789ab",
    "actionVersion": "$DEFAULT",
    "active": True,
    "category": "CONFIGURATION",
    "description": "Mounts the share",
    "name": "Mount",
    "optional": False,
    "order": 1001,
    "parameters": {"commands": {"type": "SSM_STORE", "value": "mount-share"}},
}


def fields_of(refused: pytest.ExceptionInfo[ClientError]) -> list[str]:
    answer: dict[str, Any] = dict(refused.value.response)
    assert answer["Error"]["Code"] == "ValidationException"
    return [problem["name"] for problem in answer["fieldList"]]


def test_the_life_of_a_template_as_terraform_leads_it(served: Served) -> None:
    client = served.client()
    assert client.describe_replication_configuration_templates()["items"] == []
    made = client.create_replication_configuration_template(**WANTED)
    template_id, arn = made["replicationConfigurationTemplateID"], made["arn"]
    [read] = client.describe_replication_configuration_templates()["items"]
    assert read.items() >= WANTED.items()
    client.update_replication_configuration_template(
        replicationConfigurationTemplateID=template_id, bandwidthThrottling=24, stagingAreaTags={}
    )
    client.tag_resource(resourceArn=arn, tags={"team": "db", "more": "1"})
    client.untag_resource(resourceArn=arn, tagKeys=["more"])
    found = client.describe_replication_configuration_templates(replicationConfigurationTemplateIDs=[template_id])
    changed = {**WANTED, "bandwidthThrottling": 24, "stagingAreaTags": {}, "tags": {"team": "db"}}
    assert found["items"][0].items() >= changed.items()
    assert client.list_tags_for_resource(resourceArn=arn)["tags"] == {"team": "db"}
    client.delete_replication_configuration_template(replicationConfigurationTemplateID=template_id)
    assert client.describe_replication_configuration_templates()["items"] == []
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.delete_replication_configuration_template(replicationConfigurationTemplateID=template_id)


def test_initialising_a_region_makes_no_template(served: Served) -> None:
    client = served.client(region="eu-west-1")
    client.initialize_service()
    assert client.describe_replication_configuration_templates()["items"] == []
    assert client.describe_launch_configuration_templates()["items"] == []


def test_a_region_has_one_template(served: Served) -> None:
    client = served.client()
    client.create_replication_configuration_template(**WANTED)
    with pytest.raises(client.exceptions.ServiceQuotaExceededException):
        client.create_replication_configuration_template(**WANTED)


def test_new_servers_start_from_the_template_and_others_keep_their_settings(served: Served) -> None:
    client = served.client()
    [before] = served.add_servers(1)
    kept = client.get_replication_configuration(sourceServerID=before)
    client.create_replication_configuration_template(**WANTED)
    [after] = served.add_servers(1)
    shown = client.get_replication_configuration(sourceServerID=after)
    copied = {name: value for name, value in WANTED.items() if name != "tags"}
    assert shown.items() >= copied.items()
    assert shown["replicatedDisks"]
    assert client.get_replication_configuration(sourceServerID=before)["pitPolicy"] == kept["pitPolicy"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"ebsEncryption": "CUSTOM"}, "ebsEncryptionKeyArn"),
        ({"pitPolicy": [POLICY[0], POLICY[0], POLICY[2]]}, "pitPolicy"),
        ({"pitPolicy": [POLICY[0], POLICY[1] | {"interval": 2}, POLICY[2]]}, "pitPolicy[1].interval"),
    ],
)
def test_settings_that_do_not_fit_are_refused_by_name_and_nothing_changes(
    served: Served, change: dict[str, Any], field: str
) -> None:
    client = served.client()
    with pytest.raises(ClientError) as refused:
        client.create_replication_configuration_template(**{**WANTED, **change})
    assert fields_of(refused) == [field]
    made = client.create_replication_configuration_template(**WANTED)
    with pytest.raises(ClientError) as refused:
        client.update_replication_configuration_template(
            replicationConfigurationTemplateID=made["replicationConfigurationTemplateID"],
            **{"bandwidthThrottling": 99, **change},
        )
    assert fields_of(refused) == [field]
    [read] = client.describe_replication_configuration_templates()["items"]
    assert read.items() >= WANTED.items()


def test_an_arn_of_another_template_and_reserved_tags_are_refused(served: Served) -> None:
    client = served.client()
    with pytest.raises(ClientError) as refused:
        client.create_replication_configuration_template(**{**WANTED, "tags": {"aws:owner": "me"}})
    assert fields_of(refused) == ["tags"]
    made = client.create_replication_configuration_template(**WANTED)
    with pytest.raises(ClientError) as refused:
        client.update_replication_configuration_template(
            replicationConfigurationTemplateID=made["replicationConfigurationTemplateID"],
            arn=made["arn"].replace(REGION, "eu-west-1"),
        )
    assert fields_of(refused) == ["arn"]


def test_launch_actions_are_put_listed_in_their_order_and_deleted(served: Served) -> None:
    client = served.client()
    [server_id] = served.add_servers(1)
    other = "89abcdef-0123-0123-0123-0123456789ab"
    put = client.put_launch_action(resourceId=server_id, **ACTION)
    assert put.items() >= {"resourceId": server_id, "type": "SSM_COMMAND", **ACTION}.items()
    image = {"actionId": other, "actionCode": "AWS-CreateImage", "order": 2, "name": "Image"}
    assert client.put_launch_action(resourceId=server_id, **{**ACTION, **image})["type"] == "SSM_AUTOMATION"
    listed = client.list_launch_actions(resourceId=server_id)["items"]
    assert [(item["order"], item["name"]) for item in listed] == [(2, "Image"), (1001, "Mount")]
    pages = client.get_paginator("list_launch_actions").paginate(resourceId=server_id, PaginationConfig={"PageSize": 1})
    assert [item["order"] for page in pages for item in page["items"]] == [2, 1001]
    only = client.list_launch_actions(resourceId=server_id, filters={"actionIds": [other]})["items"]
    assert [item["actionId"] for item in only] == [other]
    client.put_launch_action(resourceId=server_id, **{**ACTION, "active": False})
    client.delete_launch_action(resourceId=server_id, actionId=other)
    [left] = client.list_launch_actions(resourceId=server_id)["items"]
    assert left["active"] is False
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.delete_launch_action(resourceId=server_id, actionId=other)


def test_two_actions_of_a_server_cannot_have_one_order(served: Served) -> None:
    client = served.client()
    [server_id] = served.add_servers(1)
    client.put_launch_action(resourceId=server_id, **ACTION)
    with pytest.raises(client.exceptions.ConflictException):
        client.put_launch_action(resourceId=server_id, **{**ACTION, "actionId": "89abcdef-0123-0123-0123-0123456789ab"})
    assert len(client.list_launch_actions(resourceId=server_id)["items"]) == 1


def test_a_server_has_no_more_actions_than_the_list_can_hold(served: Served) -> None:
    client = served.client()
    [server_id] = served.add_servers(1)
    identified = [f"{number:08}-0123-0123-0123-0123456789ab" for number in range(200)]
    served.emulator.world.region(ACCOUNT, REGION).launch_actions[server_id] = {
        action_id: {**ACTION, "actionId": action_id, "order": 2000 + number}
        for number, action_id in enumerate(identified)
    }
    with pytest.raises(ClientError, match="200 launch actions already"):
        client.put_launch_action(resourceId=server_id, **ACTION)
    client.put_launch_action(resourceId=server_id, **{**ACTION, "actionId": identified[0]})
    assert len(client.list_launch_actions(resourceId=server_id)["items"]) == 200


def test_actions_of_the_launch_template_are_copied_to_new_servers_only(served: Served) -> None:
    client = served.client()
    [before] = served.add_servers(1)
    template = client.create_launch_configuration_template()["launchConfigurationTemplate"]
    template_id = template["launchConfigurationTemplateID"]
    client.put_launch_action(resourceId=template_id, **ACTION)
    [after] = served.add_servers(1)
    client.delete_launch_action(resourceId=template_id, actionId=ACTION["actionId"])
    names = {
        resource: [item["name"] for item in client.list_launch_actions(resourceId=resource)["items"]]
        for resource in (before, after, template_id)
    }
    assert names == {before: [], after: ["Mount"], template_id: []}


def test_an_unknown_resource_has_no_actions(served: Served) -> None:
    client = served.client()
    for resource in ("s-00000000000000000", "lct-00000000000000000"):
        with pytest.raises(client.exceptions.ResourceNotFoundException):
            client.list_launch_actions(resourceId=resource)
