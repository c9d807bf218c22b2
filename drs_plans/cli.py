"""The commands ``diff``, ``apply``, ``export`` and ``simulate``, their options and their exit codes."""

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from drs_emulator.documents import Document, read_document
from drs_emulator.errors import DocumentError
from drs_plans.client import Client, RefusedDocument, RequestFailed
from drs_plans.report import describe, differs, failed, file_problems
from drs_plans.simulate import Assumptions, describe_outcome, outcome_as_json, simulate_plans

SAME, DIFFERENT, UNUSABLE, UNREACHABLE = 0, 1, 2, 3
URL, TOKEN = "DRS_PLANS_URL", "DRS_PLANS_TOKEN"

_EPILOG = f"""\
The token is the id token of a user with the permission import (export: export). It is never an argument, because
arguments are visible to other users of the machine. simulate needs neither address nor token.

environment:
  {URL}    the address of the API, if --url is not given
  {TOKEN}  the token, if --token-file is not given

exit codes:
  {SAME}  diff: the installation has what the file describes; apply: it has now; export: written;
     simulate: played
  {DIFFERENT}  diff: there are differences; apply: at least one item failed, and the others were applied
  {UNUSABLE}  wrong options, or a file that cannot be used; nothing was changed
  {UNREACHABLE}  the API did not answer, or refused the call; a repeated apply continues where it ended
"""


class Unusable(Exception):
    """Options that cannot be used."""


def main(arguments: Sequence[str]) -> int:
    """Runs one command and returns its exit code."""
    options = _parser().parse_args(arguments)
    try:
        if options.command == "simulate":
            return _simulate(options)
        client = Client(_url(options), _token(options))
        if options.command == "export":
            print(client.export(options.format), end="")
            return SAME
        return _compare_or_apply(options, client)
    except (Unusable, DocumentError) as error:
        print(error, file=sys.stderr)
        return UNUSABLE
    except RequestFailed as error:
        print(error, file=sys.stderr)
        return UNREACHABLE


def _simulate(options: argparse.Namespace) -> int:
    assumptions = Assumptions(
        runs=options.runs,
        seed=options.seed,
        windows_percent=options.windows_percent,
        servers_by_tags=options.servers_by_tags,
    )
    outcomes = simulate_plans(read_document(options.file), assumptions)
    if options.json:
        print(json.dumps([outcome_as_json(outcome) for outcome in outcomes], indent=2, ensure_ascii=False))
    else:
        print("\n".join(line for outcome in outcomes for line in describe_outcome(outcome)))
    return SAME


def _compare_or_apply(options: argparse.Namespace, client: Client) -> int:
    document = read_document(options.file)
    external_ids = read_document(options.external_ids) if options.external_ids else {}
    dry_run = options.command == "diff"
    try:
        report = client.preview(document, external_ids) if dry_run else client.apply(document, external_ids)
    except RefusedDocument as refused:
        _print_problems(document, refused, as_json=options.json)
        return UNUSABLE
    if options.json:
        print(json.dumps(report, indent=2, ensure_ascii=False))
    else:
        print("\n".join(describe(report)))
    return DIFFERENT if failed(report) or (dry_run and differs(report)) else SAME


def _print_problems(document: Document, refused: RefusedDocument, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps({"problems": refused.problems}, indent=2, ensure_ascii=False))
        return
    print("\n".join(file_problems(document, refused.problems)), file=sys.stderr)


def _url(options: argparse.Namespace) -> str:
    url = options.url or os.environ.get(URL, "")
    if not url.startswith(("https://", "http://127.0.0.1", "http://localhost")):
        raise Unusable(f"Give the address of the API, which begins with https://, with --url or in {URL}.")
    return str(url).rstrip("/")


def _token(options: argparse.Namespace) -> str:
    try:
        token = _given_token(options.token_file)
    except (OSError, UnicodeDecodeError) as error:
        raise Unusable(f"The token cannot be read from {options.token_file}: {error}") from None
    if not token or not token.isascii() or not token.isprintable():
        raise Unusable(f"Give an id token in {TOKEN}, or in a file with --token-file FILE (- for standard input).")
    return token


def _given_token(file: str) -> str:
    if file == "-":
        return sys.stdin.readline().strip()
    return Path(file).read_text(encoding="utf-8").strip() if file else os.environ.get(TOKEN, "").strip()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m drs_plans",
        description="Compares a file of accounts, settings, groups and plans with an installation, applies it, or "
        "simulates its plans.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, text in (("diff", "show what apply would change"), ("apply", "create and update what the file has")):
        command = _command(commands, name, text)
        command.add_argument("file", type=Path, metavar="FILE", help="a YAML or JSON file")
        command.add_argument(
            "--external-ids",
            type=Path,
            metavar="FILE",
            help="external ids by account number, for accounts to register; keep this file out of repositories",
        )
        command.add_argument("--json", action="store_true", help="print the API's report, or the problems, as JSON")
    export = _command(commands, "export", "print the configuration of the installation")
    export.add_argument("--format", choices=("yaml", "json"), default="yaml")
    _add_simulate(commands)
    return parser


def _add_simulate(commands: Any) -> None:
    text = "play the plans of a file on a virtual clock; asks no installation"
    command = commands.add_parser("simulate", help=text, description=text, allow_abbrev=False)
    known = Assumptions()
    command.add_argument("file", type=Path, metavar="FILE", help="a YAML or JSON file with plans and their groups")
    command.add_argument("--json", action="store_true", help="print the outcome as JSON, times in seconds")
    for option, value, low, high, meaning in (
        ("--runs", known.runs, 1, 10_000, "how often each plan is played"),
        ("--seed", known.seed, 0, 2**31, "the same seed plays the same runs"),
        ("--windows-percent", known.windows_percent, 0, 100, "the share of servers with Windows"),
        ("--servers-by-tags", known.servers_by_tags, 1, 4_000, "servers of a group that is selected by tags"),
    ):
        kind = _number_from(low, high)
        command.add_argument(option, type=kind, default=value, metavar="N", help=f"{meaning} (default {value})")


def _number_from(low: int, high: int) -> Callable[[str], int]:
    """Reads a whole number within these limits."""

    def read(text: str) -> int:
        if not text.isascii() or not text.isdigit() or not low <= int(text) <= high:
            raise argparse.ArgumentTypeError(f"must be a whole number from {low} to {high}, not {text!r}")
        return int(text)

    return read


def _command(commands: Any, name: str, text: str) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = commands.add_parser(name, help=text, description=text, allow_abbrev=False)
    command.add_argument("--url", default="", help=f"the address of the API ({URL})")
    command.add_argument(
        "--token-file", default="", metavar="FILE", help=f"a file with the token, - for stdin ({TOKEN})"
    )
    return command
