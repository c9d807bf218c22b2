"""moto's answers stay the same without its needless work."""

from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.session import Session
from joserfc import jwk
from moto import backends, mock_aws
from moto.cognitoidp import models
from moto.core import loaders, utils
from moto.core.serialize import AttributePicker, XFormedAttributePicker
from moto.ec2 import utils as ec2_utils
from moto.ec2.models.tags import TagBackend

from local import ec2_pace, moto_pace
from tests.conftest import Clouds


def _tags() -> list[Any]:
    """What EC2 says of tagged subnets, by id, by pattern, and by the values of a tag."""
    with mock_aws():
        return _tags_of_subnets()


def _tags_of_subnets() -> list[Any]:
    client: Any = boto3.client("ec2", region_name="us-east-2")
    subnets = client.describe_subnets()["Subnets"][:2]
    ids = [subnet["SubnetId"] for subnet in subnets]
    for number, subnet_id in enumerate(ids):
        client.create_tags(Resources=[subnet_id], Tags=[{"Key": "tier", "Value": f"t{number}"}])
    wanted = [{"resource-id": [ids[0]]}, {"resource-id": ids}, {"resource-id": ["subnet-*"]}, {"resource-id": ["none"]}]
    found = [
        client.describe_tags(Filters=[{"Name": name, "Values": values} for name, values in filters.items()])["Tags"]
        for filters in wanted
    ]
    for values in (["t0"], ["t?"], ["t0", "t1"], ["x"]):
        matching = client.describe_subnets(Filters=[{"Name": "tag:tier", "Values": values}])["Subnets"]
        found.append([tag for subnet in matching for tag in subnet["Tags"]])
    names = {subnet_id: str(number) for number, subnet_id in enumerate(ids)}
    return [[{**tag, "ResourceId": names.get(tag.get("ResourceId", ""))} for tag in tags] for tags in found]


@pytest.fixture
def original_moto(clouds: Clouds, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Undoes the shortcuts for this test, and stops a running cloud, because moto's mock would empty it."""
    clouds.stop()

    def put_back() -> None:
        monkeypatch.setattr(backends, "list_of_moto_modules", moto_pace._list_modules)
        monkeypatch.setattr(ec2_utils, "simple_aws_filter_to_re", ec2_pace._filter_to_re)
        monkeypatch.setattr(TagBackend, "describe_tags", ec2_pace._describe_all_tags)
        monkeypatch.setattr(AttributePicker, "get_possible_keys", moto_pace._derive_keys)
        monkeypatch.setattr(XFormedAttributePicker, "get_possible_keys", moto_pace._derive_keys_in_two_cases)

    return put_back


def test_every_answer_is_that_of_unmodified_moto(original_moto: Callable[[], None]) -> None:
    moto_pace.spare_moto_needless_work()
    ec2_pace.spare_ec2_needless_work()
    spared = _tags()
    original_moto()
    assert spared == _tags()
    assert any(spared)


@pytest.mark.parametrize("service", ["dynamodb", "ec2", "iam", "lambda", "stepfunctions"])
def test_services_are_described_to_moto_as_by_itself(service: str) -> None:
    own = loaders.create_loader()
    for kind in ("service-2", "paginators-1"):
        assert moto_pace._shared_loader().load_service_model(service, kind) == own.load_service_model(service, kind)


def test_moto_finds_the_names_of_services_as_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    moto_pace.spare_moto_needless_work()
    modules = ("awslambda", "cognitoidp", "dynamodb", "ec2", "stepfunctions")
    names = [utils.service_name_from_moto_package_name.__wrapped__(module) for module in modules]
    monkeypatch.setattr(utils, "Session", Session)
    assert names == [utils.service_name_from_moto_package_name.__wrapped__(module) for module in modules]
    assert "cognito-idp" in names


def test_every_user_pool_has_the_key_that_moto_gives_it(monkeypatch: pytest.MonkeyPatch) -> None:
    moto_pace.spare_moto_needless_work()
    first, second = (_signing_key() for _ in range(2))
    monkeypatch.setitem(vars(models), "jwk", jwk)
    assert first is second
    assert first.as_dict(private=True) == _signing_key().as_dict(private=True)


def _signing_key() -> Any:
    return models.CognitoIdpUserPool("111111111111", "us-east-2", "pool", {}).json_web_key
