"""Signed cursors: valid for the operation and the filters that they came from, and for nothing else."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.calls import cursors
from chalicelib.calls.cursors import serve_page
from chalicelib.domain.errors import InvalidRequest
from chalicelib.domain.pages import Page
from chalicelib.domain.runs.records import ExecutionStatus
from chalicelib.operations.declaration import Nothing
from chalicelib.operations.runs import ListExecutions
from chalicelib.settings import read_settings, settings
from scripts.cursor_keys import next_keys

ROOT = Path(__file__).resolve().parent.parent.parent
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
requests = st.builds(ListExecutions, plan_id=texts, status=st.none() | st.sampled_from(ExecutionStatus))
operations = st.sampled_from(["list_executions", "list_execution_servers"])


def first_page(operation: str, request: ListExecutions, cursor: str = "inner") -> str:
    """The signed cursor of a list whose own cursor is ``cursor``."""
    page: Page[str] = serve_page(operation, request, lambda _: Page([], cursor))
    assert page.next_cursor
    return page.next_cursor


def asked_with(operation: str, request: ListExecutions) -> str:
    """The cursor that the list gets."""
    asked: list[str] = []

    def handler(opened: ListExecutions) -> Page[str]:
        asked.append(opened.cursor)
        return Page([], None)

    serve_page(operation, request, handler)
    return asked[0]


def with_cursor(request: ListExecutions, cursor: str, limit: int = 10) -> ListExecutions:
    return ListExecutions(plan_id=request.plan_id, status=request.status, cursor=cursor, limit=limit)


@given(operations, requests, texts.filter(bool), st.integers(1, 100))
def test_a_list_gets_its_own_cursor_back(operation: str, request: ListExecutions, inner: str, limit: int) -> None:
    signed = first_page(operation, request, inner)
    assert asked_with(operation, with_cursor(request, signed, limit)) == inner


@given(operations, requests, operations, requests)
def test_a_cursor_of_another_operation_or_other_filters_is_refused(
    operation: str, request: ListExecutions, other: str, others: ListExecutions
) -> None:
    if (operation, request) == (other, others):
        return
    with pytest.raises(InvalidRequest, match="cursor"):
        asked_with(other, with_cursor(others, first_page(operation, request)))


@given(st.data(), texts)
def test_a_changed_cursor_is_refused(data: st.DataObject, put: str) -> None:
    signed = first_page("list_executions", ListExecutions())
    start = data.draw(st.integers(0, len(signed)))
    end = data.draw(st.integers(start, len(signed)))
    changed = signed[:start] + put + signed[end:]
    if changed in {signed, ""}:
        return
    with pytest.raises(InvalidRequest, match="cursor"):
        asked_with("list_executions", ListExecutions(cursor=changed))


def test_requests_and_answers_without_a_cursor_are_passed_on() -> None:
    assert serve_page("health", Nothing(), lambda request: request) == Nothing()
    assert serve_page("list_executions", ListExecutions(), lambda _: Page([], None)).next_cursor is None


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Makes this process a function of a stage with these keys."""

    def forget() -> None:
        settings.cache_clear()
        cursors._keys.cache_clear()

    def use(*keys: str, name: str = "qa") -> None:
        monkeypatch.setenv("STAGE", name)
        monkeypatch.setenv("CURSOR_KEYS", ",".join(keys))
        forget()

    yield use
    monkeypatch.undo()
    forget()


def test_a_cursor_survives_one_change_of_the_key(stage: Callable[..., None]) -> None:
    stage("first")
    cursor = first_page("list_executions", ListExecutions())
    stage("second", "first")
    assert asked_with("list_executions", ListExecutions(cursor=cursor)) == "inner"
    assert first_page("list_executions", ListExecutions()) != cursor
    stage("third", "second")
    with pytest.raises(InvalidRequest, match="cursor"):
        asked_with("list_executions", ListExecutions(cursor=cursor))


def test_a_deployed_stage_without_keys_makes_no_cursors(stage: Callable[..., None]) -> None:
    """Each of its processes would make a key of its own, and refuse the cursors of the others."""
    stage()
    with pytest.raises(RuntimeError, match="CURSOR_KEYS"):
        first_page("list_executions", ListExecutions())
    stage(name="local")
    assert first_page("list_executions", ListExecutions())


def test_a_deployment_makes_a_key_and_keeps_the_former_one() -> None:
    in_use = ""
    before: tuple[str, ...] = ()
    for _ in range(3):
        in_use = next_keys(in_use)
        keys = read_settings({"CURSOR_KEYS": in_use}).cursor_keys
        assert len(keys[0]) == 64
        assert keys[1:] == before[:1]
        before = keys
