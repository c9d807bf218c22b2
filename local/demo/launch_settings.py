"""Plays the steps about launch settings: people apply and check them, and someone edits them past the platform."""

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from chalicelib.domain.estate.groups import ProtectionGroup
from chalicelib.domain.estate.launch_status import Difference
from chalicelib.domain.plans.plans import RecoveryPlan
from chalicelib.domain.runs.preflight_checks import PreflightState
from chalicelib.operations.drift import CheckedSettings, CheckOutcome
from chalicelib.operations.estate import GroupDetail
from chalicelib.operations.launch_applies import AppliedSettings, ApplyOutcome
from chalicelib.operations.launch_settings import GroupLaunchSettings, ServerLaunchSettings
from chalicelib.operations.preflights import AcceptedPreflight, PlanPreflight, PreflightServers
from local.demo.narration import Narrator
from local.demo.people import People
from local.demo.rest import RestClient
from local.demo.script import ApplySettings, CheckLaunched, CheckSettings, EditSettings
from local.demo.watching import Look

if TYPE_CHECKING:
    from local.cloud import LocalCloud

_DRIFTED = "SETTINGS_DRIFTED"
_LOOK_AGAIN_SECONDS = 0.2
_DONE = {ApplyOutcome.APPLIED, ApplyOutcome.UNCHANGED}


class SettingsNotAsExpected(RuntimeError):
    """A step had another result than the scenario expects."""


