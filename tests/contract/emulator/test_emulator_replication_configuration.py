"""What UpdateReplicationConfiguration refuses, and what follows from a change."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st

from drs_emulator.records import Disk
from drs_emulator.replication_rules import find_problems

GIB = 1024**3
KEY = "arn:aws:kms:us-east-1:111111111111:key/00000000-0000-0000-0000-000000000000"


def disk(device: str = "/dev/xvda", **settings: Any) -> dict[str, Any]:
    return {"deviceName": device, "isBootDisk": True, "stagingDiskType": "AUTO", **settings}


def policy(*, days: int = 7, **changes: Any) -> list[dict[str, Any]]:
    minute = {"units": "MINUTE", "interval": 10, "retentionDuration": 60, **changes}
    hour = {"units": "HOUR", "interval": 1, "retentionDuration": 24}
    return [minute, hour, {"units": "DAY", "interval": 1, "retentionDuration": days}]


@pytest.fixture
def server(served: Any) -> str:
    (server_id,) = served.add_servers(1, disks=[Disk(device_name="/dev/xvda", size_bytes=30 * GIB)])
    return str(server_id)


def state_of(served: Any) -> str:
    (shown,) = served.client().describe_source_servers()["items"]
    return str(shown["dataReplicationInfo"]["dataReplicationState"])


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("pitPolicy", {"pitPolicy": [*policy()[:2], policy()[1]]}),
        ("pitPolicy[0].interval", {"pitPolicy": policy(interval=5)}),
        ("pitPolicy[0].retentionDuration", {"pitPolicy": policy(retentionDuration=90)}),
        ("pitPolicy[2].retentionDuration", {"pitPolicy": policy(days=366)}),
        ("replicatedDisks[0].deviceName", {"replicatedDisks": [disk("/dev/sdz")]}),
        ("replicatedDisks[1].deviceName", {"replicatedDisks": [disk(), disk()]}),
        ("replicatedDisks[0].stagingDiskType", {"replicatedDisks": [disk(stagingDiskType="ST1")]}),
        ("replicatedDisks[0].iops", {"replicatedDisks": [disk(stagingDiskType="GP2", iops=3000)]}),
        ("replicatedDisks[0].iops", {"replicatedDisks": [disk(stagingDiskType="IO1", iops=1501)]}),
        ("replicatedDisks[0].throughput", {"replicatedDisks": [disk(stagingDiskType="GP2", throughput=125)]}),
        ("replicatedDisks[0].throughput", {"replicatedDisks": [disk(stagingDiskType="GP3", throughput=1001)]}),
        ("ebsEncryptionKeyArn", {"ebsEncryption": "CUSTOM"}),
        ("ebsEncryptionKeyArn", {"ebsEncryption": "CUSTOM", "ebsEncryptionKeyArn": "arn:aws:s3:::not-a-key-at-all"}),
        ("replicationServerInstanceType", {"replicationServerInstanceType": "t4g.small"}),
        ("stagingAreaTags", {"stagingAreaTags": {"aws:owner": "me"}}),
    ],
)
def test_what_does_not_fit_is_refused_and_nothing_is_changed(
    served: Any, server: str, field: str, changes: dict[str, Any]
) -> None:
    client = served.client()
    before = client.get_replication_configuration(sourceServerID=server)
    with pytest.raises(ClientError) as caught:
        client.update_replication_configuration(sourceServerID=server, bandwidthThrottling=10, **changes)
    answer: Any = caught.value.response
    assert answer["Error"]["Code"] == "ValidationException"
    assert field in [problem["name"] for problem in answer["fieldList"]]
    after = client.get_replication_configuration(sourceServerID=server)
    assert {**before, "ResponseMetadata": None} == {**after, "ResponseMetadata": None}


def test_what_drs_shows_can_be_written_back_and_what_fits_is_taken(served: Any, server: str) -> None:
    client = served.client()
    shown = client.get_replication_configuration(sourceServerID=server)
    del shown["ResponseMetadata"]
    client.update_replication_configuration(**shown)
    wanted = [disk(stagingDiskType="GP3", iops=3000, throughput=125, optimizedStagingDiskType="GP2")]
    changed = client.update_replication_configuration(
        sourceServerID=server,
        replicatedDisks=wanted,
        pitPolicy=policy(days=365),
        replicationServerInstanceType="g4dn.xlarge",
    )
    assert changed["replicatedDisks"] == [disk(stagingDiskType="GP3", iops=3000, throughput=125)]
    assert changed["pitPolicy"][2]["retentionDuration"] == 365
    assert state_of(served) == "CONTINUOUS"


def test_another_encryption_replicates_from_the_beginning(served: Any, server: str) -> None:
    client = served.client()
    client.update_replication_configuration(sourceServerID=server, ebsEncryption="DEFAULT")
    assert state_of(served) == "CONTINUOUS"
    client.update_replication_configuration(sourceServerID=server, ebsEncryption="CUSTOM", ebsEncryptionKeyArn=KEY)
    assert state_of(served) == "INITIATING"
    served.clock.pass_seconds(1000)
    assert state_of(served) == "CONTINUOUS"
    client.update_replication_configuration(sourceServerID=server, ebsEncryption="CUSTOM")
    assert state_of(served) == "CONTINUOUS"  # the same key


def test_the_configuration_of_a_server_in_a_job_cannot_be_changed(served: Any, server: str) -> None:
    served.drill(server)
    with pytest.raises(ClientError, match="ConflictException"):
        served.client().update_replication_configuration(sourceServerID=server, bandwidthThrottling=10)


@given(rules=st.permutations(policy(days=30)), days=st.integers(1, 400), extra=st.integers(-30, 30))
def test_of_any_policy_only_the_days_can_be_chosen(rules: list[dict[str, Any]], days: int, extra: int) -> None:
    wanted = [{**rule, "retentionDuration": days} if rule["units"] == "DAY" else rule for rule in rules]
    assert bool(find_problems({}, {"pitPolicy": wanted}, [])) == (days > 365)
    other = [{**rule, "interval": max(1, rule["interval"] + extra)} for rule in wanted]
    if other != wanted:
        assert find_problems({}, {"pitPolicy": other}, [])
