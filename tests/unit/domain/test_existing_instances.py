"""What instances of earlier launches mean for a launch: no drill ever ends an instance of a recovery."""

from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.errors import InvalidRequest
from chalicelib.domain.estate.accounts import Place
from chalicelib.domain.estate.servers import Finding, Readiness, overall
from chalicelib.domain.estate.sightings import Ec2Sighting, InstanceSighting, JobSighting, ServerSighting
from chalicelib.domain.runs.existing_instances import (
    Existing,
    ExistingInstance,
    InstanceMode,
    Own,
    Replacements,
    admit_launch,
    combine_sightings,
    explain_by_records,
    instances_to_replace,
    judge_existing,
    judge_unread,
    plain_replacements,
    read_replacements,
    require_known_replacements,
)
from chalicelib.domain.runs.records import ExecutionStatus, Mode
from tests.unit.domain.records import ACCOUNT, EXECUTION_ID, NOON, REGION, a_server, after, an_execution, server_id

PLACE = Place(ACCOUNT, REGION)
EARLIER = "exec-01JEARLIER"
JOB = "drsjob-earlier"
OWN = Own(EXECUTION_ID, frozenset({"drsjob-own"}), frozenset({"i-own"}))


def _instance(mode: InstanceMode = InstanceMode.RECOVERY, **fields: Any) -> ExistingInstance:
    known: dict[str, Any] = {
        "source_server_id": server_id(1),
        "instance_id": "i-earlier",
        "account_id": ACCOUNT,
        "region": REGION,
        "mode": mode,
        "state": "RUNNING",
        "launched_at": NOON - timedelta(days=3),
        "execution_id": EARLIER,
        "job_id": JOB,
    }
    return ExistingInstance(**known | fields)


def _judged(instance: ExistingInstance, mode: Mode, **given_: Any) -> Finding:
    (finding,) = judge_existing([instance], mode, now=NOON, **given_)
    return finding


# --- what exists ---


def _in_drs(*, is_drill: bool, state: str = "RUNNING", instance_id: str = "i-earlier") -> InstanceSighting:
    return InstanceSighting(instance_id, server_id(1), JOB, state, is_drill=is_drill)


def _in_ec2(state: str = "RUNNING", launched_at: datetime | None = NOON - timedelta(days=3)) -> Ec2Sighting:
    return Ec2Sighting("i-earlier", server_id(1), state, launched_at)


def _job(initiated_by: str = "START_RECOVERY", ended: float | None = 600) -> JobSighting:
    """It launched server 1 at noon."""
    servers = (ServerSighting(server_id(1), "PENDING"),)
    ended_at = None if ended is None else after(ended)
    return JobSighting(JOB, "COMPLETED" if ended_at else "STARTED", NOON, ended_at, servers, {}, initiated_by)


def test_an_instance_is_described_by_drs_by_ec2_and_by_its_job() -> None:
    jobs = {JOB: msgspec.structs.replace(_job(), tags={"dr:execution-id": EARLIER})}
    (found,) = combine_sightings(PLACE, [_in_drs(is_drill=False, state="STOPPED")], [_in_ec2()], jobs)
    assert found == _instance()


@pytest.mark.parametrize(
    ("seconds", "initiated_by", "ended", "mode"),
    [
        (300, "START_DRILL", None, InstanceMode.DRILL),
        (300, "START_DRILL", 600, InstanceMode.DRILL),
        (300, "START_RECOVERY", 600, InstanceMode.RECOVERY),
        (300, "FAILBACK", 600, InstanceMode.UNKNOWN),
        (-0.7, "START_DRILL", 600, InstanceMode.DRILL),
        (-5, "START_DRILL", 600, InstanceMode.UNKNOWN),
        (601, "START_DRILL", 600, InstanceMode.UNKNOWN),
    ],
)
def test_an_instance_that_drs_does_not_list_was_launched_by_the_job_in_which_its_server_was_then(
    seconds: float, initiated_by: str, ended: float | None, mode: InstanceMode
) -> None:
    (found,) = combine_sightings(PLACE, [], [_in_ec2(launched_at=after(seconds))], {JOB: _job(initiated_by, ended)})
    assert (found.mode, found.job_id) == (mode, "" if mode is InstanceMode.UNKNOWN else JOB)


