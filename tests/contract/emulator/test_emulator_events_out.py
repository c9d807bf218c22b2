"""Events leave the emulator by PutEvents, in the account and Region where they happened."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from moto.server import ThreadedMotoServer

from drs_emulator import Emulator, EmulatorSettings
from drs_emulator.emulated_aws import keys_of, new_client
from drs_emulator.events_out import EventRefused, EventsOut
from tests.contract.emulator.conftest import ACCOUNT, OTHER_ACCOUNT, REGION


class Endpoint(HTTPServer):
    """Takes PutEvents and nothing else: an EventBridge without an STS."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.received: list[tuple[str, Any]] = []
        self.refuses = False


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        server: Any = self.server
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("X-Amz-Target") != "AWSEvents.PutEvents":
            self._answer(404, {})
            return
        server.received.append((self.headers["Authorization"], json.loads(body)["Entries"]))
        failed = [{"ErrorCode": "ThrottlingException", "ErrorMessage": "Later."}] if server.refuses else []
        self._answer(200, {"FailedEntryCount": len(failed), "Entries": failed or [{"EventId": "1"}]})

    def _answer(self, status: int, body: Any) -> None:
        self.send_response(status)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, *_: Any) -> None:
        """Requests are not worth a line."""


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    server = Endpoint()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_events_of_a_drill_arrive_signed_for_their_account(endpoint: Endpoint) -> None:
    emulator = Emulator(EmulatorSettings(), publish=EventsOut(endpoint.url))
    emulator.initialize(ACCOUNT, REGION)
    server_id = emulator.add_source_server(ACCOUNT, REGION, hostname="app")
    emulator.respond(
        account=ACCOUNT,
        region=REGION,
        operation="StartRecovery",
        body={"sourceServers": [{"sourceServerID": server_id}], "isDrill": True},
    )
    emulator.clock.advance(hours=1)
    entries = [entry for _, several in endpoint.received for entry in several]
    assert {entry["Source"] for entry in entries} == {"aws.drs"}
    launched = [entry for entry in entries if entry["DetailType"] == "DRS Source Server Launch Result"]
    assert [json.loads(entry["Detail"])["state"] for entry in launched] == ["RECOVERY_LAUNCH_SUCCEEDED"]
    assert all(f"Credential={ACCOUNT}/" in signed and f"/{REGION}/events/" in signed for signed, _ in endpoint.received)


def test_resources_travel_with_the_event(endpoint: Endpoint) -> None:
    EventsOut(endpoint.url)(ACCOUNT, REGION, "DRS PIT Snapshot Taken", {"a": 1}, ["arn:one"])
    [(_, [entry])] = endpoint.received
    assert (entry["Resources"], json.loads(entry["Detail"])) == (["arn:one"], {"a": 1})


def test_an_event_that_the_endpoint_refuses_is_an_error_with_its_reason(endpoint: Endpoint) -> None:
    endpoint.refuses = True
    with pytest.raises(EventRefused, match="ThrottlingException: Later"):
        EventsOut(endpoint.url)(ACCOUNT, REGION, "DRS PIT Snapshot Taken", {})


def test_a_rule_in_the_events_own_account_matches_it() -> None:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    url = f"http://{host}:{port}"
    buckets = {}
    for account in (ACCOUNT, OTHER_ACCOUNT):
        keys = keys_of(account, region=REGION, endpoint=url)
        buckets[account] = new_client("logs", keys, region=REGION, endpoint=url)
        events = new_client("events", keys, region=REGION, endpoint=url)
        buckets[account].create_log_group(logGroupName="/aws/events/drs")
        events.put_rule(Name="drs", EventPattern=json.dumps({"source": ["aws.drs"]}))
        target = {"Id": "log", "Arn": f"arn:aws:logs:{REGION}:{account}:log-group:/aws/events/drs"}
        events.put_targets(Rule="drs", Targets=[target])
    EventsOut(url)(OTHER_ACCOUNT, REGION, "DRS PIT Snapshot Taken", {})
    found = {
        account: len(logs.filter_log_events(logGroupName="/aws/events/drs")["events"])
        for account, logs in buckets.items()
    }
    server.stop()
    assert found == {ACCOUNT: 0, OTHER_ACCOUNT: 1}
