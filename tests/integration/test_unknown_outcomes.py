"""Lost answers: a call that may have been carried out is not retryable, and its error says where to look."""

import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    IncompleteReadError,
    ReadTimeoutError,
)
from pynamodb.exceptions import DeleteError, GetError, PutError, TransactWriteError, UpdateError

from chalicelib.api.addresses import with_address
from chalicelib.api.resources import routes_of
from chalicelib.aws import commands
from chalicelib.aws.failures import answer_was_lost
from chalicelib.calls.answers import failure
from chalicelib.calls.pipeline import located
from chalicelib.domain.errors import DomainError, OutcomeUnknown, Unavailable
from chalicelib.operations.table import OPERATIONS
from chalicelib.store.failures import store_error_of
from local.cloud import LocalCloud

from .conftest import Answer, RestClient, audit_entries

Make = Callable[..., Any]


def refusal(status: int, code: str) -> ClientError:
    answer: Any = {"Error": {"Code": code, "Message": "no"}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(answer, "Invoke")


LOST = [
    ReadTimeoutError(endpoint_url="x"),
    ConnectionClosedError(endpoint_url="x"),
    refusal(500, "ServiceException"),
    refusal(500, "InternalServerError"),
]
NEVER_DONE = [
    ConnectTimeoutError(endpoint_url="x"),
    EndpointConnectionError(endpoint_url="x"),
    refusal(429, "TooManyRequestsException"),
    refusal(400, "ThrottlingException"),
    refusal(503, "ThrottlingException"),
    refusal(404, "ResourceNotFoundException"),
]


def test_a_call_that_was_sent_and_not_answered_may_have_been_carried_out() -> None:
    assert [error for error in [*LOST, IncompleteReadError(actual_bytes=1, expected_bytes=2)] if answer_was_lost(error)]
    assert [error for error in NEVER_DONE if answer_was_lost(error)] == []


@pytest.mark.parametrize("kind", [PutError, UpdateError, DeleteError, TransactWriteError])
def test_a_write_without_an_answer_is_not_reported_as_not_done(kind: Any) -> None:
    assert [type(store_error_of(kind("no", cause))) for cause in LOST] == [OutcomeUnknown] * len(LOST)
    assert [type(store_error_of(kind("no", cause))) for cause in NEVER_DONE] == [Unavailable] * len(NEVER_DONE)
    assert isinstance(store_error_of(GetError("no", LOST[0])), Unavailable), "a read changes nothing"


# --- a function that is called over a connection that breaks ---


@contextmanager
def answering(monkeypatch: pytest.MonkeyPatch, answer: bytes | None) -> Iterator[None]:
    """Makes Lambda answer with these bytes and close the connection; with None it does not answer in time."""
    over = threading.Event()

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            self.request.recv(65_536)
            if answer is None:
                over.wait(60)
            else:
                self.request.sendall(answer)

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True

    with Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        monkeypatch.setenv("AWS_ENDPOINT_URL_LAMBDA", f"http://127.0.0.1:{server.server_address[1]}")
        if answer is None:
            monkeypatch.setattr(commands, "READ_SECONDS", 0.2)
        commands._client.cache_clear()
        try:
            yield
        finally:
            over.set()
            server.shutdown()
            commands._client.cache_clear()


def http(status: str, body: str, *, length: int | None = None, headers: str = "") -> bytes:
    size = len(body) if length is None else length
    return f"HTTP/1.1 {status}\r\nContent-Length: {size}\r\n{headers}\r\n{body}".encode()


def outcome() -> DomainError:
    with pytest.raises(DomainError) as failed:
        commands.invoke_command("execution-handler", {}, alias="rest", region="us-east-2")
    return failed.value


ANSWERED = http("200 OK", '{"statusCode": 200, "body": 1}')


@pytest.mark.parametrize(
    "answer",
    [
        None,
        b"",
        b"HTTP/1.1 200 OK\r\n",
        http("200 OK", '{"statusCode": 2', length=400),
        http("200 OK", '{"errorType": "Runtime.ExitError"}', headers="X-Amz-Function-Error: Unhandled\r\n"),
        http("500 Internal Server Error", "{}"),
        http("502 Bad Gateway", "{}"),
    ],
    ids=["late", "closed", "cut in the head", "cut in the body", "died", "500", "502"],
)
def test_a_command_without_an_answer_has_an_unknown_outcome(
    monkeypatch: pytest.MonkeyPatch, answer: bytes | None
) -> None:
    with answering(monkeypatch, answer):
        failed = outcome()
    assert (failed.code, failed.status, failed.retryable) == ("OutcomeUnknown", 504, False)


def test_a_command_that_lambda_did_not_accept_was_certainly_not_carried_out(monkeypatch: pytest.MonkeyPatch) -> None:
    throttled = http("429 Too Many Requests", "{}", headers="x-amzn-ErrorType: TooManyRequestsException\r\n")
    with answering(monkeypatch, throttled):
        failed = outcome()
    assert (failed.status, failed.retryable) == (503, True)
    with answering(monkeypatch, ANSWERED):
        assert commands.invoke_command("execution-handler", {}, alias="rest", region="us-east-2") == (200, 1)
    monkeypatch.setenv("AWS_ENDPOINT_URL_LAMBDA", "http://127.0.0.1:1")
    commands._client.cache_clear()
    failed = outcome()
    commands._client.cache_clear()
    assert (failed.code, failed.retryable) == ("Unavailable", True)


def test_the_front_gives_up_before_api_gateway_does() -> None:
    assert commands.CONNECT_SECONDS + commands.READ_SECONDS < 29


# --- where to look ---


@pytest.mark.parametrize(
    ("name", "raw", "look"),
    [
        ("start_execution", {"planId": "plan-1", "mode": "DRILL"}, "GET /executions?planId=plan-1"),
        ("pause_execution", {"executionId": "exec-1"}, "GET /executions/exec-1"),
        ("approve_wave", {"executionId": "exec-1", "waveNumber": 1}, "GET /executions/exec-1"),
        ("delete_executions", {"executionIds": ["exec-1"]}, "GET /executions"),
        ("terminate_recovery_instances", {"executionId": "e"}, "GET /executions/e/termination-status"),
        ("create_recovery_plan", {"name": "x"}, "GET /recovery-plans"),
        ("update_recovery_plan", {"planId": "plan 1/2"}, "GET /recovery-plans/plan%201%2F2"),
        ("create_protection_group", {"accountId": "222233334444"}, "GET /protection-groups?accountId=222233334444"),
        ("start_failback", {"executionId": "exec-1"}, "GET /drs/failback?executionId=exec-1"),
    ],
)
def test_it_says_which_read_shows_the_outcome(name: str, raw: dict[str, Any], look: str) -> None:
    assert routes_of(OPERATIONS[name].shown_by)
    error = located(OutcomeUnknown("It died."), OPERATIONS[name], raw, "request-1")
    assert OPERATIONS[name].shown_by in error.message
    assert "request-1" in error.message
    assert with_address(failure(error, "request-1"), raw).body["error"]["details"]["look"] == look


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_command_whose_function_died_says_so_and_its_effect_is_visible(
    cloud: LocalCloud, admin: RestClient, new_plan: Make, when: str
) -> None:
    plan = new_plan()
    cloud.runtime.crash_next("data-management-handler", service="dynamodb", operation="TransactWriteItems", when=when)
    died = admin("DELETE", f"/recovery-plans/{plan['planId']}")
    assert (died.status, died.error, died.body["error"]["retryable"]) == (504, "OutcomeUnknown", False)
    assert died.details["look"] == f"GET /recovery-plans/{plan['planId']}"
    assert died.details["operation"] == "delete_recovery_plan"
    assert died.details["ids"] == [f"planId={plan['planId']}"]
    assert admin.get(f"/recovery-plans/{plan['planId']}").status == (200 if when == "before" else 404)
    assert "Retry-After" not in died.headers
    entries = audit_entries(died.body["requestId"])
    assert sorted(int(entry.status_code) for entry in entries) == [0, 504]


def test_a_command_that_never_reached_its_function_is_audited(
    cloud: LocalCloud, admin: RestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    throttled = http("429 Too Many Requests", "{}", headers="x-amzn-ErrorType: TooManyRequestsException\r\n")
    with answering(monkeypatch, throttled):
        refused: Answer = admin("DELETE", "/recovery-plans/plan-unknown")
    assert (refused.status, refused.error) == (503, "Unavailable")
    (entry,) = audit_entries(refused.body["requestId"])
    assert (entry.operation, int(entry.status_code)) == ("delete_recovery_plan", 503)
    assert entry.principal["type"]