def test_a_job_of_other_servers_says_nothing_of_an_instance() -> None:
    other = Ec2Sighting("i-earlier", server_id(2), "RUNNING", after(300))
    (found,) = combine_sightings(PLACE, [], [other], {JOB: _job("START_DRILL")})
    assert found.mode is InstanceMode.UNKNOWN
    (timeless,) = combine_sightings(PLACE, [], [_in_ec2(launched_at=None)], {JOB: _job("START_DRILL")})
    assert timeless.mode is InstanceMode.UNKNOWN


def test_an_instance_without_its_tag_in_ec2_is_found_in_drs() -> None:
    (found,) = combine_sightings(PLACE, [_in_drs(is_drill=False)], [], {JOB: _job()})
    assert (found.mode, found.state, found.launched_at) == (InstanceMode.RECOVERY, "RUNNING", NOON)


@pytest.mark.parametrize("state", ["TERMINATED", "NOT_FOUND"])
def test_an_instance_that_only_drs_remembers_does_not_exist(state: str) -> None:
    assert combine_sightings(PLACE, [_in_drs(is_drill=False, state=state)], [], {}) == []


def test_ec2_is_believed_when_it_shows_an_instance_that_drs_calls_terminated() -> None:
    (found,) = combine_sightings(PLACE, [_in_drs(is_drill=True, state="TERMINATED")], [_in_ec2("STOPPED")], {})
    assert (found.mode, found.state) == (InstanceMode.DRILL, "STOPPED")


@pytest.mark.parametrize("mode", Mode)
def test_our_records_say_what_launched_an_instance_that_has_left_drs(mode: Mode) -> None:
    run = a_server(execution_id=EARLIER, recovery_instance_id="i-earlier")
    executions = {EARLIER: an_execution(execution_id=EARLIER, mode=mode, status=ExecutionStatus.COMPLETED)}
    unknown = _instance(InstanceMode.UNKNOWN, execution_id="")
    known = explain_by_records(unknown, [a_server(recovery_instance_id="i-other"), run], executions)
    assert (known.mode, known.execution_id) == (InstanceMode(mode.value), EARLIER)
    assert explain_by_records(unknown, [run], {}) == unknown, "the record of an execution that was deleted says nothing"


def test_our_records_do_not_overrule_drs() -> None:
    run = a_server(execution_id=EARLIER, recovery_instance_id="i-earlier")
    drill = {EARLIER: an_execution(execution_id=EARLIER, mode=Mode.DRILL)}
    assert explain_by_records(_instance(execution_id=""), [run], drill).mode is InstanceMode.RECOVERY


# --- what that means for a launch ---


def test_the_instance_of_a_recovery_blocks_a_drill_and_is_described() -> None:
    finding = _judged(_instance(), Mode.DRILL)
    assert finding.readiness is Readiness.BLOCKED
    assert (
        "i-earlier of an earlier recovery (RUNNING, launched 3 days ago by execution exec-01JEARLIER)" in finding.reason
    )


def test_a_recovery_is_blocked_until_its_start_agrees_to_end_that_very_instance() -> None:
    blocked = _judged(_instance(), Mode.RECOVERY)
    assert blocked.readiness is Readiness.BLOCKED
    assert "replaceInstances" in blocked.remedy
    assert _judged(_instance(), Mode.RECOVERY, replaces={"i-other"}).readiness is Readiness.BLOCKED
    agreed = _judged(_instance(), Mode.RECOVERY, replaces={"i-earlier"})
    assert agreed.readiness is Readiness.DEGRADED
    assert "will be replaced" in agreed.reason


@pytest.mark.parametrize("mode", Mode)
def test_the_instance_of_a_drill_is_replaced_and_the_preflight_says_so(mode: Mode) -> None:
    finding = _judged(_instance(InstanceMode.DRILL), mode)
    assert finding.readiness is Readiness.DEGRADED
    assert "will be replaced" in finding.reason


def test_an_instance_of_unknown_origin_counts_as_that_of_a_recovery() -> None:
    unknown = _instance(InstanceMode.UNKNOWN, execution_id="", job_id="")
    finding = _judged(unknown, Mode.DRILL)
    assert finding.readiness is Readiness.BLOCKED
    assert "counts as a recovery's" in finding.reason


