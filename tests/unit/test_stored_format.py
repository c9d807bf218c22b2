"""Deployed tables stay readable: the names, types and formats of attributes do not change."""

import importlib
import pkgutil
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

import chalicelib.store.tables
from chalicelib.domain.afterwards.termination_requests import TerminationRequest
from chalicelib.domain.estate.accounts import Place
from chalicelib.domain.estate.inventory import Holding, HoldingGroup, InventoryRow
from chalicelib.domain.estate.registers import PlaceRegister, RegisteredGroup
from chalicelib.domain.estate.servers import OperatingSystem, SourceServer
from chalicelib.domain.launches.expected_times import LEARNT_FOR, LaunchTime
from chalicelib.domain.launches.learning import KeptTimes
from chalicelib.domain.plans.plans import OnFailure
from chalicelib.domain.plans.steps import Phase
from chalicelib.domain.runs.launches_ahead import LaunchesAhead
from chalicelib.domain.runs.records import JobStatus, TimelineEvent, WaveRun, WaveStatus
from chalicelib.domain.steps.step_runs import StepRun, StepStatus, Target
from chalicelib.settings import settings
from chalicelib.store.records import Stored
from chalicelib.store.tables.base import Table
from chalicelib.store.tables.configuration import PLACE_REGISTERS
from chalicelib.store.tables.estate import SourceServerItem, item_of, row_of
from chalicelib.store.tables.launches import LAUNCH_TIMES, TERMINATION_REQUESTS
from chalicelib.store.tables.runs import TIMELINE, WAVE_RUNS
from chalicelib.store.tables.steps import STEP_RUNS

ATTRIBUTES = {
    "audit-logs": {
        "N": "duration_ms expires_at status_code",
        "S": """
            audit_day entry_id error_code invocation_mode operation parameters permission principal principal_name
            refused request_id request_sha256 resource_id resource_ids side source_ip timestamp verdict
        """,
    },
    "execution-events": {
        "N": "notice_tries wave_number",
        "S": """
            at details event_id event_kind execution_id message notice notice_content notice_due notice_failure
            notice_left
        """,
    },
    "executions": {
        "BOOL": "abandoned",
        "N": """
            plan_version point_skew_seconds priority revision rto_minutes server_count servers_excluded servers_failed
            servers_launched servers_launching servers_not_started servers_skipped servers_terminated servers_validated
            termination_round wave_count workflow_run
        """,
        "S": """
            approval deadline_at ended_at execution_id first_person initiated_by initiated_by_subject kind mode
            outcome_reason pause_reason paused_at pauses plan_id plan_name plan_name_key point_in_time reason
            running_since started_at status stop_reason termination_asked_at termination_asked_by
            termination_asked_by_subject termination_due_at termination_ended_at termination_queue timed_out_at
        """,
    },
    "figures": {
        "S": "as_of name problem value",
    },
    "job-runs": {
        "BOOL": "uncertain",
        "N": "attempt chunk wave_number",
        "S": """
            account_id claim_expires_at claimed_at execution_id job_ended_at job_id job_run job_started_at lesson_due
            refusal refusal_kind region server_ids status
        """,
    },
    "launch-status": {
        "N": "check_slot version",
        "S": """
            applied_at applied_hash check_error checked_at drift error failed_hash group_id settings source_server_id
            updated_at updated_by updated_by_subject
        """,
    },
    "launch-times": {
        "N": "expires_at revision",
        "S": "launches scope subject",
    },
    "notification-subscriptions": {
        "S": "address error plan_id subscription_arn",
    },
    "place-lines": {
        "N": "expires_at priority seconds_behind wave_number",
        "S": "account_id bunches execution_id fresh_until line mode place plan_name region since wave_name",
    },
    "plan-versions": {
        "N": "drill_target_days priority rpo_minutes rto_minutes timeout_minutes version",
        "S": """
            approval cleanup created_at created_by created_by_subject description name notification_emails owner
            plan_id schedule updated_at updated_by updated_by_subject waves
        """,
    },
    "preflight-results": {
        "N": "expires_at part",
        "S": "check_id value",
    },
    "preflights": {
        "N": "expires_at",
        "S": """
            check_id ended_at lease_until mode plan_id point_in_time problem progress result_id runner started_at
            started_by state
        """,
    },
    "protection-groups": {
        "N": "version",
        "S": """
            account_id created_at created_by created_by_subject description group_id impact_levels kind
            launch_defaults name name_key region source_server_ids standing tags updated_at updated_by
            updated_by_subject used_by
        """,
    },
    "recovery-plans": {
        "N": "drill_target_days priority rpo_minutes rto_minutes timeout_minutes version",
        "S": """
            approval cleanup created_at created_by created_by_subject description drill_key drill_queue first_person
            kind last_drill latest_execution_id name name_key next_drill_at notification_emails owner plan_id runs
            schedule standing updated_at updated_by updated_by_subject waves
        """,
    },
    "recovery-instances": {
        "BOOL": "in_drs",
        "S": """
            account_id account_region changed_at execution_id hostname job_id launched_at mode recovery_instance_id
            region source_server_id state
        """,
    },
    "region-status": {
        "N": "replicating_count server_count worst_lag_seconds",
        "S": "account_id account_region extended kind last_error readiness region replication status synced_at",
    },
    "search-terms": {
        "S": "account_region kind source_server_id term term_key",
    },
    "server-leases": {
        "S": "execution_id lease taken_at",
    },
    "server-runs": {
        "N": "expected_seconds expected_p90_seconds wave_number",
        "S": """
            account_id changed_at ended_at error execution_id group_id hostname impact job_id os recovery_instance_id
            recovery_point_at recovery_point_id region replaces source_server_id started_at status terminated_at
            termination_error wave_server
        """,
    },
    "settings": {
        "N": "version",
        "S": "name updated_at updated_by updated_by_subject value",
    },
    "source-server-inventory": {
        "BOOL": "has_recovery_point",
        "N": "cpu_cores held_at lag_seconds ram_bytes",
        "S": """
            account_id account_region disks extension_error held_by hostname instance_type kind lag_key last_launch_at
            last_launch_mode last_launch_result name_key os os_name private_addresses recommended_instance_type region
            replication_state seen_at source_account_id source_instance_id source_region source_server_id
            staging_account_id tags
        """,
    },
    "staging-accounts": {
        "S": "added_at added_by added_by_subject kind name staging_account_id target_account_id",
    },
    "step-runs": {
        "BOOL": "is_waiting",
        "N": "attempt position wave_number",
        "S": """
            claim_expires_at ended_at execution_id external_id output phase refusal started_at status step_kind
            step_name step_run target
        """,
    },
    "sync-runs": {
        "N": "expires_at",
        "S": "details ended_at kind outcome started_at",
    },
    "synced-tags": {
        "S": "account_region source_server_id written",
    },
    "target-accounts": {
        "N": "version",
        "S": """
            account_id external_id name operate_role_arn read_role_arn regions updated_at updated_by updated_by_subject
        """,
    },
    "unique-names": {
        "N": "expires_at version",
        "S": "fingerprint groups holder listed name_key place scope",
    },
    "wave-runs": {
        "BOOL": "approval_required token_timed",
        "N": """
            attempt counted delay_seconds expected_seconds failed_count launched_count min_success_percent server_count
            step_count timeout_minutes wakes wave_number
        """,
        "S": """
            approval_asked_at approved_at approved_by approved_by_subject attempts comment counts deadline_at
            decision_queue decision_since depends_on ended_at execution_id first_person launches name
            on_failure outcome_reason progress_token ready_at started_at status task_token token_asked waiting
        """,
    },
}
"""Table → DynamoDB's type → the attributes of this type. A new attribute is added here; none is renamed or removed."""