class SettingsSteps:
    """Plays steps about the launch settings of the servers of a plan."""

    def __init__(self, cloud: "LocalCloud", people: People, plan: RecoveryPlan, narrator: Narrator) -> None:
        self._cloud, self._people, self._plan, self._narrator = cloud, people, plan, narrator

    def play(self, step: ApplySettings | CheckSettings | EditSettings) -> None:
        """Does a step before the run starts. Raises SettingsNotAsExpected, ApiProblem."""
        match step:
            case ApplySettings():
                self._apply(step)
            case CheckSettings():
                self._check(step)
            case EditSettings():
                self._edit(step)

    def check_launched(self, step: CheckLaunched, look: Look) -> None:
        """Asks EC2 with which instance types the servers were launched."""
        found = {}
        for group, server in self._servers(self._people.client("DRSReadOnly")):
            if server.hostname in step.instance_types:
                found[server.hostname] = self._launched_type(group, server.source_server_id)
        types = ", ".join(f"{hostname} {instance_type}" for hostname, instance_type in sorted(found.items()))
        self._narrator.does(look, "check", f"the instances in EC2 are: {types}", step.note)
        if found != dict(step.instance_types):
            raise SettingsNotAsExpected(f"EC2 should have {dict(step.instance_types)}, but has {found}.")

    def _apply(self, step: ApplySettings) -> None:
        client = self._begin(step.user, "apply the launch settings of the plan's groups", step.note)
        for group_id in self._plan.group_ids:
            path = f"/protection-groups/{group_id}/launch-settings/apply"
            self._narrator.sends(f"POST {path}")
            applied = client.post(path, {}, AppliedSettings, idempotency_key="")
            changed = [f"{server.source_server_id}: {', '.join(server.changed)}" for server in applied.servers]
            self._narrator.answers(applied.statement)
            if not set(applied.counts) <= _DONE:
                raise SettingsNotAsExpected(f"The settings should have been applied: {applied.statement} {changed}")

    def _check(self, step: CheckSettings) -> None:
        client = self._begin(step.user, "check the launch settings of the plan's groups for drift", step.note)
        hostnames = {server.source_server_id: server.hostname for _, server in self._servers(client)}
        differs: dict[str, tuple[str, ...]] = {}
        for group_id in self._plan.group_ids:
            path = f"/protection-groups/{group_id}/launch-settings/check"
            self._narrator.sends(f"POST {path}")
            checked = client.post(path, {}, CheckedSettings, idempotency_key="")
            self._narrator.answers(checked.statement)
            for server in checked.servers:
                if server.outcome is CheckOutcome.DRIFTED:
                    hostname = hostnames[server.source_server_id]
                    differs[hostname] = _fields(server.differences)
                    self._narrator.answers(f"{hostname}: {'; '.join(map(str, server.differences))}.")
        _require("The check", differs, step.differs)
        servers = [server for _, server in self._servers(client)]
        _require("The group", {server.hostname: _fields(server.drift) for server in servers if server.drift}, differs)
        self._check_preflight(client, differs)

    def _check_preflight(self, client: RestClient, differs: Mapping[str, tuple[str, ...]]) -> None:
        path = f"/recovery-plans/{self._plan.plan_id}/preflight"
        self._narrator.sends(f"POST {path}")
        client.post(path, {}, AcceptedPreflight, idempotency_key="")
        while (shown := client.get(path, PlanPreflight)).state is PreflightState.CHECKING:
            time.sleep(_LOOK_AGAIN_SECONDS)
        self._narrator.answers(shown.statement)
        drifted = client.get(f"{path}/servers", PreflightServers, code=_DRIFTED, limit=100)
        warned = sorted(server.hostname for server in drifted.items)
        self._narrator.answers(f"{_DRIFTED}: {', '.join(warned) or 'no server'}.")
        if warned != sorted(differs):
            raise SettingsNotAsExpected(f"The preflight should warn of {sorted(differs)}, but warns of {warned}.")

    def _edit(self, step: EditSettings) -> None:
        group, server = next(
            found for found in self._servers(self._people.client("DRSReadOnly")) if found[1].hostname == step.hostname
        )
        drs, ec2 = (
            self._cloud.client(service, account=group.account_id, region=group.region) for service in ("drs", "ec2")
        )
        changes = [f"{name}={value}" for name, value in {**step.launch_configuration, **step.launch_template}.items()]
        self._narrator.breaks(None, f"someone edits {step.hostname} in AWS: {', '.join(changes)}", step.note)
        if step.launch_configuration:
            drs.update_launch_configuration(sourceServerID=server.source_server_id, **step.launch_configuration)
        if step.launch_template:
            held = drs.get_launch_configuration(sourceServerID=server.source_server_id)
            template_id = held["ec2LaunchTemplateID"]
            made = ec2.create_launch_template_version(
                LaunchTemplateId=template_id, SourceVersion="$Default", LaunchTemplateData=step.launch_template
            )
            number = str(made["LaunchTemplateVersion"]["VersionNumber"])
            ec2.modify_launch_template(LaunchTemplateId=template_id, DefaultVersion=number)

    def _begin(self, user: str, action: str, note: str) -> RestClient:
        self._narrator.does(None, self._people.name(user), action, note)
        return self._people.client(user)

    def _servers(self, client: RestClient) -> Iterator[tuple[ProtectionGroup, ServerLaunchSettings]]:
        """Every server of the plan with its group."""
        for group_id in self._plan.group_ids:
            group = client.get(f"/protection-groups/{group_id}", GroupDetail).group
            shown = client.get(f"/protection-groups/{group_id}/launch-settings", GroupLaunchSettings, limit=100)
            yield from ((group, server) for server in shown.items)

    def _launched_type(self, group: ProtectionGroup, server_id: str) -> str:
        filters = [
            {"Name": "tag:AWSElasticDisasterRecoverySourceServerID", "Values": [server_id]},
            {"Name": "instance-state-name", "Values": ["pending", "running", "stopped"]},
        ]
        ec2 = self._cloud.client("ec2", account=group.account_id, region=group.region)
        found = [
            instance["InstanceType"]
            for reservation in ec2.describe_instances(Filters=filters)["Reservations"]
            for instance in reservation["Instances"]
        ]
        return ", ".join(found) or "none"


def _fields(differences: Sequence[Difference]) -> tuple[str, ...]:
    return tuple(sorted(difference.field for difference in differences))


def _require(what: str, found: Mapping[str, tuple[str, ...]], wanted: Mapping[str, tuple[str, ...]]) -> None:
    expected = {hostname: tuple(sorted(fields)) for hostname, fields in wanted.items()}
    if dict(found) != expected:
        raise SettingsNotAsExpected(f"{what} should show drift of {expected}, but shows {dict(found)}.")