@pytest.mark.parametrize("mode", Mode)
def test_while_a_job_works_on_the_server_an_unknown_instance_is_left_to_the_look_before_the_launch(mode: Mode) -> None:
    """DRS lists an instance only when its job has ended; a known instance of a recovery blocks at once."""
    unknown = _judged(_instance(InstanceMode.UNKNOWN, execution_id=""), mode, busy=True)
    assert (unknown.readiness, unknown.code) == (Readiness.DEGRADED, "INSTANCE_IN_LAUNCH")
    assert _judged(_instance(), mode, busy=True).readiness is Readiness.BLOCKED


@pytest.mark.parametrize(
    "left",
    [
        {"execution_id": EXECUTION_ID},
        {"job_id": "drsjob-own"},
        {"instance_id": "i-own"},
    ],
    ids=["by its execution", "by its job", "by its id"],
)
def test_what_an_earlier_attempt_has_left_blocks_no_retry(left: dict[str, Any]) -> None:
    assert judge_existing([_instance(**left)], Mode.RECOVERY, now=NOON, own=OWN) == ()
    assert judge_existing([_instance(InstanceMode.UNKNOWN, **left)], Mode.DRILL, now=NOON, own=OWN) == ()
    blocked = _judged(_instance(**left), Mode.DRILL, own=OWN)
    assert blocked.readiness is Readiness.BLOCKED, "what DRS calls a recovery is no attempt of a drill"


def test_a_check_that_could_not_run_blocks_a_drill_and_is_repeated_for_a_recovery() -> None:
    drill, recovery = judge_unread(Mode.DRILL, "EC2 throttles."), judge_unread(Mode.RECOVERY, "EC2 throttles.")
    assert (drill.readiness, recovery.readiness) == (Readiness.BLOCKED, Readiness.DEGRADED)
    assert "EC2 throttles." in drill.reason
    assert "Try again" in drill.remedy
    assert "checked again before the launch" in recovery.remedy


# --- just before a launch ---


def test_a_server_that_must_not_launch_takes_no_other_with_it() -> None:
    servers = [a_server(number) for number in (1, 2, 3)]
    found = Existing({server_id(1): (_instance(),)}, {server_id(3): "EC2 throttles."})
    admission = admit_launch(servers, found, Mode.DRILL, own=OWN, now=NOON)
    assert admission.cleared == (server_id(2),)
    assert "i-earlier" in admission.refused[server_id(1)]
    assert "could not be checked" in admission.waiting[server_id(3)]


def test_a_recovery_waits_too_while_the_check_cannot_run() -> None:
    found = Existing({}, {server_id(1): "EC2 throttles."})
    run = a_server(1, replaces=("i-earlier",))
    admission = admit_launch([run], found, Mode.RECOVERY, own=OWN, now=NOON)
    assert (admission.cleared, list(admission.waiting)) == ((), [server_id(1)])


def test_a_recovery_ends_the_instances_that_its_start_has_seen_and_no_other() -> None:
    run = a_server(1, replaces=("i-earlier",))
    seen, new = _instance(), _instance(instance_id="i-new")
    own = OWN
    assert admit_launch([run], Existing({server_id(1): (seen,)}), Mode.RECOVERY, own=own, now=NOON).cleared
    both = admit_launch([run], Existing({server_id(1): (seen, new)}), Mode.RECOVERY, own=own, now=NOON)
    assert "i-new" in both.refused[server_id(1)]
    assert "i-earlier" not in both.refused[server_id(1)]


_instances = st.builds(
    _instance,
    mode=st.sampled_from(InstanceMode),
    instance_id=st.sampled_from(["i-own", "i-earlier", "i-other"]),
    state=st.sampled_from(["PENDING", "RUNNING", "STOPPING", "STOPPED", "SHUTTING-DOWN", ""]),
    launched_at=st.one_of(st.none(), st.just(NOON), st.just(after(3_600))),
    execution_id=st.sampled_from(["", EARLIER, EXECUTION_ID]),
    job_id=st.sampled_from(["", JOB, "drsjob-own"]),
)
_many = st.lists(_instances, max_size=3).map(tuple)


