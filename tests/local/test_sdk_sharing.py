"""What sessions of the SDK share in a process with the local cloud, and what stays each session's own."""

from typing import Any

import boto3
import botocore.session
import pytest
from botocore.loaders import Loader

WITHOUT_RIGHTS = {"region_name": "us-east-2", "aws_access_key_id": "A", "aws_secret_access_key": "nothing"}


def client_of(session: Any, service: str) -> Any:
    make = getattr(session, "client", None) or session.create_client
    return make(service, **WITHOUT_RIGHTS)


@pytest.mark.parametrize("service", ["drs", "dynamodb", "ec2"])
def test_clients_of_two_sessions_share_their_class_and_descriptions(service: str) -> None:
    first, second = (client_of(boto3.session.Session(), service) for _ in range(2))
    assert type(first) is type(second)
    assert first.meta.service_model is second.meta.service_model
    assert first.meta.events is not second.meta.events


def test_the_clients_of_s3_have_the_methods_of_their_own_session() -> None:
    plain = client_of(botocore.session.Session(), "s3")
    assert not hasattr(plain, "upload_file")
    assert hasattr(client_of(boto3.session.Session(), "s3"), "upload_file")
    assert not hasattr(client_of(botocore.session.Session(), "s3"), "upload_file")


def test_a_loader_looks_in_each_place_once_however_many_sessions_there_are() -> None:
    loaders: list[Loader] = [boto3.session.Session()._session.get_component("data_loader") for _ in range(3)]
    assert len({id(loader) for loader in loaders}) == 1
    assert len(loaders[0].search_paths) == len(set(loaders[0].search_paths))


def test_events_of_other_aliases_keep_names_of_their_own() -> None:
    emitter = botocore.session.Session().get_component("event_emitter")
    aliaser: Any = type(emitter)
    usual, other = aliaser(emitter), aliaser(emitter, {"drs": "something-else"})
    assert usual._alias_event_name("before-call.drs.DescribeJobs") == "before-call.drs.DescribeJobs"
    assert other._alias_event_name("before-call.drs.DescribeJobs") == "before-call.something-else.DescribeJobs"
    assert usual._alias_event_name("before-call.drs.DescribeJobs") == "before-call.drs.DescribeJobs"
