"""What the commands print: the differences and results of an import, and the problems of a file with their lines."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from drs_emulator.documents import Document

_ROOT = "document."
_SIGNS = {"CREATE": "+", "UPDATE": "~", "NONE": " "}
_KINDS = {
    "accounts": "account",
    "stagingAccounts": "staging account",
    "settings": "setting",
    "groups": "group",
    "serverSettings": "launch settings of",
    "plans": "plan",
}
_SHOWN_NAMES = 10


def differs(report: Mapping[str, Any]) -> bool:
    """Whether the installation does not have what the document describes."""
    return any(item["action"] != "NONE" for item in report["items"])


def failed(report: Mapping[str, Any]) -> bool:
    """Whether an item failed or was not reached."""
    return any(item["outcome"] in {"FAILED", "NOT_REACHED"} for item in report["items"])


def describe(report: Mapping[str, Any]) -> Iterator[str]:
    """The report in lines: each item that is not as it was, then the numbers, then what only the installation has."""
    for item in report["items"]:
        if item["action"] != "NONE":
            yield from _item(item)
    counts = {outcome.lower().replace("_", " "): count for outcome, count in sorted(report["counts"].items())}
    yield ", ".join(f"{count} {outcome}" for outcome, count in counts.items()) or "The file has no entries."
    for kind, only_here in report["onlyHere"].items():
        if only_here["count"]:
            shown = only_here["names"][:_SHOWN_NAMES]
            more = only_here["count"] - len(shown)
            names = ", ".join(shown) + (f" and {more} more" if more else "")
            yield f"{kind} that are not in the file, and stay: {names}"


def file_problems(document: Document, problems: Mapping[str, str]) -> Iterator[str]:
    """The problems that the API found in a file, each with the line of its field."""
    for field, message in problems.items():
        inner = field.removeprefix(_ROOT)
        yield str(document.error(inner if inner != _ROOT.rstrip(".") else "file", hint(message)))


def hint(message: str) -> str:
    """A problem of a field, with what to write where YAML is the reason."""
    if re.search(r"expected `str( \| null)?`, got `(int|float)`", message):
        return f"{message}; put it in quotes, because YAML reads bare digits as a number"
    if "expected `bool`, got `str`" in message:
        return f"{message}; write true or false"
    return message


def _item(item: Mapping[str, Any]) -> Iterator[str]:
    field = re.split(r"[.\[]", item["field"])[0]
    kind = _KINDS.get(field, field)
    outcome = "" if item["outcome"] in {"PLANNED", "DONE"} else f"  {item['outcome'].replace('_', ' ')}"
    yield f"{_SIGNS[item['action']]} {kind} {item['name']}{outcome}"
    for difference in item["differences"]:
        yield f"    {difference['field']}"
        if difference["removed"]:
            yield f"      - {difference['removed']}"
        if difference["added"]:
            yield f"      + {difference['added']}"
    if item["moreDifferences"]:
        yield f"    and {item['moreDifferences']} more"
    if item["problems"]:
        yield from (f"    {problem['field']}: {problem['message']}" for problem in item["problems"])
    elif item["reason"]:
        yield f"    {item['reason']}"
