"""The SDK's descriptions of services: read as the SDK reads them, once for all clients."""

from pathlib import Path

import pytest
from botocore.exceptions import DataNotFoundError
from botocore.loaders import Loader

from chalicelib.aws.sessions import sdk_session
from chalicelib.sdk_models import FastFiles, SharedDescriptions, core_session
from chalicelib.store.tables.base import shared_connection

SERVICES = (
    "cloudwatch",
    "drs",
    "dynamodb",
    "ec2",
    "events",
    "iam",
    "lambda",
    "s3",
    "sns",
    "ssm",
    "stepfunctions",
    "sts",
)


def descriptions() -> Loader:
    """A loader that nothing else has used: making clients adds to the entries that they found."""
    return SharedDescriptions(file_loader=FastFiles())


@pytest.mark.parametrize("kind", ["service-2", "endpoint-rule-set-1", "paginators-1"])
def test_a_service_is_described_as_the_sdk_describes_it(kind: str) -> None:
    for service in SERVICES:
        assert descriptions().load_service_model(service, kind) == Loader().load_service_model(service, kind), service


def test_fields_keep_the_order_of_the_file() -> None:
    """The order of a shape's members is that of a request's parameters in query and XML protocols."""
    read, expected = (loader.load_service_model("sts", "service-2") for loader in (descriptions(), Loader()))
    members = [list(model["shapes"]["AssumeRoleRequest"]["members"]) for model in (read, expected)]
    assert members[0] == members[1]


@pytest.mark.parametrize("name", ["endpoints", "partitions", "_retry", "sdk-default-configuration"])
def test_what_all_services_share_is_read_as_the_sdk_reads_it(name: str) -> None:
    assert descriptions().load_data(name) == Loader().load_data(name)


def test_every_service_of_the_sdk_is_known() -> None:
    assert set(Loader().list_available_services("service-2")) <= set(
        descriptions().list_available_services("service-2")
    )


def test_an_unknown_service_or_kind_is_refused() -> None:
    for service, kind in (("no-such-service", "service-2"), ("sts", "no-such-kind")):
        with pytest.raises(DataNotFoundError):
            descriptions().load_service_model(service, kind)


def test_the_clients_of_the_tables_and_all_others_share_the_descriptions(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is read once is read for every client; so no client may read a file of the SDK by itself."""
    shared = core_session().get_component("data_loader")
    read: list[str] = []
    monkeypatch.setattr("botocore.loaders.JSONFileLoader.load_file", lambda _, path: read.append(Path(path).name))
    for session in (shared_connection().session, sdk_session()._session):
        assert session.get_component("data_loader") is shared
        session.create_client("dynamodb", region_name="us-east-2")
    assert read == []
