"""How the evidence stands: what was changed by hand or could not be sealed is on the dashboard."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from chalicelib.domain.access.context import Hub
from chalicelib.domain.errors import CloudError
from chalicelib.domain.estate.figures import FigureName
from chalicelib.management.access.sealing import seal
from chalicelib.store.tables.audit import AuditEntryItem
from chalicelib.store.tables.figures import FiguresItem
from chalicelib.store.writes.access.evidence import record_sealed
from local.cloud import LocalCloud
from tests.integration.conftest import RestClient
from tests.integration.evidence.conftest import batch_of, overwrite, written


@pytest.fixture
def shown(admin: RestClient, cloud: LocalCloud) -> Iterator[Callable[[], Any]]:
    """The dashboard's part on the evidence, without what other tests have left."""

    def forget() -> None:
        for name in (FigureName.EVIDENCE_AUDIT, FigureName.EVIDENCE_TIMELINE):
            FiguresItem(name=name).delete()

    cloud.streams.deliver_now()
    forget()
    yield lambda: admin.get("/dashboard").body["evidence"]
    forget()


def test_a_change_by_hand_is_on_the_dashboard_and_stays_there_once(
    cloud: LocalCloud, hub: Hub, day: str, shown: Callable[[], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    (entry,) = written(datetime.now(UTC).date().isoformat())
    overwrite(AuditEntryItem.get(entry.at.date().isoformat(), entry.entry_id))
    batch = batch_of(cloud, monkeypatch)
    seal(batch, hub)
    seal(batch, hub)
    part = shown()
    (problem,) = part["data"]["problems"]
    assert (problem["kind"], problem["log"], problem["item"]) == ("CHANGED_BY_HAND", "audit", entry.entry_id)
    assert problem["chain"] == f"audit/{entry.at.date()}"
    assert "was changed after it had been written (status_code)" in problem["reason"]
    assert "CloudTrail" in problem["action"]
    assert datetime.fromisoformat(part["data"]["sealedUntil"]) <= datetime.now(UTC)
    written(day)
    cloud.streams.deliver_now()
    assert shown()["data"]["problems"] == [problem], "a sound batch takes nothing back"


def test_a_batch_that_cannot_be_sealed_is_on_the_dashboard_until_it_is(
    cloud: LocalCloud, hub: Hub, day: str, shown: Callable[[], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    written(day)
    batch = batch_of(cloud, monkeypatch)
    elsewhere = msgspec.structs.replace(hub, account_id="999988887777")
    with pytest.raises(CloudError):
        seal(batch, elsewhere)
    (problem,) = shown()["data"]["problems"]
    assert (problem["kind"], problem["log"], problem["since"]) == ("NOT_SEALED", "audit", None)
    assert "NoSuchBucket" in problem["reason"]
    seal(batch, hub)
    assert shown()["data"]["problems"] == []


def test_entries_that_nobody_seals_are_on_the_dashboard(shown: Callable[[], Any]) -> None:
    now = datetime.now(UTC)
    before = now - timedelta(minutes=16)
    record_sealed(FigureName.EVIDENCE_AUDIT, before)
    kept = FiguresItem(name=FigureName.SYNCS, as_of=now, value='{"runs": []}')
    kept.save()
    (problem,) = shown()["data"]["problems"]
    assert (problem["kind"], datetime.fromisoformat(problem["since"])) == ("LATE", before)
    record_sealed(FigureName.EVIDENCE_AUDIT, now)
    record_sealed(FigureName.EVIDENCE_AUDIT, before)
    assert shown()["data"] == {"sealedUntil": now.isoformat().replace("+00:00", "Z"), "problems": []}
    kept.delete()


def test_evidence_is_sealed_where_its_standing_cannot_be_kept(
    cloud: LocalCloud, hub: Hub, day: str, verify: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    cloud.streams.deliver_now()
    written(day)
    batch = batch_of(cloud, monkeypatch)
    with monkeypatch.context() as patched:
        patched.setattr(FiguresItem.Meta, "table_name", "no-such-table")
        patched.setattr(FiguresItem, "_connection", None)
        assert seal(batch, hub) > 0
    assert verify(day=day)["changes"] == 2
