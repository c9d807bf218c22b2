"""Exports while other people change the configuration."""

from collections.abc import Callable
from typing import Any

from local.aws_calls import AwsCall
from local.cloud import LocalCloud
from tests.integration.conftest import EAST, REGION_OF, RestClient, waves_of
from tests.observed import REST, before_the_first

Make = Callable[..., Any]


def test_a_group_that_is_deleted_during_an_export_is_a_conflict(
    admin: RestClient, cloud: LocalCloud, empty: Make
) -> None:
    place = {"accountId": EAST, "region": REGION_OF[EAST]}
    group = admin("POST", "/protection-groups", {"name": "A", **place, "tags": {"Tier": "web"}}).body
    plan = admin("POST", "/recovery-plans", {"name": "P", "waves": waves_of(group["groupId"])}).body
    statuses: list[int] = []

    def reads_groups(call: AwsCall, function: str | None) -> bool:
        about_groups = "protection-groups" in str(call.params.get("TableName"))
        return (call.operation, function) == ("Query", REST) and about_groups

    def delete_both(_: AwsCall) -> None:
        statuses.append(admin("DELETE", f"/recovery-plans/{plan['planId']}").status)
        statuses.append(admin("DELETE", f"/protection-groups/{group['groupId']}").status)

    with before_the_first(cloud, reads_groups, delete_both):
        answer = admin.get("/config/export")
    assert statuses == [200, 200]
    assert (answer.status, answer.error) == (409, "StateConflict")
    assert "groups:" not in admin.get("/config/export").body["text"]
