"""Exports while other people change the configuration."""

from collections.abc import Callable
from typing import Any

from local.aws_calls import AwsCall
from local.cloud import LocalCloud
from tests.integration.conftest import EAST, REGION_OF, RestClient, waves_of

Make = Callable[..., Any]


def test_a_group_that_is_deleted_during_an_export_is_a_conflict(
    admin: RestClient, cloud: LocalCloud, empty: Make
) -> None:
    place = {"accountId": EAST, "region": REGION_OF[EAST]}
    group = admin("POST", "/protection-groups", {"name": "A", **place, "tags": {"Tier": "web"}}).body
    plan = admin("POST", "/recovery-plans", {"name": "P", "waves": waves_of(group["groupId"])}).body
    statuses: list[int] = []

    def delete_after_the_plans_were_read(call: AwsCall, function: str | None) -> None:
        about_groups = "protection-groups" in str(call.params.get("TableName"))
        if (call.operation, function) == ("Query", "api_handler") and about_groups and not statuses:
            statuses.append(0)
            statuses.append(admin("DELETE", f"/recovery-plans/{plan['planId']}").status)
            statuses.append(admin("DELETE", f"/protection-groups/{group['groupId']}").status)

    stop = cloud.front.observe(delete_after_the_plans_were_read)
    answer = admin.get("/config/export")
    stop()
    assert statuses == [0, 200, 200]
    assert (answer.status, answer.error) == (409, "StateConflict")
    assert "groups:" not in admin.get("/config/export").body["text"]
