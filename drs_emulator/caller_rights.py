"""What DRS does in EC2 with the rights of the caller of StartRecovery or TerminateRecoveryInstances.

DRS forwards its caller's session: a right that the caller lacks is not an error of the call. It shows in the job's log.
The lists follow the dependent actions of the Service Authorization Reference ("Actions, resources, and condition keys
for AWS Elastic Disaster Recovery"); their resources and tags follow AWSElasticDisasterRecoveryConsoleFullAccess_v2.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

MANAGED_TAG = "AWSElasticDisasterRecoveryManaged"
LAUNCH_INTO_TAG = "AWSDRS"
MANAGED = {MANAGED_TAG: "drs.amazonaws.com"}
LAUNCH_INTO = {LAUNCH_INTO_TAG: "AllowLaunchingIntoThisInstance"}
# Volumes of the staging area carry these tags instead of the managed one.
STAGED = {"drs.amazonaws.com-job": "drsjob", "drs.amazonaws.com-source-server": "s"}
_ROLE = "role/service-role/AWSElasticDisasterRecovery"


@dataclass(frozen=True, kw_only=True)
class Right:
    """One action on one kind of resource, for example ec2:RunInstances on `instance`; `on` `*` is no resource.

    `tags` are those that the resource carries, `requested` those that the call sets; `creating` is the call in which
    ec2:CreateTags happens.
    """

    action: str
    on: str = "*"
    tags: Mapping[str, str] = field(default_factory=dict)
    requested: Mapping[str, str] = field(default_factory=dict)
    creating: str | None = None

    @property
    def name(self) -> str:
        """How people refer to it, for example `ec2:DeleteVolume on volume (drs.amazonaws.com-job)`."""
        tags = ", ".join([*self.tags, *(f"new {tag}" for tag in self.requested)])
        during = f" during {self.creating}" if self.creating else ""
        return f"{self.action} on {self.on}{during}" + (f" ({tags})" if tags else "")


@dataclass(frozen=True, kw_only=True)
class CallerAction:
    """A right as it is asked for: whose, where, and on which resource."""

    caller: str
    account: str
    region: str
    right: Right
    resource: str


# Why the caller may not take an action, in IAM's words, or None when it may.
WhyNot = Callable[[CallerAction], str | None]


def _each(actions: Iterable[str], on: str = "*", **more: Mapping[str, str]) -> tuple[Right, ...]:
    return tuple(Right(action=action, on=on, **more) for action in actions)  # type: ignore[arg-type]


READING = _each(
    f"ec2:Describe{what}"
    for what in (
        *("AccountAttributes", "AvailabilityZones", "Images", "InstanceAttribute", "InstanceStatus", "InstanceTypes"),
        *("Instances", "LaunchTemplateVersions", "LaunchTemplates", "SecurityGroups", "Snapshots", "Subnets"),
        "Volumes",
    )
)
SNAPSHOT = (
    Right(action="ec2:CreateSnapshot", on="volume", tags=MANAGED),
    Right(action="ec2:CreateSnapshot", on="snapshot", requested=MANAGED),
    Right(action="ec2:CreateTags", on="snapshot", requested=MANAGED, creating="CreateSnapshot"),
    Right(action="ec2:DeleteSnapshot", on="snapshot", tags=MANAGED),
)
_RUN_BESIDES_THE_INSTANCE = tuple(
    Right(action="ec2:RunInstances", on=kind)
    for kind in ("security-group", "volume", "subnet", "image", "network-interface")
)
_VOLUMES_FROM_SNAPSHOTS = (
    Right(action="ec2:CreateVolume", on="volume", requested=MANAGED),
    Right(action="ec2:CreateVolume", on="snapshot", tags=MANAGED),
    Right(action="ec2:CreateTags", on="volume", requested=MANAGED, creating="CreateVolume"),
)
CONVERSION = (
    Right(action="ec2:CreateSecurityGroup", on="vpc"),
    Right(action="ec2:CreateSecurityGroup", on="security-group", requested=MANAGED),
    Right(action="ec2:CreateTags", on="security-group", requested=MANAGED, creating="CreateSecurityGroup"),
    *_each(
        ("ec2:AuthorizeSecurityGroupEgress", "ec2:AuthorizeSecurityGroupIngress", "ec2:RevokeSecurityGroupEgress"),
        "security-group",
        tags=MANAGED,
    ),
    *_VOLUMES_FROM_SNAPSHOTS,
    Right(action="ec2:RunInstances", on="instance", requested=MANAGED),
    *_RUN_BESIDES_THE_INSTANCE,
    Right(action="ec2:CreateTags", on="instance", requested=MANAGED, creating="RunInstances"),
    Right(action="iam:PassRole", on=f"{_ROLE}ConversionServerRole"),
    Right(action="ec2:AttachVolume", on="instance", tags=MANAGED),
    Right(action="ec2:AttachVolume", on="volume", tags=MANAGED),
    Right(action="ec2:DetachVolume", on="instance", tags=MANAGED),
    Right(action="ec2:DetachVolume", on="volume", tags=STAGED),
    *_each(("ec2:StopInstances", "ec2:TerminateInstances"), "instance", tags=MANAGED),
    Right(action="ec2:DeleteVolume", on="volume", tags=STAGED),
)
TEMPLATE_VERSIONS = _each(
    ("ec2:CreateLaunchTemplateVersion", "ec2:DeleteLaunchTemplateVersions", "ec2:ModifyLaunchTemplate"),
    "launch-template",
    tags=MANAGED,
)
NEW_TEMPLATE = (
    Right(action="ec2:CreateLaunchTemplate", on="launch-template", requested=MANAGED),
    Right(action="ec2:CreateTags", on="launch-template", requested=MANAGED, creating="CreateLaunchTemplate"),
)
_REGISTRATION = (
    Right(action="drs:CreateRecoveryInstanceForDrs", on="source-server"),
    Right(action="drs:ListTagsForResource", on="source-server"),
)
LAUNCH = (
    *TEMPLATE_VERSIONS,
    *_VOLUMES_FROM_SNAPSHOTS,
    Right(action="ec2:RunInstances", on="instance", requested=MANAGED),
    *_RUN_BESIDES_THE_INSTANCE,
    Right(action="ec2:RunInstances", on="launch-template", tags=MANAGED),
    *(
        Right(action="ec2:CreateTags", on=kind, requested=MANAGED, creating="RunInstances")
        for kind in ("instance", "volume", "network-interface")
    ),
    Right(action="iam:PassRole", on=f"{_ROLE}RecoveryInstanceRole"),
    Right(action="ec2:AttachVolume", on="instance", tags=MANAGED),
    Right(action="ec2:AttachVolume", on="volume", tags=MANAGED),
    Right(action="ec2:DetachVolume", on="instance", tags=MANAGED),
    *_each(("ec2:ModifyInstanceAttribute", "ec2:StartInstances", "ec2:StopInstances"), "instance", tags=MANAGED),
    Right(action="ec2:DeleteVolume", on="volume", tags=MANAGED),
    *_REGISTRATION,
)
LAUNCH_INTO_INSTANCE = (
    *_VOLUMES_FROM_SNAPSHOTS,
    *_each(("ec2:AttachVolume", "ec2:DetachVolume", "ec2:StartInstances"), "instance", tags=LAUNCH_INTO),
    Right(action="ec2:AttachVolume", on="volume", tags=MANAGED),
    Right(action="ec2:DetachVolume", on="volume"),
    *_REGISTRATION,
)
TERMINATION = (
    Right(action="drs:DescribeSourceServers"),
    *_each(("ec2:DescribeInstances", "ec2:DescribeVolumes")),
    Right(action="ec2:TerminateInstances", on="instance", tags=MANAGED),
    Right(action="ec2:DeleteVolume", on="volume", tags=MANAGED),
)
# Everything that is ever asked for: what a caller's policy is held against.
EVERY_RIGHT = tuple(
    {
        right.name: right
        for right in (
            *(*READING, *SNAPSHOT, *CONVERSION, *LAUNCH),
            *(*NEW_TEMPLATE, *LAUNCH_INTO_INSTANCE, *TERMINATION),
        )
    }.values()
)


class CallerRights:
    """Asks whether a caller may do what DRS is about to do for it; without `why_not`, every caller may."""

    def __init__(self, why_not: WhyNot | None) -> None:
        self._why_not = why_not

    def find_refusal(
        self,
        rights: Iterable[Right],
        *,
        caller: str | None,
        account: str,
        region: str,
        ids: Mapping[str, str] | None = None,
    ) -> str | None:
        """EC2's error for the first right that the caller lacks; `ids` are those of existing resources, by kind."""
        if self._why_not is None or caller is None:
            return None
        for right in rights:
            resource = resource_of(right, account=account, region=region, ids=ids or {})
            reason = self._why_not(
                CallerAction(caller=caller, account=account, region=region, right=right, resource=resource)
            )
            if reason is not None:
                operation = "RunInstances" if right.action == "iam:PassRole" else right.action.partition(":")[2]
                return (
                    f"An error occurred (UnauthorizedOperation) when calling the {right.creating or operation}"
                    f" operation: You are not authorized to perform this operation. {reason}"
                )
        return None


def resource_of(right: Right, *, account: str, region: str, ids: Mapping[str, str]) -> str:
    """The ARN that IAM judges; a resource that is only being made has no id yet."""
    service = right.action.partition(":")[0]
    if right.on == "*":
        return "*"
    if service == "iam":
        return f"arn:aws:iam::{account}:{right.on}"
    owner = "" if right.on == "image" else account
    return f"arn:aws:{service}:{region}:{owner}:{right.on}/{ids.get(right.on, '*')}"
