"""Answers about thousands of servers stay far below Lambda's 6 MB; here the limits are small."""

from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.execution.starts import start
from chalicelib.query import groups
from tests.waiting import eventually

from .conftest import EAST, REGION_OF, RestClient

PLACE = {"accountId": EAST, "region": REGION_OF[EAST]}
Make = Callable[..., Any]


@pytest.fixture
def blocked_plan(new_group: Make, new_plan: Make, new_servers: Make) -> Any:
    """A plan of a server that can launch and three that have never replicated."""
    able = new_servers(state="CONTINUOUS")
    unable = [new_servers(state="INITIATING")[0] for _ in range(3)]
    return new_plan([new_group(sourceServerIds=[*able, *unable])["groupId"]])


def test_a_group_shows_as_many_servers_as_fit_and_a_cursor_for_the_others(
    admin: RestClient, new_group: Make, new_servers: Make, sync: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    servers = sorted(new_servers(3, Long="x" * 250))
    group = new_group(sourceServerIds=servers)
    sync()
    monkeypatch.setattr(groups, "MAX_PAGE_BYTES", 10)
    shown, page = [], admin.get(f"/protection-groups/{group['groupId']}").body
    while page["nextCursor"]:
        assert (len(page["servers"]), page["serverCount"]) == (1, 3)
        shown += page["servers"]
        page = admin.get(f"/protection-groups/{group['groupId']}", cursor=page["nextCursor"]).body
    assert [server["sourceServerId"] for server in [*shown, *page["servers"]]] == servers


def test_a_refused_start_and_one_that_leaves_servers_out_name_as_many_as_fit(
    admin: RestClient, blocked_plan: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(start, "MOST_LISTED_BYTES", 10)
    path = f"/recovery-plans/{blocked_plan['planId']}/execute"
    refused = admin("POST", path, {"mode": "DRILL"})
    assert refused.status == 422
    assert len(refused.details["servers"]) == 1
    assert refused.body["error"]["message"].startswith("3 servers cannot launch: ")
    started = admin("POST", path, {"mode": "DRILL", "acceptDegraded": True}).body
    assert len(started["excluded"]) == 1
    execution_id = started["execution"]["executionId"]
    listed = admin.all_items(f"/executions/{execution_id}/servers")
    assert sorted(server["status"] for server in listed).count("EXCLUDED") == 3
    admin("POST", f"/executions/{execution_id}/cancel", {})
    eventually(lambda: admin.get(f"/executions/{execution_id}").body["execution"]["endedAt"])


def test_the_error_of_many_taken_servers_names_the_first_ones(
    admin: RestClient, new_group: Make, new_servers: Make, new_name: Make
) -> None:
    servers = new_servers(25)
    holder = new_group(sourceServerIds=servers)
    refused = admin("POST", "/protection-groups", {"name": new_name(), **PLACE, "sourceServerIds": servers})
    message = refused.body["error"]["message"]
    assert f"and 15 more servers in the group '{holder['name']}'" in message
    assert sum(server_id in message for server_id in servers) == 10
    assert len(refused.details["overlaps"][0]["sourceServerIds"]) == 25
