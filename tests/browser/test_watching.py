"""What is seen while a run goes on: phases of DRS, signs of steps in the graph, forecasts, expected launch times."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from chalicelib.store.tables.runs import ServerRunItem, wave_server_key
from local.cloud import LocalCloud
from tests.browser.conftest import Open, start_drill
from tests.browser.test_access import require_access
from tests.browser.test_estate import sync_inventory
from tests.browser.tested_page import TestedPage as Page
from tests.integration.conftest import RestClient
from tests.waiting import eventually

pytestmark = pytest.mark.slow

Make = Callable[..., Any]


@pytest.fixture
def hold(cloud: LocalCloud) -> Iterator[Callable[[str, str], None]]:
    """Holds the launch of a server in one phase of DRS until the test is over."""

    def add(kind: str, server: str) -> None:
        cloud.emulator.add_fault({"kind": kind, "match": {"serverIds": [server]}, "parameters": {"forSeconds": 1_800}})

    yield add
    cloud.emulator.clear_faults()


def test_each_server_that_launches_shows_its_phase_and_how_long_it_is_expected_to_take(
    as_role: Open, admin: RestClient, hold: Make, new_plan: Make, new_group: Make, new_servers: Make
) -> None:
    servers = new_servers(2, state="CONTINUOUS")
    sync_inventory(admin)
    names = [admin.get(f"/drs/source-servers/{server}").body["server"]["hostname"] for server in servers]
    for kind, server in zip(("CONVERSION_STUCK", "LAUNCH_STUCK"), servers, strict=True):
        hold(kind, server)
    execution = start_drill(admin, new_plan([new_group(sourceServerIds=servers)["groupId"]]))
    # As slow as in AWS: here every launch takes under a minute.
    slow = ServerRunItem(execution_id=execution, wave_server=wave_server_key(1, servers[1]))
    slow.update([ServerRunItem.expected_seconds.set(720.0), ServerRunItem.expected_p90_seconds.set(1_200.0)])
    page = as_role("DRSReadOnly", f"/executions/{execution}?view=servers")
    expected = ("takes under a minute", "takes about 12 min, at most 20 min")
    for name, phase, takes in zip(names, ("conversion since", "launch since"), expected, strict=True):
        row = page.get_by_role("row", name=name)
        row.get_by_text(phase).wait_for(timeout=60_000)
        row.get_by_text(takes).wait_for()
    page.get_by_role("button", name=names[0]).first().click()
    panel = page.get_by_role("complementary", name="Selected server")
    panel.get_by_text("conversion since").wait_for()
    panel.get_by_text("Launch is expected to take").wait_for()
    require_access(page)
    admin("POST", f"/executions/{execution}/cancel", {})


def test_the_steps_of_a_wave_are_signs_on_its_node(
    as_role: Open, admin: RestClient, new_plan: Make, new_group: Make, new_servers: Make
) -> None:
    group = new_group(sourceServerIds=new_servers(state="CONTINUOUS"))
    wave = {
        "number": 1,
        "name": "Databases",
        "protectionGroupIds": [group["groupId"]],
        "approvalRequired": True,
        "preActions": [
            {"type": "LAMBDA", "name": "Function", "function": "dr-step-unknown-local", "optional": True},
        ],
        "validations": [{"type": "EC2_STATUS", "name": "Instances ok"}],
    }
    execution = start_drill(admin, new_plan(waves=[wave]))
    page = as_role("DRSRecoveryManager", f"/executions/{execution}")
    page.get_by_role("button", name="0 of 2 steps passed").wait_for()
    assert signs(page) == {"open": 2}
    approved = admin("POST", f"/executions/{execution}/waves/1/approve", {})
    assert approved.status == 200, approved.body
    page.get_by_role("button", name="1 of 2 steps passed, 1 failed").wait_for(timeout=60_000)
    assert signs(page) == {"failed": 1, "passed": 1}
    require_access(page)


def signs(page: Page) -> dict[str, int]:
    kinds = ("open", "running", "passed", "failed", "skipped")
    counts = {kind: page.locator(f".tick-{kind}").count() for kind in kinds}
    return {kind: count for kind, count in counts.items() if count}


def test_the_forecast_is_on_the_start_page_and_the_expected_end_on_the_live_page(
    as_role: Open, admin: RestClient, hold: Make, new_plan: Make, new_group: Make, new_servers: Make
) -> None:
    (server,) = servers = new_servers(state="CONTINUOUS")
    sync_inventory(admin)
    plan = new_plan([new_group(sourceServerIds=servers)["groupId"]], rtoMinutes=120)
    page = as_role("DRSOperator", f"/plans/{plan['planId']}/start?mode=DRILL")
    page.get_by_role("heading", name="How long it takes").wait_for()
    page.get_by_text("in 9 of 10 cases at most").wait_for()
    page.get_by_text("Within the RTO of 2 h").wait_for()
    page.get_by_text("The time is set by wave 1").wait_for()
    require_access(page)

    hold("LAUNCH_STUCK", server)
    execution = start_drill(admin, plan)
    page.goto(page.evaluate(f"location.origin + '/executions/{execution}'"))
    page.get_by_text("Forecast end").wait_for()
    page.locator("dd.figure").filter(hasText="about").wait_for()
    page.get_by_text("of 2 h RTO").wait_for()
    admin("POST", f"/executions/{execution}/cancel", {})


def test_a_server_says_how_long_its_launch_is_expected_to_take_and_what_that_is_learnt_from(
    as_role: Open, admin: RestClient, new_servers: Make
) -> None:
    (server,) = new_servers(state="CONTINUOUS")
    sync_inventory(admin)
    page = as_role("DRSReadOnly", f"/servers/{server}")
    page.get_by_text("Expected launch").wait_for()
    sources = page.get_by_text("of servers of its kind"), page.get_by_text("the ordinary time")
    eventually(lambda: any(source.count() for source in sources))
    require_access(page)