@given(instances=_many, replaces=st.sets(st.sampled_from(["i-own", "i-earlier", "i-other"])), unread=st.booleans())
def test_no_drill_ever_launches_a_server_with_the_instance_of_a_living_recovery(
    instances: tuple[ExistingInstance, ...], replaces: set[str], unread: bool
) -> None:
    run = a_server(1, replaces=tuple(sorted(replaces)))
    existing = Existing({server_id(1): instances}, {server_id(1): "throttled"} if unread else {})
    admission = admit_launch([run], existing, Mode.DRILL, own=OWN, now=NOON)
    endangered = any(
        item.mode is InstanceMode.RECOVERY or (item.mode is InstanceMode.UNKNOWN and not OWN.includes(item))
        for item in instances
    )
    assert bool(admission.cleared) == (not unread and not endangered)
    started = overall(judge_existing(instances, Mode.DRILL, now=NOON, replaces=replaces))
    assert (started is Readiness.BLOCKED) == any(item.mode is not InstanceMode.DRILL for item in instances)


@given(instances=_many, named=st.booleans())
def test_a_recovery_launches_exactly_when_its_start_has_agreed_to_end_every_instance_of_others(
    instances: tuple[ExistingInstance, ...], named: bool
) -> None:
    replaces = instances_to_replace(instances, Mode.RECOVERY) if named else ()
    run = a_server(1, replaces=replaces)
    admission = admit_launch([run], Existing({server_id(1): instances}), Mode.RECOVERY, own=OWN, now=NOON)
    foreign = [item for item in instances if item.mode is not InstanceMode.DRILL and not OWN.includes(item)]
    assert bool(admission.cleared) == (named or not foreign)


@given(st.lists(st.sampled_from([server_id(number) for number in range(5)]), unique=True), st.data())
def test_every_server_is_cleared_refused_or_waits(ids: list[str], data: st.DataObject) -> None:
    found = {item: data.draw(_many) for item in ids}
    unread = {item: "throttled" for item in ids if data.draw(st.booleans())}
    runs = [a_server(1, source_server_id=item) for item in ids]
    mode = data.draw(st.sampled_from(Mode))
    admission = admit_launch(runs, Existing(found, unread), mode, own=OWN, now=NOON)
    assert sorted([*admission.cleared, *admission.refused, *admission.waiting]) == sorted(ids)


# --- the request ---


def test_a_start_names_servers_or_types_the_name_of_the_plan() -> None:
    ids = [server_id(1), server_id(2)]
    some = read_replacements(ids, Mode.RECOVERY, "Shop")
    assert [some.allow(server_id(number)) for number in (1, 2, 3)] == [True, True, False]
    assert read_replacements(" Shop ", Mode.RECOVERY, "Shop").allow(server_id(3))
    assert read_replacements((), Mode.DRILL, "Shop") == read_replacements("", Mode.DRILL, "Shop") == Replacements()


@pytest.mark.parametrize("requested", [[server_id(1)], "Shop"])
def test_a_drill_can_replace_nothing(requested: Any) -> None:
    with pytest.raises(InvalidRequest, match="replaceInstances: applies to a RECOVERY only"):
        read_replacements(requested, Mode.DRILL, "Shop")


@pytest.mark.parametrize("typed", ["shop", "all", "*", server_id(1)])
def test_any_other_text_than_the_name_of_the_plan_is_refused_and_the_name_shown(typed: str) -> None:
    with pytest.raises(InvalidRequest, match="the plan's exact name, 'Shop'"):
        read_replacements(typed, Mode.RECOVERY, "Shop")


def test_servers_that_are_not_in_the_plan_are_refused_by_their_place_in_the_list() -> None:
    with pytest.raises(InvalidRequest) as refused:
        require_known_replacements([server_id(1), "s-typo"], {server_id(1)})
    (problem,) = refused.value.problems
    assert (problem.field, "s-typo" in problem.message) == ("replaceInstances[1]", True)
    require_known_replacements("Shop", {server_id(1)})


def test_the_same_servers_in_another_order_are_the_same_request() -> None:
    assert plain_replacements(["b", "a", "b"]) == plain_replacements(["a", "b"])
    assert plain_replacements(" Shop ") == "Shop"
