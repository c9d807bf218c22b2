"""The management side's part of the crash matrix: its function dies before and after each write.

The same request is repeated, and nothing is lost or half done. Every write that the side imports needs a story.
"""

import pytest

from tests.workflow.crash_matrix import stories_of_configuration, stories_of_preflights, stories_of_syncs
from tests.workflow.crash_matrix.deaths import Point
from tests.workflow.crash_matrix.management_stage import ManagementStage, ManagementStory
from tests.workflow.crash_matrix.named_writes import management_sites
from tests.workflow.drills import Drills

STORIES = [*stories_of_configuration.STORIES, *stories_of_syncs.STORIES, *stories_of_preflights.STORIES]
ELSEWHERE = {
    "sealing>evidence.put_link",
    "sealing>evidence.record_not_sealed",
    "sealing>evidence.record_sealed",
    "sealing>evidence.record_tampering",
}
"""A stream sends this function its batches, not a request.

It dies there in ``tests/integration/evidence/test_evidence.py``.
"""

COVERED = {site.partition(" ")[0] for story in STORIES for site in story.dies_at}


def test_every_write_of_the_management_side_is_in_the_matrix() -> None:
    assert [site for site in management_sites() if site not in COVERED | ELSEWHERE] == []


def test_every_story_of_the_management_side_names_existing_writes() -> None:
    assert sorted((COVERED | ELSEWHERE).difference(management_sites())) == []


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)
def test_a_request_that_died_can_be_repeated(drills: Drills, story: ManagementStory) -> None:
    """Each write dies before, and its repetition after. What an earlier death has prevented is played again.

    That is at first together and then alone. Later calls of a write are played apart: repetitions change their number.
    """
    first = [point for point in story.points if point.nth == 1]
    later = [point for point in story.points if point.nth > 1]
    for points in (first, later):
        struck = _play(drills, story, points) if points else []
        prevented = [point for point in points if point not in struck]
        struck += _play(drills, story, prevented) if len(prevented) > 1 else []
        for point in points:
            if point not in struck:
                assert _play(drills, story, [point]) == [point], f"{point}: this death never happened"


def _play(drills: Drills, story: ManagementStory, points: list[Point]) -> list[Point]:
    with ManagementStage(drills, points).installed() as stage:
        story.play(stage)
    assert stage.nameless == set()
    return stage.struck