AT = datetime(2026, 5, 4, 3, 2, 1, 5, tzinfo=UTC)
WRITTEN = "2026-05-04T03:02:01.000005+0000"

EXAMPLES: list[tuple[Stored[Any, Any], Any, dict[str, dict[str, Any]]]] = [
    (
        PLACE_REGISTERS,
        PlaceRegister(Place("222233334444", "us-east-1"), 3, {"pg-1": RegisteredGroup(2, ("plan-1",))}),
        {
            "scope": {"S": "place"},
            "name_key": {"S": "222233334444#us-east-1"},
            "place": {"S": '{"accountId":"222233334444","region":"us-east-1"}'},
            "version": {"N": "3"},
            "groups": {"S": '{"pg-1":{"version":2,"plan_ids":["plan-1"]}}'},
        },
    ),
    (
        WAVE_RUNS,
        WaveRun(
            execution_id="exec-1",
            wave_number=2,
            name="Wave",
            status=WaveStatus.QUEUED,
            depends_on=(1,),
            on_failure=OnFailure.PAUSE,
            min_success_percent=None,
            timeout_minutes=60,
            delay_seconds=0,
            expected_seconds=300.0,
            deadline_at=AT,
            launches=(LaunchesAhead("222233334444", "us-east-1", OperatingSystem.LINUX, 540.0, 12),),
        ),
        {
            "execution_id": {"S": "exec-1"},
            "wave_number": {"N": "2"},
            "name": {"S": "Wave"},
            "status": {"S": "QUEUED"},
            "depends_on": {"S": "[1]"},
            "on_failure": {"S": "PAUSE"},
            "timeout_minutes": {"N": "60"},
            "delay_seconds": {"N": "0"},
            "approval_required": {"BOOL": False},
            "approved_by": {"S": ""},
            "comment": {"S": ""},
            "attempt": {"N": "1"},
            "expected_seconds": {"N": "300.0"},
            "deadline_at": {"S": WRITTEN},
            "outcome_reason": {"S": ""},
            "step_count": {"N": "0"},
            "server_count": {"N": "0"},
            "launched_count": {"N": "0"},
            "failed_count": {"N": "0"},
            "waiting": {"S": "{}"},
            "launches": {
                "S": '[{"accountId":"222233334444","region":"us-east-1","os":"LINUX","seconds":540.0,"count":12}]'
            },
        },
    ),
    (
        STEP_RUNS,
        StepRun("exec-1", 2, 1, Phase.VALIDATION, 3, "Answers", StepStatus.RUNNING, AT, AT, Target("i-1", "web")),
        {
            "execution_id": {"S": "exec-1"},
            "step_run": {"S": "002#01#VALIDATION#03#i-1"},
            "wave_number": {"N": "2"},
            "attempt": {"N": "1"},
            "phase": {"S": "VALIDATION"},
            "position": {"N": "3"},
            "step_name": {"S": "Answers"},
            "status": {"S": "RUNNING"},
            "target": {"S": '{"key":"i-1","label":"web","account_id":"","region":"","source_server_id":""}'},
            "external_id": {"S": ""},
            "output": {"S": ""},
            "started_at": {"S": WRITTEN},
            "claim_expires_at": {"S": WRITTEN},
        },
    ),
    (
        TERMINATION_REQUESTS,
        TerminationRequest(
            "exec-1", 1, 2, "222233334444", "us-east-1", JobStatus.STARTED, ("i-1",), AT, AT, "drsjob-1"
        ),
        {
            "execution_id": {"S": "exec-1"},
            "job_run": {"S": "000#01#0002"},
            "wave_number": {"N": "0"},
            "attempt": {"N": "1"},
            "chunk": {"N": "2"},
            "account_id": {"S": "222233334444"},
            "region": {"S": "us-east-1"},
            "status": {"S": "STARTED"},
            "server_ids": {"S": '["i-1"]'},
            "claimed_at": {"S": WRITTEN},
            "claim_expires_at": {"S": WRITTEN},
            "job_id": {"S": "drsjob-1"},
            "refusal_kind": {"S": ""},
            "refusal": {"S": ""},
        },
    ),
    (
        LAUNCH_TIMES,
        KeptTimes("KINDS", "LINUX#SMALL#OPTIMAL", (LaunchTime("drsjob-1", AT, 52.0, 188.5, 290.0),), 3),
        {
            "scope": {"S": "KINDS"},
            "subject": {"S": "LINUX#SMALL#OPTIMAL"},
            "launches": {
                "S": '[{"job_id":"drsjob-1","ended_at":"2026-05-04T03:02:01.000005Z","preparation_seconds":52.0,'
                '"conversion_seconds":188.5,"launch_seconds":290.0}]'
            },
            "revision": {"N": "3"},
            "expires_at": {"N": str(int((AT + LEARNT_FOR).timestamp()))},
        },
    ),
    (
        TIMELINE,
        TimelineEvent("01", "exec-1", AT, "WAVE_ENDED", "Done.", details={"status": "FAILED", "name": "Café"}),
        {
            "execution_id": {"S": "exec-1"},
            "event_id": {"S": "01"},
            "at": {"S": WRITTEN},
            "event_kind": {"S": "WAVE_ENDED"},
            "message": {"S": "Done."},
            "details": {"S": '{"status": "FAILED", "name": "Caf\\u00e9"}'},
        },
    ),
]


