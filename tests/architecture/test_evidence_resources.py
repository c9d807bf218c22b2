"""The table of the audit log, the bucket of evidence and the streams that feed it."""

from typing import Any

from chalicelib.domain.access.evidence import Log
from chalicelib.settings import APP_NAME
from local.aws_calls import RequiredPermission
from local.policies import Policies
from local.templates import Template
from scripts.chalice_config import FUNCTIONS
from scripts.chalice_names import name_of
from tests.architecture.templates import ROOT, resources


def test_the_audit_log_can_only_be_appended_to_and_only_by_the_functions() -> None:
    """The table's own policy, which binds administrators too. A policy of the caller that allows all is beside it."""
    policy = resolved("data.yaml", "AuditLogsTable", "ResourcePolicy")["PolicyDocument"]
    everything = {"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
    table = f"arn:aws:dynamodb:us-east-2:111122223333:table/{APP_NAME}-audit-logs-qa"

    def may(action: str, role: str) -> bool:
        caller = {"aws:PrincipalArn": (f"arn:aws:iam::111122223333:role/{role}",)}
        needed = RequiredPermission(action=f"dynamodb:{action}", resource=table, context=caller)
        return Policies([everything, policy]).judge(needed).allowed

    ours, administrator = f"{APP_NAME}-query-handler-qa", "Administrator"
    for function in FUNCTIONS.keys() - {"drs-events"}:
        assert may("PutItem", name_of(function, "qa")), "the audit entries of this function would be refused"
    assert not may("PutItem", name_of("drs-events", "qa")), "it serves no calls"
    for other in (administrator, f"{APP_NAME}-query-handler-dev", f"{APP_NAME}-operate-qa"):
        assert not may("PutItem", other)
    for action in ("UpdateItem", "DeleteItem", "BatchWriteItem", "PartiQLUpdate", "PartiQLDelete", "PartiQLInsert"):
        assert not may(action, ours), action
        assert not may(action, administrator), action
    assert may("Query", administrator)


def test_evidence_is_locked_encrypted_and_written_by_one_function_over_tls() -> None:
    bucket = resources("data.yaml", "AWS::S3::Bucket")["Evidence"]
    assert bucket["DeletionPolicy"] == "RetainExceptOnCreate"
    assert bucket["UpdateReplacePolicy"] == "Retain"
    properties = bucket["Properties"]
    assert properties["ObjectLockEnabled"] is True
    retention = properties["ObjectLockConfiguration"]["Rule"]["DefaultRetention"]
    assert retention == {"Mode": "COMPLIANCE", "Days": {"Ref": "EvidenceRetentionDays"}}
    assert properties["VersioningConfiguration"] == {"Status": "Enabled"}
    assert set(properties["PublicAccessBlockConfiguration"].values()) == {True}
    statements = {
        statement["Sid"]: statement
        for statement in resources("data.yaml", "AWS::S3::BucketPolicy")["EvidencePolicy"]["Properties"][
            "PolicyDocument"
        ]["Statement"]
    }
    assert {statement["Effect"] for statement in statements.values()} == {"Deny"}
    assert statements["TlsOnly"]["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    writer = statements["OnlyTheWriterAppends"]["Condition"]["ArnNotEquals"]["aws:PrincipalArn"]["Fn::Sub"]
    assert writer.endswith(f":role/{APP_NAME}-evidence-writer-${{Stage}}")
    assert {"s3:DeleteObjectVersion", "s3:PutObjectRetention", "s3:BypassGovernanceRetention"} <= set(
        statements["NobodyDeletesOrShortens"]["Action"]
    )


def test_each_log_has_a_stream_with_both_images_that_the_writer_follows_until_it_ends() -> None:
    tables = {
        str(entry["Properties"]["TableName"]["Fn::Sub"]): entry["Properties"]
        for entry in resources("data.yaml", "AWS::DynamoDB::Table").values()
    }
    for log in Log:
        stream = tables[f"{APP_NAME}-{log.table}-${{Stage}}"]["StreamSpecification"]
        assert stream == {"StreamViewType": "NEW_AND_OLD_IMAGES"}
    followed = [entry["Properties"] for entry in resources("workflow.yaml", "AWS::Lambda::EventSourceMapping").values()]
    assert [source["EventSourceArn"] for source in followed] == [
        {"Ref": "AuditStreamArn"},
        {"Ref": "TimelineStreamArn"},
    ]
    for source in followed:
        assert source["DestinationConfig"] == {"OnFailure": {"Destination": {"Fn::GetAtt": ["EvidenceLost", "Arn"]}}}
        # Without these two, Lambda tries as long as the stream keeps a record.
        assert not {"MaximumRetryAttempts", "MaximumRecordAgeInSeconds"} & set(source)


def resolved(name: str, logical: str, part: str) -> dict[str, Any]:
    """One of the properties of a table in stage qa."""
    made = Template(
        ROOT / "infrastructure" / name, parameters={"Stage": "qa"}, account="111122223333", region="us-east-2"
    )
    found: dict[str, Any] = made.resolve(resources(name, "AWS::DynamoDB::Table")[logical]["Properties"][part])
    return found
