"""What is sent to DRS and Service Quotas for staging accounts and quotas, and how answers are read."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.client import BaseClient

from chalicelib.aws.actions.estate.extensions import MOST_TAGS, extend_server
from chalicelib.aws.reads.estate.quotas import read_applied_quotas
from chalicelib.aws.reads.estate.staging import has_default_key, list_extensible_servers
from chalicelib.domain.estate.accounts import TargetAccount
from chalicelib.domain.estate.staging import ExtensibleServer
from tests.unit.domain.records import ACCOUNT, REGION

HUB = TargetAccount(ACCOUNT, "Target")
ARN = f"arn:aws:drs:{REGION}:222222222222:source-server/s-00000000000000001"
Answer = Callable[[dict[str, Any]], dict[str, Any]]


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> dict[str, Answer]:
    """The answer of each operation, from its parameters; pages of one answer."""
    answers: dict[str, Answer] = {}
    monkeypatch.setattr(BaseClient, "_make_api_call", lambda _, operation, given: answers[operation](given))
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    return answers


def test_every_page_of_extensible_servers_is_read(aws: dict[str, Answer]) -> None:
    pages: dict[str, dict[str, Any]] = {
        "": {"items": [{"arn": ARN, "hostname": "one", "tags": {"a": "b"}}], "nextToken": "2"},
        "2": {"items": [{"arn": ARN + "x"}]},
    }
    aws["ListExtensibleSourceServers"] = lambda given: pages[given.get("nextToken", "")]
    found = list_extensible_servers(HUB, REGION, "222222222222")
    assert found == [ExtensibleServer(ARN, "one", {"a": "b"}), ExtensibleServer(ARN + "x", ARN + "x", {})]


def test_tags_of_aws_are_not_copied_and_no_more_than_can_be_set(aws: dict[str, Answer]) -> None:
    sent: list[dict[str, str]] = []

    def answer(given: dict[str, Any]) -> dict[str, Any]:
        sent.append(given["tags"])
        return {"sourceServer": {"sourceServerID": "s-1"}}

    aws["CreateExtendedSourceServer"] = answer
    tags = {"aws:cloudformation:stack-name": "x", "AWS:other": "y", **{f"k{n:02}": "v" for n in range(60)}}
    assert extend_server(HUB, REGION, ExtensibleServer(ARN, "one", tags)).result == "s-1"
    assert len(sent[0]) == MOST_TAGS
    assert not any(key.lower().startswith("aws:") for key in sent[0])


@pytest.mark.parametrize(
    ("answer", "default"),
    [({"ebsEncryption": "DEFAULT"}, True), ({"ebsEncryption": "CUSTOM"}, False), ({"ebsEncryption": "NONE"}, False)],
)
def test_volumes_without_encryption_or_with_an_own_key_can_be_shared(
    aws: dict[str, Answer], answer: dict[str, Any], default: bool
) -> None:
    aws["GetReplicationConfiguration"] = lambda given: answer
    assert has_default_key(HUB, REGION, "s-1") is default


def test_applied_quotas_are_read_by_code(aws: dict[str, Answer]) -> None:
    pages: dict[str, dict[str, Any]] = {
        "": {"Quotas": [{"QuotaCode": "L-C1D14A2B", "Value": 600.0}], "NextToken": "2"},
        "2": {"Quotas": [{"QuotaCode": "L-D88FAC3A", "Value": 20.0}]},
    }
    aws["ListServiceQuotas"] = lambda given: pages[given.get("NextToken", "")]
    assert read_applied_quotas(HUB, REGION) == {"L-C1D14A2B": 600, "L-D88FAC3A": 20}
