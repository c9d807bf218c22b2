"""What the data stack makes in AWS and the stand-in's CloudFormation does not, under the template's names."""

import json
from typing import Any

from local import templates
from scripts.deployment import application
from scripts.deployment.stage import Stage

DATA: dict[str, Any] = templates.read(application.DATA_TEMPLATE)["Resources"]
KEPT = {name for name, entry in DATA.items() if entry.get("DeletionPolicy") == "RetainExceptOnCreate"}


def make_the_rest(stage: Stage) -> None:
    """The stand-in has made pool and bucket; here come tables and their key, groups, evidence, topic, log and role."""
    kms, account = stage.client("kms"), stage.caller["account"]
    kms.create_key()  # Another one of the account.
    own_key = kms.create_key()["KeyMetadata"]["Arn"]
    for entry in DATA.values():
        if entry["Type"] == "AWS::DynamoDB::Table":
            make_table(stage, json.loads(json.dumps(entry["Properties"])), own_key)
        elif entry["Type"] == "AWS::Cognito::UserPoolGroup":
            pool, group = stage.outputs["UserPoolId"], entry["Properties"]["GroupName"]
            stage.client("cognito-idp").create_group(UserPoolId=pool, GroupName=group)
    bucket = f"aws-drs-orchestration-evidence-{stage.name}-{account}"
    stage.client("s3").create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": stage.region})
    stage.client("s3").put_bucket_policy(Bucket=bucket, Policy='{"Version": "2012-10-17", "Statement": []}')
    stage.client("sns").create_topic(Name=f"aws-drs-orchestration-notifications-{stage.name}")
    stage.client("logs").create_log_group(logGroupName=f"/aws/apigateway/aws-drs-orchestration-{stage.name}")
    role = f"aws-drs-orchestration-gateway-logs-{stage.name}-{stage.region}"
    stage.client("iam").create_role(RoleName=role, AssumeRolePolicyDocument="{}")


def make_table(stage: Stage, properties: dict[str, Any], key: str) -> None:
    """A table with the keys and indexes of the template."""
    known = ("AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes")
    stage.client("dynamodb").create_table(
        TableName=properties["TableName"]["Fn::Sub"].replace("${Stage}", stage.name),
        BillingMode="PAY_PER_REQUEST",
        SSESpecification={"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": key},
        **{name: properties[name] for name in known if name in properties},
    )
