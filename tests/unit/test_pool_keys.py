"""The keys of the user pool: fetched once, replaced at a bounded rate, and kept while Cognito does not answer."""

import functools
import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from joserfc.jwk import RSAKey

from chalicelib.aws.reads.access import pool_keys
from chalicelib.aws.reads.access.pool_keys import MAX_AGE, PAUSE, find_pool_key
from chalicelib.aws.short_timeouts import prompt_client
from chalicelib.domain.access.tokens import UserPool
from chalicelib.domain.errors import Unavailable

NOW = datetime(2026, 3, 1, 3, 0, tzinfo=UTC)
POOL = UserPool("us-east-2", "us-east-2_abc", "client-1")


@functools.cache
def public_key() -> dict[str, Any]:
    """Made when it is needed: every process of the suite imports this module."""
    return dict(RSAKey.generate_key(2_048).as_dict(private=False))


class Cognito:
    """Answers requests for the keys of pools; ``content`` None answers nothing that is a set of keys."""

    def __init__(self) -> None:
        self.paths: list[str] = []
        self.status = 200
        self.content: bytes = b""
        self.publish("one")

    def publish(self, *key_ids: str) -> None:
        keys = [{**public_key(), "kid": key_id, "use": "sig", "alg": "RS256"} for key_id in key_ids]
        self.content = json.dumps({"keys": keys}).encode()


@pytest.fixture
def cognito(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cognito]:
    found = Cognito()

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found.paths.append(self.path)
            self.send_response(found.status)
            self.send_header("Content-Length", str(len(found.content)))
            self.end_headers()
            self.wfile.write(found.content)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setattr(pool_keys, "_kept", {})
    prompt_client.cache_clear()
    yield found
    prompt_client.cache_clear()
    server.shutdown()
    server.server_close()


def test_keys_are_fetched_once_a_day(cognito: Cognito) -> None:
    for age in (timedelta(0), PAUSE, MAX_AGE, MAX_AGE):
        assert find_pool_key(POOL, "one", NOW + age)
    assert cognito.paths == ["/us-east-2_abc/.well-known/jwks.json"]
    assert find_pool_key(POOL, "one", NOW + MAX_AGE + PAUSE)
    assert len(cognito.paths) == 2


def test_a_withdrawn_key_stops_to_count_with_the_next_fetch(cognito: Cognito) -> None:
    assert find_pool_key(POOL, "one", NOW)
    cognito.publish("two")
    assert find_pool_key(POOL, "one", NOW + MAX_AGE + PAUSE) is None


def test_a_new_key_is_found_and_unknown_ones_cost_a_request_a_minute(cognito: Cognito) -> None:
    assert find_pool_key(POOL, "one", NOW)
    cognito.publish("one", "two")
    assert find_pool_key(POOL, "two", NOW + PAUSE)
    for seconds in range(60):
        assert find_pool_key(POOL, f"made up {seconds}", NOW + PAUSE + timedelta(seconds=seconds)) is None
    assert len(cognito.paths) == 2


def test_kept_keys_go_on_working_while_cognito_does_not_answer(cognito: Cognito) -> None:
    assert find_pool_key(POOL, "one", NOW)
    cognito.status = 500
    later = NOW + MAX_AGE + PAUSE
    assert find_pool_key(POOL, "one", later)
    assert find_pool_key(POOL, "one", later + PAUSE / 2)
    assert len(cognito.paths) == 2, "a failing Cognito is asked once a minute"
    with pytest.raises(Unavailable, match=r"key that is not known yet.*Cognito answered 500.* in 60 seconds"):
        find_pool_key(POOL, "two", later + PAUSE)
    with pytest.raises(Unavailable) as refused:
        find_pool_key(POOL, "two", later + 1.5 * PAUSE)
    assert refused.value.details["retryAfterSeconds"] == PAUSE.total_seconds() / 2, "until they are fetched again"
    cognito.status = 200
    assert find_pool_key(POOL, "one", later + 2 * PAUSE)


@pytest.mark.parametrize(("status", "content"), [(503, b""), (200, b"<html>"), (200, b"[]"), (404, b"{}")])
def test_without_any_keys_nobody_is_signed_in_and_the_error_has_the_reason(
    cognito: Cognito, status: int, content: bytes
) -> None:
    cognito.status, cognito.content = status, content
    for _ in range(2):
        with pytest.raises(Unavailable, match=r"cannot be fetched. Cognito answered .* Nothing was done"):
            find_pool_key(POOL, "one", NOW)
    cognito.status = 200
    cognito.publish("one")
    assert find_pool_key(POOL, "one", NOW)


def test_a_connection_that_fails_is_a_reason_too(cognito: Cognito, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    prompt_client.cache_clear()
    with pytest.raises(Unavailable, match="AWS cannot be reached"):
        find_pool_key(POOL, "one", NOW)