def tables() -> Iterator[type[Table]]:
    for module in pkgutil.iter_modules(chalicelib.store.tables.__path__, "chalicelib.store.tables."):
        for value in vars(importlib.import_module(module.name)).values():
            if isinstance(value, type) and issubclass(value, Table) and hasattr(value, "Meta"):
                yield value


def attributes_of(table: type[Table]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for attribute in table.get_attributes().values():
        found.setdefault(attribute.attr_type, set()).add(attribute.attr_name)
    return found


def test_the_attributes_are_those_of_the_deployed_tables() -> None:
    pinned = {
        settings().table_name(table): {kind: set(names.split()) for kind, names in kinds.items()}
        for table, kinds in ATTRIBUTES.items()
    }
    assert {table.Meta.table_name: attributes_of(table) for table in tables()} == pinned


@pytest.mark.parametrize(
    ("holding", "stored"),
    [
        (
            Holding(7, (HoldingGroup("pg-1", "Web"),)),
            {"held_at": {"N": "7"}, "held_by": {"S": '[{"groupId":"pg-1","name":"Web"}]'}},
        ),
        (Holding(7, ()), {"held_at": {"N": "7"}, "held_by": {"S": "[]"}}),
        (Holding(7, None), {"held_at": {"N": "7"}}),
        (None, {}),
    ],
)
def test_the_groups_that_hold_a_server_are_in_its_row(
    holding: Holding | None, stored: dict[str, dict[str, str]]
) -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    server = SourceServer("s-1", "1", "r", "web", OperatingSystem.LINUX, "CONTINUOUS", 0, {}, seen_at=at)
    row = InventoryRow(server, holding)
    item = item_of(row).serialize()
    assert {name: value for name, value in item.items() if name.startswith("held_")} == stored
    assert row_of(SourceServerItem.from_raw_data(item)) == row


@pytest.mark.parametrize(("stored", "record", "item"), EXAMPLES)
def test_a_record_is_written_in_the_pinned_format(
    stored: Stored[Any, Any], record: Any, item: dict[str, dict[str, Any]]
) -> None:
    assert stored.to_item(record).serialize() == item
    assert stored.to_record(stored.item.from_raw_data(item)) == record
