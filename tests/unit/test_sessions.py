"""Clients: all are made in one session of the SDK, with the credentials of the role that they are for."""

import functools
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.session import Session

from chalicelib.aws import sessions
from chalicelib.aws.sessions import Access, hub_client, named_after, new_client, sdk_session
from chalicelib.domain.estate.accounts import Place, TargetAccount


def test_a_client_has_the_credentials_of_its_role_and_others_the_functions_own(assumed: list[dict[str, Any]]) -> None:
    del assumed
    given = _client()._request_signer._credentials
    assert (given.access_key, given.secret_key, given.token) == ("A1", "B", "C")
    assert hub_client("sts", "us-east-1")._request_signer._credentials is sdk_session().get_credentials()


def test_threads_make_clients_in_one_session(monkeypatch: pytest.MonkeyPatch) -> None:
    """botocore's own sessions are not safe to share: two clients must never be made at once."""
    making: list[str] = []

    def create(_: Any, service: str, *__: Any, **___: Any) -> str:
        making.append(service)
        time.sleep(0.01)
        assert making == [service]
        return making.pop()

    monkeypatch.setattr(Session, "create_client", create)
    ready = threading.Barrier(8)

    def need(number: int) -> Any:
        ready.wait()
        return new_client(f"service-{number}", "us-east-2", sessions.READ_CONFIG)

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(need, range(8))) == [f"service-{number}" for number in range(8)]


def test_threads_that_need_the_first_client_open_one_session(monkeypatch: pytest.MonkeyPatch) -> None:
    """boto3 adds its parts to botocore's session, and a second time makes every client of S3 fail."""
    opened: list[Any] = []

    def slowly() -> object:
        time.sleep(0.01)
        opened.append(object())
        return opened[-1]

    monkeypatch.setattr(sessions, "_opened", functools.cache(slowly))
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda _: sdk_session(), range(8))) == opened * 8


@pytest.fixture
def assumed(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The requests that STS gets."""
    requests: list[dict[str, Any]] = []

    class Sts:
        def assume_role(self, **request: Any) -> dict[str, Any]:
            requests.append(request)
            keys = {"AccessKeyId": f"A{len(requests)}", "SecretAccessKey": "B", "SessionToken": "C"}
            return {"Credentials": {**keys, "Expiration": datetime.now(UTC) + timedelta(hours=1)}}

    made = new_client
    monkeypatch.setattr(sessions, "new_client", lambda *given: made(*given) if len(given) > 3 else Sts())
    monkeypatch.setattr(sessions, "_sessions", {})
    monkeypatch.setattr(sessions, "_clients", {})
    return requests


ACCOUNT = TargetAccount("222233334444", "East", "arn:aws:iam::222233334444:role/read", "", "a-secret")


def _client(account: TargetAccount = ACCOUNT) -> Any:
    return sessions.client("sts", Place(account.account_id, "us-east-1"), account, Access.READ)


def test_a_session_carries_the_id_of_its_execution_and_is_kept_for_it(assumed: list[dict[str, Any]]) -> None:
    with named_after("01JEXECUTION"):
        first = _client()
        assert _client() is first
    other = _client()
    assert other is not first
    with named_after("not a name for STS"):
        assert _client() is other
    assert [request["RoleSessionName"] for request in assumed] == ["01JEXECUTION", "dr-orchestration"]


def test_threads_that_need_a_role_assume_it_once(assumed: list[dict[str, Any]]) -> None:
    ready = threading.Barrier(8)

    def need(_: int) -> Any:
        ready.wait()
        return _client()

    with ThreadPoolExecutor(8) as pool:
        assert len({id(client) for client in pool.map(need, range(8))}) == 1
    assert len(assumed) == 1


def test_only_the_newest_clients_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """A function that syncs thousands of places must not keep two clients for each of them."""
    monkeypatch.setattr(sessions, "MOST_CLIENTS", 2)
    monkeypatch.setattr(sessions, "_clients", {})
    made = [hub_client("sts", region) for region in ("us-east-1", "us-east-2", "us-west-1", "us-west-2")]
    assert len(sessions._clients) == 2
    assert hub_client("sts", "us-west-2") is made[-1]
    assert hub_client("sts", "us-east-1") is not made[0]
