"""SDK sessions: they share one loader, and making many of them does not use more memory."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.aws import sessions
from chalicelib.aws.sessions import Access, hub_client, named_after, new_session
from chalicelib.domain.estate.accounts import Place, TargetAccount


def test_sessions_share_a_loader_that_does_not_grow() -> None:
    loaders = [new_session()._session.get_component("data_loader") for _ in range(3)]
    assert len({id(loader) for loader in loaders}) == 1
    paths = loaders[0].search_paths
    assert len(paths) == len(set(paths))
    new_session()
    assert loaders[0].search_paths == paths


def test_a_session_has_the_credentials_that_it_was_given() -> None:
    session = new_session(aws_access_key_id="A", aws_secret_access_key="B", aws_session_token="C")
    given = session.get_credentials()
    assert (given.access_key, given.secret_key, given.token) == ("A", "B", "C")
    assert session.client("sts", region_name="us-east-2").meta.service_model.service_name == "sts"


@pytest.fixture
def assumed(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The requests that STS gets."""
    requests: list[dict[str, Any]] = []

    class Sts:
        def assume_role(self, **request: Any) -> dict[str, Any]:
            requests.append(request)
            keys = {"AccessKeyId": "A", "SecretAccessKey": "B", "SessionToken": "C"}
            return {"Credentials": {**keys, "Expiration": datetime.now(UTC) + timedelta(hours=1)}}

    class OwnSession:
        def client(self, *_: Any, **__: Any) -> Any:
            return Sts()

    made = new_session
    monkeypatch.setattr(sessions, "new_session", lambda **given: made(**given) if given else OwnSession())
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
