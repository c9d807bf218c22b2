"""The crash matrix: at each write of the execution side a function dies before and after it, and all ends well.

The writes are read from the code. Each story is told several times, with some of its deaths each time; a death that an
earlier one has kept from happening gets a telling of its own.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from traceback import extract_tb

import pytest

from local.cloud import LocalCloud
from tests.workflow.crash_matrix import (
    stories_afterwards,
    stories_of_people,
    stories_of_runs,
    stories_of_starts,
    stories_of_steps,
)
from tests.workflow.crash_matrix.deaths import Deaths, Point
from tests.workflow.crash_matrix.named_writes import sites, sites_in
from tests.workflow.crash_matrix.stage import Stage
from tests.workflow.crash_matrix.story import Story
from tests.workflow.drills import Drills

STORIES: list[Story] = [
    *stories_of_runs.STORIES,
    *stories_of_people.STORIES,
    *stories_of_steps.STORIES,
    *stories_of_starts.STORIES,
    *stories_afterwards.STORIES,
]
AT_ONCE = 6
APART = 2
"""How often a death that another one has kept from happening is tried in a telling of its own."""


@pytest.fixture
def deaths(cloud: LocalCloud) -> Iterator[Deaths]:
    with Deaths(cloud).installed() as installed:
        yield installed


def test_every_write_of_the_execution_side_is_in_the_matrix() -> None:
    """A new one is in it by itself where a story dies in its function; else a story has to be told of it."""
    covered = {site for story in STORIES for site in story.sites}
    assert [str(site) for site in sites() if site not in covered] == []


def test_every_story_names_writes_that_there_are() -> None:
    known = {str(site) for site in sites()} | {site.function for site in sites()}
    named = [name for story in STORIES for name in (*story.dies_in, *(text.split(" ")[1] for text in story.first))]
    assert [name for name in named if name not in known] == []


def test_a_new_write_is_found_wherever_it_stands(tmp_path: Path) -> None:
    source = tmp_path / "late.py"
    source.write_text(
        "from ..aws.actions import failback as actions\n"
        "from ..store.writes.waves import Deadlines, end_wave\n"
        "class _Round:\n"
        "    def go(self, all: Deadlines) -> None:\n"
        "        each(lambda wave: end_wave(wave), all)\n"
        "def stop() -> None:\n"
        "    one_by_one(actions.stop_failback)\n"
    )
    found = [str(site) for site in sites_in(source)]
    assert found == ["late._Round.go>waves.end_wave", "late.stop>failback.stop_failback"]


@pytest.mark.parametrize("story", STORIES, ids=lambda story: f"{story.name}-{story.dies_in[0]}")
def test_whoever_dies_the_story_ends_well(
    story: Story, drills: Drills, deaths: Deaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    for place, name, value in story.settings:
        monkeypatch.setattr(place, name, value)
    struck: set[Point] = set()
    failures: dict[str, str] = {}

    def tell(points: list[Point]) -> None:
        stage = Stage(drills, deaths, [*story.leading, *points])
        try:
            story.tell(stage)
        except AssertionError as error:
            failures[" + ".join(map(str, stage.struck))] = _told(error)
        struck.update(stage.struck)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(tell, story.tellings()))
        for _ in range(APART):
            list(pool.map(tell, [[point] for point in story.points if point not in struck]))
    assert not failures, "\n".join(f"{points}: {told}" for points, told in failures.items())
    assert [str(point) for point in story.points if point not in struck] == [], "it never came to this"
    assert deaths.nameless == set()


def _told(error: AssertionError) -> str:
    """What did not hold, and where: several stories are told at once, and one must not hide the others."""
    lines = [f"{Path(frame.filename).name}:{frame.lineno} {frame.line}" for frame in extract_tb(error.__traceback__)]
    return " | ".join([*lines[-3:], str(error)[:700]])
