"""Imports of thousands of entries: answered in one piece, and in time."""

from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.domain.errors import FieldProblem
from chalicelib.domain.limits import sent_bytes
from chalicelib.domain.plans.configuration import MOST_ENTRIES
from chalicelib.domain.plans.differences import Difference
from chalicelib.management.importing import MOST_DIFFERENCES, without_excess
from chalicelib.operations.configuration import ImportAction, ImportedItem, ImportOutcome
from tests.integration.conftest import EAST, REGION_OF, RestClient

LAMBDA_ANSWER = 6_000_000
PROBLEMS = (FieldProblem("groups[0].sourceServerIds[0]", "DRS has no source server of this id"),) * 50
DIFFERENCES = (Difference("tags.Tier", '"x"' * 50, '"y"' * 50),) * MOST_DIFFERENCES


def item(number: int, **fields: Any) -> ImportedItem:
    known = {"action": ImportAction.CREATE, "outcome": ImportOutcome.FAILED, "record_id": f"pg-{number:026}"}
    return ImportedItem(field=f"serverSettings[{number}]", name=f"A name of entry {number}", **known | fields)


@pytest.mark.parametrize(
    "fields", [{"problems": PROBLEMS, "reason": "The request has 50 problems. " * 99}, {"differences": DIFFERENCES}]
)
def test_a_report_of_the_most_entries_stays_below_the_limit_of_lambda(fields: dict[str, Any]) -> None:
    items = [item(number, **fields) for number in range(sum(MOST_ENTRIES.values()))]
    assert sent_bytes(items[0]) * len(items) > 2 * LAMBDA_ANSWER
    kept = without_excess(items)
    assert sent_bytes(kept) < LAMBDA_ANSWER
    assert len(kept) == len(items)
    assert kept[0] == items[0]
    assert kept[-1].more_differences == len(items[-1].differences)


def test_a_short_report_is_complete() -> None:
    items = [item(number, problems=PROBLEMS, differences=DIFFERENCES, reason="It failed.") for number in range(50)]
    assert without_excess(items) == items


def test_a_thousand_entries_and_a_megabyte_are_compared_in_one_call(
    admin: RestClient, empty: Callable[[], None]
) -> None:
    groups = [
        {
            "name": f"Group {number}",
            "accountId": EAST,
            "region": REGION_OF[EAST],
            "description": "x" * 800,
            "tags": {"Number": str(number)},
        }
        for number in range(1_000)
    ]
    plan = {"name": "All", "waves": [{"name": "W", "protectionGroups": [f"group {number}" for number in range(100)]}]}
    document = {"schemaVersion": 1, "groups": groups, "plans": [plan]}
    answer = admin("POST", "/config/import", {"document": document, "dryRun": True})
    assert (answer.status, answer.body["counts"]) == (200, {"PLANNED": 1_001})
    groups[999]["name"] = "GROUP 0"
    del groups[500]["tags"]
    refused = admin("POST", "/config/import", {"document": document})
    assert list(refused.problems) == ["document.groups[999].name"]
    groups[999]["name"] = "Group 999"
    refused = admin("POST", "/config/import", {"document": document})
    assert list(refused.problems) == ["document.groups[500].sourceServerIds"]
    assert admin.get("/protection-groups").body["items"] == []
