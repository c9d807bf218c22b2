"""What can be chosen for launches in an account and Region: subnets, security groups, profiles and types."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from local.cloud import LocalCloud

from .conftest import EAST, REGION_OF, RestClient

PLACE = {"accountId": EAST, "region": REGION_OF[EAST]}
LISTS = ("subnets", "security-groups", "instance-profiles", "instance-types")


@pytest.fixture
def ec2(cloud: LocalCloud) -> Any:
    return cloud.client("ec2", account=EAST, region=REGION_OF[EAST])


@pytest.fixture
def vpc(ec2: Any) -> Iterator[str]:
    vpc_id: str = ec2.create_vpc(CidrBlock="10.77.0.0/16")["Vpc"]["VpcId"]
    yield vpc_id
    for subnet in ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [vpc_id]}])["Subnets"]:
        ec2.delete_subnet(SubnetId=subnet["SubnetId"])
    for group in ec2.describe_security_groups(Filters=[{"Name": "vpc-id", "Values": [vpc_id]}])["SecurityGroups"]:
        if group["GroupName"] != "default":
            ec2.delete_security_group(GroupId=group["GroupId"])
    ec2.delete_vpc(VpcId=vpc_id)


def make_subnet(ec2: Any, vpc: str, number: int, name: str) -> str:
    tags = [{"ResourceType": "subnet", "Tags": [{"Key": "Name", "Value": name}]}] if name else []
    made = ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.77.{number}.0/28", TagSpecifications=tags)
    return str(made["Subnet"]["SubnetId"])


def test_subnets_are_listed_by_name_with_what_a_form_shows(
    admin: RestClient, ec2: Any, vpc: str, invoke: Callable[..., Any]
) -> None:
    made = {name: make_subnet(ec2, vpc, number, name) for number, name in enumerate(["web", "App", ""])}
    found = list(admin.all_items("/ec2/subnets", **PLACE, vpcId=vpc, limit=1))
    assert [(each["name"], each["subnetId"]) for each in found] == [
        ("", made[""]),
        ("App", made["App"]),
        ("web", made["web"]),
    ]
    assert {each["vpcId"] for each in found} == {vpc}
    assert (found[2]["cidr"], found[2]["freeAddresses"], found[2]["isDefault"]) == ("10.77.0.0/28", 11, False)
    assert found[2]["availabilityZone"].startswith(REGION_OF[EAST])
    by_name = invoke("query-handler", "list_subnets", {**PLACE, "vpcId": vpc}).body
    assert by_name["items"] == found
    every = [each["subnetId"] for each in admin.all_items("/ec2/subnets", **PLACE)]
    assert set(made.values()) < set(every)
    assert len(every) == len(set(every))


def test_a_page_goes_on_behind_what_was_shown_although_the_list_changed(admin: RestClient, ec2: Any, vpc: str) -> None:
    shown = make_subnet(ec2, vpc, 0, "b")
    last = make_subnet(ec2, vpc, 1, "c")
    first = admin.get("/ec2/subnets", **PLACE, vpcId=vpc, limit=1).body
    ec2.delete_subnet(SubnetId=shown)
    make_subnet(ec2, vpc, 2, "a")
    second = admin.get("/ec2/subnets", **PLACE, vpcId=vpc, limit=1, cursor=first["nextCursor"]).body
    assert [each["subnetId"] for each in (*first["items"], *second["items"])] == [shown, last]
    assert second["nextCursor"] is None


def test_security_groups_are_listed_by_name(admin: RestClient, ec2: Any, vpc: str) -> None:
    made = [
        ec2.create_security_group(GroupName=name, Description=f"of {name}", VpcId=vpc)["GroupId"]
        for name in ("web servers", "database")
    ]
    found = list(admin.all_items("/ec2/security-groups", **PLACE, vpcId=vpc, limit=2))
    assert [(each["name"], each["description"]) for each in found if each["groupId"] in made] == [
        ("database", "of database"),
        ("web servers", "of web servers"),
    ]
    assert "default" in {each["name"] for each in found}


def test_instance_profiles_are_listed_with_their_roles(admin: RestClient, cloud: LocalCloud) -> None:
    iam = cloud.client("iam", account=EAST, region=REGION_OF[EAST])
    iam.create_instance_profile(InstanceProfileName="choice-profile")
    iam.create_role(RoleName="choice-role", AssumeRolePolicyDocument="{}")
    iam.add_role_to_instance_profile(InstanceProfileName="choice-profile", RoleName="choice-role")
    try:
        found = {each["name"]: each for each in admin.all_items("/ec2/instance-profiles", **PLACE)}
    finally:
        iam.remove_role_from_instance_profile(InstanceProfileName="choice-profile", RoleName="choice-role")
        iam.delete_instance_profile(InstanceProfileName="choice-profile")
        iam.delete_role(RoleName="choice-role")
    assert found["choice-profile"]["roles"] == ["choice-role"]
    assert found["choice-profile"]["arn"] == f"arn:aws:iam::{EAST}:instance-profile/choice-profile"


def test_instance_types_are_those_that_the_region_offers(admin: RestClient, ec2: Any) -> None:
    found = {each["instanceType"]: each for each in admin.all_items("/ec2/instance-types", **PLACE, limit=100)}
    offered = ec2.get_paginator("describe_instance_type_offerings").paginate(LocationType="region")
    assert set(found) == {each["InstanceType"] for page in offered for each in page["InstanceTypeOfferings"]}
    large = found["m5.large"]
    assert (large["vcpus"], large["memoryMib"], large["architectures"]) == (2, 8_192, ["x86_64"])
    assert large["availabilityZones"] == sorted(large["availabilityZones"])
    assert all(zone.startswith(REGION_OF[EAST]) for zone in large["availabilityZones"])


@pytest.mark.parametrize("name", LISTS)
def test_a_region_that_does_not_exist_and_a_foreign_cursor_are_the_callers_mistake(
    admin: RestClient, cloud: LocalCloud, name: str
) -> None:
    unknown = admin.get(f"/ec2/{name}", accountId=EAST, region="us-esat-1")
    assert (unknown.status, list(unknown.problems)) == (400, ["region"])
    jobs = admin.get("/drs/source-servers", **PLACE, live="true", limit=1).body["nextCursor"]
    assert list(admin.get(f"/ec2/{name}", **PLACE, cursor=jobs).problems) == ["cursor"]
    assert admin.get(f"/ec2/{name}", accountId="999999999999", region=REGION_OF[EAST]).status == 404


@pytest.mark.parametrize("name", LISTS)
def test_an_account_that_does_not_let_us_in_is_named_with_the_remedy(
    admin: RestClient, cloud: LocalCloud, name: str
) -> None:
    with wrong_external_id(admin, cloud):
        refused = admin.get(f"/ec2/{name}", **PLACE)
    assert (refused.status, refused.error) == (502, "CloudError")
    assert (refused.details["state"], refused.details["accountId"]) == ("ROLE_NOT_ASSUMABLE", EAST)
    assert "infrastructure/target-account.yaml" in refused.body["error"]["message"]


@contextmanager
def wrong_external_id(admin: RestClient, cloud: LocalCloud) -> Iterator[None]:
    path = f"/accounts/targets/{EAST}"
    right = next(account.external_id for account in cloud.world.accounts if account.account_id == EAST)

    def give(value: str) -> None:
        now = admin.get(path).body
        content = {"name": now["name"], "regions": now["regions"], "version": now["version"], "externalId": value}
        assert admin("PUT", path, content).status == 200

    give("another-secret-of-the-kind")
    try:
        yield
    finally:
        give(right)
