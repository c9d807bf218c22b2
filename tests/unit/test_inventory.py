"""What a scan changes in the inventory, and the state of a place whose scan failed."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from chalicelib.domain.errors import CloudError, Unavailable
from chalicelib.domain.estate.inventory import RegionState, compare, region_state_of, with_instances
from chalicelib.domain.estate.servers import OperatingSystem, SourceServer
from chalicelib.domain.estate.sightings import SourceInstance

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def server(server_id: str, *, lag: int = 0, seen_at: datetime = NOW) -> SourceServer:
    return SourceServer(
        server_id, "1", "r", server_id, OperatingSystem.LINUX, "CONTINUOUS", lag, tags={"a": "b"}, seen_at=seen_at
    )


def test_only_what_changed_is_written_and_what_vanished_is_removed() -> None:
    known = {server_id: server(server_id) for server_id in ("same", "changed", "gone")}
    later = NOW + timedelta(minutes=5)
    seen = [server("same", seen_at=later), server("changed", lag=9, seen_at=later), server("new", seen_at=later)]
    change = compare(known, seen)
    assert [written.source_server_id for written in change.write] == ["changed", "new"]
    assert change.remove == ("gone",)


@pytest.mark.parametrize("field", sorted(set(SourceServer.__struct_fields__) - {"seen_at", "source_server_id"}))
def test_a_change_of_any_field_is_seen(field: str) -> None:
    before = server("one")
    after = msgspec.structs.replace(before, **{field: "another"})
    assert compare({"one": before}, [after]).write == (after,)


def from_ec2(instance_id: str = "i-1", *, kind: str = "", addresses: tuple[str, ...] = ("10.9.9.9",)) -> SourceServer:
    return msgspec.structs.replace(
        server("one"), source_instance_id=instance_id, instance_type=kind, private_addresses=addresses
    )


def test_what_ec2_shows_of_a_source_instance_goes_before_what_the_agent_says() -> None:
    found = {"i-1": SourceInstance("m5.xlarge", ("10.0.0.1", "10.0.0.2"))}
    assert with_instances([from_ec2()], found, {}) == [from_ec2(kind="m5.xlarge", addresses=("10.0.0.1", "10.0.0.2"))]
    assert with_instances([server("one")], found, {}) == [server("one")]


def test_an_instance_that_ec2_does_not_show_keeps_what_was_known_of_it() -> None:
    before = from_ec2(kind="m5.xlarge", addresses=("10.0.0.1",))
    assert with_instances([from_ec2()], {}, {"one": before}) == [before]
    replaced = from_ec2("i-2")
    assert with_instances([replaced], {}, {"one": before}) == [replaced]
    assert with_instances([replaced], {}, {}) == [replaced]


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (CloudError("x", awsCode="UninitializedAccountException"), RegionState.NOT_INITIALIZED),
        (CloudError("x", awsCode="AccessDeniedException"), RegionState.ACCESS_DENIED),
        (
            CloudError("… with an explicit deny in a service control policy", awsCode="AccessDeniedException"),
            RegionState.DENIED_BY_POLICY,
        ),
        (CloudError("x", awsCode="UnrecognizedClientException"), RegionState.REGION_NOT_ENABLED),
        (CloudError("x", operation="AssumeRole"), RegionState.ROLE_NOT_ASSUMABLE),
        (CloudError("x", awsCode="InternalServerException"), RegionState.FAILED),
        (Unavailable("x", awsCode="ThrottlingException"), RegionState.THROTTLED),
        (Unavailable("x", awsCode="EndpointConnectionError"), RegionState.UNREACHABLE),
        (ValueError("x"), RegionState.FAILED),
    ],
)
def test_each_failure_is_its_own_state(error: Exception, state: RegionState) -> None:
    assert region_state_of(error) is state


def test_only_a_complete_scan_may_remove_servers() -> None:
    assert {state for state in RegionState if state.is_complete} == {RegionState.ACTIVE, RegionState.NOT_INITIALIZED}


def test_a_row_that_lacks_something_is_written_although_its_server_has_not_changed() -> None:
    known = {each: server(each) for each in ("same", "incomplete")}
    change = compare(known, known.values(), {"incomplete"})
    assert [written.source_server_id for written in change.write] == ["incomplete"]
    assert change.remove == ()
