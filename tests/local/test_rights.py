"""Who may do what: policy files, roles of target accounts, and the query side's inability to write."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.workflow_engine import WORKFLOW_ACCESS_KEY
from tests.local.conftest import RunningCloud, deployed

ACCOUNT, REGION = "222233334444", "us-east-1"


def _call(service: str, method: str, arguments: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"do": "call", "service": service, "method": method, "arguments": arguments, **more}


def _item(table: str, **values: str) -> dict[str, Any]:
    return {
        "TableName": f"aws-drs-orchestration-{table}-local",
        "Item": {name: {"S": value} for name, value in values.items()},
    }


def test_the_query_side_cannot_write_and_may_append_to_the_audit_table(cloud: RunningCloud) -> None:
    error, payload = cloud.invoke("query-handler", _call("dynamodb", "put_item", _item("server-leases", lease="x")))
    assert error == "Unhandled"
    assert payload["errorType"] == "QuerySideMayNotWrite"
    audit = _item("audit-logs", audit_day="2026-01-01", entry_id="1")
    assert cloud.invoke("query-handler", _call("dynamodb", "put_item", audit))[0] is None


def test_the_state_machine_may_invoke_its_own_aliases_and_nothing_else(cloud: RunningCloud) -> None:
    workflow = cloud.client("lambda", key=WORKFLOW_ACCESS_KEY)
    for name in ("query-handler", "execution-handler"):
        function = deployed(name)
        assert "FunctionError" not in workflow.invoke(FunctionName=f"{function}:workflow", Payload=b"{}")
        for other in (function, f"{function}:live", deployed("inventory-sync")):
            with pytest.raises(ClientError) as caught:
                workflow.invoke(FunctionName=other, Payload=b"{}")
            assert caught.value.response["Error"]["Code"] == "AccessDeniedException"


def test_a_thread_of_a_query_function_cannot_write_either(cloud: RunningCloud) -> None:
    event = _call("dynamodb", "put_item", _item("server-leases", lease="x"), in_thread=True)
    _, payload = cloud.invoke("query-handler", event)
    assert payload["raised"] == "QuerySideMayNotWrite"


def test_the_execution_side_writes_its_tables_and_no_others(cloud: RunningCloud) -> None:
    assert (
        cloud.invoke("execution-handler", _call("dynamodb", "put_item", _item("server-leases", lease="y")))[0] is None
    )
    event = _call("dynamodb", "put_item", _item("protection-groups", group_id="g"))
    error, payload = cloud.invoke("execution-handler", event)
    assert error == "Unhandled"
    assert "AccessDeniedException" in payload["errorMessage"]
    assert "protection-groups-local" in payload["errorMessage"]


def test_a_policy_condition_on_the_key_is_judged(cloud: RunningCloud) -> None:
    allowed = _item("unique-names", scope="idempotency#test", name_key="k")
    assert cloud.invoke("execution-handler", _call("dynamodb", "put_item", allowed))[0] is None
    other = _item("unique-names", scope="plan", name_key="k")
    error, payload = cloud.invoke("execution-handler", _call("dynamodb", "put_item", other))
    assert error == "Unhandled"
    assert "AccessDenied" in payload["errorMessage"]


def _schedule(attribute: str) -> dict[str, Any]:
    update = {
        "TableName": "aws-drs-orchestration-recovery-plans-local",
        "Key": {"plan_id": {"S": "plan-x"}},
        "UpdateExpression": "SET #changed = :value",
        "ExpressionAttributeNames": {"#changed": attribute},
        "ExpressionAttributeValues": {":value": {"S": "x"}},
    }
    return _call("dynamodb", "update_item", update)


def test_a_policy_condition_on_attributes_is_judged(cloud: RunningCloud) -> None:
    assert cloud.invoke("execution-handler", _schedule("next_drill_at"))[0] is None
    for attribute in ("name", "approval"):
        error, payload = cloud.invoke("execution-handler", _schedule(attribute))
        assert error == "Unhandled"
        assert "AccessDenied" in payload["errorMessage"], attribute


@pytest.mark.parametrize(("scope", "refused"), [("account", False), ("plan", True)])
def test_a_query_is_judged_by_the_partition_that_it_reads(cloud: RunningCloud, scope: str, refused: bool) -> None:
    query = {
        "TableName": "aws-drs-orchestration-unique-names-local",
        "KeyConditionExpression": "#scope = :scope",
        "ExpressionAttributeNames": {"#scope": "scope"},
        "ExpressionAttributeValues": {":scope": {"S": scope}},
    }
    error, payload = cloud.invoke("query-handler", _call("dynamodb", "query", query))
    assert (error is not None) is refused, payload


def test_a_table_of_another_account_is_out_of_reach(cloud: RunningCloud) -> None:
    table = "arn:aws:dynamodb:us-east-2:222233334444:table/aws-drs-orchestration-executions-local"
    event = _call("dynamodb", "get_item", {"TableName": table, "Key": {"execution_id": {"S": "exec-x"}}})
    error, payload = cloud.invoke("query-handler", event)
    assert error == "Unhandled"
    assert "StayInOwnAccount denies it" in payload["errorMessage"]


@pytest.mark.parametrize(("source", "refused"), [("dr-orchestration", False), ("aws.ec2", True)])
def test_events_are_put_under_the_name_of_the_product_only(cloud: RunningCloud, source: str, refused: bool) -> None:
    entry = {"Source": source, "DetailType": "test", "Detail": "{}", "EventBusName": "default"}
    error, payload = cloud.invoke("execution-handler", _call("events", "put_events", {"Entries": [entry]}))
    assert (error is not None) is refused, payload


def test_a_transaction_needs_the_permission_for_each_write_in_it(cloud: RunningCloud) -> None:
    writes = [{"Put": _item("server-leases", lease="z")}, {"Put": _item("recovery-plans", plan_id="p")}]
    event = _call("dynamodb", "transact_write_items", {"TransactItems": writes})
    error, payload = cloud.invoke("execution-handler", event)
    assert error == "Unhandled"
    assert "recovery-plans-local" in payload["errorMessage"]


def test_refusals_can_be_looked_up(cloud: RunningCloud) -> None:
    cloud.invoke("execution-handler", _call("dynamodb", "delete_table", {"TableName": "looked-up"}))
    refusals = cloud.http("GET", "/_local/refusals").json()["refusals"]
    assert any(entry["action"] == "dynamodb:DeleteTable" and "looked-up" in entry["resource"] for entry in refusals)


def _assume(cloud: RunningCloud, access: str, *, external_id: str | None = None) -> dict[str, str]:
    roles = cloud.described["roles"][ACCOUNT]
    return {"RoleArn": roles[access], "ExternalId": external_id or roles["external_id"]}


def _servers(cloud: RunningCloud, access: str, **more: Any) -> dict[str, Any]:
    return _call("drs", "describe_source_servers", {"filters": {}}, region=REGION, role=_assume(cloud, access), **more)


def test_the_read_role_of_a_target_account_sees_only_its_servers(cloud: RunningCloud) -> None:
    error, payload = cloud.invoke("query-handler", _servers(cloud, "read"))
    assert error is None
    found = {item["sourceProperties"]["identificationHints"]["hostname"] for item in payload["items"]}
    assert "shop-db-1" in found
    assert "stock-db-1" not in found, "that server is in the other account"


def test_the_read_role_cannot_start_a_recovery(cloud: RunningCloud) -> None:
    event = _call(
        "drs",
        "start_recovery",
        {"sourceServers": [{"sourceServerID": "s-12345678901234567"}]},
        region=REGION,
        role=_assume(cloud, "read"),
    )
    error, payload = cloud.invoke("execution-handler", event)
    assert error == "Unhandled"
    assert "AccessDenied" in payload["errorMessage"]
    assert "drs:StartRecovery" in payload["errorMessage"]


def test_the_operate_role_trusts_the_execution_side_only(cloud: RunningCloud) -> None:
    assert cloud.invoke("execution-handler", _servers(cloud, "operate"))[0] is None
    error, payload = cloud.invoke("query-handler", _servers(cloud, "operate"))
    assert error == "Unhandled"
    assert "AccessDenied" in payload["errorMessage"]


def test_credentials_of_a_role_serve_only_functions_that_may_assume_it(cloud: RunningCloud) -> None:
    """The functions of the local cloud share a process and its cached sessions; in AWS each assumes a role itself."""
    assume = _call("sts", "assume_role", {"RoleSessionName": "shared", **_assume(cloud, "operate")})
    given = cloud.invoke("execution-handler", assume)[1]["Credentials"]
    look = _call("drs", "describe_source_servers", {"filters": {}}, region=REGION, credentials=given)
    assert cloud.invoke("execution-handler", look)[0] is None
    error, payload = cloud.invoke("query-handler", look)
    assert error == "Unhandled"
    assert "sts:AssumeRole" in payload["errorMessage"]


@pytest.mark.parametrize("external_id", ["a-strangers-guess", ""])
def test_a_role_is_not_assumed_without_its_external_id(cloud: RunningCloud, external_id: str) -> None:
    role = _assume(cloud, "read", external_id="replaced")
    role = {"RoleArn": role["RoleArn"], **({"ExternalId": external_id} if external_id else {})}
    event = _call("drs", "describe_source_servers", {}, region=REGION, role=role)
    error, payload = cloud.invoke("execution-handler", event)
    assert error == "Unhandled"
    assert "AccessDenied" in payload["errorMessage"]


def test_no_other_caller_can_assume_the_role_of_a_target_account(cloud: RunningCloud) -> None:
    role = _assume(cloud, "read")
    with pytest.raises(ClientError) as caught:
        cloud.client("sts").assume_role(RoleSessionName="stranger", **role)
    assert caught.value.response["Error"]["Code"] == "AccessDenied"


def test_the_external_id_is_not_in_any_refusal(cloud: RunningCloud) -> None:
    secret = cloud.described["roles"][ACCOUNT]["external_id"]
    assert secret not in json.dumps(cloud.http("GET", "/_local/refusals").json())


def test_credentials_of_a_role_that_was_not_assumed_in_this_cloud_are_refused(cloud: RunningCloud) -> None:
    with pytest.raises(ClientError) as caught:
        cloud.client("dynamodb", key="ASIAFROMEARLIER").list_tables()
    assert caught.value.response["Error"]["Code"] == "ExpiredTokenException"


def test_a_key_that_was_not_issued_here_is_refused_by_every_service(cloud: RunningCloud) -> None:
    calls = {
        "drs": ("describe_source_servers", "UnrecognizedClientException"),
        "sts": ("get_caller_identity", "InvalidClientTokenId"),
        "ec2": ("describe_instances", "AuthFailure"),
        "dynamodb": ("list_tables", "UnrecognizedClientException"),
    }
    for service, (operation, code) in calls.items():
        with pytest.raises(ClientError) as refused:
            getattr(cloud.client(service, key="AKIASOMEBODYELSE"), operation)()
        assert refused.value.response["Error"]["Code"] == code
        assert "was not issued here" in refused.value.response["Error"]["Message"]
