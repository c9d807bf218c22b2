"""The crash matrix: a function dies before and after each write, and the run still ends well.

Every write that the execution side imports needs a story. Each story is played as often as its deaths fit into batches.
The deaths that earlier ones have prevented are played again, at first together and then alone.
"""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from traceback import extract_tb

import pytest

from chalicelib.execution.waves import ending
from chalicelib.store.writes.runs import leases, waves
from tests.workflow.crash_matrix import (
    stories_afterwards,
    stories_of_people,
    stories_of_places,
    stories_of_runs,
    stories_of_starts,
    stories_of_steps,
    stories_of_two_persons,
)
from tests.workflow.crash_matrix.deaths import Deaths, Point
from tests.workflow.crash_matrix.named_writes import Running, named_writes, running, sites, sites_in
from tests.workflow.crash_matrix.stage import Stage
from tests.workflow.crash_matrix.story import Story
from tests.workflow.drills import Drills

STORIES: list[Story] = [
    *stories_of_runs.STORIES,
    *stories_of_places.STORIES,
    *stories_of_people.STORIES,
    *stories_of_two_persons.STORIES,
    *stories_of_steps.STORIES,
    *stories_of_starts.STORIES,
    *stories_afterwards.STORIES,
]
COVERED = {point.site for story in STORIES for point in story.points}
AT_ONCE = 6
APART = 4
"""How often a death that another one has prevented is tried alone."""


def test_every_write_of_the_execution_side_is_in_the_matrix() -> None:
    assert [site for site in sites() if site not in COVERED] == []


def test_every_write_has_a_name_of_its_own() -> None:
    assert [site for site, count in Counter(sites()).items() if count > 1] == [], "rename one of the two modules"


def test_every_story_names_existing_writes() -> None:
    named = {point.site for story in STORIES for point in (*story.points, *story.leading)}
    assert sorted(named.difference(sites())) == []


def test_a_new_write_is_found_wherever_it_is_used(tmp_path: Path) -> None:
    source, package = tmp_path / "late.py", leases.__name__.rpartition(".")[0]
    source.write_text(
        f"from {package} import leases as writes\n"
        f"from {waves.__name__} import Deadlines, end_wave\n"
        "class _Round:\n"
        "    def go(self, all: Deadlines) -> None:\n"
        "        each(lambda wave: end_wave(wave), all)\n"
        "def stop() -> None:\n"
        "    one_by_one(lambda: writes.release_leases)\n"
    )
    spec = spec_from_file_location("chalicelib.execution.late", source)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    assert sorted(sites_in(module)) == ["late>leases.release_leases", "late>waves.end_wave"]


def test_a_write_has_the_name_of_the_module_that_calls_it_in_threads_too(monkeypatch: pytest.MonkeyPatch) -> None:
    found: list[Running] = []
    monkeypatch.setattr(leases, "commit", lambda write: found.append(running()))
    monkeypatch.setattr(leases, "MAX_ITEMS", 1)
    with named_writes():
        vars(ending)["release_leases"](["one", "two"], "exec-1")
    assert found == [Running("ending>leases.release_leases", (["one", "two"], "exec-1"))] * 2
    assert running() == Running()


@pytest.mark.parametrize("story", STORIES, ids=lambda story: f"{story.name}-{story.dies_at[0]}")
def test_a_story_ends_well_wherever_a_function_dies(
    story: Story, drills: Drills, deaths: Deaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    for place, name, value in story.settings:
        monkeypatch.setattr(place, name, value)
    struck: set[Point] = set()
    failures: dict[str, str] = {}

    def play(points: list[Point]) -> None:
        stage = Stage(drills, deaths, [*story.leading, *points])
        try:
            story.play(stage)
        except AssertionError as error:
            failures[" + ".join(map(str, stage.struck))] = _summary(error)
        struck.update(stage.struck)

    def prevented() -> list[Point]:
        return [point for point in story.points if point not in struck]

    with ThreadPoolExecutor(1 if story.alone else AT_ONCE) as pool:
        list(pool.map(play, story.batches()))
        list(pool.map(play, story.batches(prevented())))
        for _ in range(APART):
            list(pool.map(play, [[point] for point in prevented()]))
    assert not failures, "\n".join(f"{points}: {failure}" for points, failure in failures.items())
    assert [str(point) for point in prevented()] == [], "these deaths never happened"
    assert deaths.nameless == set()
    assert deaths.seen - COVERED == set(), "no story dies there"


def _summary(error: AssertionError) -> str:
    """Says what failed and where: several batches are played at once, and one must not hide the others."""
    lines = [f"{Path(frame.filename).name}:{frame.lineno} {frame.line}" for frame in extract_tb(error.__traceback__)]
    return " | ".join([*lines[-3:], str(error)[:700]])
