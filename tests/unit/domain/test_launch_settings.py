"""Launch settings: the three levels, their hash, the status of a server, and what is refused."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET

from chalicelib.calls.decoding import decode
from chalicelib.domain.errors import CloudError, InvalidRequest
from chalicelib.domain.estate.accounts import Place
from chalicelib.domain.estate.launch_fit import fit_problems
from chalicelib.domain.estate.launch_settings import (
    LaunchIntoInstance,
    LaunchSettings,
    RightSizing,
    effective_settings,
    sets_another_type,
    settings_hash,
    settings_problems,
    shared_values,
)
from chalicelib.domain.estate.launch_status import Difference, LaunchRecord, LaunchStatus, reason_of, status_of
from chalicelib.domain.estate.launch_targets import Network, Subnet

PLACE = Place("222233334444", "us-east-1")


def level_of(*values: object) -> st.SearchStrategy[object]:
    return st.sampled_from([UNSET, None, *values])


levels = st.builds(
    LaunchSettings,
    copy_private_ip=level_of(True, False),
    copy_tags=level_of(True, False),
    subnet_id=level_of("subnet-1", "subnet-2"),
    security_group_ids=level_of(("sg-1", "sg-2"), ("sg-2", "sg-1")),
    instance_type=level_of("m5.large"),
    static_private_ip=level_of("10.0.0.9"),
    tags=level_of({"a": "1", "b": "2"}, {"b": "2", "a": "1"}, {}),
)


@given(st.lists(levels, max_size=4))
def test_effective_settings_are_settled(given_levels: list[LaunchSettings]) -> None:
    effective = effective_settings(given_levels)
    assert effective_settings([effective]) == effective
    assert None not in effective.given().values()


@given(levels, levels, levels)
def test_the_last_level_that_gives_a_field_decides(
    defaults: LaunchSettings, group: LaunchSettings, own: LaunchSettings
) -> None:
    found = effective_settings([defaults, group, own]).given()
    for name in LaunchSettings.__struct_fields__:
        if name == "copy_private_ip" and "static_private_ip" in found:
            assert found[name] is False
            continue
        decided = [level.given()[name] for level in (defaults, group, own) if name in level.given()]
        assert found.get(name) == (decided[-1] if decided else None)


@given(levels, levels)
def test_the_hash_is_that_of_the_meaning(one: LaunchSettings, other: LaunchSettings) -> None:
    def meaning(settings: LaunchSettings) -> dict[str, object]:
        fields = effective_settings([settings]).given()
        return {**fields, "security_group_ids": set(fields.get("security_group_ids", ()))}

    same = settings_hash(effective_settings([one])) == settings_hash(effective_settings([other]))
    assert same == (meaning(one) == meaning(other))


@given(levels)
def test_a_level_is_read_back_as_it_was_stored(level: LaunchSettings) -> None:
    assert msgspec.json.decode(msgspec.json.encode(level), type=LaunchSettings) == level


WANTED = LaunchSettings(copy_tags=True)
DRIFT = (Difference("copyTags", "true", "false"),)


@pytest.mark.parametrize(
    ("effective", "stored", "status"),
    [
        (LaunchSettings(), {"applied_hash": "old"}, LaunchStatus.NOT_CONFIGURED),
        (WANTED, None, LaunchStatus.PENDING),
        (WANTED, {"applied_hash": "old", "drift": DRIFT}, LaunchStatus.PENDING),
        (WANTED, {"failed_hash": "old", "error": "no"}, LaunchStatus.PENDING),
        (WANTED, {"failed_hash": settings_hash(WANTED), "error": "no"}, LaunchStatus.FAILED),
        (WANTED, {"applied_hash": settings_hash(WANTED)}, LaunchStatus.APPLIED),
        (WANTED, {"applied_hash": settings_hash(WANTED), "drift": DRIFT}, LaunchStatus.DRIFTED),
    ],
)
def test_the_status_follows_from_settings_and_record(
    effective: LaunchSettings, stored: dict[str, object] | None, status: LaunchStatus
) -> None:
    record = (
        None if stored is None else msgspec.convert({"group_id": "g", "source_server_id": "s", **stored}, LaunchRecord)
    )
    assert status_of(effective, record) is status
    assert bool(reason_of(status, record)) == (
        status in {LaunchStatus.PENDING, LaunchStatus.FAILED, LaunchStatus.DRIFTED}
    )


def test_fields_that_drs_sets_are_refused_with_the_reason() -> None:
    names = ["imageId", "userData", "blockDeviceMappings", "availabilityZone", "placement", "keyName"]
    with pytest.raises(InvalidRequest) as refused:
        decode(LaunchSettings, {**dict.fromkeys(names, "x"), "colour": "red"})
    told = {problem.field: problem.message for problem in refused.value.problems}
    assert set(told) == {*names, "colour"}
    assert told["availabilityZone"] == "follows from the subnet; set subnetId instead"
    assert told["colour"].startswith("is not a field here")


def test_null_removes_and_a_wrong_value_names_its_field() -> None:
    assert decode(LaunchSettings, {"subnetId": None, "copyTags": True}).given() == {
        "subnet_id": None,
        "copy_tags": True,
    }
    with pytest.raises(InvalidRequest) as refused:
        decode(LaunchSettings, {"copyTags": "yes", "licensing": {"osByol": True, "more": 1}, "securityGroupIds": []})
    assert {problem.field for problem in refused.value.problems} == {"copyTags", "licensing.more", "securityGroupIds"}


@pytest.mark.parametrize(
    ("effective", "fields"),
    [
        (LaunchSettings(static_private_ip="10.0.0.9"), ["staticPrivateIp"]),
        (LaunchSettings(static_private_ip="8.8.8.8", subnet_id="subnet-1"), ["staticPrivateIp"]),
        (LaunchSettings(static_private_ip="ten", subnet_id="subnet-1"), ["staticPrivateIp"]),
        (LaunchSettings(launch_into_instance=LaunchIntoInstance("i-1")), ["launchIntoInstance", "launchIntoInstance"]),
        (
            LaunchSettings(launch_into_instance=LaunchIntoInstance("i-1"), copy_tags=False, copy_private_ip=False),
            [],
        ),
        (
            LaunchSettings(instance_type="m5.large", target_instance_type_right_sizing_method=RightSizing.BASIC),
            ["instanceType"],
        ),
    ],
)
def test_settings_that_contradict_each_other_are_refused(effective: LaunchSettings, fields: list[str]) -> None:
    assert [problem.field for problem in settings_problems(effective)] == fields


def test_an_address_belongs_to_one_server() -> None:
    one, other = LaunchSettings(static_private_ip="10.0.0.9"), LaunchSettings(static_private_ip="10.0.0.8")
    (problem,) = shared_values({"s-3": one, "s-1": one, "s-2": other})
    assert (problem.field, problem.message) == (
        "staticPrivateIp",
        "is the same for s-1, s-3; only one server can have it",
    )


NETWORK = Network(
    subnets={"subnet-1": Subnet("vpc-1", "us-east-1a", 0, is_default=False, cidr="10.0.0.0/28")},
    group_vpcs={"sg-1": "vpc-1", "sg-2": "vpc-2"},
    offered=frozenset({("m5.large", "us-east-1a"), ("m5.huge", "us-east-1b")}),
    profiles=frozenset({"web"}),
)


@pytest.mark.parametrize(
    ("settings", "fields"),
    [
        ({"subnet_id": "subnet-9"}, {"subnetId"}),
        ({"subnet_id": "subnet-1", "security_group_ids": ("sg-1", "sg-2")}, {"securityGroupIds"}),
        ({"subnet_id": "subnet-1", "instance_type": "m5.huge"}, {"instanceType"}),
        ({"instance_profile": "db"}, {"instanceProfile"}),
        ({"subnet_id": "subnet-1", "static_private_ip": "10.0.0.3"}, {"staticPrivateIp"}),
        ({"subnet_id": "subnet-1", "static_private_ip": "10.0.0.15"}, {"staticPrivateIp"}),
        ({"subnet_id": "subnet-1", "static_private_ip": "10.0.0.16"}, {"staticPrivateIp"}),
        (
            {
                "subnet_id": "subnet-1",
                "static_private_ip": "10.0.0.4",
                "security_group_ids": ("sg-1",),
                "instance_type": "m5.large",
                "instance_profile": "web",
            },
            set(),
        ),
    ],
)
def test_what_is_named_must_exist_and_fit(settings: dict[str, object], fields: set[str]) -> None:
    effective = LaunchSettings(**settings)  # type: ignore[arg-type]
    assert {problem.field for problem in fit_problems(effective, NETWORK, PLACE)} == fields


def test_what_cannot_be_checked_is_not_saved() -> None:
    unread = {"whether its instance profile exists": "iam:ListInstanceProfiles is missing."}
    network = Network(NETWORK.subnets, NETWORK.group_vpcs, NETWORK.offered, None, unread)
    assert fit_problems(LaunchSettings(subnet_id="subnet-1"), network, PLACE) == []
    with pytest.raises(CloudError, match=r"nothing was saved.*iam:ListInstanceProfiles"):
        fit_problems(LaunchSettings(instance_profile="web"), network, PLACE)


@pytest.mark.parametrize(
    ("settings", "source_type", "differs"),
    [
        (LaunchSettings(instance_type="m5.large"), "m5.xlarge", True),
        (LaunchSettings(instance_type="m5.large"), "m5.large", False),
        (LaunchSettings(instance_type="m5.large"), "", False),
        (LaunchSettings(), "m5.large", False),
    ],
)
def test_a_type_differs_only_if_both_are_known(settings: LaunchSettings, source_type: str, differs: bool) -> None:
    assert sets_another_type(settings, source_type) is differs
