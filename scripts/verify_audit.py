"""Verifies evidence that was downloaded from the bucket: its chains, each change, and optionally the audit log itself.

For auditors. It needs Python 3.11 or newer and nothing else: no package, no AWS account, no other file of this project.
It reads the objects as they are and is written apart from the platform, so that it does not share the platform's
mistakes.

    aws s3 sync s3://aws-drs-orchestration-evidence-<stage>-<account> evidence
    python verify_audit.py evidence                      every chain in the folder
    python verify_audit.py evidence audit/2026-03-31     one chain, or all below a folder
    python verify_audit.py evidence --log log.json       and compare with entries that GET /audit-logs returned
"""

import argparse
import hashlib
import json
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

CLOSING = {"status_code", "error_code", "duration_ms"}
COMPARED = {
    "operation": "operation",
    "requestId": "request_id",
    "parameters": "parameters",
    "sourceIp": "source_ip",
    "statusCode": "status_code",
    "errorCode": "error_code",
}
"""Fields of an entry as the API returns it, and the attributes in which the table stores them."""

OUTLINE = 64


class Broken(Exception):
    """The first thing that is wrong with a chain."""


def main(arguments: list[str]) -> int:
    """Prints a line for each chain; returns 1 if one is broken, and 2 if there is nothing to verify."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path, help="the downloaded bucket")
    parser.add_argument("chain", nargs="?", default="", help="a chain, such as audit/2026-03-31, or a part of its path")
    parser.add_argument("--log", type=Path, help="JSON: a list of entries, or answers of GET /audit-logs in a list")
    chosen = parser.parse_args(arguments)
    chains = sorted({file.parent for file in (chosen.folder / chosen.chain).rglob("*.json")})
    if not chains:
        print(f"There is no evidence in {chosen.folder / chosen.chain}.", file=sys.stderr)
        return 2
    states: dict[str, dict[str, Any]] = {}
    broken = sum(_report(folder, folder.relative_to(chosen.folder).as_posix(), states) for folder in chains)
    if chosen.log:
        days = {folder.name for folder in chains if folder.parent.name == "audit"}
        problems = list(_compared(_entries(json.loads(chosen.log.read_text())), states, days))
        for problem in problems[:20]:
            print(f"BROKEN  {problem}")
        print(f"The log {'differs from' if problems else 'agrees with'} the evidence of {_counted(len(days), 'day')}.")
        broken += bool(problems)
    print(f"{_counted(len(chains), 'chain')} verified, {broken or 'none'} broken.")
    return 1 if broken else 0


def _report(folder: Path, chain: str, states: dict[str, dict[str, Any]]) -> bool:
    """Prints what a chain shows; returns whether it is broken."""
    try:
        links, changes, last = verify(folder, chain, states)
    except Broken as problem:
        print(f"BROKEN  {chain}: {problem}")
        return True
    print(f"whole   {chain}: {_counted(links, 'link')}, {_counted(changes, 'change')}, last {last[:16]}")
    return False


def verify(folder: Path, chain: str, states: dict[str, dict[str, Any]]) -> tuple[int, int, str]:
    """The links, changes and last hash of a whole chain. Raises Broken. Adds the entries of the audit log to states."""
    previous, count = "0" * OUTLINE, 0
    files = sorted(folder.glob("*.json"))
    for number, file in enumerate(files, start=1):
        if file.name != f"{number:08}.json":
            raise Broken(f"link {number} is missing; the next object is {file.name}")
        stored = file.read_bytes()
        link = _link(stored, number)
        if (link.get("chain"), link.get("number")) != (chain, number):
            raise Broken(f"link {number} is an object of another place: {link.get('chain')} {link.get('number')}")
        if link.get("previous") != previous:
            raise Broken(f"link {number} does not follow link {number - 1}, which is not as it was when it was sealed")
        for change in link["changes"]:
            problem = _problem(change, is_audit=chain.startswith("audit/"))
            if problem:
                raise Broken(f"link {number}, {change['item']}\n        {problem}")
            count += 1
            if chain.startswith("audit/") and change.get("after"):
                states[change["item"]] = change["after"]
        previous = hashlib.sha256(stored).hexdigest()
    return len(files), count, previous


def _link(stored: bytes, number: int) -> dict[str, Any]:
    try:
        link = json.loads(stored)
        changes = link["changes"]
    except (ValueError, KeyError, TypeError) as error:
        raise Broken(f"link {number} cannot be read ({type(error).__name__})") from error
    if not isinstance(changes, list):
        raise Broken(f"link {number} has no list of changes")
    return dict(link)


def _problem(change: dict[str, Any], *, is_audit: bool) -> str:
    """What is wrong with a change: an entry is written, or opened and closed; an event is written, or deleted."""
    kind, before, after = change.get("kind"), change.get("before") or {}, change.get("after") or {}
    if kind == "INSERT":
        return ""
    if kind == "REMOVE":
        return "the entry was removed from the table" if is_audit else ""
    differing = sorted(name for name in {*before, *after} if before.get(name) != after.get(name))
    was_open, is_open = (image.get("status_code") == {"N": "0"} for image in (before, after))
    if is_audit and was_open and not is_open and set(differing) <= CLOSING:
        return ""
    what = ", ".join(f"{name} from {_shown(before.get(name))} to {_shown(after.get(name))}" for name in differing)
    return f"changed after it had been written: {what}"


def _compared(entries: Iterable[dict[str, Any]], states: dict[str, dict[str, Any]], days: set[str]) -> Iterator[str]:
    """Where a log that the API returned differs from what was sealed for these days."""
    seen: set[str] = set()
    for entry in entries:
        identifier, day = entry["entryId"], str(entry["at"])[:10]
        if day not in days:
            continue
        seen.add(identifier)
        sealed = states.get(identifier)
        if sealed is None:
            yield f"audit/{day}: entry {identifier} ({entry['operation']}) was never sealed"
            continue
        for field, attribute in COMPARED.items():
            was = next(iter(sealed.get(attribute, {"S": ""}).values()))
            if str(entry[field]) != was:
                yield f"audit/{day}: entry {identifier}: {field} is {_cut(entry[field])}, and was sealed as {_cut(was)}"
    for identifier, sealed in states.items():
        if identifier not in seen and int(sealed["expires_at"]["N"]) > time.time():
            day = sealed["audit_day"]["S"]
            yield f"audit/{day}: entry {identifier} ({sealed['operation']['S']}) was sealed and is not in the log"


def _entries(document: Any) -> Iterator[dict[str, Any]]:
    """The entries of a list, an answer of GET /audit-logs, or a list of such answers."""
    if isinstance(document, dict):
        yield from document.get("items", [document])
    elif isinstance(document, list):
        for part in document:
            yield from _entries(part)


def _shown(value: dict[str, Any] | None) -> str:
    return "nothing" if value is None else _cut(next(iter(value.values())))


def _cut(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= OUTLINE else text[: OUTLINE - 1] + "…"


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
