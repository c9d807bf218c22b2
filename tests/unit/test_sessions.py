"""SDK sessions: they share one loader, and making many of them does not use more memory."""

import pytest

from chalicelib.aws import sessions
from chalicelib.aws.sessions import hub_client, new_session


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


def test_only_the_newest_clients_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """A function that syncs thousands of places must not keep two clients for each of them."""
    monkeypatch.setattr(sessions, "MOST_CLIENTS", 2)
    monkeypatch.setattr(sessions, "_clients", {})
    made = [hub_client("sts", region) for region in ("us-east-1", "us-east-2", "us-west-1", "us-west-2")]
    assert len(sessions._clients) == 2
    assert hub_client("sts", "us-west-2") is made[-1]
    assert hub_client("sts", "us-east-1") is not made[0]
