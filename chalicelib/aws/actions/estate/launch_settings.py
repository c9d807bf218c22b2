"""Changes a server's launch configuration in DRS and its launch template in EC2.

Only a throttled call is sent again, because AWS has certainly not acted on it. Every function raises CloudError,
Unavailable or OutcomeUnknown, each with account and Region.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from ....domain.attempts import RefusalKind
from ....domain.errors import CloudError, OutcomeUnknown, Unavailable
from ....domain.estate.accounts import Place, TargetAccount
from ...asking import attempt
from ...sessions import Access, client

T = TypeVar("T")

_PAUSES_SECONDS = (0.5, 1.0, 2.0, 4.0)
"""Pauses between attempts while AWS throttles; AWS publishes no rates for writes of DRS."""


def update_launch_configuration(account: TargetAccount, region: str, server_id: str, asked: Mapping[str, Any]) -> None:
    """Changes the named parameters of a server's launch configuration; DRS leaves all others as they are."""

    def update(drs: Any) -> bool:
        drs.update_launch_configuration(sourceServerID=server_id, **asked)
        return True

    _act("drs", account, region, "UpdateLaunchConfiguration", update)


def create_template_version(
    account: TargetAccount, region: str, template_id: str, *, source: int, data: Mapping[str, Any], description: str
) -> int:
    """Makes a version of a launch template from the version ``source``, with ``data`` in place of its own."""

    def create(ec2: Any) -> int:
        made = ec2.create_launch_template_version(
            LaunchTemplateId=template_id,
            SourceVersion=str(source),
            LaunchTemplateData=dict(data),
            VersionDescription=description,
        )
        return int(made["LaunchTemplateVersion"]["VersionNumber"])

    return _act("ec2", account, region, "CreateLaunchTemplateVersion", create)


def make_default_version(account: TargetAccount, region: str, template_id: str, number: int) -> None:
    """Makes a version the default one, which is the version that DRS launches from."""

    def modify(ec2: Any) -> bool:
        ec2.modify_launch_template(LaunchTemplateId=template_id, DefaultVersion=str(number))
        return True

    _act("ec2", account, region, "ModifyLaunchTemplate", modify)


def delete_template_versions(account: TargetAccount, region: str, template_id: str, numbers: Sequence[int]) -> None:
    """Deletes versions of a launch template, 200 at most. EC2 never deletes the default version."""

    def delete(ec2: Any) -> bool:
        ec2.delete_launch_template_versions(LaunchTemplateId=template_id, Versions=[str(number) for number in numbers])
        return True

    _act("ec2", account, region, "DeleteLaunchTemplateVersions", delete)


def _act(service: str, account: TargetAccount, region: str, operation: str, call: Callable[[Any], T]) -> T:
    """The result of a call with the operate role."""
    place = Place(account.account_id, region)
    made = attempt(
        service.upper(),
        place,
        lambda: call(client(service, place, account, Access.OPERATE)),
        pauses_seconds=_PAUSES_SECONDS,
    )
    if made.result is not None:
        return made.result
    where = {"operation": operation, "accountId": account.account_id, "region": region}
    if made.is_unknown:
        message = f"{made.reason} {operation} may have been carried out. Apply the launch settings again to find out."
        raise OutcomeUnknown(message, **where)
    error = Unavailable if made.refusal is RefusalKind.THROTTLED else CloudError
    raise error(f"{operation} in account {account.account_id}, Region {region} was refused: {made.reason}", **where)
