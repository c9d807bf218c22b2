"""The roles and the key of target and staging accounts."""

import pytest

from app import app
from scripts.chalice_config import FUNCTIONS
from scripts.chalice_names import name_of
from tests.architecture.templates import handwritten, resources

# --- the roles of a target account ---


@pytest.mark.parametrize(
    ("role", "sources"),
    [
        ("ReadRole", ("drs-read",)),
        ("OperateRole", ("drs-read", "drs-operate", "drs-templates", "drs-configure", "drs-tags", "drs-extend")),
    ],
)
def test_a_target_role_may_do_what_the_hub_may_do_in_its_own_account(role: str, sources: tuple[str, ...]) -> None:
    (policy,) = resources("target-account.yaml", "AWS::IAM::Role")[role]["Properties"]["Policies"]
    assert policy["PolicyDocument"]["Statement"] == handwritten(*sources)


def test_target_roles_trust_only_our_functions_with_the_external_id() -> None:
    trusted = {}
    for key, entry in resources("target-account.yaml", "AWS::IAM::Role").items():
        (statement,) = entry["Properties"]["AssumeRolePolicyDocument"]["Statement"]
        assert statement["Condition"]["StringEquals"] == {"sts:ExternalId": {"Ref": "ExternalId"}}
        arns = [arn["Fn::Sub"] for arn in statement["Condition"]["ArnEquals"]["aws:PrincipalArn"]]
        trusted[key] = {arn.rpartition("role/")[2] for arn in arns}
    executing = {"execution-handler", "execution-watchdog", "drill-cleanup", "due-drills"}
    operating = executing | {"data-management-handler", "staging-sync", "tag-sync"}
    reading = FUNCTIONS.keys() - {"evidence-writer", "metrics", "drs-events"}
    assert trusted == {
        "ReadRole": {name_of(function, "${Stage}") for function in reading},
        "OperateRole": {name_of(function, "${Stage}") for function in operating},
    }


# --- events of a target account ---


def test_what_a_target_account_forwards_is_what_the_hub_takes_and_its_function_waits_for() -> None:
    """A difference would lose every event, and runs would go on by polling, so that nobody sees it."""
    (waited_for,) = [vars(each)["event_pattern"] for each in app.event_sources if each.name == "drs-events"]
    (rule,) = [entry["Properties"] for entry in resources("target-events.yaml", "AWS::Events::Rule").values()]
    (role,) = [entry["Properties"] for entry in resources("target-events.yaml", "AWS::IAM::Role").values()]
    assert rule["EventPattern"] == waited_for
    (target,) = rule["Targets"]
    (allowed,) = role["Policies"][0]["PolicyDocument"]["Statement"]
    assert (allowed["Action"], allowed["Resource"]) == ("events:PutEvents", target["Arn"])
    assert rule["Name"]["Fn::Sub"] in str(role["AssumeRolePolicyDocument"]), "EventBridge assumes it for this rule only"
    taken = resources("workflow.yaml", "AWS::Events::EventBusPolicy")
    assert set(taken) == {"EventsOfTheOrganization", "EventsOfAccounts"}
    (source,), (kind,) = waited_for["source"], waited_for["detail-type"]
    for entry in taken.values():
        statement = entry["Properties"]["Statement"]
        assert (
            statement["Condition"]["StringEquals"].items()
            >= {"events:source": source, "events:detail-type": kind}.items()
        )
    organization = taken["EventsOfTheOrganization"]["Properties"]["Statement"]
    assert organization["Condition"]["StringEquals"]["aws:PrincipalOrgID"] == {"Ref": "OrganizationId"}


# --- the role and key of a staging account ---


def test_only_drs_may_assume_the_staging_role_and_only_for_the_target_account() -> None:
    (role,) = resources("staging-account.yaml", "AWS::IAM::Role").values()
    (statement,) = role["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Principal"] == {"Service": "drs.amazonaws.com"}
    assert statement["Condition"]["StringEquals"] == {
        "sts:SourceIdentity": {"Ref": "TargetAccountId"},
        "aws:SourceAccount": {"Ref": "TargetAccountId"},
    }
    assert role["Properties"]["RoleName"] == {"Fn::Sub": "DRSStagingAccountRole_${TargetAccountId}"}
    assert len(role["Properties"]["ManagedPolicyArns"]) == 1
    assert "Policies" not in role["Properties"]


def test_others_may_use_the_staging_key_only_to_encrypt_again_and_only_through_ec2() -> None:
    (key,) = resources("staging-account.yaml", "AWS::KMS::Key").values()
    own, *others = key["Properties"]["KeyPolicy"]["Statement"]
    assert own["Principal"] == {"AWS": {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"}}
    assert len(others) == 2
    for statement in others:
        assert statement["Action"] == ["kms:ReEncryptFrom", "kms:ReEncryptTo"]
        assert statement["Condition"]["StringEquals"]["kms:ViaService"] == {
            "Fn::Sub": "ec2.${AWS::Region}.amazonaws.com"
        }
    assert key["DeletionPolicy"] == key["UpdateReplacePolicy"] == "Retain"
