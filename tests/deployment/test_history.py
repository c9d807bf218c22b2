"""Which deployment a rollback goes back to, after any others."""

import io
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.deployment import history
from scripts.deployment.history import Deployment
from scripts.deployment.stage import Refused


def stage_of_a_bucket() -> Any:
    """A stage with nothing but an artifact bucket."""
    objects: dict[str, bytes] = {}

    def put(*, Key: str, Body: bytes, **_: str) -> None:  # noqa: N803 — names of the SDK
        objects[Key] = Body

    s3 = SimpleNamespace(
        put_object=put,
        get_object=lambda *, Key, **_: {"Body": io.BytesIO(objects[Key])},  # noqa: N803
        get_paginator=lambda _: SimpleNamespace(paginate=lambda **_: [{"Contents": [{"Key": key} for key in objects]}]),
    )
    return SimpleNamespace(name="qa", bucket="artifacts", caller={"arn": "ada"}, client=lambda _: s3)


def deployed(stage: Any, number: int, *, works: bool | None, dashboard: str = "") -> Deployment:
    name = f"{number:03}"
    deployment = Deployment(
        id=name, commit=f"c{name}", by="ada", versions={"h": name}, works=works, dashboard=dashboard
    )
    history.save(stage, deployment)
    return deployment


def go_back(stage: Any, wanted: str | None = None) -> str:
    target = history.to_go_back_to(stage, wanted)
    history.went_back(stage, target)
    return target.id


def test_what_a_person_has_left_is_not_what_the_next_failure_goes_back_to() -> None:
    stage = stage_of_a_bucket()
    for number in (1, 2, 3):
        deployed(stage, number, works=True)
    assert go_back(stage) == "002", "3 passed its smoke test, and a person found what is wrong with it"
    deployed(stage, 4, works=False)
    goes_to = history.newest_that_works(stage)
    assert goes_to is not None
    assert goes_to.id == "002"
    history.went_back(stage, goes_to)
    assert go_back(stage) == "001", "a second rollback goes on from what is in use"
    assert history.shown(history.listed(stage)) == [
        "004  ada  failed its smoke test, rolled back",
        "003  ada  works, rolled back",
        "002  ada  works, rolled back",
        "001  ada  works, in use",
    ]
    with pytest.raises(Refused, match="no earlier deployment of qa"):
        history.to_go_back_to(stage, None)
    assert go_back(stage, "c003") == "003", "by name a person goes to any of them"
    assert go_back(stage) == "001", "2 was left, too"


def test_a_deployment_begins_with_what_is_in_use() -> None:
    """A deployment of the dashboard alone has no smoke test; the next one of the functions alone keeps its files."""
    stage = stage_of_a_bucket()
    deployed(stage, 1, works=True, dashboard="first.zip")
    deployed(stage, 2, works=None, dashboard="second.zip")
    begun = history.begin(stage, "c3")
    assert (begun.versions, begun.dashboard, begun.works) == ({"h": "001"}, "second.zip", None)
    deployed(stage, 3, works=True, dashboard="third.zip")
    assert go_back(stage) == "001"
    begun = history.begin(stage, "c4")
    assert (begun.versions, begun.dashboard, begun.rolled_back) == ({"h": "001"}, "first.zip", False)


@given(st.lists(st.sampled_from(["works", "fails", "ended", "back"]), max_size=12))
def test_nothing_goes_back_to_a_deployment_that_failed_or_was_left(moments: list[str]) -> None:
    stage, in_use = stage_of_a_bucket(), ""
    left: set[str] = set()
    failed: set[str] = set()
    for number, moment in enumerate(moments):
        name = f"{number:03}"
        if moment in ("works", "ended"):
            deployed(stage, number, works=True if moment == "works" else None)
            in_use = name
        elif moment == "fails":
            deployed(stage, number, works=False)
            failed.add(name)
            former = history.newest_that_works(stage)
            if former is None:
                in_use = name
                continue
            assert former.id not in left | failed
            history.went_back(stage, former)
            left |= {each for each in (in_use, name) if each > former.id}
            in_use = former.id
        else:
            try:
                target = go_back(stage)
            except Refused:
                continue
            assert target not in left | failed
            assert target < in_use
            left.add(in_use)
            in_use = target
