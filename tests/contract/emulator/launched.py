"""Servers, launches and launch templates of an emulator with an EC2 endpoint behind it."""

from __future__ import annotations

from typing import Any

from tests.contract.emulator.conftest import ACCOUNT, REGION


def add(real: Any, hostname: str, **described_as: Any) -> str:
    return str(real.emulator.add_source_server(ACCOUNT, REGION, hostname=hostname, **described_as))


def drilled(real: Any, server_id: str, is_drill: bool = True) -> str:
    """Drills one server to the end and returns the id of its instance."""
    job_id = real.drill(server_id, is_drill=is_drill)
    real.clock.pass_seconds(1000)
    (participant,) = real.job(job_id)["participatingServers"]
    assert participant["launchStatus"] == "LAUNCHED", real.log(job_id)
    real.clock.pass_seconds(100)
    return str(participant["recoveryInstanceID"])


def refused(real: Any, server_id: str) -> str:
    """Drills a server whose launch fails, and returns the error in the job's log."""
    job_id = real.drill(server_id)
    real.clock.pass_seconds(1000)
    assert real.statuses(job_id) == {"FAILED"}
    assert real.job(job_id)["status"] == "COMPLETED"
    (line,) = [item for item in real.log(job_id) if item["event"] == "LAUNCH_FAILED"]
    real.clock.pass_seconds(100)
    return str(line["eventData"]["rawError"])


def described(ec2: Any, instance_id: str) -> Any:
    return ec2.describe_instances(InstanceIds=[instance_id])["Reservations"][0]["Instances"][0]


def tags_of(described_by_ec2: Any) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in described_by_ec2["Tags"]}


def template_id_of(real: Any, server_id: str) -> str:
    return str(real.client().get_launch_configuration(sourceServerID=server_id)["ec2LaunchTemplateID"])


def default_version(ec2: Any, template_id: str) -> Any:
    found = ec2.describe_launch_template_versions(LaunchTemplateId=template_id, Versions=["$Default"])
    return found["LaunchTemplateVersions"][0]


def add_default_version(real: Any, ec2: Any, server_id: str, changes: dict[str, Any]) -> None:
    """Does what an operator does in the console: a new version from the default one, made the default."""
    template_id = template_id_of(real, server_id)
    data = {**default_version(ec2, template_id)["LaunchTemplateData"], **changes}
    made = ec2.create_launch_template_version(LaunchTemplateId=template_id, LaunchTemplateData=data)
    number = str(made["LaunchTemplateVersion"]["VersionNumber"])
    ec2.modify_launch_template(LaunchTemplateId=template_id, DefaultVersion=number)
