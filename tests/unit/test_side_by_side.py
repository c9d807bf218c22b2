"""Reading places in parallel: a place that fails, for whatever reason, is a problem and stops no other."""

import logging
import threading

import pytest

from chalicelib.domain.errors import CloudError, DomainError
from chalicelib.domain.estate.accounts import Place
from chalicelib.logs import logger
from chalicelib.side_by_side import NotReached, ask_each, attended, each_place, try_each_within

EAST, WEST, NORTH = (Place("111122223333", region) for region in ("us-east-2", "us-west-2", "eu-north-1"))


def look(place: Place) -> str:
    if place == WEST:
        raise CloudError("The role cannot be assumed.")
    return place.region


@pytest.mark.parametrize("places", [[EAST, WEST, NORTH], [WEST], []])
def test_a_place_that_fails_is_a_problem_and_stops_no_other(places: list[Place]) -> None:
    looks = each_place(places, look, what="jobs")
    assert dict(looks.found) == {place: place.region for place in places if place != WEST}
    assert list(looks.problems) == [f"{WEST}: The role cannot be assumed." for place in places if place == WEST]


def test_a_place_that_fails_is_logged_with_what_was_not_observed(caplog: pytest.LogCaptureFixture) -> None:
    logger.addHandler(caplog.handler)
    try:
        with caplog.at_level(logging.WARNING):
            each_place([EAST, WEST], look, what="jobs")
    finally:
        logger.removeHandler(caplog.handler)
    (record,) = [record for record in caplog.records if record.message == "place not observed"]
    facts = vars(record)
    assert (facts["what"], facts["place"], facts["reason"]) == ("jobs", str(WEST), "The role cannot be assumed.")


@pytest.mark.parametrize(
    "fault", [KeyError("us-east-2"), UnicodeError("label empty"), OSError(5, "broken"), RecursionError(), ValueError()]
)
@pytest.mark.parametrize("places", [[EAST], [WEST, EAST, NORTH]])
def test_a_fault_of_ours_at_one_place_is_logged_and_stops_no_other(
    fault: Exception, places: list[Place], caplog: pytest.LogCaptureFixture
) -> None:
    def broken(place: Place) -> str:
        if place == EAST:
            raise fault
        return place.region

    logger.addHandler(caplog.handler)
    try:
        looks = each_place(places, broken, what="jobs")
    finally:
        logger.removeHandler(caplog.handler)
    assert set(looks.found) == set(places) - {EAST}
    assert type(fault).__name__ in looks.failures[EAST]
    assert fault in [record.exc_info[1] for record in caplog.records if record.exc_info]


def test_results_keep_their_order_and_errors_their_place() -> None:
    east, west, north = ask_each(look, [EAST, WEST, NORTH])
    assert (east, north) == ("us-east-2", "eu-north-1")
    assert isinstance(west, DomainError)


def test_calls_that_end_in_time_have_their_results_in_order() -> None:
    assert try_each_within(lambda number: 6 // number, [3, 1, 2], limit=2, seconds=60) == [2, 6, 3]
    (failed,) = try_each_within(lambda number: 6 // number, [0], limit=2, seconds=60)
    assert isinstance(failed, ZeroDivisionError)


def test_the_time_ends_the_wait_and_begins_no_further_call() -> None:
    released, began = threading.Event(), []

    def hang(number: int) -> int:
        began.append(number)
        released.wait(60)
        return number

    results = try_each_within(hang, [1, 2, 3], limit=1, seconds=0.05)
    released.set()
    assert [(type(result), result.begun) for result in results if isinstance(result, NotReached)] == [
        (NotReached, True),
        (NotReached, False),
        (NotReached, False),
    ]
    assert began == [1]


def test_without_time_nothing_begins() -> None:
    began: list[int] = []
    (result,) = try_each_within(began.append, [1], limit=1, seconds=0)
    assert isinstance(result, NotReached)
    assert (result.begun, began) == (False, [])


def test_a_place_that_hangs_is_named_and_the_others_are_found() -> None:
    released = threading.Event()

    def hang_in_the_west(place: Place) -> str:
        if place == WEST:
            released.wait(60)
        return place.region

    looks = each_place([EAST, WEST, NORTH], hang_in_the_west, what="jobs", seconds=1)
    released.set()
    assert (looks.found[EAST], looks.found[NORTH]) == ("us-east-2", "eu-north-1")
    assert looks.problems == (f"{WEST}: It did not answer in time. Try again.",)


def test_a_place_without_time_is_not_looked_at() -> None:
    looks = each_place([EAST], lambda place: place.region, what="jobs", seconds=0)
    assert (looks.found, looks.problems) == ({}, (f"{EAST}: There was no time left for it. Try again.",))


def test_work_is_attended_until_it_ends_and_once_more() -> None:
    seen, done = threading.Semaphore(0), []

    def work() -> str:
        seen.acquire()
        seen.acquire()
        done.append("work")
        return "result"

    def attend() -> None:
        done.append("sign")
        seen.release()

    assert attended(work, attend, every_seconds=0.001) == "result"
    assert done.index("work") >= 2
    assert done[-1] == "sign"


def test_work_that_fails_is_attended_no_more() -> None:
    signs: list[str] = []
    with pytest.raises(CloudError):
        attended(lambda: look(WEST), lambda: signs.append("sign"), every_seconds=60)
    assert signs == []
