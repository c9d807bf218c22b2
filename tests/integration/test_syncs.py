"""The frame of every sync, with a made-up kind: places are independent; runs are recorded by kind."""

import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.domain.access.context import CallContext, Hub
from chalicelib.domain.access.permissions import SCHEDULE, InvocationMode
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.estate.accounts import Place, TargetAccount
from chalicelib.management.estate.sync_frame import PlaceResult, Sync, run_sync
from chalicelib.operations.estate import SyncResult
from chalicelib.store.tables.estate import SyncRunItem
from local.cloud import LocalCloud

from .conftest import EAST, REGION_OF

EAST_PLACE = f"{EAST}/{REGION_OF[EAST]}"
Run = Callable[..., SyncResult]


@pytest.fixture
def kind() -> str:
    """A kind of sync that no other test runs."""
    return f"made-up-{uuid.uuid4()}"


@pytest.fixture
def run(cloud: LocalCloud, kind: str) -> Run:
    """Runs the made-up sync: it sees two things in each place and writes one; some places fail or break."""

    def run(*, fails: str = "", breaks: str = "") -> SyncResult:
        def sync_place(account: TargetAccount, place: Place, call: CallContext) -> PlaceResult:
            assert account.account_id == place.account_id
            if breaks in {"everywhere", str(place)}:
                raise Unavailable("The rows could not be stored.")
            if fails in {"everywhere", str(place)}:
                return PlaceResult(place, failure="THROTTLED: Try again.")
            return PlaceResult(place, seen=2, written=1)

        now = datetime.now(UTC)
        hub = Hub("aws", cloud.hub_account, "us-east-2")
        deadline = now + timedelta(minutes=5)
        call = CallContext("request", SCHEDULE, InvocationMode.EVENTBRIDGE, lambda: now, deadline, hub)
        return run_sync(Sync(kind, "The made-up things could not be read", sync_place), call)

    return run


def test_every_place_is_synced(run: Run, kind: str) -> None:
    result = run()
    assert (result.kind, result.outcome, result.failures) == (kind, "COMPLETED", {})
    assert result.seen == 2 * result.written >= 4


@pytest.mark.parametrize("way", ["fails", "breaks"])
def test_a_failing_place_does_not_stop_the_others(run: Run, way: str) -> None:
    whole = run()
    result = run(**{way: EAST_PLACE})
    assert (result.outcome, list(result.failures)) == ("PARTIAL", [EAST_PLACE])
    assert (result.seen, result.written) == (whole.seen - 2, whole.written - 1)


@pytest.mark.parametrize("way", ["fails", "breaks"])
def test_a_sync_of_which_every_place_failed_has_failed(run: Run, way: str) -> None:
    result = run(**{way: "everywhere"})
    assert (result.outcome, result.seen) == ("FAILED", 0)


def test_each_kind_has_its_own_records(run: Run, kind: str) -> None:
    run()
    result = run(fails=EAST_PLACE)
    newest, first = SyncRunItem.query(kind, scan_index_forward=False)
    assert (newest.outcome, first.outcome) == ("PARTIAL", "COMPLETED")
    assert newest.details["failures"] == result.failures


def test_an_alert_is_sent_when_a_place_begins_to_fail(run: Run, heard: Callable[[], list[dict[str, Any]]]) -> None:
    heard()
    run(fails=EAST_PLACE)
    run(fails=EAST_PLACE)
    (alert,) = heard()
    assert alert["event"] == "SYNC_FAILING"
    assert alert["message"] == (f"The made-up things could not be read in 1 place. {EAST_PLACE}: THROTTLED: Try again.")
