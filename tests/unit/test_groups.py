"""The rules for protection groups, and groups that hold the same servers."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.estate.groups import (
    GroupContent,
    Impact,
    Overlap,
    ProtectionGroup,
    content_problems,
    holders_of,
    matches_tags,
    overlaps,
)
from chalicelib.domain.estate.servers import OperatingSystem, SourceServer
from chalicelib.domain.limits import MAX_SERVERS

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ID = "s-0123456789abcdef0"


def problems(**fields: Any) -> set[str]:
    return {problem.field for problem in content_problems(GroupContent(**{"name": "Web", **fields}))}


@pytest.mark.parametrize("choice", [{"source_server_ids": (ID,)}, {"tags": {"Tier": "web"}}])
def test_servers_are_chosen_by_id_or_by_tags(choice: dict[str, Any]) -> None:
    assert problems(**choice) == set()


@pytest.mark.parametrize("choice", [{}, {"source_server_ids": (ID,), "tags": {"Tier": "web"}}])
def test_neither_and_both_are_refused(choice: dict[str, Any]) -> None:
    assert problems(**choice) == {"sourceServerIds"}


def test_a_server_may_be_listed_only_once() -> None:
    assert problems(source_server_ids=(ID, ID)) == {"sourceServerIds"}


@pytest.mark.parametrize("server_id", ["", "web-1", "s-123", "i-0123456789abcdef0", "s-" + 18 * "0", "s-" + 17 * "ä"])
def test_ids_have_the_shape_that_drs_gives_them(server_id: str) -> None:
    assert problems(source_server_ids=(server_id,)) == {"sourceServerIds[0]"}


def test_impact_is_given_for_servers_of_the_group() -> None:
    other = "s-0123456789abcdef1"
    assert problems(source_server_ids=(ID,), impact_levels={other: Impact.OPTIONAL}) == {f"impactLevels.{other}"}
    assert problems(tags={"Tier": "web"}, impact_levels={other: Impact.OPTIONAL}) == set()


@pytest.mark.parametrize("tags", [{"": "web"}, {"Tier": ""}])
def test_tags_have_keys_and_values(tags: dict[str, str]) -> None:
    assert problems(tags=tags) == {f"tags.{key}" for key in tags}


@pytest.mark.parametrize(
    ("tags", "matches"),
    [
        ({"Tier": "web", "App": "shop"}, True),
        ({"Tier": "web", "App": "shop", "More": "x"}, True),
        ({"Tier": "web"}, False),
        ({"tier": "web", "App": "shop"}, False),
        ({"Tier": "Web", "App": "shop"}, False),
        ({}, False),
    ],
)
def test_all_tags_must_match_exactly(tags: dict[str, str], matches: bool) -> None:
    assert matches_tags(tags, {"Tier": "web", "App": "shop"}) is matches


def test_servers_are_critical_by_default() -> None:
    chosen = group("pg-1", {"Tier": "web"}, impact_levels={ID: Impact.OPTIONAL})
    assert (chosen.impact_of(ID), chosen.impact_of("s-other")) == (Impact.OPTIONAL, Impact.CRITICAL)


def test_the_most_servers_that_a_request_may_list_fit_into_a_record() -> None:
    ids = tuple(f"s-{number:017}" for number in range(MAX_SERVERS))
    impact = dict.fromkeys(ids, Impact.CRITICAL)
    assert problems(source_server_ids=ids, impact_levels=impact, description="ä" * 1_000) == set()


def test_overlaps_name_group_and_servers() -> None:
    servers = [server("s-1", Tier="web"), server("s-2", Tier="web", App="shop"), server("s-3", App="shop")]
    groups = [group("pg-web", {"Tier": "web"}), group("pg-shop", {"App": "shop"}), group("pg-none", {"App": "x"})]
    assert overlaps(servers, groups) == [
        Overlap("pg-shop", "Name of pg-shop", ("s-2", "s-3"), ("host-s-2 (s-2)", "host-s-3 (s-3)")),
        Overlap("pg-web", "Name of pg-web", ("s-1", "s-2"), ("host-s-1 (s-1)", "host-s-2 (s-2)")),
    ]


def test_servers_that_another_group_lists_overlap_whatever_their_tags() -> None:
    servers = [server("s-1"), server("s-2", Tier="web"), server("s-3", Tier="web")]
    others = [group("pg-listed", {}, source_server_ids=("s-3", "s-9", "s-1")), group("pg-tags", {"Tier": "db"})]
    assert overlaps(servers, others) == [
        Overlap("pg-listed", "Name of pg-listed", ("s-1", "s-3"), ("host-s-1 (s-1)", "host-s-3 (s-3)"))
    ]


IDS, TAGS = st.sampled_from(["s-1", "s-2", "s-3"]), st.dictionaries(st.sampled_from("AB"), st.sampled_from("xy"))


@given(
    servers=st.dictionaries(IDS, st.none() | TAGS), choices=st.lists(st.frozensets(IDS, min_size=1) | TAGS, max_size=5)
)
def test_every_group_that_holds_a_server_is_found_once(
    servers: dict[str, dict[str, str] | None], choices: list[frozenset[str] | dict[str, str]]
) -> None:
    groups = [
        group(f"pg-{number}", choice)
        if isinstance(choice, dict)
        else group(f"pg-{number}", {}, source_server_ids=tuple(choice))
        for number, choice in enumerate(choices)
        if choice
    ]
    known = {each: None if tags is None else server(each, **tags) for each, tags in servers.items()}
    expected = {
        each: [
            other.group_id
            for other in groups
            if each in other.source_server_ids
            or (other.selects_by_tags and known_server is not None and matches_tags(known_server.tags, other.tags))
        ]
        for each, known_server in known.items()
    }
    found = holders_of(known, groups)
    assert {each: [other.group_id for other in others] for each, others in found.items()} == {
        each: others for each, others in expected.items() if others
    }


def group(
    group_id: str,
    tags: dict[str, str],
    impact_levels: dict[str, Impact] | None = None,
    source_server_ids: tuple[str, ...] = (),
) -> ProtectionGroup:
    name = f"Name of {group_id}"
    return ProtectionGroup(
        group_id, name, "", "1", "r", source_server_ids, tags, impact_levels or {}, 1, NOW, "me", NOW, "me"
    )


def server(server_id: str, **tags: str) -> SourceServer:
    return SourceServer(
        server_id, "1", "r", f"host-{server_id}", OperatingSystem.LINUX, "CONTINUOUS", 0, tags=tags, seen_at=NOW
    )
