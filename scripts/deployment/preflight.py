"""What is free to find out before a deployment: account, Region, working tree, stacks; confirmed for prod."""

import subprocess
import sys
from collections.abc import Callable

from chalicelib.domain.text import count_of, first_of
from scripts.chalice_config import ROOT
from scripts.deployment import stacks
from scripts.deployment.functions import commit
from scripts.deployment.stage import Refused, Stage


def preflight(stage: Stage, *, account: str | None, confirm: Callable[[str], str] | None) -> None:
    """Shows where the deployment goes. Raises Refused for another account, a busy stack, or prod without confirmation.

    `confirm` asks the person; None when the deployment was confirmed in advance (`--yes`).
    """
    stage.require_account(account)
    caller = stage.caller
    changed, known = uncommitted(), commit()
    differs = f" with {count_of(len(changed), 'file')} changed" if changed else ""
    print(f"Account    {caller['account']} as {caller['arn']}")
    print(f"Region     {stage.region}")
    print(f"Commit     {known or 'unknown'}{differs}")
    for name in (stage.data_stack, stage.application_stack, stage.dashboard_stack):
        problem = stacks.why_not(stage, name)
        if problem:
            raise Refused(problem)
        found = stage.stack(name)
        print(f"Stack      {name}: {'not there yet' if found is None else found['StackStatus']}")
    if stage.name == "prod":
        _confirm(known, changed, confirm)


def ask(question: str) -> str:
    """The answer of the person at the terminal. Raises Refused where nobody can answer."""
    if not sys.stdin.isatty():
        raise Refused("The stage's name is typed to confirm this: use a terminal, or give --yes and --account ID.")
    return input(question)


def uncommitted() -> list[str]:
    """The files of the working tree that differ from the commit."""
    done = subprocess.run(["git", "status", "--porcelain"], cwd=ROOT, capture_output=True, text=True, check=False)
    return [line[3:] for line in done.stdout.splitlines()]


def _confirm(known: str, changed: list[str], confirm: Callable[[str], str] | None) -> None:
    if not known:
        raise Refused("prod is deployed from a commit, and this directory is not a clone of the repository: use one.")
    if changed:
        named = first_of(changed, "file", 5)
        raise Refused(f"prod is deployed from a commit, and {named} changed since: commit or stash it.")
    if confirm is not None and confirm("Type prod to deploy to it: ").strip() != "prod":
        raise Refused("The deployment to prod was not confirmed, so nothing was changed.")
