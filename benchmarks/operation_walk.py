"""One call of every operation and task, in an order in which each has something to do.

Steps without a name prepare others. The state machine does nothing meanwhile, and its tasks are called by hand, so that
only one call at a time uses the tables. To add an operation, add a step with its name at a suitable place.
"""

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Protocol

EAST, WEST = ("222233334444", "us-east-1"), ("333344445555", "us-west-2")
NEW_ACCOUNT, STAGING_ACCOUNT = "666677778888", "777788889999"
FAULTS = {"faults": [{"kind": "LAUNCH_FAILED", "match": {"hostname": "shop-app-1"}, "times": 1}]}
"""The emulator's faults, so that there is something to decide on and to retry."""

_PATIENCE_SECONDS = 60

Parameters = Mapping[str, Any]


class Caller(Protocol):
    """Makes the calls. `operate` and `run_task` raise when the answer is an error."""

    def operate(self, name: str, parameters: Parameters) -> Any: ...

    def run_task(self, name: str, parameters: Parameters) -> Any: ...

    def server_ids(self, application: str) -> list[str]: ...


class Walk:
    """The steps and what they have created so far; a measured step makes exactly one call."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller
        self._groups: list[str] = []
        self._plan: dict[str, Any] = {}
        self._runs: list[str] = []
        self._look: dict[str, Any] = {}
        self._place_of_job = {"accountId": EAST[0], "region": EAST[1]}
        self._jobs_seen: list[str] = []
        self._sync_began = datetime.now(UTC).isoformat()

    def steps(self) -> list[tuple[str, Callable[[], Any]]]:
        """(operation or task, function that calls it) in order; the name is empty for steps that only prepare."""
        return [
            *self._first_looks(),
            *self._accounts(),
            *self._staging_accounts(),
            *self._configuration(),
            *self._launch_settings(),
            *self._documents(),
            *self._run_begins(),
            *self._first_wave(),
            *self._wave_that_fails(),
            *self._run_ends(),
            *self._jobs(),
            *self._afterwards(),
            *self._schedules(),
            *self._syncs(),
            *self._removal(),
        ]

    def _first_looks(self) -> list[tuple[str, Callable[[], Any]]]:
        place = {"accountId": EAST[0], "region": EAST[1]}
        return [
            self._op("health"),
            self._op("openapi"),
            self._op("get_user"),
            self._op("handle_sync_source_server_inventory"),
            self._op("list_source_servers", place),
            self._op("summarize_source_servers"),
            self._op("get_dashboard_data"),
            ("get_server_status", lambda: self._of_server("get_server_status")),
            ("list_recovery_points", lambda: self._of_server("list_recovery_points")),
            self._op("resolve_protection_group", {**place, "tags": {"Application": "storefront"}}),
            self._op("get_capacity", {"accountId": EAST[0]}),
            self._op("get_combined_capacity"),
            self._op("get_quotas", place),
            self._op("list_drs_accounts"),
            *(self._op(f"list_{what}", place) for what in ("subnets", "security_groups", "instance_profiles")),
            self._op("list_instance_types", place),
            self._op("search", {"q": "shop"}),
            self._op("publish_metrics"),
        ]

    def _accounts(self) -> list[tuple[str, Callable[[], Any]]]:
        account, content = {"accountId": NEW_ACCOUNT}, {"name": "New", "regions": [EAST[1]]}
        return [
            self._op("get_current_account"),
            self._op("list_target_accounts"),
            self._op("get_target_account", {"accountId": EAST[0]}),
            self._op("validate_target_account", {"accountId": EAST[0]}),
            self._op("register_target_account", {**account, **content, "externalId": "a-secret-of-the-account"}),
            self._op("update_target_account", {**account, **content, "version": 1}),
            self._op("remove_target_account", account),
        ]

    def _staging_accounts(self) -> list[tuple[str, Callable[[], Any]]]:
        target = {"accountId": EAST[0]}
        link = {**target, "stagingAccountId": STAGING_ACCOUNT}
        return [
            self._op("add_staging_account", link),
            self._op("list_staging_accounts", target),
            self._op("discover_staging_accounts", target),
            self._op("validate_staging_account", link),
            self._op("sync_staging_accounts", target),
            self._op("handle_sync_staging_accounts"),
            self._op("remove_staging_account", link),
        ]

    def _launch_settings(self) -> list[tuple[str, Callable[[], Any]]]:
        settings = {"settings": {"copyTags": False}, "version": 0}
        return [
            self._op("get_launch_defaults"),
            self._op("update_launch_defaults", settings),
            ("get_launch_settings", lambda: self._of_group("get_launch_settings")),
            (
                "update_server_launch_settings",
                lambda: self._of_group(
                    "update_server_launch_settings", serverId=self._caller.server_ids("reporting")[0], **settings
                ),
            ),
            ("apply_launch_settings", lambda: self._of_group("apply_launch_settings")),
        ]

    def _documents(self) -> list[tuple[str, Callable[[], Any]]]:
        tier = {"name": "Imported", "accountId": EAST[0], "region": EAST[1], "tags": {"Imported": "yes"}}
        return [
            self._op("get_configuration_schema"),
            self._op("export_configuration"),
            self._op("import_configuration", {"document": {"schemaVersion": 1, "groups": [tier]}}),
        ]

    def _jobs(self) -> list[tuple[str, Callable[[], Any]]]:
        return [
            ("list_drs_jobs", self._list_jobs),
            (
                "get_drs_job_log",
                lambda: self._operate("get_drs_job_log", {**self._place_of_job, "jobId": self._jobs_seen[0]}),
            ),
            ("get_job_logs", lambda: self._operate("get_job_logs", {"executionId": self._runs[0]})),
        ]

    def _configuration(self) -> list[tuple[str, Callable[[], Any]]]:
        return [
            ("create_protection_group", self._create_group_by_ids),
            ("", self._create_groups_by_tags),
            ("update_protection_group", lambda: self._operate("update_protection_group", self._group_content())),
            ("get_protection_group", lambda: self._of_group("get_protection_group")),
            self._op("list_protection_groups"),
            ("create_recovery_plan", self._create_plan),
            ("update_recovery_plan", self._update_plan),
            *(self._of_plan(name) for name in ("get_recovery_plan", "list_plan_versions", "refresh_plan_preflight")),
            ("", self._await_check),
            *(self._of_plan(name) for name in ("get_plan_preflight", "list_preflight_servers")),
            # The function that refresh_plan_preflight invokes has done the work.
            self._of_plan("run_plan_preflight", mode="DRILL", checkId="check-unknown"),
            self._of_plan("get_existing_instances"),
            self._of_plan("get_plan_forecast"),
        ]

    def _run_begins(self) -> list[tuple[str, Callable[[], Any]]]:
        return [
            ("start_execution", self._start),
            self._task("begin_execution"),
            *(
                self._of_run(name)
                for name in (
                    "get_execution",
                    "list_execution_servers",
                    "list_server_states",
                    "list_execution_events",
                    "list_execution_steps",
                    "pause_execution",
                )
            ),
            self._op("list_open_decisions"),
            self._of_run("resume_execution"),
            self._op("list_executions"),
            self._op("list_recovery_plans"),
        ]

    def _first_wave(self) -> list[tuple[str, Callable[[], Any]]]:
        return [
            self._of_wave("skip_wave", 4, reason="Not wanted today."),
            self._wave_task("await_wave_release", 1, taskToken="unused-token-1"),
            self._wave_task("start_wave", 1),
            self._wave_task("await_wave_progress", 1, taskToken="unused-token-5"),
            ("poll_wave_status", lambda: self._poll(1)),
            ("", lambda: self._poll_to_the_end(1)),
            ("update_wave_completion_status", lambda: self._update(1)),
            self._wave_task("complete_wave", 1, status="COMPLETED"),
        ]

    def _wave_that_fails(self) -> list[tuple[str, Callable[[], Any]]]:
        return [
            self._unmeasured_wave_task("await_wave_release", 2, taskToken="unused-token-2"),
            self._of_wave("approve_wave", 2),
            ("", lambda: self._launch_and_judge(2)),
            self._wave_task("await_operator_decision", 2, taskToken="unused-token-3"),
            self._of_wave("retry_wave", 2),
            ("", lambda: self._launch_and_judge(2)),
            self._unmeasured_wave_task("await_wave_release", 3, taskToken="unused-token-4"),
            self._of_wave("reject_wave", 3),
        ]

    def _run_ends(self) -> list[tuple[str, Callable[[], Any]]]:
        return [
            self._task("finalize_execution"),
            ("", self._start),
            self._of_run("cancel_execution"),
            self._task("fail_execution"),
            # Another execution, to be deleted.
            ("", self._start),
            ("", self._task("fail_execution")[1]),
        ]

    def _afterwards(self) -> list[tuple[str, Callable[[], Any]]]:
        first_run = (
            "get_failback_status",
            "reverse_replication",
            "start_failback",
            "stop_failback",
            "terminate_recovery_instances",
            "get_termination_status",
            "list_execution_instances",
        )
        return [
            *((name, lambda name=name: self._operate(name, {"executionId": self._runs[0]})) for name in first_run),
            ("delete_execution", lambda: self._operate("delete_execution", {"executionId": self._runs[1]})),
            ("delete_executions", lambda: self._operate("delete_executions", {"executionIds": [self._runs[2]]})),
        ]

    def _schedules(self) -> list[tuple[str, Callable[[], Any]]]:
        return [
            *(self._op(name) for name in ("watch_executions", "clean_up_drills", "start_due_drills")),
            self._op("list_audit_logs"),
            self._op("verify_audit_log"),
        ]

    def _syncs(self) -> list[tuple[str, Callable[[], Any]]]:
        return [
            self._op("handle_sync_recovery_instances"),
            self._op("list_recovery_instances", {"accountId": EAST[0], "region": EAST[1]}),
            self._op("handle_sync_tags"),
            self._op("handle_launch_settings_drift"),
            ("check_launch_settings", lambda: self._operate("check_launch_settings", {"groupId": self._groups[0]})),
            self._op("sync_tags", {"dryRun": True}),
            self._op("get_tag_sync_status"),
            self._op("get_tag_sync_settings"),
            self._op("update_tag_sync_settings", {"everyHours": 6, "version": 0}),
            self._op("get_outgoing_hosts"),
            self._op("update_outgoing_hosts", {"hosts": ["status.example.com"], "version": 0}),
            self._op("run_sync", {"kind": "recovery-instances"}),
            self._op("list_sync_runs", {"kind": "recovery-instances"}),
            (
                "plan_inventory_sync",
                lambda: self._caller.run_task("plan_inventory_sync", {"startedAt": self._sync_began}),
            ),
            ("sync_inventory_places", lambda: self._sync_places(f"{EAST[0]}/{EAST[1]}")),
            ("conclude_inventory_sync", self._conclude_sync),
        ]

    def _removal(self) -> list[tuple[str, Callable[[], Any]]]:
        return [
            self._of_plan("delete_recovery_plan"),
            ("delete_protection_group", lambda: self._of_group("delete_protection_group")),
        ]

    def _create_group_by_ids(self) -> None:
        made = self._operate("create_protection_group", self._reporting())
        self._groups.append(made["groupId"])

    def _create_groups_by_tags(self) -> None:
        for tier in ("database", "app", "web"):
            for account, region in (EAST, WEST):
                content = {
                    "name": f"{tier} {region}",
                    "accountId": account,
                    "region": region,
                    "tags": {"Application": "storefront", "Tier": tier},
                }
                self._groups.append(self._operate("create_protection_group", content)["groupId"])

    def _reporting(self) -> dict[str, Any]:
        return {
            "name": "Reporting",
            "accountId": WEST[0],
            "region": WEST[1],
            "sourceServerIds": self._caller.server_ids("reporting"),
        }

    def _group_content(self) -> dict[str, Any]:
        content = {name: value for name, value in self._reporting().items() if name not in {"accountId", "region"}}
        return {**content, "groupId": self._groups[0], "version": 1, "description": "The morning's figures."}

    def _plan_content(self) -> dict[str, Any]:
        reporting, *tiers = self._groups
        return {
            "name": "Storefront",
            "waves": [
                {"number": 1, "name": "database", "protectionGroupIds": tiers[:2], "dependsOn": []},
                {
                    "number": 2,
                    "name": "app",
                    "protectionGroupIds": tiers[2:4],
                    "approvalRequired": True,
                    "onFailure": "PAUSE",
                },
                {"number": 3, "name": "web", "protectionGroupIds": tiers[4:], "approvalRequired": True},
                {"number": 4, "name": "reporting", "protectionGroupIds": [reporting], "dependsOn": []},
            ],
        }

    def _create_plan(self) -> None:
        self._plan = self._operate("create_recovery_plan", self._plan_content())

    def _update_plan(self) -> None:
        self._operate("update_recovery_plan", {**self._plan_content(), "planId": self._plan["planId"], "version": 1})

    def _await_check(self) -> None:
        while self._operate("get_plan_preflight", {"planId": self._plan["planId"]})["state"] == "CHECKING":
            time.sleep(0.1)

    def _start(self) -> None:
        started = self._operate("start_execution", {"planId": self._plan["planId"], "mode": "DRILL"})
        self._runs.append(started["execution"]["executionId"])

    def _poll(self, wave: int) -> None:
        run = {"execution_id": self._runs[-1], "plan_id": self._plan["planId"], "current_wave_number": wave}
        self._look = self._caller.run_task("poll_wave_status", {**run, "job_id": "", "servers": []})

    def _poll_to_the_end(self, wave: int) -> None:
        """Polls until the wave has completed, because the emulator's jobs take some time at any speed."""
        patience = time.monotonic() + _PATIENCE_SECONDS
        while not self._look.get("wave_completed"):
            if time.monotonic() > patience:
                raise RuntimeError(f"Wave {wave} did not end in {_PATIENCE_SECONDS} s: {self._look}")
            time.sleep(0.3)
            self._poll(wave)

    def _update(self, wave: int) -> None:
        looked = {"status": self._look["job_status"], "waveData": self._look}
        self._caller.run_task("update_wave_completion_status", {**self._wave(wave), **looked})

    def _launch_and_judge(self, wave: int) -> None:
        self._look = {}
        self._caller.run_task("start_wave", self._wave(wave))
        self._poll_to_the_end(wave)
        self._update(wave)
        self._caller.run_task("complete_wave", {**self._wave(wave), "status": "COMPLETED"})

    def _wave(self, number: int) -> dict[str, Any]:
        return {"executionId": self._runs[-1], "planId": self._plan["planId"], "waveNumber": number}

    def _list_jobs(self) -> None:
        found = self._operate("list_drs_jobs", self._place_of_job)
        self._jobs_seen = [job["jobId"] for job in found["items"]]

    def _sync_places(self, *places: str) -> None:
        self._caller.run_task("sync_inventory_places", {"places": places, "reasonCharacters": 1_000})

    def _conclude_sync(self) -> None:
        tally = {"places": 1, "seen": 1, "written": 0, "removed": 0, "failures": {}}
        self._caller.run_task("conclude_inventory_sync", {"startedAt": self._sync_began, "tallies": [tally]})

    def _of_server(self, name: str) -> Any:
        return self._operate(name, {"serverId": self._caller.server_ids("reporting")[0]})

    def _of_group(self, name: str, **more: Any) -> Any:
        return self._operate(name, {"groupId": self._groups[0], **more})

    def _operate(self, name: str, parameters: Parameters) -> Any:
        return self._caller.operate(name, parameters)

    def _op(self, name: str, parameters: Parameters | None = None) -> tuple[str, Callable[[], Any]]:
        return name, lambda: self._operate(name, parameters or {})

    def _of_plan(self, name: str, **more: Any) -> tuple[str, Callable[[], Any]]:
        return name, lambda: self._operate(name, {"planId": self._plan["planId"], **more})

    def _of_run(self, name: str) -> tuple[str, Callable[[], Any]]:
        return name, lambda: self._operate(name, {"executionId": self._runs[-1]})

    def _of_wave(self, name: str, wave: int, **more: Any) -> tuple[str, Callable[[], Any]]:
        return name, lambda: self._operate(name, {"executionId": self._runs[-1], "waveNumber": wave, **more})

    def _task(self, name: str) -> tuple[str, Callable[[], Any]]:
        return name, lambda: self._caller.run_task(name, {"executionId": self._runs[-1]})

    def _wave_task(self, name: str, wave: int, **more: Any) -> tuple[str, Callable[[], Any]]:
        return name, lambda: self._caller.run_task(name, {**self._wave(wave), **more})

    def _unmeasured_wave_task(self, name: str, wave: int, **more: Any) -> tuple[str, Callable[[], Any]]:
        return "", self._wave_task(name, wave, **more)[1]
