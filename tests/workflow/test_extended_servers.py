"""A drill of servers that replicate into a staging account, beside servers of the target account itself."""

from tests.workflow.drills import EAST, REGION_OF, Drills, Server

STAGING = "444455556666"


def extended_server(drills: Drills) -> Server:
    """A server of the staging account, extended into the target account by the sync."""
    region = REGION_OF[EAST]
    drills.cloud.emulator.initialize(STAGING, region)
    drills.cloud.emulator.add_source_server(STAGING, region, hostname="staged")
    drills.manage("add_staging_account", accountId=EAST, stagingAccountId=STAGING)
    drills.manage("handle_sync_staging_accounts")
    drills.manage("remove_staging_account", accountId=EAST, stagingAccountId=STAGING)
    (shown,) = drills.drs(EAST).describe_source_servers(filters={"stagingAccountIDs": [STAGING]})["items"]
    return Server(shown["sourceServerID"], "staged", EAST, region)


def test_an_extended_server_is_recovered_in_the_target_account(drills: Drills) -> None:
    extended, (own,) = extended_server(drills), drills.servers(1)
    run = drills.run(drills.plan({"servers": [extended, own]}))
    assert run.status == "COMPLETED", run.reason
    assert {run.server(server)["accountId"] for server in (extended, own)} == {EAST}
    conversions = [job for job in drills.jobs() if job["type"] == "CREATE_CONVERTED_SNAPSHOT"]
    assert [job["account"] for job in conversions] == [STAGING]
