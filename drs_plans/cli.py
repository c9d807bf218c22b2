"""The commands ``diff``, ``apply`` and ``export``, their options and their exit codes."""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from drs_emulator.documents import Document, read_document
from drs_emulator.errors import DocumentError
from drs_plans.client import Client, RefusedDocument, RequestFailed
from drs_plans.report import describe, differs, failed, file_problems

SAME, DIFFERENT, UNUSABLE, UNREACHABLE = 0, 1, 2, 3
URL, TOKEN = "DRS_PLANS_URL", "DRS_PLANS_TOKEN"

_EPILOG = f"""\
The token is the id token of a user with the permission import (export: export). It is never an argument, because
arguments are visible to other users of the machine.

environment:
  {URL}    the address of the API, if --url is not given
  {TOKEN}  the token, if --token-file is not given

exit codes:
  {SAME}  diff: the installation has what the file describes; apply: it has now; export: written
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
        description="Compares a file of accounts, settings, groups and plans with an installation, or applies it.",
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
    return parser


def _command(commands: Any, name: str, text: str) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = commands.add_parser(name, help=text, description=text, allow_abbrev=False)
    command.add_argument("--url", default="", help=f"the address of the API ({URL})")
    command.add_argument(
        "--token-file", default="", metavar="FILE", help=f"a file with the token, - for stdin ({TOKEN})"
    )
    return command
