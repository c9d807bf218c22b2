"""The holdings that rows show are those of the register, however saves, syncs and deaths meet."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.estate import registers
from chalicelib.domain.estate.accounts import Place
from chalicelib.domain.estate.groups import ProtectionGroup
from chalicelib.domain.estate.holdings import Correction, changed_members, corrections, corrections_of_save, holdings_of
from chalicelib.domain.estate.inventory import Holding, HoldingGroup, InventoryRow
from chalicelib.domain.estate.registers import PlaceRegister
from chalicelib.domain.estate.servers import OperatingSystem, SourceServer

NOW = datetime(2026, 1, 1, tzinfo=UTC)
PLACE = Place("1", "r")
SERVERS = ("a", "b")
TAGS: Sequence[dict[str, str]] = ({}, {"App": "x"}, {"App": "x", "Tier": "1"})


def server(server_id: str, tags: dict[str, str], lag: int = 0) -> SourceServer:
    return SourceServer(server_id, "1", "r", server_id, OperatingSystem.LINUX, "CONTINUOUS", lag, tags, seen_at=NOW)


def group(group_id: str, name: str, servers: Sequence[str], tags: dict[str, str]) -> ProtectionGroup:
    return ProtectionGroup(group_id, name, "", "1", "r", tuple(servers), tags, {}, 1, NOW, "me", NOW, "me")


class World:
    """The register and the rows of a place, and what DRS has. Each actor is a generator that stops between its steps.

    The steps are those of ``management.estate.holdings`` and of the sync, with the real decisions; a write takes the
    condition that the store gives it.
    """

    def __init__(self, drs: dict[str, SourceServer]) -> None:
        self.drs = drs
        self.register = PlaceRegister(PLACE, 1)
        self.groups: dict[str, ProtectionGroup] = {}
        self.rows: dict[str, InventoryRow] = {}

    def save(self, group_id: str, after: ProtectionGroup | None) -> Iterator[None]:
        before = self.groups.get(group_id)
        if before is None and after is None:
            return
        if after:
            self.groups[group_id] = after
            self.register = self.register.with_group(after)
        else:
            del self.groups[group_id]
            self.register = self.register.without_group(group_id)
        register = self.register
        yield
        members = changed_members(before, after)
        rows = [row for server_id, row in self.rows.items() if members is None or server_id in members]
        for correction in corrections_of_save(rows, before, after, register):
            yield
            self._write(correction)

    def sync(self) -> Iterator[None]:
        known, seen = dict(self.rows), dict(self.drs)
        holdings = {each: row.holding for each, row in known.items() if row.holding}
        yield
        holdings |= holdings_of((each for key, each in seen.items() if key not in holdings), self.register)
        written = {key: InventoryRow(each, holdings[key]) for key, each in seen.items()}
        for key, row in written.items():
            yield
            if key not in known or known[key].server != row.server or known[key].holding is None:
                self.rows[key] = row
        for key in known.keys() - seen.keys():
            yield
            self.rows.pop(key, None)
        yield
        for correction in corrections(list(written.values()), self.register):
            yield
            self._write(correction)

    def _write(self, correction: Correction) -> None:
        row = self.rows.get(correction.server_id)
        if row and (row.holding is None or row.holding.version <= correction.latest):
            self.rows[correction.server_id] = InventoryRow(row.server, correction.holding)

    def shown(self) -> dict[str, Any]:
        return {key: row.groups for key, row in self.rows.items()}

    def right(self) -> dict[str, Any]:
        found = holdings_of((row.server for row in self.rows.values()), self.register)
        return {key: holding.groups for key, holding in found.items()}


def run(actors: Sequence[Iterator[None]], turns: Sequence[int], dying: Callable[[int], bool]) -> None:
    """Lets the actors take turns, one step each, until all have ended; ``dying`` says at which turn one dies."""
    alive = list(actors)
    at = 0
    while alive:
        actor = alive[turns[at % len(turns)] % len(alive)]
        if dying(at) or next(actor, StopIteration) is StopIteration:
            alive.remove(actor)
        at += 1


def in_order(actors: Sequence[Iterator[None]]) -> Iterator[None]:
    for actor in actors:
        yield from actor


groups = st.tuples(
    st.sampled_from(["g1", "g2"]),
    st.sampled_from(["One", "Two"]),
    st.one_of(
        st.none(),
        st.sets(st.sampled_from(SERVERS), min_size=1),
        st.sampled_from([tags for tags in TAGS if tags]),
    ),
)
"""A save of a group: its id, its name, and the servers or tags that it selects; a deletion without any."""
estates = st.dictionaries(st.sampled_from(SERVERS), st.sampled_from(TAGS), min_size=1)
schedules = st.lists(st.integers(0, 11), min_size=1, max_size=40)


def saved(save: tuple[str, str, set[str] | dict[str, str] | None]) -> tuple[str, ProtectionGroup | None]:
    group_id, name, chosen = save
    if chosen is None:
        return group_id, None
    by_tags = isinstance(chosen, dict)
    return group_id, group(
        group_id, name, () if by_tags else sorted(chosen), chosen if isinstance(chosen, dict) else {}
    )


def lagging(estate: dict[str, dict[str, str]], lag: int) -> dict[str, SourceServer]:
    return {key: server(key, tags, lag) for key, tags in estate.items()}


def finished(actor: Iterator[None]) -> None:
    for _ in actor:
        pass


def a_world(before: dict[str, dict[str, str]], known: Sequence[Any], after: dict[str, dict[str, str]]) -> World:
    """A place in which some groups were saved and synced, and in which the servers have changed since."""
    world = World(lagging(before, 0))
    for save in known:
        finished(world.save(*saved(save)))
    finished(world.sync())
    world.drs = lagging(after, 1)
    return world


@given(
    estates,
    st.lists(groups, max_size=3),
    estates,
    st.lists(groups, min_size=2, max_size=4),
    schedules,
    st.sets(st.integers(0, 60)),
)
def test_a_sync_after_all_saves_shows_what_the_register_says(
    before: Any, known: Any, after: Any, saves: Any, turns: list[int], deaths: set[int]
) -> None:
    """Whatever met before it, and whichever saves and syncs died at any step."""
    world = a_world(before, known, after)
    actors = [world.save(*saved(save)) for save in saves]
    run([*actors, world.sync(), world.sync()], turns, deaths.__contains__)
    finished(world.sync())
    assert world.shown() == world.right()
    steady = dict(world.rows)
    finished(world.sync())
    assert all(world.rows[key] is row for key, row in steady.items()), "nothing is written again"


@given(estates, st.lists(groups, max_size=3), st.lists(groups, min_size=2, max_size=4), schedules, st.booleans())
def test_without_a_death_no_further_sync_is_needed(
    before: Any, known: Any, saves: Any, turns: list[int], is_synced: bool
) -> None:
    """For saves beside each other, and for saves one after the other beside a sync that writes every row."""
    world = a_world(before, known, {**before, "new": {"App": "x"}})
    actors = [world.save(*saved(save)) for save in saves]
    run([in_order(actors), world.sync()] if is_synced else actors, turns, lambda _: False)
    assert world.shown() == world.right()


def test_a_register_without_room_for_what_its_groups_select_says_nothing_of_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = a_world({"a": {}}, [("g1", "One", {"a"})], {"a": {}})
    monkeypatch.setattr(registers, "MAX_REGISTER_BYTES", 10)
    finished(world.save("g2", group("g2", "Two", ["a"], {})))
    assert world.rows["a"].holding == Holding(3, None)
    finished(world.sync())
    assert world.rows["a"].holding == Holding(3, None)
    monkeypatch.undo()
    finished(world.save("g2", None))
    world.register = world.register.with_group(world.groups["g1"])
    finished(world.sync())
    assert world.rows["a"].holding == Holding(5, (HoldingGroup("g1", "One"),))


def test_a_register_that_was_collected_anew_replaces_holdings_of_later_versions() -> None:
    world = a_world({"a": {}}, [("g1", "One", {"a"}), ("g1", "Two", {"a"})], {"a": {}})
    assert world.rows["a"].holding == Holding(3, (HoldingGroup("g1", "Two"),))
    world.register = msgspec.structs.replace(world.register, version=1)
    finished(world.sync())
    assert world.rows["a"].holding == Holding(1, (HoldingGroup("g1", "Two"),))
    finished(world.save("g1", group("g1", "Three", ["a"], {})))
    assert world.rows["a"].holding == Holding(2, (HoldingGroup("g1", "Three"),))


def test_a_save_that_changes_no_member_and_no_name_writes_no_row() -> None:
    same = group("g1", "One", ["a", "b"], {})
    described = msgspec.structs.replace(same, description="Another", version=2)
    assert changed_members(same, described) == set()
    assert changed_members(same, msgspec.structs.replace(same, source_server_ids=("b", "c"))) == {"a", "c"}
    assert changed_members(same, msgspec.structs.replace(same, name="Two")) == {"a", "b"}
    assert changed_members(None, group("g2", "Two", (), {"App": "x"})) is None
