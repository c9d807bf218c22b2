"""Days of the audit log that no other test uses, and what the streams report of them."""

import itertools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from chalicelib.domain.access.audit import AuditEntry
from chalicelib.domain.access.context import Hub
from chalicelib.domain.access.permissions import InvocationMode, Principal, PrincipalType, Verdict
from chalicelib.ids import new_entry_id
from chalicelib.store.audit import append_entry, close_entry
from chalicelib.store.tables.audit import AuditEntryItem
from local.cloud import LocalCloud
from local.lambda_runtime import InvocationResult
from tests.conftest import Clouds
from tests.integration.conftest import RestClient

_days = itertools.count()


@pytest.fixture
def cloud(clouds: Clouds) -> LocalCloud:
    """Recovery points are taken quickly."""
    return clouds.running(speed=1_000.0)


@pytest.fixture
def day() -> str:
    """A day that no other test uses, so that its chain is the test's own."""
    return (datetime(2060, 1, 1, tzinfo=UTC) + timedelta(days=next(_days))).date().isoformat()


@pytest.fixture
def verify(admin: RestClient) -> Callable[..., Any]:
    def ask(**parameters: Any) -> Any:
        answer = admin.get("/audit-logs/verify", **parameters)
        assert answer.status == 200, answer.body
        return answer.body

    return ask


@pytest.fixture
def bucket(cloud: LocalCloud) -> str:
    return f"aws-drs-orchestration-evidence-local-{cloud.hub_account}"


@pytest.fixture
def hub(cloud: LocalCloud) -> Hub:
    return Hub("aws", cloud.hub_account, cloud.hub_region)


def written(day: str, count: int = 1) -> list[AuditEntry]:
    """Entries of a day: opened, and closed."""
    at = datetime.fromisoformat(f"{day}T12:00:00+00:00")
    entries = [
        AuditEntry(
            entry_id=new_entry_id(at),
            at=at,
            invocation_mode=InvocationMode.DIRECT_LAMBDA,
            principal=Principal(PrincipalType.IAM, "me"),
            operation="cancel_execution",
            side="execution",
            permission="control-execution",
            verdict=Verdict(True, "allowed"),
            request_id=new_entry_id(),
            source_ip="",
            parameters="{}",
        )
        for _ in range(count)
    ]
    for entry in entries:
        append_entry(entry)
        close_entry(msgspec.structs.replace(entry, status_code=200))
    return entries


def overwrite(item: AuditEntryItem) -> None:
    """Changes an entry by hand."""
    item.status_code = 403
    item.save()


def batch_of(cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What the streams hold, as events would bring it. It counts as delivered."""
    events: list[dict[str, Any]] = []

    def keep(_: str, event: Any) -> InvocationResult:
        events.extend(event["Records"])
        return InvocationResult(payload=b"{}", request_id="")

    with monkeypatch.context() as patched:
        patched.setattr(cloud.runtime, "invoke", keep)
        cloud.streams.deliver_now()
    return events
