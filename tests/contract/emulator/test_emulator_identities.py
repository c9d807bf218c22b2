"""Whose account a caller is: by map, by its own key, by STS, by default, and refused otherwise."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto.server import ThreadedMotoServer

from drs_emulator import ApiError
from drs_emulator.identities import ask_sts, identify_by_map
from tests.contract.emulator.conftest import ACCOUNT, OTHER_ACCOUNT, REGION, Served, serve
from tests.waiting import PATIENCE_SECONDS


@pytest.fixture(scope="module")
def moto_url() -> Any:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


def drs(served: Served, key: str, token: str | None = None) -> Any:
    return boto3.client(
        "drs",
        region_name=REGION,
        endpoint_url=served.url,
        aws_access_key_id=key,
        aws_secret_access_key="any",
        aws_session_token=token,
    )


def session_in(moto_url: str, account: str) -> dict[str, str]:
    """Credentials of a role in an account, as AssumeRole of moto's STS makes them."""
    sts = boto3.client("sts", REGION, endpoint_url=moto_url, aws_access_key_id="any", aws_secret_access_key="any")
    role = f"arn:aws:iam::{account}:role/orchestrator"
    made = sts.assume_role(RoleArn=role, RoleSessionName="test")["Credentials"]
    return {"key": made["AccessKeyId"], "token": made["SessionToken"]}


def test_an_unknown_key_is_refused_without_a_default_account(settings: Any) -> None:
    with serve(settings, identify=identify_by_map({"AKIAKNOWN": ACCOUNT})) as served:
        drs(served, "AKIAKNOWN").describe_source_servers()
        with pytest.raises(ClientError) as refused:
            drs(served, "AKIAUNKNOWN").describe_source_servers()
    assert refused.value.response["Error"]["Code"] == "UnrecognizedClientException"
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403


def test_the_map_goes_before_the_keys_own_digits_and_these_before_sts_and_the_default() -> None:
    identify = identify_by_map({OTHER_ACCOUNT: ACCOUNT}, "999999999999", ask={"ASIASESSION": OTHER_ACCOUNT}.__getitem__)
    assert identify(OTHER_ACCOUNT) == ACCOUNT
    assert identify("333333333333") == "333333333333"
    assert identify("ASIASESSION") == OTHER_ACCOUNT
    assert identify("AKIAOTHER") == "999999999999"
    assert identify("٣" * 12) == "999999999999"
    nobody: dict[str, str] = {}
    with pytest.raises(LookupError):
        identify_by_map({}, ask=nobody.__getitem__)("AKIAOTHER")


def test_a_session_of_assume_role_is_in_the_account_of_its_role(settings: Any, moto_url: str) -> None:
    with serve(settings, identify=identify_by_map({}, ask=ask_sts(moto_url))) as served:
        here = served.emulator.add_source_server(ACCOUNT, REGION, hostname="here")
        there = served.emulator.add_source_server(OTHER_ACCOUNT, REGION, hostname="there")
        for account, server_id in ((ACCOUNT, here), (OTHER_ACCOUNT, there)):
            (shown,) = drs(served, **session_in(moto_url, account)).describe_source_servers()["items"]
            assert shown["sourceServerID"] == server_id


def test_sts_is_asked_once_for_each_key() -> None:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    url = f"http://{host}:{port}"
    ask, key = ask_sts(url), session_in(url, OTHER_ACCOUNT)["key"]
    assert ask(key) == OTHER_ACCOUNT
    server.stop()
    assert ask(key) == OTHER_ACCOUNT


@pytest.mark.timeout(PATIENCE_SECONDS)
def test_a_caller_is_not_called_unknown_when_sts_does_not_answer(settings: Any) -> None:
    ask = ask_sts("http://127.0.0.1:9")
    with pytest.raises(ApiError, match="is not known yet"):
        ask("ASIASESSION")
    with serve(settings, identify=identify_by_map({}, ask=ask)) as served, pytest.raises(ClientError) as failed:
        served.client(account="ASIASESSION").describe_source_servers()
    assert failed.value.response["Error"]["Code"] == "InternalServerException"
