"""Target accounts: where the protected servers are, and the roles that give access to them."""

import re
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Annotated

import msgspec

from ..access.context import Hub
from ..errors import FieldProblem
from ..limits import Id

RoleName = Annotated[str, msgspec.Meta(max_length=2_048)]
"""The name or the ARN of a role."""

Regions = Annotated[tuple[Id, ...], msgspec.Meta(max_length=60)]


class TargetAccount(msgspec.Struct, frozen=True, rename="camel"):
    """One account with source servers. Role ARNs are empty for the hub account, which needs none.

    ``external_id`` is a secret: no answer, log or notification may carry it.
    """

    account_id: str
    name: str
    read_role_arn: str = ""
    operate_role_arn: str = ""
    external_id: str = ""
    regions: tuple[str, ...] = ()
    version: int = 1
    updated_at: datetime | None = None
    updated_by: str = ""
    updated_by_subject: str = ""

    def __repr__(self) -> str:
        return f"TargetAccount(account_id={self.account_id!r}, name={self.name!r}, regions={self.regions!r})"


class ListedAccount(msgspec.Struct, frozen=True):
    """What lists show of an account, which is kept beside its number."""

    account_id: str
    name: str
    regions: tuple[str, ...]

    @classmethod
    def of(cls, account: TargetAccount) -> "ListedAccount":
        return cls(account.account_id, account.name, account.regions)


class Place(msgspec.Struct, frozen=True, order=True, rename="camel"):
    """One account and Region: the scope of every DRS call, quota and job."""

    account_id: str
    region: str

    def __str__(self) -> str:
        return f"{self.account_id}/{self.region}"


def role_names(stage: str) -> tuple[str, str]:
    """The read and the operate role of a stage, as ``infrastructure/target-account.yaml`` names them."""
    return f"aws-drs-orchestration-read-{stage}", f"aws-drs-orchestration-operate-{stage}"


def role_arn(account_id: str, name: str, partition: str) -> str:
    """The ARN of a role in an account."""
    return f"arn:{partition}:iam::{account_id}:role/{name}"


def own_role_arns(account_id: str, hub: Hub, stage: str) -> tuple[str, str]:
    """The ARNs of the roles that an account has if no others are given; empty for the hub account, which has none."""
    if account_id == hub.account_id:
        return "", ""
    read, operate = role_names(stage)
    return role_arn(account_id, read, hub.partition), role_arn(account_id, operate, hub.partition)


def account_problems(
    account: TargetAccount, *, hub_account_id: str, roles: tuple[str, str], known_regions: Collection[str]
) -> list[FieldProblem]:
    """Everything wrong with an account that can be found without AWS. ``roles`` are those that the hub may assume."""
    problems = []
    if not _ACCOUNT_ID.fullmatch(account.account_id):
        problems.append(FieldProblem("accountId", "must have 12 digits"))
    problems += _region_problems(account.regions, known_regions)
    if account.account_id == hub_account_id:
        return [*problems, *_hub_problems(account)]
    problems += _role_problems("readRole", account.read_role_arn, account.account_id, roles[0])
    problems += _role_problems("operateRole", account.operate_role_arn, account.account_id, roles[1])
    if not _EXTERNAL_ID.fullmatch(account.external_id):
        wanted = "is required: 16 to 128 letters, digits and signs of +=,.@:/_-, the one given to the account's stack"
        problems.append(FieldProblem("externalId", wanted))
    return problems


_ACCOUNT_ID = re.compile(r"[0-9]{12}")
_EXTERNAL_ID = re.compile(r"[A-Za-z0-9+=,.@:/_-]{16,128}")
_ROLE_ARN = re.compile(r"arn:(?P<partition>aws[a-z-]*):iam::(?P<account>[0-9]{12}):role/(?P<name>.+)")


def _region_problems(regions: Sequence[str], known: Collection[str]) -> list[FieldProblem]:
    problems = []
    for index, region in enumerate(regions):
        if region not in known:
            problems.append(FieldProblem(f"regions[{index}]", f"'{region}' is not a Region with DRS; check its name"))
        elif region in regions[:index]:
            problems.append(FieldProblem(f"regions[{index}]", f"lists {region} a second time; list each Region once"))
    return problems


def _hub_problems(account: TargetAccount) -> list[FieldProblem]:
    given = {
        "readRole": account.read_role_arn,
        "operateRole": account.operate_role_arn,
        "externalId": account.external_id,
    }
    what = "must be left out: this is the account of the platform itself, which needs no role"
    return [FieldProblem(field, what) for field, value in given.items() if value]


def _role_problems(field: str, arn: str, account_id: str, allowed: str) -> list[FieldProblem]:
    found = _ROLE_ARN.fullmatch(arn)
    if found is None:
        return [FieldProblem(field, f"'{arn}' is not the ARN of an IAM role; leave it out for the role {allowed}")]
    if found["account"] != account_id:
        return [FieldProblem(field, f"is a role of account {found['account']}; give a role of account {account_id}")]
    if found["name"] != allowed:
        what = f"is the role '{found['name']}', but this stage may assume only '{allowed}'; deploy the stack of"
        return [FieldProblem(field, f"{what} infrastructure/target-account.yaml in the account, and leave it out")]
    return []
