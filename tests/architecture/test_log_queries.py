"""Queries of Log Insights in the runbook name messages that are logged, and fields that their lines have.

Insights knows the leaves of a line's JSON by their paths. An object or a list is no field: a query that names one finds
nothing, and says so to nobody.
"""

import ast
import functools
import json
import logging
import re
from collections.abc import Iterator, Mapping

import msgspec
import pytest

from chalicelib.logs import Counted, JsonLines
from chalicelib.operations.runs import WatchReport
from tests.architecture.conftest import ROOT

RUNBOOK = (ROOT / "docs/runbook.md").read_text()
SECTION = RUNBOOK.partition("\n## Log Insights queries\n")[2].partition("\n## ")[0]
QUERIES = [*re.findall(r"^```\n(.*?)```", SECTION, re.M | re.S), *re.findall(r"--query-string '([^']*)'", SECTION)]
WORDS = {"fields", "filter", "stats", "sort", "limit", "desc", "asc", "by", "and", "or", "not", "like", "as", "in"}
OF_EVERY_LINE = {"level", "message", "timestamp", "location", "function", "exception"}
LEVELS = {"info", "warning", "error", "exception"}


def logged() -> Iterator[tuple[str, set[str]]]:
    """Message and own fields of each call of the logger that writes its fields out."""
    sources = (file.read_text() for file in (ROOT / "chalicelib").rglob("*.py"))
    for source in sources:
        for node in ast.walk(ast.parse(source)) if "logger" in source else ():
            match node:
                case ast.Call(func=ast.Attribute(value=ast.Name(id="logger"), attr=level), args=[ast.Constant(text)]):
                    if level in LEVELS:
                        given = next((each.value for each in node.keywords if each.arg == "extra"), None)
                        keys = given.keys if isinstance(given, ast.Dict) else []
                        yield str(text), {str(key.value) for key in keys if isinstance(key, ast.Constant)}


@functools.cache
def fields_by_message() -> Mapping[str, set[str]]:
    known: dict[str, set[str]] = {"measured": {*Counted, "Stage"}}
    for text, fields in logged():
        known.setdefault(text, set()).update(fields)
    return known


def named_in(query: str) -> set[str]:
    """The fields of our lines that a query names."""
    text = re.sub(r"^#.*$|\"[^\"]*\"|(?<= )/.*/(?=\s|$)|@\w+| as \w+", " ", query, flags=re.M)
    return {word for word in re.findall(r"\b[A-Za-z_][\w.]*\b(?!\()", text) if word not in WORDS}


def problems(query: str) -> list[str]:
    lines = fields_by_message()
    messages = re.findall(r'\bmessage = "([^"]*)"', query)
    unknown = [f"nothing logs {message!r}" for message in messages if message not in lines]
    known = OF_EVERY_LINE.union(*(lines.get(message, set()) for message in messages or lines))
    return unknown + [f"no line has {field}" for field in sorted(named_in(query) - known)]


def test_there_are_queries() -> None:
    assert len(QUERIES) > 5


@pytest.mark.parametrize("query", QUERIES)
def test_a_query_names_what_is_logged(query: str) -> None:
    assert problems(query) == []


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        ('filter message = "watchdog rounds"', "nothing logs 'watchdog rounds'"),
        ('fields report.actions | filter message = "watchdog round"', "no line has report.actions"),
        ('filter message = "event of DRS" and woke = 0 | stats count() by bin(1h)', "no line has woke"),
        (
            'fields @timestamp | filter level = "ERROR" or @message like /Task timed out/ | sort exceptions',
            "exceptions",
        ),
    ],
)
def test_a_query_that_would_find_nothing_is_found(query: str, problem: str) -> None:
    assert problem in "".join(problems(query))


@pytest.mark.parametrize(("actions", "failures"), [({}, {}), ({"01A": "restarted"}, {}), ({}, {"01A": "throttled"})])
def test_the_query_for_rounds_of_the_watchdog_leaves_out_those_that_did_nothing(
    actions: dict[str, str], failures: dict[str, str]
) -> None:
    (pattern,) = re.findall(r"@message not like /(.*)/", SECTION)
    report = WatchReport(watched=1, terminating=0, learnt_jobs=0, actions=actions, failures=failures)
    record = logging.makeLogRecord({"msg": "watchdog round", "report": msgspec.to_builtins(report)})
    line = JsonLines().format(record)
    assert json.loads(line)["message"] == "watchdog round"
    assert bool(re.search(pattern, line)) == (not actions and not failures)
