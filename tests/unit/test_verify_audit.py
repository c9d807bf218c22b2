"""The auditor's script: a week of evidence, a tampered entry, and the same verdict as the platform's own check."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from chalicelib.domain.access.evidence import FIRST, Change, ChangeKind, Image, Link, encode, hash_of

ROOT = Path(__file__).resolve().parent.parent.parent
SCRIPT = ROOT / "scripts" / "verify_audit.py"
WEEK = [f"2061-03-{day:02}" for day in range(14, 21)]


def verify(folder: Path, *arguments: str) -> tuple[int, str]:
    """Runs a copy of the script as an auditor does: alone, without packages and without this project."""
    alone = folder.parent / "verify_audit.py"
    shutil.copy(SCRIPT, alone)
    # -I and -S: neither the environment nor installed packages can be imported.
    command = [sys.executable, "-I", "-S", alone.name, folder.name, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder.parent)
    return done.returncode, done.stdout + done.stderr


def entry(day: str, number: int, status: int = 200) -> Image:
    texts = {
        "audit_day": day,
        "entry_id": f"{day.replace('-', '')}ENTRY{number:02}",
        "operation": "start_execution",
        "request_id": f"request-{number}",
        "parameters": "{}",
        "source_ip": "203.0.113.7",
        "error_code": "",
    }
    numbers = {"status_code": status, "expires_at": 2_900_000_000}
    return {name: {"S": text} for name, text in texts.items()} | {
        name: {"N": str(value)} for name, value in numbers.items()
    }


def change(kind: str, before: Image | None, after: Image | None) -> Change:
    image = after or before or {}
    return Change(image["entry_id"]["S"], ChangeKind(kind), "1", "1", before, after)


def seal(folder: Path, chain: str, *batches: list[Change]) -> None:
    """Appends links to a chain, as the evidence writer does."""
    place = folder / chain
    place.mkdir(parents=True, exist_ok=True)
    objects = sorted(place.glob("*.json"))
    previous = hash_of(objects[-1].read_bytes()) if objects else FIRST
    for number, batch in enumerate(batches, start=len(objects) + 1):
        stored = encode(Link(chain, number, previous, tuple(batch)))
        (place / f"{number:08}.json").write_bytes(stored)
        previous = hash_of(stored)


@pytest.fixture
def week(tmp_path: Path) -> Path:
    """Each day has three entries in two links: opened and closed, and a read."""
    folder = tmp_path / "evidence"
    for day in WEEK:
        opened = [change("INSERT", None, entry(day, number, 0)) for number in (1, 2)]
        closed = [change("MODIFY", entry(day, number, 0), entry(day, number)) for number in (1, 2)]
        seal(folder, f"audit/{day}", opened, [*closed, change("INSERT", None, entry(day, 3, 403))])
    seal(folder, "timeline/exec-1", [change("INSERT", None, entry("x", 1)), change("REMOVE", entry("x", 1), None)])
    return folder


def page() -> str:
    return (ROOT / "docs" / "audit.md").read_text()


def test_a_week_is_verified_and_the_page_shows_it(week: Path) -> None:
    code, output = verify(week, "audit")
    assert code == 0
    assert output.splitlines()[-1] == "7 chains verified, none broken."
    assert output in page()
    assert verify(week)[1].splitlines()[-1] == "8 chains verified, none broken."


def test_an_entry_that_was_changed_in_the_table_is_found_and_the_page_shows_it(week: Path) -> None:
    """The change came through the stream and is sealed itself."""
    before, after = entry(WEEK[3], 2), {**entry(WEEK[3], 2), "operation": {"S": "get_recovery_plan"}}
    seal(week, f"audit/{WEEK[3]}", [change("MODIFY", before, after)])
    code, output = verify(week, "audit")
    assert code == 1
    assert "operation from 'start_execution' to 'get_recovery_plan'" in output
    assert output in page()


def test_an_object_that_was_changed_is_found_and_the_page_shows_it(week: Path) -> None:
    file = week / "audit" / WEEK[5] / "00000001.json"
    file.write_bytes(file.read_bytes().replace(b"203.0.113.7", b"203.0.113.8", 1))
    code, output = verify(week, f"audit/{WEEK[5]}")
    assert code == 1
    assert "link 2 does not follow link 1" in output
    assert output in page()


def test_objects_that_are_removed_moved_or_foreign_are_found(week: Path) -> None:
    chain = week / "audit" / WEEK[0]
    first, second = chain / "00000001.json", chain / "00000002.json"
    kept = first.read_bytes()
    first.unlink()
    assert "link 1 is missing; the next object is 00000002.json" in verify(week)[1]
    first.write_bytes(second.read_bytes())
    assert "link 1 is an object of another place" in verify(week)[1]
    for foreign in (b"", b"[]", b"{}", b'{"changes": 1}', b"\xff"):
        first.write_bytes(foreign)
        code, output = verify(week)
        assert (code, "Traceback" in output, "BROKEN" in output) == (1, False, True), foreign
    first.write_bytes(kept)
    assert verify(week)[0] == 0


def test_an_empty_folder_is_not_a_success(tmp_path: Path) -> None:
    (tmp_path / "evidence").mkdir()
    assert verify(tmp_path / "evidence")[0] == 2


def lines_of_the_log(days: list[str]) -> list[dict[str, Any]]:
    """The entries as the API returns them."""
    return [
        {
            "entryId": image["entry_id"]["S"],
            "at": f"{day}T10:00:00Z",
            "operation": image["operation"]["S"],
            "requestId": image["request_id"]["S"],
            "parameters": "{}",
            "sourceIp": "203.0.113.7",
            "statusCode": int(image["status_code"]["N"]),
            "errorCode": "",
        }
        for day in days
        for image in (entry(day, 1), entry(day, 2), entry(day, 3, 403))
    ]


def test_a_log_that_the_api_returned_is_compared_with_the_evidence(week: Path) -> None:
    log = week.parent / "log.json"
    lines = lines_of_the_log(WEEK)
    log.write_text(json.dumps([{"items": lines[:10], "nextCursor": "x"}, {"items": lines[10:], "nextCursor": None}]))
    code, output = verify(week, "--log", "log.json")
    assert (code, "The log agrees with the evidence of 7 days." in output) == (0, True)

    lines[0]["statusCode"] = 409
    lines[1]["entryId"] = "FORGED"
    log.write_text(json.dumps(lines))
    code, output = verify(week, "--log", "log.json")
    assert code == 1
    assert "entry 20610314ENTRY01: statusCode is 409, and was sealed as '200'" in output
    assert "entry FORGED (start_execution) was never sealed" in output
    assert "entry 20610314ENTRY02 (start_execution) was sealed and is not in the log" in output
