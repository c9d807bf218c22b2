"""Home shows what failed unseen: notices that nobody got, and evidence that is not whole, each with where to look."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.domain.estate.figures import FigureName
from chalicelib.store.tables.configuration import RecoveryPlanItem
from chalicelib.store.tables.figures import FiguresItem
from local.cloud import LocalCloud
from tests.browser.conftest import Open
from tests.browser.test_access import require_access
from tests.browser.test_execution import started
from tests.integration.conftest import RestClient

pytestmark = pytest.mark.slow

Make = Callable[..., Any]
TOPIC = "aws-drs-orchestration-notifications-local"


@pytest.fixture
def without_topic(cloud: LocalCloud) -> Iterator[None]:
    sns = cloud.client("sns")
    sns.delete_topic(TopicArn=sns.create_topic(Name=TOPIC)["TopicArn"])
    yield
    sns.create_topic(Name=TOPIC)


@pytest.mark.usefixtures("without_topic")
def test_a_notice_that_was_not_sent_is_on_home_and_leads_to_its_execution_or_plan(
    as_role: Open, cloud: LocalCloud, admin: RestClient, new_plan: Make, new_group: Make, new_servers: Make
) -> None:
    name, execution = started(admin, new_plan, new_group, new_servers(state="CONTINUOUS"))
    skipped = new_plan(schedule={"cron": "0 3 * * *"})
    missed = datetime.now(UTC) - timedelta(hours=2)
    RecoveryPlanItem(plan_id=skipped["planId"]).update([RecoveryPlanItem.next_drill_at.set(missed)])
    assert cloud.scheduler.run_now("due-drills").function_error is None
    page = as_role("DRSReadOnly")
    row = page.get_by_role("list", name="Failed unseen").get_by_role("listitem").filter(hasText=name).first()
    row.get_by_text("not sent by SNS yet, 1 attempt").wait_for()
    row.get_by_text("It is sent again about").wait_for()
    row.get_by_text("tell the people concerned yourself").wait_for()
    require_access(page)
    page.set_viewport_size({"width": 360, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    row.get_by_role("link").click()
    page.waitForURL(f"**/executions/{execution}?view=timeline**")
    page.get_by_text("could not be sent").first().wait_for()
    page.goto(page.evaluate("location.origin"))
    page.get_by_role("link", name=f"Scheduled drill of '{skipped['name']}' was skipped").click()
    page.waitForURL(f"**/plans/{skipped['planId']}")
    admin("POST", f"/executions/{execution}/cancel", {})


@pytest.fixture
def changed_by_hand() -> Iterator[str]:
    """A day of the audit log with an entry that was changed by hand, as the writer of the evidence keeps it."""
    at = datetime.now(UTC).isoformat()
    kept = (
        '{"tampered": [{"chain": "audit/2026-01-15", "item": "01J0000000000000000000000A", '
        f'"problem": "was removed from the table", "at": "{at}", "sequence": "1"}}]}}'
    )
    item = FiguresItem(name=FigureName.EVIDENCE_AUDIT, as_of=datetime.now(UTC), value=kept)
    item.save()
    yield "2026-01-15"
    item.delete()


def test_evidence_that_was_changed_by_hand_is_on_home_and_leads_those_who_may_to_its_verification(
    as_role: Open, changed_by_hand: str
) -> None:
    row_of = "The entry 01J0000000000000000000000A was removed from the table."
    page = as_role("DRSAuditor")
    row = page.get_by_role("list", name="Failed unseen").get_by_role("listitem").filter(hasText=row_of)
    row.get_by_text("changed by hand", exact=True).wait_for()
    row.get_by_text("Treat it as an incident").wait_for()
    row.get_by_role("link", name=f"The audit log of {changed_by_hand}").click()
    page.waitForURL(f"**/audit/verify?day={changed_by_hand}")
    reader = as_role("DRSReadOnly")
    row = reader.get_by_role("list", name="Failed unseen").get_by_role("listitem").filter(hasText=row_of)
    row.wait_for()
    assert row.get_by_role("link").count() == 0
