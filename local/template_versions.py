"""Makes moto's launch templates behave like EC2's: versions made from another one, and versions that are deleted."""

from collections.abc import Mapping
from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.exceptions import InvalidLaunchTemplateVersionNotFound
from moto.ec2.models import ec2_backends
from moto.ec2.models.launch_templates import LaunchTemplate, LaunchTemplateVersion
from moto.ec2.responses.launch_templates import LaunchTemplates

_CREATE = LaunchTemplates.create_launch_template_version


def correct_launch_templates() -> None:
    """From now on `SourceVersion` counts and versions can be deleted; numbers are never used again."""
    model: Any = LaunchTemplate
    model.create_version, model.get_version = _create_version, _get_version
    model.default_version = lambda self: _get_version(self, self.default_version_number)
    responses: Any = LaunchTemplates
    responses.create_launch_template_version = _create_from_source
    responses.delete_launch_template_versions = _delete_versions


def template_tags(account: str, region: str, template_id: str) -> Mapping[str, str]:
    """The tags of a launch template; none when there is no such template."""
    template = ec2_backends[account][region].launch_templates.get(template_id)
    return {} if template is None else {tag["key"]: tag["value"] for tag in template.get_tags()}


def _create_version(self: Any, data: dict[str, Any], description: str) -> LaunchTemplateVersion:
    number = self.versions[-1].number + 1 if self.versions else 1
    version = LaunchTemplateVersion(self, number, data, description)
    self.versions.append(version)
    return version


def _get_version(self: Any, number: Any) -> LaunchTemplateVersion:
    if str(number).lower() == "$latest":
        return self.latest_version()  # type: ignore[no-any-return]
    wanted = self.default_version_number if str(number).lower() == "$default" else int(number)
    found = next((version for version in self.versions if version.number == wanted), None)
    if found is None:
        raise InvalidLaunchTemplateVersionNotFound(template_id=self.id, version=number)
    return found  # type: ignore[no-any-return]


def _create_from_source(self: Any) -> ActionResult:
    """What is in LaunchTemplateData replaces what the source has under the same name, lists included."""
    source = self._get_param("SourceVersion")
    if source:
        template = self.ec2_backend.get_launch_template(self._get_param("LaunchTemplateId"))
        given = self._get_param("LaunchTemplateData", {})
        self.params["LaunchTemplateData"] = {**template.get_version(source).data, **given}
    return _CREATE(self)


def _delete_versions(self: Any) -> ActionResult:
    template_id = self._get_param("LaunchTemplateId")
    template = self.ec2_backend.get_launch_template(template_id)
    named = {int(number) for number in self._get_param("Versions", [])}
    # EC2 deletes neither the default version nor one that does not exist, and names them in the answer.
    gone = {version.number for version in template.versions} & named - {template.default_version_number}
    template.versions = [version for version in template.versions if version.number not in gone]
    return ActionResult(
        {
            "SuccessfullyDeletedLaunchTemplateVersions": [_named(template_id, number) for number in sorted(gone)],
            "UnsuccessfullyDeletedLaunchTemplateVersions": [
                {
                    **_named(template_id, number),
                    "ResponseError": {
                        "Code": "launchTemplateVersionDoesNotExist",
                        "Message": "The version does not exist, or is the default version.",
                    },
                }
                for number in sorted(named - gone)
            ],
        }
    )


def _named(template_id: str, number: int) -> dict[str, Any]:
    return {"LaunchTemplateId": template_id, "VersionNumber": number}
