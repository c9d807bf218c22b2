"""EC2's part of the launch templates: makes, finds, changes and deletes them; what is in them is decided elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from drs_emulator.run_arguments import tag_list

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client

TemplateData = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class TemplateRequest:
    """A launch template to make: the data of its versions, oldest first; the last one is its default."""

    account: str
    region: str
    server_id: str
    name: str
    versions: Sequence[TemplateData]
    tags: Mapping[str, str]


def create_template(client: EC2Client, wanted: TemplateRequest) -> str:
    """Makes a template, or finds the one of that name, and returns its id."""
    first, *later = wanted.versions
    try:
        made = client.create_launch_template(
            LaunchTemplateName=wanted.name,
            LaunchTemplateData=dict(first),  # type: ignore[arg-type]
            TagSpecifications=[{"ResourceType": "launch-template", "Tags": tag_list(wanted.tags)}],
        )
    except ClientError as error:
        if "AlreadyExists" not in _code(error):
            raise
        return client.describe_launch_templates(LaunchTemplateNames=[wanted.name])["LaunchTemplates"][0][
            "LaunchTemplateId"
        ]
    template_id = made["LaunchTemplate"]["LaunchTemplateId"]
    for data in later:
        add_version(client, template_id, data, make_default=data is later[-1])
    return template_id


def add_version(client: EC2Client, template_id: str, data: TemplateData, *, make_default: bool = True) -> None:
    """Adds a version with exactly these data."""
    made = client.create_launch_template_version(
        LaunchTemplateId=template_id,
        LaunchTemplateData=dict(data),  # type: ignore[arg-type]
    )
    if make_default:
        number = str(made["LaunchTemplateVersion"]["VersionNumber"])
        client.modify_launch_template(LaunchTemplateId=template_id, DefaultVersion=number)


def read_default_version(client: EC2Client, template_id: str) -> TemplateData | None:
    """The data of the *default* version, which DRS launches whatever the latest is; None without the template."""
    try:
        found = client.describe_launch_template_versions(LaunchTemplateId=template_id, Versions=["$Default"])
    except ClientError as error:
        if _code(error).startswith("InvalidLaunchTemplateId"):
            return None
        raise
    return found["LaunchTemplateVersions"][0]["LaunchTemplateData"]


def delete_template(client: EC2Client, template_id: str) -> None:
    """Deletes a template with all its versions; one that is gone already is no error."""
    try:
        client.delete_launch_template(LaunchTemplateId=template_id)
    except ClientError as error:
        if not _code(error).startswith("InvalidLaunchTemplateId"):
            raise


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))
