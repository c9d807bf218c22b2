"""Runs of syncs: one of a kind at a time, within the function's time, and shown to people."""

import threading
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.domain.access.context import CallContext, Hub
from chalicelib.domain.access.permissions import SCHEDULE, InvocationMode
from chalicelib.domain.errors import AlreadyRunning
from chalicelib.domain.estate.accounts import Place, TargetAccount
from chalicelib.domain.estate.syncs import SyncKind
from chalicelib.management.estate.sync_frame import PlaceResult, Sync, has_time_left, run_sync
from chalicelib.operations.estate import SyncResult
from chalicelib.store.tables.configuration import NEWEST_SYNCS, RUNNING_SYNCS, UniqueNameItem
from chalicelib.store.tables.estate import SyncRunItem
from chalicelib.store.writes.estate.syncs import begin_sync, begin_sync_of_account, complete_newest, end_sync
from local.cloud import LocalCloud

from .conftest import EAST, REGION_OF, RestClient

EAST_PLACE = f"{EAST}/{REGION_OF[EAST]}"
LONG = timedelta(minutes=5)
Run = Callable[..., SyncResult]


def _nothing(_: TargetAccount, place: Place, __: CallContext) -> PlaceResult:
    return PlaceResult(place, seen=1)


@pytest.fixture
def kind() -> str:
    """A kind of sync that no other test runs."""
    return f"made-up-{uuid.uuid4()}"


@pytest.fixture
def run(cloud: LocalCloud, kind: str) -> Run:
    """Runs a made-up sync, by schedule unless another mode is given."""

    def run(
        sync_place: Any = _nothing, *, mode: InvocationMode = InvocationMode.EVENTBRIDGE, time: timedelta = LONG
    ) -> SyncResult:
        deadline, hub = datetime.now(UTC) + time, Hub("aws", cloud.hub_account, "us-east-2")
        call = CallContext("request", SCHEDULE, mode, lambda: datetime.now(UTC), deadline, hub)
        return run_sync(Sync(kind, "The made-up things could not be read", sync_place), call)

    return run


def recorded(kind: str) -> list[str]:
    return [item.outcome for item in SyncRunItem.query(kind, scan_index_forward=False)]


@pytest.mark.parametrize("mode", [InvocationMode.DIRECT_LAMBDA, InvocationMode.API_GATEWAY])
def test_a_person_is_refused_while_a_run_of_the_kind_goes_on(run: Run, kind: str, mode: InvocationMode) -> None:
    refused: list[AlreadyRunning] = []

    def meet(_: TargetAccount, place: Place, __: CallContext) -> PlaceResult:
        with pytest.raises(AlreadyRunning) as other:
            run(mode=mode)
        refused.append(other.value)
        return PlaceResult(place)

    assert run(meet).outcome == "COMPLETED"
    assert "still running. Nothing was done." in refused[0].message
    assert set(refused[0].details) == {"kind", "startedAt", "endsBy"}
    assert recorded(kind) == ["COMPLETED"]


def test_a_schedule_that_meets_a_run_of_its_kind_is_skipped_without_an_error(run: Run, kind: str) -> None:
    met: list[SyncResult] = []

    def meet(_: TargetAccount, place: Place, __: CallContext) -> PlaceResult:
        met.append(run())
        return PlaceResult(place)

    run(meet)
    assert {(result.outcome, result.seen) for result in met} == {("SKIPPED", 0)}
    assert recorded(kind) == ["COMPLETED"]


def test_runs_of_other_kinds_go_on_beside_each_other(run: Run) -> None:
    assert begin_sync(f"other-{uuid.uuid4()}", datetime.now(UTC), datetime.now(UTC) + LONG)
    assert run().outcome == "COMPLETED"


def test_a_run_that_died_is_in_the_way_only_until_its_function_would_have_ended(run: Run, kind: str) -> None:
    long_ago = datetime.now(UTC) - timedelta(minutes=10)
    assert begin_sync(kind, long_ago, long_ago + LONG)
    assert run().outcome == "COMPLETED"
    assert begin_sync(kind, datetime.now(UTC), datetime.now(UTC) + LONG)
    assert run().outcome == "SKIPPED"


def test_the_end_of_a_run_that_was_overtaken_leaves_the_later_run_alone(run: Run, kind: str) -> None:
    def overtake(_: TargetAccount, place: Place, __: CallContext) -> PlaceResult:
        later = datetime.now(UTC) + timedelta(hours=1)
        begin_sync(kind, later, later + LONG)
        return PlaceResult(place)

    run(overtake)
    assert run().outcome == "SKIPPED"


