"""SDK sessions: they share one loader, and making many of them does not use more memory."""

from chalicelib.aws.sessions import new_session


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
