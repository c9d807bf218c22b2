"""What DRS refuses: quotas, a second job of a server, request rates; also when two calls arrive at once."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from drs_emulator import ApiError, Emulator, EmulatorSettings, Quotas, Rate, Throttling

ACCOUNT, REGION = "111111111111", "us-east-1"


def refusal(action: Any, *arguments: Any, **named: Any) -> Any:
    with pytest.raises(ClientError) as caught:
        action(*arguments, **named)
    return caught.value.response


def test_a_job_takes_at_most_one_hundred_servers(served: Any) -> None:
    ids = served.add_servers(101)
    answer = refusal(served.drill, *ids)
    assert answer["Error"]["Code"] == "ServiceQuotaExceededException"
    assert (answer["quotaCode"], answer["ResponseMetadata"]["HTTPStatusCode"]) == ("L-B827C881", 402)
    served.drill(*ids[:100])


def test_at_most_twenty_jobs_are_in_progress(served: Any) -> None:
    ids = served.add_servers(21)
    for server_id in ids[:20]:
        served.drill(server_id)
    assert refusal(served.drill, ids[20])["quotaCode"] == "L-D88FAC3A"
    served.clock.pass_seconds(1000)
    served.drill(ids[20])


def test_at_most_five_hundred_servers_are_in_jobs(settings: EmulatorSettings, serve_with: Any) -> None:
    served = serve_with(replace(settings, quotas=Quotas(replicating_servers=600)))
    ids = served.add_servers(501)
    for start in range(0, 500, 100):
        served.drill(*ids[start : start + 100])
    assert refusal(served.drill, ids[500])["quotaCode"] == "L-05AFA8C6"


def test_quotas_are_counted_for_each_account_separately(served: Any) -> None:
    for server_id in served.add_servers(20):
        served.drill(server_id)
    other = served.emulator.add_source_server("222222222222", REGION, hostname="other")
    served.drill(other, account="222222222222")
    assert served.client().describe_source_servers(filters={"sourceServerIDs": [other]})["items"] == []


def test_at_most_three_hundred_servers_replicate(served: Any) -> None:
    served.add_servers(300)
    with pytest.raises(ApiError, match="300 replicating"):
        served.emulator.add_source_server(ACCOUNT, REGION, hostname="one-too-many")
    stopped = served.emulator.add_source_server(ACCOUNT, REGION, hostname="stopped", replication_state="STOPPED")
    answer = refusal(served.client().start_replication, sourceServerID=stopped)
    assert "already 300 replicating" in answer["Error"]["Message"]  # StartReplication declares no exceeded quota


def test_a_server_is_in_one_job_at_a_time(served: Any) -> None:
    first, second = served.add_servers(2)
    served.drill(first)
    answer = refusal(served.drill, second, first)
    assert (answer["Error"]["Code"], answer["resourceId"]) == ("ConflictException", first)
    served.drill(second)  # the refused call locked nothing


def test_a_failed_server_stays_locked_for_a_while(served: Any) -> None:
    (server_id,) = served.add_servers(1)
    served.emulator.add_fault({"kind": "CONVERSION_FAILED", "times": 1})
    job_id = served.drill(server_id)
    while served.job(job_id)["status"] != "COMPLETED":
        served.clock.pass_seconds(5)
    assert refusal(served.drill, server_id)["Error"]["Code"] == "ConflictException"
    served.clock.pass_seconds(60)
    served.drill(server_id)


def test_of_two_starts_at_once_exactly_one_wins(served: Any) -> None:
    ids = served.add_servers(2)
    barrier = threading.Barrier(8)
    outcomes: list[str] = []

    def start() -> None:
        client = served.client()
        barrier.wait()
        try:
            client.start_recovery(sourceServers=[{"sourceServerID": server_id} for server_id in ids])
            outcomes.append("started")
        except ClientError as error:
            outcomes.append(str(error.response["Error"]["Code"]))

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["ConflictException"] * 7 + ["started"]
    assert len(served.client().describe_jobs()["items"]) == 1


def test_calls_beyond_the_rate_are_throttled_with_a_time_to_retry_after(serve_with: Any) -> None:
    throttling = Throttling(reads=Rate(per_second=10, burst=20), start_recovery=Rate(per_second=1, burst=5))
    served = serve_with(EmulatorSettings(throttling=throttling))
    client = served.client()
    for _ in range(20):
        client.describe_jobs()
    answer = refusal(client.describe_jobs)
    assert answer["Error"]["Code"] == "ThrottlingException"
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 429
    assert answer["ResponseMetadata"]["HTTPHeaders"]["retry-after"] == "1"
    served.client("222222222222").describe_jobs()  # another account has its own bucket
    served.clock.pass_seconds(0.1)
    client.describe_jobs()
    assert refusal(client.describe_jobs)["Error"]["Code"] == "ThrottlingException"


def test_start_recovery_has_its_own_rate(serve_with: Any) -> None:
    served = serve_with(EmulatorSettings())
    ids = served.add_servers(6)
    for server_id in ids[:5]:
        served.drill(server_id)
    assert refusal(served.drill, ids[5])["Error"]["Code"] == "ThrottlingException"
    served.clock.pass_seconds(1)
    served.drill(ids[5])


SMALL = Quotas(servers_per_job=3, jobs_in_progress=3, servers_in_jobs=6)


@hypothesis_settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    steps=st.lists(
        st.tuples(st.lists(st.integers(0, 9), min_size=1, max_size=4, unique=True), st.integers(0, 400)),
        min_size=1,
        max_size=12,
    )
)
def test_for_any_requests_the_quotas_hold_and_no_server_is_in_two_jobs(steps: list[tuple[list[int], int]]) -> None:
    now = [datetime(2026, 3, 1, tzinfo=UTC)]
    emulator = Emulator(EmulatorSettings(throttling=Throttling(enabled=False), quotas=SMALL), clock=lambda: now[0])
    emulator.initialize(ACCOUNT, REGION)
    ids = [emulator.add_source_server(ACCOUNT, REGION, hostname=f"h-{n}") for n in range(10)]
    for chosen, pause in steps:
        body = {"sourceServers": [{"sourceServerID": ids[index]} for index in chosen]}
        answer = emulator.respond(account=ACCOUNT, region=REGION, operation="StartRecovery", body=body)
        assert answer.status in {202, 402, 409}
        active = [job for job in emulator.world.region(ACCOUNT, REGION).jobs.values() if job.in_progress]
        members = [server_id for job in active for server_id in job.participants]
        assert len(active) <= SMALL.jobs_in_progress
        assert len(members) == len(set(members)) <= SMALL.servers_in_jobs
        assert all(len(job.participants) <= SMALL.servers_per_job for job in active)
        now[0] += timedelta(seconds=pause)
