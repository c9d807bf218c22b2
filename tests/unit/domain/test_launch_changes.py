"""What differs between wanted and held launch settings, and what is sent to change that."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.estate.launch_changes import (
    ConfiguredSettings,
    contradiction,
    describe_drift,
    differences,
    differing,
    drs_request,
    judge_settings,
    split,
)
from chalicelib.domain.estate.launch_settings import (
    Disposition,
    LaunchIntoInstance,
    LaunchSettings,
    Licensing,
    RecoveryMode,
    RightSizing,
)
from chalicelib.domain.estate.launch_templates import (
    KEPT_VERSIONS,
    TemplateVersion,
    changed_data,
    template_problem,
    template_settings,
    version_description,
    versions_to_delete,
)
from chalicelib.domain.estate.servers import Readiness

TAGGED = ("instance", "volume", "network-interface")
MANAGED = {"AWSElasticDisasterRecoveryManaged": "drs.amazonaws.com", "Name": "web-1"}


def tagged(kind: str, tags: dict[str, str]) -> dict[str, Any]:
    return {"ResourceType": kind, "Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}


DRS_MADE: dict[str, Any] = {
    "InstanceType": "t3.large",
    "BlockDeviceMappings": [{"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": 8}}],
    "NetworkInterfaces": [{"DeviceIndex": 0, "AssociatePublicIpAddress": False, "DeleteOnTermination": True}],
    "TagSpecifications": [tagged(kind, MANAGED) for kind in TAGGED],
}
"""The data of a template as DRS makes it."""

EVERYTHING = LaunchSettings(
    subnet_id="subnet-1",
    security_group_ids=("sg-2", "sg-1"),
    instance_type="m5.large",
    instance_profile="shop",
    static_private_ip="10.0.0.9",
    associate_public_ip=True,
    monitoring=True,
    ebs_optimized=True,
    disable_api_termination=True,
    credit_specification="unlimited",  # type: ignore[arg-type]
    tags={"Tier": "web"},
)


def after(data: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """The data of the version that EC2 makes of a version and the overriding data."""
    return {**data, **changed_data(data, changes)}


# --- what differs ---


def test_only_wanted_fields_are_compared() -> None:
    held = LaunchSettings(copy_tags=True, subnet_id="subnet-9", monitoring=True)
    assert differing(LaunchSettings(subnet_id="subnet-1"), held) == {"subnet_id": "subnet-1"}
    assert differences(LaunchSettings(), held) == ()


@pytest.mark.parametrize(
    ("wanted", "held"),
    [
        (LaunchSettings(security_group_ids=("sg-1", "sg-2")), LaunchSettings(security_group_ids=("sg-2", "sg-1"))),
        (
            LaunchSettings(instance_profile="shop"),
            LaunchSettings(instance_profile="arn:aws:iam::111122223333:instance-profile/team/shop"),
        ),
        (LaunchSettings(tags={"Tier": "web"}), LaunchSettings(tags={"Tier": "web", **MANAGED})),
        (LaunchSettings(licensing=Licensing(os_byol=True)), LaunchSettings(licensing=Licensing(os_byol=True))),
    ],
)
def test_the_same_in_another_form_is_no_difference(wanted: LaunchSettings, held: LaunchSettings) -> None:
    assert differing(wanted, held) == {}


def test_a_difference_names_field_wanted_and_found() -> None:
    wanted = LaunchSettings(
        copy_private_ip=False,
        licensing=Licensing(os_byol=True),
        launch_into_instance=LaunchIntoInstance("i-1"),
        security_group_ids=("sg-2", "sg-1"),
        tags={"Tier": "web", "Team": "shop"},
    )
    held = LaunchSettings(copy_private_ip=True, tags={"Tier": "app", "Other": "x"})
    found = [(each.field, each.wanted, each.found) for each in differences(wanted, held)]
    assert found == [
        ("copyPrivateIp", "false", "true"),
        ("licensing", "osByol=true", ""),
        ("launchIntoInstance", "i-1", ""),
        ("securityGroupIds", "sg-1, sg-2", ""),
        ("tags", "Team=shop, Tier=web", "Tier=app"),
    ]


@pytest.mark.parametrize(("applied", "code"), [(True, "SETTINGS_DRIFTED"), (False, "SETTINGS_NOT_APPLIED")])
def test_a_finding_names_every_difference(applied: bool, code: str) -> None:
    wanted = LaunchSettings(subnet_id="subnet-1", copy_tags=True)
    held = LaunchSettings(copy_tags=False)
    (finding,) = judge_settings(ConfiguredSettings(wanted, applied), held)
    assert (finding.readiness, finding.code) == (Readiness.DEGRADED, code)
    text = "copyTags is false and should be true; subnetId is not set and should be subnet-1"
    assert describe_drift(differences(wanted, held)) == text
    assert text in finding.reason
    assert judge_settings(ConfiguredSettings(wanted, applied), wanted) == ()


def test_a_type_that_right_sizing_would_replace_is_named() -> None:
    wanted = LaunchSettings(instance_type="m5.large")
    basic = LaunchSettings(target_instance_type_right_sizing_method=RightSizing.BASIC)
    assert "BASIC" in contradiction(wanted, basic)
    none = LaunchSettings(target_instance_type_right_sizing_method=RightSizing.NONE, instance_type="m5.large")
    assert contradiction(none, basic) == ""
    assert contradiction(LaunchSettings(copy_tags=True), basic) == ""


# --- what is sent to DRS ---


def test_drs_gets_its_own_fields_only_under_its_names() -> None:
    wanted = LaunchSettings(
        launch_disposition=Disposition.STOPPED,
        licensing=Licensing(os_byol=True),
        recovery_mode=RecoveryMode.FAST,
        launch_into_instance=LaunchIntoInstance("i-1"),
        subnet_id="subnet-1",
    )
    of_drs, of_template = split(differing(wanted, LaunchSettings()))
    assert drs_request(of_drs) == {
        "launchDisposition": "STOPPED",
        "licensing": {"osByol": True},
        "recoveryMode": "FAST",
        "launchIntoInstanceProperties": {"launchIntoEC2InstanceID": "i-1"},
    }
    assert of_template == {"subnet_id": "subnet-1"}


# --- what is sent to EC2 ---


def test_a_new_version_holds_what_is_wanted_and_keeps_the_rest() -> None:
    wanted = EVERYTHING.given()
    data = after(DRS_MADE, wanted)
    assert differing(EVERYTHING, LaunchSettings(**template_settings(data))) == {}
    assert data["BlockDeviceMappings"] == DRS_MADE["BlockDeviceMappings"]
    assert data["NetworkInterfaces"][0]["DeleteOnTermination"] is True
    for specification in data["TagSpecifications"]:
        tags = {tag["Key"]: tag["Value"] for tag in specification["Tags"]}
        assert tags == {**MANAGED, "Tier": "web"}


def test_only_what_changes_is_sent() -> None:
    assert changed_data(DRS_MADE, {"monitoring": True}) == {"Monitoring": {"Enabled": True}}
    assert list(changed_data(DRS_MADE, {"subnet_id": "subnet-1"})) == ["NetworkInterfaces"]


def test_interfaces_and_tags_that_are_not_ours_stay() -> None:
    second = {
        "DeviceIndex": 1,
        "SubnetId": "subnet-2",
        "Ipv6Addresses": [{"Ipv6Address": "::1", "IsPrimaryIpv6": True}],
    }
    data = {
        **DRS_MADE,
        "NetworkInterfaces": [second, {"DeviceIndex": 0, "Groups": ["sg-1"], "Description": ""}],
        "TagSpecifications": [tagged("spot-instances-request", {"Cost": "1"}), tagged("instance", MANAGED)],
    }
    made = changed_data(data, {"subnet_id": "subnet-1", "tags": {"Tier": "web"}})
    assert made["NetworkInterfaces"] == [
        {**second, "Ipv6Addresses": [{"Ipv6Address": "::1"}]},
        {"DeviceIndex": 0, "Groups": ["sg-1"], "SubnetId": "subnet-1"},
    ]
    assert made["TagSpecifications"][0] == tagged("spot-instances-request", {"Cost": "1"})
    assert [each["ResourceType"] for each in made["TagSpecifications"][1:]] == list(TAGGED)


def test_a_listed_address_is_replaced_in_the_list() -> None:
    listed = [
        {"Primary": True, "PrivateIpAddress": "10.0.0.5"},
        {"Primary": False, "PrivateIpAddress": "10.0.0.6"},
    ]
    data = {"NetworkInterfaces": [{"DeviceIndex": 0, "PrivateIpAddresses": listed, "PrivateIpAddress": "10.0.0.5"}]}
    (primary,) = changed_data(data, {"static_private_ip": "10.0.0.9"})["NetworkInterfaces"]
    assert primary["PrivateIpAddresses"] == [{"Primary": True, "PrivateIpAddress": "10.0.0.9"}, listed[1]]
    assert "PrivateIpAddress" not in primary
    assert template_settings({"NetworkInterfaces": [primary]})["static_private_ip"] == "10.0.0.9"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"SecurityGroupIds": ["sg-1"]}, "no network interface 0"),
        ({"NetworkInterfaces": [{"DeviceIndex": 0, "NetworkInterfaceId": "eni-1"}]}, "eni-1"),
        ({"NetworkInterfaces": [{"DeviceIndex": 0, "PrivateIpAddress": "10.0.0.5"}]}, "10.0.0.5"),
    ],
)
def test_what_cannot_be_changed_without_harm_is_named(data: dict[str, Any], words: str) -> None:
    assert words in template_problem(data, {"subnet_id": "subnet-1"})
    assert template_problem(data, {"monitoring": True}) == ""
    assert template_problem(DRS_MADE, {"subnet_id": "subnet-1"}) == ""


settings_of_templates = st.builds(
    lambda **fields: LaunchSettings(**{name: value for name, value in fields.items() if value is not None}),
    subnet_id=st.none() | st.sampled_from(["subnet-1", "subnet-2"]),
    security_group_ids=st.none() | st.lists(st.sampled_from(["sg-1", "sg-2", "sg-3"]), min_size=1).map(tuple),
    instance_type=st.none() | st.sampled_from(["t3.large", "m5.large"]),
    instance_profile=st.none() | st.sampled_from(["shop", "arn:aws:iam::111122223333:instance-profile/shop"]),
    static_private_ip=st.none() | st.sampled_from(["10.0.0.9", "10.0.0.10"]),
    associate_public_ip=st.none() | st.booleans(),
    monitoring=st.none() | st.booleans(),
    ebs_optimized=st.none() | st.booleans(),
    disable_api_termination=st.none() | st.booleans(),
    tags=st.none() | st.dictionaries(st.sampled_from(["Tier", "Team"]), st.sampled_from(["a", "b"]), min_size=1),
)


@given(first=settings_of_templates, second=settings_of_templates)
def test_whatever_was_applied_before_the_wanted_settings_are_held_afterwards(
    first: LaunchSettings, second: LaunchSettings
) -> None:
    data = after(DRS_MADE, first.given())
    held = LaunchSettings(**template_settings(data))
    data = after(data, differing(second, held))
    assert differing(second, LaunchSettings(**template_settings(data))) == {}
    untouched = {name: value for name, value in first.given().items() if name not in second.given() and name != "tags"}
    assert differing(LaunchSettings(**untouched), LaunchSettings(**template_settings(data))) == {}


# --- versions ---


def test_old_versions_of_ours_are_deleted_and_no_others() -> None:
    ours = version_description("0123456789abcdef0123")
    versions = [
        TemplateVersion(1, "", False),
        *(TemplateVersion(number, ours, number == 2) for number in range(2, 10)),
        TemplateVersion(10, "by hand", False),
    ]
    assert versions_to_delete(versions) == [3, 4, 5, 6]
    assert len(range(3, 10)) - 4 == KEPT_VERSIONS
    assert versions_to_delete(versions[:3]) == []


def test_every_field_of_a_template_is_read_from_what_was_sent() -> None:
    fields = {field.name for field in msgspec.structs.fields(LaunchSettings)}
    of_drs, of_template = split(dict.fromkeys(fields))
    assert set(template_settings(after(DRS_MADE, EVERYTHING.given()))) == set(of_template)
    assert len(of_drs) + len(of_template) == len(fields)
