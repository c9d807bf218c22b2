"""HTTPS checks against a real TLS server: whose certificate is accepted, and which name is sent."""

import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from botocore.client import BaseClient
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from chalicelib.aws import sessions
from chalicelib.domain.access.context import CallContext, Hub
from chalicelib.domain.access.permissions import InvocationMode, Principal, PrincipalType
from chalicelib.domain.estate.accounts import TargetAccount
from chalicelib.domain.plans.outgoing import OutgoingHosts
from chalicelib.domain.plans.plans import PlanContent, WaveContent, plan_problems
from chalicelib.domain.plans.steps import HttpProbe, Phase
from chalicelib.domain.steps.step_runs import StepRun, StepStatus, Target
from chalicelib.execution.steps.step_actions import act
from chalicelib.probes.attempts import ProbeResult, try_http
from tests.unit.domain.records import ACCOUNT, EXECUTION_ID, NOON, REGION

NAME = "shop.example.com"


@dataclass
class TlsServer:
    """A server on loopback with a certificate for NAME; it remembers what clients named."""

    port: int
    server_names: list[str | None] = field(default_factory=list)
    hosts: list[str | None] = field(default_factory=list)


def certificate(directory: Path) -> Path:
    """A certificate for NAME that signs itself, with its key, valid around now."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = directory / "server.pem"
    file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return file


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TlsServer]:
    file = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    found = TlsServer(0)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found.hosts.append(self.headers["Host"])
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"fine")

        def log_message(self, *_: object) -> None:
            """Nothing is printed."""

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    context.sni_callback = lambda _socket, name, _context: found.server_names.append(name)

    class Listening(ThreadingHTTPServer):
        def handle_error(self, *_: object) -> None:
            """A client that refuses the certificate is expected."""

    listening = Listening(("127.0.0.1", 0), Handler)
    listening.socket = context.wrap_socket(listening.socket, server_side=True, do_handshake_on_connect=False)
    found.port = listening.server_port
    thread = threading.Thread(target=listening.serve_forever, args=(0.05,))
    thread.start()
    yield found
    listening.shutdown()
    listening.server_close()
    thread.join()


def attempt(server: TlsServer, server_name: str = "") -> ProbeResult:
    url = f"https://127.0.0.1:{server.port}/health"
    return try_http(
        url, method="GET", expected_status=200, limit_seconds=20, loopback_allowed=True, server_name=server_name
    )


def test_a_certificate_is_checked_against_the_server_name_which_the_server_gets(server: TlsServer) -> None:
    made = attempt(server, NAME)
    assert made.passed, made.text
    assert server.server_names == [NAME]
    assert server.hosts == [f"{NAME}:{server.port}"]


@pytest.mark.parametrize(
    ("server_name", "reason"), [("", "IP address mismatch"), ("other.example.com", "not valid for")]
)
def test_a_certificate_for_another_name_is_refused_and_nothing_is_asked(
    server: TlsServer, server_name: str, reason: str
) -> None:
    made = attempt(server, server_name)
    assert not made.passed
    assert reason in made.text
    assert server.hosts == []


def test_an_unknown_authority_is_refused_whatever_the_name(
    server: TlsServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "other").mkdir()
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate(tmp_path / "other")))
    assert not attempt(server, NAME).passed
    assert server.hosts == []


@pytest.mark.parametrize(
    ("server_name", "status"), [(NAME, StepStatus.SUCCEEDED), ("other.example", StepStatus.RUNNING)]
)
def test_a_step_checks_the_certificate_of_each_instance_against_its_server_name(
    server: TlsServer, monkeypatch: pytest.MonkeyPatch, server_name: str, status: StepStatus
) -> None:
    instance = {"InstanceId": "i-1", "State": {"Name": "running"}, "PrivateIpAddress": "127.0.0.1"}
    monkeypatch.setattr(BaseClient, "_make_api_call", lambda *_: {"Reservations": [{"Instances": [instance]}]})
    monkeypatch.setattr(sessions, "_clients", {})
    monkeypatch.setattr(sessions, "_sessions", {})
    principal = Principal(PrincipalType.SERVICE, "states.amazonaws.com")
    hub = Hub("aws", "111122223333", REGION)
    until = NOON + timedelta(60)
    call = CallContext("request", principal, InvocationMode.STEP_FUNCTIONS, lambda: NOON, until, hub)
    target = Target("i-1", "web", ACCOUNT, REGION, source_server_id="s-1")
    run = StepRun(EXECUTION_ID, 1, 1, Phase.VALIDATION, 1, "Check", StepStatus.RUNNING, NOON, until, target)
    step = HttpProbe(name="Check", url=f"https://{{privateIp}}:{server.port}/health", server_name=server_name)
    (result,) = act(step, [run], [], {ACCOUNT: TargetAccount(ACCOUNT, "Target", "", "", "", ())}, call, OutgoingHosts())
    assert result.status is status


def problems(url: str, server_name: str = "") -> dict[str, str]:
    step = HttpProbe(name="x", url=url, server_name=server_name)
    content = PlanContent("Plan", (WaveContent(1, "One", ("pg-1",), validations=(step,)),))
    return {problem.field: problem.message for problem in plan_problems(content, ["pg-1"])}


@pytest.mark.parametrize("url", ["https://{privateIp}/", "https://{privateIp}:8443/health?a=b", "HTTPS://{privateIp}"])
def test_https_to_instances_needs_the_name_on_the_certificate(url: str) -> None:
    refused = problems(url)
    assert list(refused) == ["waves[0].validations[0].serverName"]
    assert "give the host name on the servers' certificate" in refused["waves[0].validations[0].serverName"]
    assert problems(url, NAME) == {}


@pytest.mark.parametrize(
    ("url", "server_name"),
    [
        ("http://{privateIp}/", NAME),
        ("https://{privateIp}/", "10.0.0.5"),
        ("https://{privateIp}/", "::1"),
        ("https://{privateIp}/", "{privateIp}"),
        ("https://{privateIp}/", "*.example.com"),
        ("https://{privateIp}/", "shop..example.com"),
        ("https://{privateIp}/", f"{'a' * 64}.example.com"),
        ("https://{privateIp}/", "shop.example.com:8443"),
    ],
)
def test_a_server_name_that_cannot_be_checked_is_refused(url: str, server_name: str) -> None:
    assert list(problems(url, server_name)) == ["waves[0].validations[0].serverName"]


@pytest.mark.parametrize(
    ("url", "server_name"),
    [
        ("https://shop.example.com/", ""),
        ("https://shop.example.com/?from={privateIp}", ""),
        ("https://10.0.0.5/", ""),
        ("https://10.0.0.5/", NAME),
        ("https://lb.example.com/", NAME),
        ("http://{privateIp}/", ""),
    ],
)
def test_other_urls_need_no_server_name(url: str, server_name: str) -> None:
    assert problems(url, server_name) == {}