def test_what_a_run_has_no_time_for_is_named(run: Run, kind: str) -> None:
    result = run(time=timedelta(seconds=1))
    assert (result.outcome, result.seen) == ("FAILED", 0)
    assert all(
        reason.startswith("NOT_REACHED: In this run there was no time left") for reason in result.failures.values()
    )
    assert recorded(kind) == ["FAILED"]


def test_a_place_that_does_not_answer_in_time_is_named_and_can_see_that_its_run_is_over(run: Run) -> None:
    released, over = threading.Event(), threading.Event()

    def hang(_: TargetAccount, place: Place, call: CallContext) -> PlaceResult:
        if str(place) == EAST_PLACE:
            released.wait(60)
            if not has_time_left(call):
                over.set()
        return PlaceResult(place, seen=1)

    result = run(hang, time=timedelta(seconds=10.5))
    released.set()
    assert (result.outcome, list(result.failures)) == ("PARTIAL", [EAST_PLACE])
    assert result.failures[EAST_PLACE].startswith("NOT_REACHED: In this run it did not answer in time")
    assert over.wait(60)


def test_people_start_syncs_and_see_their_runs(admin: RestClient) -> None:
    started = admin("POST", "/drs/syncs/source-server-inventory")
    assert (started.status, started.body["outcome"]) == (200, "COMPLETED")
    newest = admin.get("/drs/syncs", kind="source-server-inventory", limit=1).body["items"][0]
    assert newest["startedAt"] == started.body["startedAt"]
    assert (newest["outcome"], newest["seen"], newest["failures"]) == ("COMPLETED", started.body["seen"], {})
    assert newest["durationSeconds"] >= 0
    of_each = admin.get("/drs/syncs").body
    assert newest in of_each["items"]
    assert of_each["nextCursor"] is None


@pytest.mark.parametrize("kind", list(SyncKind))
def test_every_kind_can_be_started(admin: RestClient, kind: SyncKind) -> None:
    answer = admin("POST", f"/drs/syncs/{kind}")
    assert (answer.status, answer.body["kind"]) == (200, kind)


# --- the newest run of each kind ---

TAGS = SyncKind.TAGS.value
NOW = datetime(2040, 1, 1, tzinfo=UTC)
"""Later than the runs of other tests."""


@pytest.fixture
def tag_runs(cloud: LocalCloud) -> Iterator[None]:
    """The runs of the sync of tags that a test makes, which are removed at its end."""
    yield
    for item in SyncRunItem.query(TAGS, SyncRunItem.started_at >= NOW):
        item.delete()
    UniqueNameItem(NEWEST_SYNCS, TAGS).delete()
    UniqueNameItem(RUNNING_SYNCS, TAGS).delete()


def ended(started_at: datetime, outcome: str = "COMPLETED") -> SyncResult:
    return SyncResult(TAGS, outcome, started_at, started_at + LONG, seen=1, written=0, removed=0, failures={})


def newest(admin: RestClient) -> tuple[datetime, str]:
    (run,) = (run for run in admin.get("/drs/syncs").body["items"] if run["kind"] == TAGS)
    return datetime.fromisoformat(run["startedAt"]), run["outcome"]


def test_an_older_run_that_ends_late_is_not_the_newest(admin: RestClient, tag_runs: None) -> None:
    later = NOW + timedelta(hours=1)
    assert begin_sync(TAGS, NOW, NOW + LONG)
    assert newest(admin) == (NOW, "RUNNING")
    assert begin_sync(TAGS, later, later + LONG), "the first run is taken for dead"
    end_sync(ended(NOW))
    assert newest(admin) == (later, "RUNNING")
    end_sync(ended(later, "PARTIAL"))
    assert newest(admin) == (later, "PARTIAL")


def test_a_run_whose_clock_is_behind_begins_and_is_not_the_newest(admin: RestClient, tag_runs: None) -> None:
    behind = NOW - timedelta(milliseconds=1)
    assert begin_sync(TAGS, NOW, NOW + LONG)
    end_sync(ended(NOW))
    assert begin_sync(TAGS, behind, behind + LONG)
    assert not begin_sync(TAGS, NOW, NOW + LONG)
    end_sync(ended(behind))
    assert newest(admin) == (NOW, "COMPLETED")
    SyncRunItem(kind=TAGS, started_at=behind).delete()


