"""The operate role holds every right that DRS uses in its caller's name, and docs/access.md says where and why.

The list of rights is the one that the emulator asks with.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

import pytest

from drs_emulator.caller_rights import EVERY_RIGHT, CallerAction, Right, resource_of
from local.aws_calls import permission_through_drs
from local.policies import Policies, Verdict
from tests.architecture.conftest import ROOT

ACCOUNT, REGION = "111111111111", "us-east-1"
LARGEST_INLINE_POLICIES = 10_240
"""Characters of all inline policies of a role, white space excluded (IAM and AWS STS quotas)."""


def statements(*names: str) -> list[Any]:
    return [
        statement for name in names for statement in json.loads((ROOT / f".chalice/statements/{name}.json").read_text())
    ]


OPERATE = statements("drs-read", "drs-operate", "drs-templates", "drs-configure")


def verdict_on(right: Right, allowed: list[Any], **context: tuple[str, ...]) -> Verdict:
    resource = resource_of(right, account=ACCOUNT, region=REGION, ids={})
    asked = CallerAction(caller="operate", account=ACCOUNT, region=REGION, right=right, resource=resource)
    needed = permission_through_drs(asked)
    changed = type(needed)(action=needed.action, resource=needed.resource, context={**needed.context, **context})
    return Policies([{"Statement": allowed}]).judge(changed)


def missing(allowed: list[Any]) -> set[str]:
    return {right.name for right in EVERY_RIGHT if not verdict_on(right, allowed).allowed}


def without(sid: str, action: str) -> list[Any]:
    return [
        {**statement, "Action": [name for name in statement["Action"] if name != action]}
        if statement["Sid"] == sid
        else statement
        for statement in OPERATE
    ]


@pytest.mark.parametrize("right", EVERY_RIGHT, ids=lambda right: right.name)
def test_the_operate_role_holds_every_right_that_drs_uses_in_its_name(right: Right) -> None:
    verdict = verdict_on(right, OPERATE)
    assert verdict.allowed, f"{right.name}: {verdict.reason}"


@pytest.mark.parametrize(
    ("sid", "action", "name"),
    [
        ("DeleteStagedVolumes", "ec2:DeleteVolume", "ec2:DeleteVolume on volume (drs.amazonaws.com-job"),
        ("ChangeOnlyWhatDrsManages", "ec2:DeleteVolume", "ec2:DeleteVolume on volume (AWSElasticDisasterRecovery"),
        ("LaunchIntoMarkedInstances", "ec2:StartInstances", "ec2:StartInstances on instance (AWSDRS)"),
        ("ChangeDrsLaunchTemplates", "ec2:CreateLaunchTemplateVersion", "ec2:CreateLaunchTemplateVersion on"),
        ("MakeDrsLaunchTemplates", "ec2:CreateLaunchTemplate", "ec2:CreateLaunchTemplate on launch-template"),
        ("OperateDrs", "drs:CreateRecoveryInstanceForDrs", "drs:CreateRecoveryInstanceForDrs on source-server"),
    ],
)
def test_a_right_that_is_removed_is_named(sid: str, action: str, name: str) -> None:
    (found,) = missing(without(sid, action))
    assert found.startswith(name)


OWN_CALLS = [right for right in EVERY_RIGHT if right.action.partition(":")[2].startswith(("Run", "Start", "Terminate"))]


@pytest.mark.parametrize("right", OWN_CALLS, ids=lambda right: right.name)
def test_the_role_itself_can_neither_run_nor_end_instances(right: Right) -> None:
    assert not verdict_on(right, OPERATE, **{"aws:ViaAWSService": ("false",), "aws:CalledVia": ()}).allowed


UNTAGGED = [
    Right(action=action, on=on)
    for action, on in (
        ("ec2:DeleteVolume", "volume"),
        ("ec2:DeleteSnapshot", "snapshot"),
        ("ec2:StartInstances", "instance"),
        ("ec2:StopInstances", "instance"),
        ("ec2:TerminateInstances", "instance"),
        ("ec2:ModifyLaunchTemplate", "launch-template"),
    )
]


@pytest.mark.parametrize("right", UNTAGGED, ids=lambda right: right.name)
def test_what_drs_did_not_make_is_out_of_reach_even_through_drs(right: Right) -> None:
    assert not verdict_on(right, OPERATE).allowed


@pytest.mark.parametrize("stage", ["dev", "qa", "prod"])
def test_inline_policies_fit_into_a_role(stage: str) -> None:
    for file in (ROOT / ".chalice/policies" / stage).glob("*.json"):
        size = len(re.sub(r"\s", "", file.read_text()))
        assert size <= LARGEST_INLINE_POLICIES, f"{file.name}: {size}"


# --- docs/access.md ---


COLUMNS = 5


def documented() -> Mapping[tuple[str, str], str]:
    """(action, resource with its tags) → statement, from the table of rights."""
    text = (ROOT / "docs/access.md").read_text().partition("### What DRS does in the caller's name")[2]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line[:1] == "|"]
    rights = [row for row in rows if row[0].startswith("`") and len(row) == COLUMNS]
    return {(action.strip("`"), on): statement for action, on, statement, *_ in rights}


def described(right: Right) -> str:
    tags = [*right.tags, *(f"new {tag}" for tag in right.requested)]
    kinds = {"AWSElasticDisasterRecoveryManaged": "managed", "new AWSElasticDisasterRecoveryManaged": "to be managed"}
    known = "staged" if "drs.amazonaws.com-job" in tags else ", ".join(kinds.get(tag, tag) for tag in tags)
    during = f", by {right.creating}" if right.creating else ""
    return f"{right.on.removeprefix('role/service-role/')}{during}" + (f" ({known})" if known else "")


def test_the_page_on_access_says_for_each_right_which_statement_grants_it() -> None:
    granted = {
        (right.action, described(right)): verdict_on(right, OPERATE).reason.removesuffix(" allows it")
        for right in EVERY_RIGHT
    }
    assert documented() == granted
