"""After a failback inside AWS: judged by the reversed server, protected again, and failed back once more."""

from typing import Any

from tests.integration.conftest import EAST, REGION_OF
from tests.integration.failback.conftest import ORIGIN, PATHS, Failbacks
from tests.waiting import eventually


def failed_back(failbacks: Failbacks) -> tuple[str, str]:
    """A server that was failed back: its source server and the reversed one at the origin."""
    server_id = failbacks.recovered()
    reversed_id = failbacks.one("reverse", server_id)["reversedServerId"]
    failbacks.until("FAILBACK_READY_FOR_LAUNCH", server_id)
    assert failbacks.one("start", server_id)["outcome"] == "STARTED"
    failbacks.until("FAILBACK_COMPLETED", server_id)
    return server_id, reversed_id


def test_a_server_that_was_failed_back_is_protected_again(failbacks: Failbacks) -> None:
    server_id, reversed_id = failed_back(failbacks)
    failbacks.await_agent(reversed_id, region=ORIGIN)
    before = failbacks.look(reversed_id, region=ORIGIN)
    assert (before["state"], before["direction"]) == ("FAILBACK_NOT_STARTED", "FAILOVER")
    assert "protect it again" in before["remedy"]
    named = [{"accountId": EAST, "region": ORIGIN, "sourceServerId": reversed_id}]
    (begun,) = failbacks.client("POST", PATHS["reverse"], {"servers": named}).body["servers"]
    assert (begun["outcome"], begun["reversedServerId"]) == ("STARTED", server_id)
    eventually(
        lambda: failbacks.look(reversed_id, region=ORIGIN)["state"] == "FAILBACK_READY_FOR_LAUNCH",
    )
    shown = failbacks.look(reversed_id, region=ORIGIN)
    assert "It is protected again." in shown["remedy"]
    (refused,) = failbacks.client("POST", PATHS["start"], {"servers": named}).body["servers"]
    assert refused["outcome"] == "REFUSED"
    assert "start a RECOVERY" in refused["remedy"]
    assert failbacks.look(server_id)["state"] == "FAILBACK_COMPLETED"


def test_a_failback_stays_complete_when_its_replication_is_stopped(failbacks: Failbacks) -> None:
    server_id, reversed_id = failed_back(failbacks)
    failbacks.cloud.client("drs", account=EAST, region=ORIGIN).stop_replication(sourceServerID=reversed_id)
    seen = failbacks.look(server_id)
    assert (seen["state"], failbacks.one("reverse", server_id)["outcome"]) == ("FAILBACK_COMPLETED", "UNCHANGED")


def test_the_next_failback_is_not_judged_by_the_launch_of_the_last_one(failbacks: Failbacks) -> None:
    server_id, reversed_id = failed_back(failbacks)
    failbacks.launch(server_id)
    failbacks.await_agent(server_id)
    assert failbacks.look(server_id)["state"] == "FAILBACK_NOT_STARTED"
    assert failbacks.one("start", server_id)["outcome"] == "REFUSED"
    assert failbacks.one("reverse", server_id)["reversedServerId"] == reversed_id
    failbacks.until("FAILBACK_READY_FOR_LAUNCH", server_id)


def test_a_reversed_server_is_found_by_its_instance_when_the_link_is_old(failbacks: Failbacks) -> None:
    server_id, other = failbacks.recovered(), failbacks.recovered()
    stale = failbacks.one("reverse", other)["reversedServerId"]
    reversed_id = failbacks.one("reverse", server_id)["reversedServerId"]
    server = failbacks.cloud.emulator.world.region(EAST, REGION_OF[EAST]).servers[server_id]
    server.reversed_arn = f"arn:aws:drs:{ORIGIN}:{EAST}:source-server/{stale}"
    ready = failbacks.until("FAILBACK_READY_FOR_LAUNCH", server_id)
    assert ready["reversedServerId"] == reversed_id
    assert failbacks.one("start", server_id)["outcome"] == "STARTED"
    failbacks.until("FAILBACK_COMPLETED", server_id)


def test_instances_that_replicate_to_their_origin_are_terminated_once_that_is_stopped(
    failbacks: Failbacks, new_group: Any, new_plan: Any
) -> None:
    home, other = failbacks.add(), failbacks.add()
    plan = new_plan([new_group(sourceServerIds=[home, other])["groupId"]])
    started = failbacks.client("POST", "/executions", {"planId": plan["planId"], "mode": "DRILL"})
    path = f"/executions/{started.body['execution']['executionId']}"
    eventually(lambda: failbacks.client.get(path).body["execution"]["status"] == "COMPLETED")
    failbacks.await_agent(home)
    reversed_id = failbacks.one("reverse", home)["reversedServerId"]

    def terminated(count: int) -> bool:
        failbacks.cloud.scheduler.run_now("execution-watchdog")
        return bool(failbacks.client.get(f"{path}/termination-status").body["terminated"] == count)

    assert failbacks.client("POST", f"{path}/terminate-instances").status == 200
    eventually(lambda: terminated(1))
    events = failbacks.client.all_items(f"{path}/events")
    refused = [event["message"] for event in events if event["kind"] == "TERMINATION_REFUSED"]
    assert f"cannot be terminated during failback: it replicates to {reversed_id} in {ORIGIN}" in refused[-1]
    failbacks.cloud.client("drs", account=EAST, region=ORIGIN).stop_replication(sourceServerID=reversed_id)
    eventually(lambda: terminated(2))
