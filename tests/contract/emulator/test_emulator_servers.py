"""Source servers: recovery points, replication, launch and replication configuration, tags, staging accounts."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

ACCOUNT, OTHER, REGION = "111111111111", "222222222222", "us-east-1"


def points(served: Any, server_id: str, **arguments: Any) -> list[datetime]:
    pages = served.client().get_paginator("describe_recovery_snapshots").paginate(sourceServerID=server_id, **arguments)
    return [datetime.fromisoformat(item["expectedTimestamp"]) for page in pages for item in page["items"]]


def test_servers_are_listed_page_by_page_and_filtered(served: Any) -> None:
    ids = served.add_servers(7)
    pages = served.client().get_paginator("describe_source_servers").paginate(PaginationConfig={"PageSize": 3})
    assert [item["sourceServerID"] for page in pages for item in page["items"]] == ids
    some = served.client().describe_source_servers(filters={"sourceServerIDs": [ids[5], ids[1]]})["items"]
    assert [item["sourceServerID"] for item in some] == [ids[1], ids[5]]


def test_points_follow_the_default_schedule(served: Any) -> None:
    (server_id,) = served.add_servers(1)
    taken = points(served, server_id)
    now = served.clock.now
    assert taken == sorted(taken)
    last_hour = [at for at in taken if at > now - timedelta(hours=1)]
    last_day = [at for at in taken if now - timedelta(hours=24) < at <= now - timedelta(hours=1)]
    older = [at for at in taken if at <= now - timedelta(hours=24)]
    assert (len(last_hour), len(last_day), len(older)) == (6, 23, 6)
    assert min(taken) > now - timedelta(days=7)
    assert points(served, server_id, order="DESC", PaginationConfig={"PageSize": 10}) == taken[::-1]


def test_points_expire(served: Any) -> None:
    (server_id,) = served.add_servers(1)
    ten_past = served.clock.now - timedelta(minutes=45)
    assert ten_past.replace(minute=20) in points(served, server_id)
    served.clock.pass_seconds(3600)
    assert ten_past.replace(minute=20) not in points(served, server_id)


def test_points_can_be_filtered_by_date(served: Any) -> None:
    (server_id,) = served.add_servers(1)
    span = {"fromDateTime": "2026-03-01T11:10:00Z", "toDateTime": "2026-03-01T11:30:00Z"}
    assert [at.minute for at in points(served, server_id, filters=span)] == [10, 20, 30]


def test_the_chosen_point_is_launched(served: Any) -> None:
    (server_id,) = served.add_servers(1)
    chosen = served.client().describe_recovery_snapshots(sourceServerID=server_id)["items"][3]
    requested = {"sourceServerID": server_id, "recoverySnapshotID": chosen["snapshotID"]}
    job_id = served.client().start_recovery(sourceServers=[requested], isDrill=True)["job"]["jobID"]
    served.clock.pass_seconds(1000)
    assert "USING_PREVIOUS_SNAPSHOT" in served.events_of(job_id)
    (instance,) = served.client().describe_recovery_instances()["items"]
    assert instance["pointInTimeSnapshotDateTime"] == chosen["timestamp"]


def test_a_stall_stops_new_points_and_is_reported_by_an_event(served: Any) -> None:
    (server_id,) = served.add_servers(1)
    newest = points(served, server_id)[-1]
    served.emulator.set_replication(ACCOUNT, REGION, server_id, state="STALLED", error="AGENT_NOT_SEEN")
    served.clock.pass_seconds(1800)
    assert points(served, server_id)[-1] == newest
    info = served.client().describe_source_servers()["items"][0]["dataReplicationInfo"]
    assert (info["dataReplicationState"], info["lagDuration"]) == ("STALLED", "PT30M")
    served.emulator.set_replication(ACCOUNT, REGION, server_id, state="CONTINUOUS")
    assert points(served, server_id)[-1] > newest
    served.client().describe_jobs()
    assert [event[3]["state"] for event in served.events] == ["STALLED", "NOT_STALLED"]


def test_a_stopped_server_has_no_points_and_is_skipped_by_a_job(served: Any) -> None:
    (server_id,) = served.add_servers(1)
    served.client().stop_replication(sourceServerID=server_id)
    assert points(served, server_id) == []
    job_id = served.drill(server_id)
    served.clock.pass_seconds(1000)
    assert "SERVER_SKIPPED" in served.events_of(job_id)
    assert (served.job(job_id)["status"], served.statuses(job_id)) == ("COMPLETED", {"FAILED"})
    served.client().start_replication(sourceServerID=server_id)
    served.clock.pass_seconds(1200)
    assert len(points(served, server_id)) == 2


def test_a_server_can_be_deleted_only_after_it_was_disconnected(served: Any) -> None:
    (server_id,) = served.add_servers(1)
    client = served.client()
    with pytest.raises(ClientError, match="ConflictException"):
        client.delete_source_server(sourceServerID=server_id)
    gone = client.disconnect_source_server(sourceServerID=server_id)["dataReplicationInfo"]
    assert gone["dataReplicationState"] == "DISCONNECTED"
    assert gone["replicatedDisks"][0]["totalStorageBytes"] == 0
    assert "lagDuration" not in gone
    client.delete_source_server(sourceServerID=server_id)
    assert client.describe_source_servers()["items"] == []


def test_replication_of_a_disconnected_server_can_be_retried(served: Any) -> None:
    (server_id,) = served.add_servers(1)
    with pytest.raises(ClientError, match="ValidationException"):
        served.client().retry_data_replication(sourceServerID=server_id)
    served.client().disconnect_source_server(sourceServerID=server_id)
    again = served.client().retry_data_replication(sourceServerID=server_id)
    assert again["dataReplicationInfo"]["dataReplicationState"] == "INITIATING"
    served.clock.pass_seconds(1000)
    (shown,) = served.client().describe_source_servers()["items"]
    assert shown["dataReplicationInfo"]["dataReplicationState"] == "CONTINUOUS"


@pytest.mark.parametrize("state", ["STOPPED", "DISCONNECTED", "STALLED", "PAUSED", "CONTINUOUS", "BACKLOG"])
@pytest.mark.parametrize("lag", [-600.0, 0.0, 600.0])
def test_no_counter_of_a_server_is_negative(served: Any, state: str, lag: float) -> None:
    (server_id,) = served.add_servers(1)
    served.clock.pass_seconds(-1)  # what is set now is newer than the next call
    served.emulator.set_replication(ACCOUNT, REGION, server_id, state=state, lag=lag)
    served.clock.pass_seconds(-1)
    info = served.client().describe_source_servers()["items"][0]["dataReplicationInfo"]
    assert all(value >= 0 for disk in info["replicatedDisks"] for value in disk.values() if isinstance(value, int))
    assert not info.get("lagDuration", "").startswith("-")


def test_launch_configuration_changes_only_what_is_named(served: Any) -> None:
    (server_id,) = served.add_servers(1)
    client = served.client()
    before = client.get_launch_configuration(sourceServerID=server_id)
    after = client.update_launch_configuration(sourceServerID=server_id, launchDisposition="STOPPED")
    assert after["launchDisposition"] == "STOPPED"
    assert {name for name in before if before[name] != after[name]} == {"launchDisposition", "ResponseMetadata"}
    served.drill(server_id)
    with pytest.raises(ClientError, match="ConflictException"):
        client.update_launch_configuration(sourceServerID=server_id, launchDisposition="STARTED")
    served.clock.pass_seconds(1000)
    assert client.describe_recovery_instances()["items"][0]["ec2InstanceState"] == "STOPPED"


def test_new_servers_start_from_the_launch_configuration_template(served: Any) -> None:
    client = served.client()
    made = client.create_launch_configuration_template(copyPrivateIp=True, tags={"a": "b"})
    template_id = made["launchConfigurationTemplate"]["launchConfigurationTemplateID"]
    with pytest.raises(ClientError, match="ServiceQuotaExceededException"):
        client.create_launch_configuration_template()
    (server_id,) = served.add_servers(1)
    assert client.get_launch_configuration(sourceServerID=server_id)["copyPrivateIp"] is True
    client.update_launch_configuration_template(launchConfigurationTemplateID=template_id, copyPrivateIp=False)
    assert client.describe_launch_configuration_templates()["items"][0]["copyPrivateIp"] is False
    assert client.get_launch_configuration(sourceServerID=server_id)["copyPrivateIp"] is True
    arn = made["launchConfigurationTemplate"]["arn"]
    assert client.list_tags_for_resource(resourceArn=arn)["tags"] == {"a": "b"}
    client.delete_launch_configuration_template(launchConfigurationTemplateID=template_id)
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        client.describe_launch_configuration_templates(launchConfigurationTemplateIDs=[template_id])


def test_the_point_in_time_policy_decides_the_points(served: Any) -> None:
    (server_id,) = served.add_servers(1)
    client = served.client()
    policy = client.get_replication_configuration(sourceServerID=server_id)["pitPolicy"]
    policy[2]["retentionDuration"] = 3
    client.update_replication_configuration(sourceServerID=server_id, pitPolicy=policy)
    assert min(points(served, server_id)) > served.clock.now - timedelta(days=3)


def test_a_server_that_starts_to_replicate_again_is_synchronised_first(served: Any) -> None:
    (server_id,) = served.add_servers(1)
    client = served.client()
    client.stop_replication(sourceServerID=server_id)
    started = client.start_replication(sourceServerID=server_id)["sourceServer"]["dataReplicationInfo"]
    assert started["dataReplicationState"] == "INITIATING"
    served.clock.pass_seconds(320)
    info = client.describe_source_servers()["items"][0]["dataReplicationInfo"]
    (disk,) = info["replicatedDisks"]
    assert info["dataReplicationState"] == "INITIAL_SYNC"
    assert 0 < disk["replicatedStorageBytes"] < disk["totalStorageBytes"]
    client.stop_replication(sourceServerID=server_id)
    served.clock.pass_seconds(1000)
    info = client.describe_source_servers()["items"][0]["dataReplicationInfo"]
    assert info["dataReplicationState"] == "STOPPED"  # the synchronisation has not gone on behind it


def test_tags_of_a_server(served: Any) -> None:
    served.add_servers(1, tags={"tier": "app"})
    client = served.client()
    arn = client.describe_source_servers()["items"][0]["arn"]
    client.tag_resource(resourceArn=arn, tags={"owner": "me"})
    assert client.list_tags_for_resource(resourceArn=arn)["tags"] == {"tier": "app", "owner": "me"}
    client.untag_resource(resourceArn=arn, tagKeys=["tier", "unknown"])
    assert client.describe_source_servers()["items"][0]["tags"] == {"owner": "me"}
    for wrong in ({"aws:x": "1"}, {f"k{n}": "v" for n in range(50)}):
        with pytest.raises(ClientError, match="ValidationException"):
            client.tag_resource(resourceArn=arn, tags=wrong)
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        served.client(OTHER).tag_resource(resourceArn=arn, tags={"a": "b"})


def extend(served: Any) -> tuple[str, str]:
    """Makes a server in the staging account and its extension in the first account, and returns both ids."""
    original = served.emulator.add_source_server(OTHER, REGION, hostname="staged")
    (extensible,) = served.client().list_extensible_source_servers(stagingAccountID=OTHER)["items"]
    made = served.client().create_extended_source_server(sourceServerArn=extensible["arn"], tags={"a": "b"})
    return original, made["sourceServer"]["sourceServerID"]


def test_a_staging_accounts_server_is_extended_once(served: Any) -> None:
    original, extension = extend(served)
    client = served.client()
    (shown,) = client.describe_source_servers(filters={"stagingAccountIDs": [OTHER]})["items"]
    assert (shown["sourceServerID"], shown["stagingArea"]["status"]) == (extension, "EXTENDED")
    assert shown["stagingArea"]["stagingSourceServerArn"].endswith(original)
    assert client.list_extensible_source_servers(stagingAccountID=OTHER)["items"] == []
    assert client.list_staging_accounts()["accounts"] == [{"accountID": OTHER}]
    with pytest.raises(ClientError, match=r"ValidationException.*already extended"):
        client.create_extended_source_server(sourceServerArn=shown["stagingArea"]["stagingSourceServerArn"])


def test_an_extension_whose_original_is_deleted_stays_with_an_error(served: Any) -> None:
    original, extension = extend(served)
    staging = served.client(OTHER)
    staging.disconnect_source_server(sourceServerID=original)
    staging.delete_source_server(sourceServerID=original)
    (shown,) = served.client().describe_source_servers(filters={"sourceServerIDs": [extension]})["items"]
    assert shown["stagingArea"]["status"] == "EXTENSION_ERROR"
    assert original in shown["stagingArea"]["errorMessage"]


def test_the_default_key_cannot_be_shared(served: Any) -> None:
    served.emulator.add_source_server(OTHER, REGION, hostname="secret", uses_default_key=True)
    (extensible,) = served.client().list_extensible_source_servers(stagingAccountID=OTHER)["items"]
    with pytest.raises(ClientError, match=r"ValidationException.*default EBS key"):
        served.client().create_extended_source_server(sourceServerArn=extensible["arn"])


def test_recovering_an_extension_converts_in_the_staging_account_first(served: Any) -> None:
    original, extension = extend(served)
    job_id = served.drill(extension)
    (conversion,) = served.client(OTHER).describe_jobs()["items"]
    assert (conversion["type"], conversion["initiatedBy"]) == ("CREATE_CONVERTED_SNAPSHOT", "TARGET_ACCOUNT")
    assert [each["sourceServerID"] for each in conversion["participatingServers"]] == [original]
    with pytest.raises(ClientError, match="ConflictException"):
        served.drill(original, account=OTHER)
    served.clock.pass_seconds(1000)
    assert served.statuses(job_id) == {"LAUNCHED"}
    assert "CONVERSION_END" in [item["event"] for item in served.log(conversion["jobID"], OTHER)]
    assert "CONVERSION_START" not in served.events_of(job_id)
    assert served.client(OTHER).describe_recovery_instances()["items"] == []
    assert len(served.client().describe_recovery_instances()["items"]) == 1


def test_a_point_of_an_extension_can_be_chosen(served: Any) -> None:
    _, extension = extend(served)
    chosen = served.client().describe_recovery_snapshots(sourceServerID=extension)["items"][2]
    requested = {"sourceServerID": extension, "recoverySnapshotID": chosen["snapshotID"]}
    served.client().start_recovery(sourceServers=[requested], isDrill=True)
    served.clock.pass_seconds(1000)
    (instance,) = served.client().describe_recovery_instances()["items"]
    assert instance["pointInTimeSnapshotDateTime"] == chosen["timestamp"]


def test_an_extension_shows_the_replication_of_its_original(served: Any) -> None:
    original, _ = extend(served)
    served.emulator.set_replication(OTHER, REGION, original, state="STALLED")
    (shown,) = served.client().describe_source_servers()["items"]
    assert shown["dataReplicationInfo"]["dataReplicationState"] == "STALLED"


def test_a_conversion_that_fails_in_the_staging_account_fails_the_extension(served: Any) -> None:
    _, extension = extend(served)
    served.emulator.add_fault({"kind": "CONVERSION_FAILED", "match": {"account": OTHER}})
    job_id = served.drill(extension)
    served.clock.pass_seconds(1000)
    assert (served.job(job_id)["status"], served.statuses(job_id)) == ("COMPLETED", {"FAILED"})