def test_a_run_of_one_account_is_not_the_newest(admin: RestClient, tag_runs: None) -> None:
    assert begin_sync(TAGS, NOW, NOW + LONG)
    for minutes in range(1, 25):
        assert begin_sync_of_account(TAGS, EAST, NOW + timedelta(minutes=minutes))
    assert newest(admin) == (NOW, "RUNNING")


def test_runs_of_an_earlier_version_are_found_before_and_after_they_are_recorded(
    admin: RestClient, tag_runs: None
) -> None:
    assert begin_sync(TAGS, NOW, NOW + LONG)
    end_sync(ended(NOW))
    UniqueNameItem(NEWEST_SYNCS, TAGS).delete()
    assert newest(admin) == (NOW, "COMPLETED")
    assert complete_newest(TAGS, NOW)
    assert newest(admin) == (NOW, "COMPLETED")
    assert not complete_newest(TAGS, None), "what a run has recorded stays"
    assert newest(admin) == (NOW, "COMPLETED")


def test_a_kind_that_has_never_run_is_recorded_and_its_first_run_is_the_newest(
    admin: RestClient, tag_runs: None
) -> None:
    UniqueNameItem(NEWEST_SYNCS, TAGS).delete()
    assert complete_newest(TAGS, None)
    assert TAGS not in {run["kind"] for run in admin.get("/drs/syncs").body["items"]}
    assert begin_sync(TAGS, NOW, NOW + LONG)
    assert newest(admin) == (NOW, "RUNNING")


def test_runs_are_listed_page_by_page(admin: RestClient) -> None:
    for _ in range(3):
        admin("POST", "/drs/syncs/recovery-instances")
    runs = list(admin.all_items("/drs/syncs", kind="recovery-instances", limit=2))
    assert len(runs) >= 3
    assert [run["startedAt"] for run in runs] == sorted((run["startedAt"] for run in runs), reverse=True)


def test_a_cursor_needs_its_kind(admin: RestClient) -> None:
    for _ in range(2):
        admin("POST", "/drs/syncs/recovery-instances")
    cursor = admin.get("/drs/syncs", kind="recovery-instances", limit=1).body["nextCursor"]
    assert set(admin.get("/drs/syncs", cursor=cursor).problems) == {"cursor"}


def test_a_kind_that_does_not_exist_is_refused(admin: RestClient) -> None:
    listed = f"must be one of: {', '.join(SyncKind)}"
    assert admin("POST", "/drs/syncs/everything").problems["kind"] == listed
    assert admin.get("/drs/syncs", kind="everything").problems["kind"] == listed


def test_a_run_without_an_end_has_died(admin: RestClient, cloud: LocalCloud) -> None:
    at = datetime.now(UTC) - timedelta(minutes=20)
    SyncRunItem(kind="tags", started_at=at, outcome="RUNNING").save()
    shown = admin.all_items("/drs/syncs", kind="tags")
    (died,) = (run for run in shown if datetime.fromisoformat(run["startedAt"]) == at)
    SyncRunItem(kind="tags", started_at=at).delete()
    assert (died["outcome"], died["endedAt"], died["durationSeconds"]) == ("DIED", None, None)


@pytest.mark.parametrize(
    ("operation", "kind"),
    [
        ("handle_sync_source_server_inventory", SyncKind.SOURCE_SERVER_INVENTORY),
        ("handle_sync_staging_accounts", SyncKind.STAGING_ACCOUNTS),
        ("handle_sync_recovery_instances", SyncKind.RECOVERY_INSTANCES),
        ("handle_sync_tags", SyncKind.TAGS),
    ],
)
def test_a_rule_of_ones_own_may_start_a_sync_by_its_operation_alone(
    admin: RestClient, cloud: LocalCloud, operation: str, kind: SyncKind
) -> None:
    """An EventBridge rule sends its input as it is: the operation, and neither a body nor a name."""
    result = cloud.runtime.invoke("data-management-handler", {"operation": operation})
    assert result.function_error is None
    assert (result.value["statusCode"], result.value["body"]["kind"]) == (200, kind)
    assert result.value["body"]["outcome"] in {"COMPLETED", "PARTIAL"}
    newest = admin.get("/drs/syncs", kind=kind.value, limit=1).body["items"][0]
    assert newest["outcome"] == result.value["body"]["outcome"]
