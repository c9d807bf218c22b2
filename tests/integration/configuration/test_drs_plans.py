"""The client for pipelines: what it prints, its exit codes, and how it treats an API that is busy or gone."""

import http.server
import io
import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from drs_plans.cli import main
from drs_plans.client import TRIES, Client, RequestFailed
from local.cloud import LocalCloud

Make = Callable[..., Any]
Run = Callable[..., tuple[int, str, str]]

GROUPS = """schemaVersion: 1
groups:
  - name: Web
    accountId: "222233334444"
    region: us-east-1
    tags:
      Tier: web
"""
PLANS = """plans:
  - name: Shop
    waves:
      - name: web
        protectionGroups:
          - Web
"""


@pytest.fixture
def run(cloud: LocalCloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command, for a file with this text; returns the exit code and what is printed."""
    monkeypatch.setenv("DRS_PLANS_URL", cloud.api_url)
    monkeypatch.setenv("DRS_PLANS_TOKEN", cloud.sign_in("DRSRecoveryManager"))

    def call(command: str, text: str | None = None, *options: str) -> tuple[int, str, str]:
        file = tmp_path / "dr.yaml"
        file.write_text(text or "")
        code = main([command, *([] if text is None else [str(file)]), *options])
        printed = capsys.readouterr()
        return code, printed.out, printed.err.replace(f"{file}: ", "")

    return call


def test_a_file_is_compared_applied_and_exported_again(run: Run, empty: Make) -> None:
    stay = "accounts that are not in the file, and stay: 222233334444 Shop East, 333344445555 Shop West\n"
    assert run("diff", GROUPS + PLANS) == (1, f"+ group Web\n+ plan Shop\n2 planned\n{stay}", "")
    assert run("apply", GROUPS + PLANS) == (0, f"+ group Web\n+ plan Shop\n2 done\n{stay}", "")
    assert run("diff", GROUPS + PLANS) == (0, f"2 unchanged\n{stay}", "")
    assert run("apply", GROUPS + PLANS) == (0, f"2 unchanged\n{stay}", "")
    code, text, problems = run("export")
    accounts = text.removeprefix("schemaVersion: 1\n").partition("groups:\n")[0]
    assert (code, text.replace(accounts, ""), problems) == (0, GROUPS + PLANS, "")
    assert accounts.startswith('accounts:\n  - accountId: "222233334444"\n    name: Shop East\n')
    assert json.loads(run("export", None, "--format", "json")[1])["plans"][0]["name"] == "Shop"


def test_differences_are_shown_by_field_and_what_is_not_in_the_file(run: Run, empty: Make) -> None:
    run("apply", GROUPS + PLANS)
    code, printed, _ = run("diff", GROUPS.replace("Tier: web", "Tier: app"))
    changes = '~ group Web\n    tags.Tier\n      - "web"\n      + "app"\n1 planned\n'
    stay = "that are not in the file, and stay"
    accounts = f"accounts {stay}: 222233334444 Shop East, 333344445555 Shop West\n"
    assert (code, printed) == (1, f"{changes}{accounts}plans {stay}: Shop\n")


def test_external_ids_of_new_accounts_come_from_another_file(run: Run, empty: Make, tmp_path: Path) -> None:
    account = 'schemaVersion: 1\naccounts:\n  - {accountId: "666677778888", name: New}\n'
    code, _, problems = run("diff", account)
    assert (code, "accounts[0].accountId (line 3): is not registered here" in problems) == (2, True)
    secrets = tmp_path / "secrets.yaml"
    secrets.write_text('"666677778888": example-external-id-0001\n')
    code, printed, _ = run("diff", account, "--external-ids", str(secrets))
    assert (code, printed.startswith("+ account New  FAILED\n    This requires the permission 'manage-accounts'")) == (
        1,
        True,
    )


def test_a_failed_entry_is_told_with_its_reason_and_the_others_are_applied(run: Run, empty: Make) -> None:
    gone = (
        GROUPS
        + '  - {name: Gone, accountId: "222233334444", region: us-east-1, sourceServerIds: [s-0000000000000dead]}\n'
    )
    code, printed, _ = run("apply", gone)
    assert code == 1
    assert "+ group Web\n" in printed
    assert "+ group Gone  FAILED\n    groups[1].sourceServerIds[0]: DRS has no source server" in printed
    code, printed, _ = run("apply", gone, "--json")
    assert (code, json.loads(printed)["counts"]) == (1, {"UNCHANGED": 1, "FAILED": 1})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("schemaVersion: 2\n", "schemaVersion (line 1): must be 1, the schema version of this installation"),
        (GROUPS + "colour: red\n", "colour (line 8): is not a field here"),
        (GROUPS + "    name: Twice\n", "groups[0].name (line 8): is given twice, first in line 3"),
        (GROUPS.replace('"', ""), "groups[0].accountId (line 4): expected `str`, got `int`; put it in quotes"),
        (
            GROUPS + PLANS.replace("- Web", "- Wep"),
            "plans[0].waves[0].protectionGroups[0] (line 13): the protection group",
        ),
        ("- a list\n", "must be a mapping"),
    ],
)
@pytest.mark.parametrize("command", ["diff", "apply"])
def test_mistakes_in_the_file_are_named_with_their_lines(
    run: Run, empty: Make, command: str, text: str, message: str
) -> None:
    code, printed, problems = run(command, text)
    assert (code, printed) == (2, "")
    assert message in problems


def test_problems_are_json_when_that_is_asked_for(run: Run, empty: Make) -> None:
    code, printed, _ = run("diff", "schemaVersion: 1\ncolour: red\n", "--json")
    assert (code, list(json.loads(printed)["problems"])) == (2, ["document.colour"])


def test_a_file_that_is_too_large_or_missing(run: Run, empty: Make) -> None:
    code, _, problems = run("diff", f"schemaVersion: 1\nplans: ['{'x' * 1_100_000}']\n")
    assert (code, "limit is 1,048,576" in problems) == (2, True)
    assert main(["diff", "/no/such/file.yaml"]) == 2


def test_a_file_that_expands_to_millions_of_values_is_refused_before_anything_is_sent(run: Run) -> None:
    bomb = ["schemaVersion: 1", "a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    bomb += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
    code, printed, problems = run("apply", "\n".join(bomb), "--url", "http://127.0.0.1:9")
    assert (code, printed, "aliases included" in problems) == (2, "", True)
    code, _, problems = run("apply", "schemaVersion: 1\ngroups: &g [*g]\n", "--url", "http://127.0.0.1:9")
    assert (code, "not complete above it" in problems) == (2, True)


def test_bad_options(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for options in ([], ["diff"], ["destroy", "x"], ["apply", "x", "--token", "secret"]):
        with pytest.raises(SystemExit) as ended:
            main(options)
        assert ended.value.code == 2
    assert run("diff", GROUPS, "--url", "http://example.com")[0] == 2
    assert run("diff", GROUPS, "--token-file", str(tmp_path / "none"))[0] == 2
    monkeypatch.delenv("DRS_PLANS_TOKEN")
    code, _, message = run("diff", GROUPS)
    assert (code, "DRS_PLANS_TOKEN" in message) == (2, True)


def test_the_token_may_come_from_a_file_or_from_standard_input(
    run: Run, cloud: LocalCloud, empty: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = cloud.sign_in("DRSOrchestrationAdmin")
    monkeypatch.delenv("DRS_PLANS_TOKEN")
    kept = tmp_path / "token"
    kept.write_text(f"{token}\n")
    assert run("diff", GROUPS, "--token-file", str(kept))[0] == 1
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{token}\n"))
    assert run("diff", GROUPS, "--token-file", "-")[0] == 1


def test_a_call_that_is_refused_or_not_answered_has_an_exit_code_of_its_own(
    run: Run, cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DRS_PLANS_TOKEN", cloud.sign_in("DRSReadOnly"))
    code, _, message = run("apply", GROUPS)
    assert (code, "permission 'import'" in message) == (3, True)
    monkeypatch.setenv("DRS_PLANS_TOKEN", "forged")
    assert run("apply", GROUPS)[0] == 3
    monkeypatch.setattr("drs_plans.client._PAUSE_SECONDS", 0.0)
    assert run("diff", GROUPS, "--url", "http://127.0.0.1:9")[0] == 3


@contextmanager
def answering(answers: Sequence[tuple[int, bytes]]) -> Iterator[tuple[str, list[bytes]]]:
    """An HTTP server with these answers, the last one for ever; yields its address and the bodies that it gets."""
    bodies: list[bytes] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            status, body = answers[min(len(bodies), len(answers)) - 1]
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Retry-After", "7")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", bodies
        server.shutdown()


def report(**outcomes: str) -> bytes:
    items = [{"field": field, "outcome": outcome} for field, outcome in outcomes.items()]
    found = list(outcomes.values())
    return json.dumps({"items": items, "counts": {each: found.count(each) for each in set(found)}}).encode()


def test_a_busy_api_is_asked_again_after_the_time_that_it_names() -> None:
    waited: list[float] = []
    with answering([(503, b"{}"), (504, b"gateway"), (200, report(a="DONE"))]) as (url, bodies):
        assert Client(url, "token", waited.append).apply({}, {})["counts"] == {"DONE": 1}
    assert (len(bodies), waited) == (3, [7.0, 14.0])


def test_an_api_that_stays_busy_is_not_asked_for_ever() -> None:
    with answering([(503, b"{}")]) as (url, bodies), pytest.raises(RequestFailed, match="HTTP 503"):
        Client(url, "token", lambda _: None).apply({}, {})
    assert len(bodies) == TRIES


def test_an_answer_that_is_not_json_is_not_taken_for_one() -> None:
    with answering([(200, b"<html>")]) as (url, _), pytest.raises(RequestFailed, match="did not answer with JSON"):
        Client(url, "token").preview({}, {})


def test_apply_goes_on_while_it_gets_further_and_keeps_what_was_done() -> None:
    answers = [
        report(a="DONE", b="NOT_REACHED", c="NOT_REACHED"),
        report(a="UNCHANGED", b="DONE", c="NOT_REACHED"),
        report(a="UNCHANGED", b="UNCHANGED", c="NOT_REACHED"),
    ]
    with answering([(200, answer) for answer in answers]) as (url, bodies):
        assert Client(url, "token").apply({}, {})["counts"] == {"DONE": 2, "NOT_REACHED": 1}
    assert len(bodies) == 3


def test_help_explains_the_exit_codes() -> None:
    done = subprocess.run([sys.executable, "-m", "drs_plans", "--help"], capture_output=True, text=True, check=True)
    assert "exit codes:" in done.stdout
    assert "DRS_PLANS_TOKEN" in done.stdout
