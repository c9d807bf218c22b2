"""What the API shows of DRS as it is now: servers, recovery points, jobs and their logs."""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest

from local.cloud import LocalCloud
from tests.waiting import eventually

from .conftest import EAST, REGION_OF, WEST, RestClient

Make = Callable[..., Any]
PLACE = {"accountId": EAST, "region": REGION_OF[EAST]}


def test_a_live_list_shows_what_no_sync_has_seen(admin: RestClient, new_servers: Make) -> None:
    new = set(new_servers(3))
    stored = {server["sourceServerId"] for server in admin.all_items("/drs/source-servers", **PLACE, limit=100)}
    live = [
        server["sourceServerId"] for server in admin.all_items("/drs/source-servers", **PLACE, live="true", limit=2)
    ]
    assert new & stored == set()
    assert new <= set(live)
    assert len(live) == len(set(live))


def test_a_server_is_shown_with_its_readiness(admin: RestClient, new_servers: Make, sync: Make) -> None:
    (server_id,) = new_servers(state="STOPPED")
    path = f"/drs/source-servers/{server_id}"
    assert admin.get(path).status == 404
    live = admin.get(path, **PLACE, live="true").body
    assert (live["live"], live["readiness"], live["findings"][0]["code"]) == (True, "BLOCKED", "NO_RECOVERY_POINT")
    sync()
    stored = admin.get(path).body
    assert (stored["live"], stored["server"]["sourceServerId"], stored["readiness"]) == (False, server_id, "BLOCKED")


def test_live_status_differs_from_the_inventory_until_the_next_sync(
    admin: RestClient, cloud: LocalCloud, new_servers: Make, sync: Make
) -> None:
    (server_id,) = new_servers(account=WEST, state="STOPPED")
    sync()
    cloud.emulator.set_replication(WEST, REGION_OF[WEST], server_id, state="DISCONNECTED")
    path = f"/drs/source-servers/{server_id}"
    assert admin.get(path).body["server"]["replicationState"] == "STOPPED"
    assert admin.get(path, live="true").body["server"]["replicationState"] == "DISCONNECTED"


def test_recovery_points_come_newest_first_page_by_page(admin: RestClient, cloud: LocalCloud) -> None:
    server_id = min(server.server_id for server in cloud.world.servers_with(account=EAST))
    path = f"/drs/source-servers/{server_id}/recovery-points"
    points = list(admin.all_items(path, limit=7))
    moments = [point["at"] for point in points]
    assert len(moments) > 7
    assert moments == sorted(moments, reverse=True)
    assert len({point["pointId"] for point in points}) == len(points)
    assert {point["sourceServerId"] for point in points} == {server_id}


def test_a_cursor_of_another_list_is_refused(admin: RestClient, cloud: LocalCloud) -> None:
    one, other = sorted(server.server_id for server in cloud.world.servers_with(account=EAST))[:2]
    cursor = admin.get(f"/drs/source-servers/{one}/recovery-points", limit=1).body["nextCursor"]
    for path in (f"/drs/source-servers/{other}/recovery-points", "/drs/jobs"):
        refused = admin.get(path, **PLACE, cursor=cursor)
        assert (refused.status, list(refused.problems)) == (400, ["cursor"])


def test_jobs_of_others_and_their_logs_are_shown(admin: RestClient, cloud: LocalCloud) -> None:
    server_id = min(server.server_id for server in cloud.world.servers_with(account=WEST, tier="reporting"))
    drs = cloud.client("drs", account=WEST, region=REGION_OF[WEST])
    tags = {"made": "by hand"}
    job_id = drs.start_recovery(sourceServers=[{"sourceServerID": server_id}], isDrill=True, tags=tags)["job"]["jobID"]
    place = {"accountId": WEST, "region": REGION_OF[WEST]}
    jobs = admin.all_items("/drs/jobs", **place)
    (job,) = (job for job in jobs if job["jobId"] == job_id)
    assert (job["initiatedBy"], job["tags"]) == ("START_DRILL", tags)
    assert [server["sourceServerId"] for server in job["servers"]] in ([], [server_id])

    def log() -> list[Any]:
        return list(admin.all_items(f"/drs/jobs/{job_id}/log", **place, limit=2))

    eventually(lambda: any(line["event"] == "JOB_END" for line in log()))
    events = [line["event"] for line in log()]
    assert events.index("JOB_START") < events.index("LAUNCH_END") < events.index("JOB_END")
    (launched,) = (line for line in log() if line["event"] == "LAUNCH_END")
    assert launched["sourceServerId"] == server_id
    assert launched["instanceId"].startswith("i-")


def test_an_account_that_is_not_registered_has_no_jobs_to_show(admin: RestClient) -> None:
    assert admin.get("/drs/jobs", accountId="999999999999", region="us-east-1").status == 404


@pytest.mark.parametrize("odd", ["s-0123456789abcdef0", "x", "s-" + "0" * 100, "s-/../x"])
def test_ids_that_drs_does_not_know_or_take_are_the_callers_mistake(admin: RestClient, odd: str) -> None:
    for path in (f"/drs/source-servers/{quote(odd, safe='')}/recovery-points", f"/drs/jobs/{quote(odd, safe='')}/log"):
        answer = admin.get(path, accountId=EAST, region=REGION_OF[EAST])
        assert answer.status in {200, 400, 404}, answer.body
