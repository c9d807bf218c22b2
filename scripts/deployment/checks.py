"""The checks before a deployment: validation, security and tests. Each says so when it cannot run."""

import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from scripts.chalice_config import ROOT

BIN = Path(sys.executable).parent
# Access keys of AWS and private keys. AWS's own example key is none, nor are those of this repository's stand-ins.
SECRETS = re.compile(
    r"(?:AKIA|ASIA)(?!IOSFODNN7EXAMPLE|LOCAL|[A-Z]+0{5})[A-Z0-9]{16}\b"
    r"|-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----\s+[A-Za-z0-9+/]{20}"
)


class CheckFailed(Exception):
    """Which check failed; its own output says why."""


def validate(stage: str) -> None:
    """Format, lint, types, generated files; the package and every template by cfn-lint, which translates SAM too.

    State machines are judged by two parsers, by the tests, and by Step Functions where there are credentials.
    """
    _run("make", "--no-print-directory", "check")
    _run("make", "--no-print-directory", "package", f"STAGE={stage}")
    templates = sorted(str(path) for path in (ROOT / "infrastructure").glob("*.yaml"))
    _run(str(BIN / "cfn-lint"), *templates, str(ROOT / "build" / "package" / stage / "sam.json"))
    _run(sys.executable, "-m", "scripts.state_machines", "--aws")
    machines = [str(path) for path in sorted((ROOT / "tests/architecture").glob("test_*machine.py"))]
    _run("make", "--no-print-directory", "test", f"ARGS={' '.join(machines)}")


def security() -> None:
    """The linter's security rules (those of bandit), packaged policies and locks, known vulnerabilities, secrets."""
    _run(str(BIN / "ruff"), "check", "--select", "S", ".")
    _run("make", "--no-print-directory", "test", "ARGS=tests/architecture")
    _run_if_there("pip-audit", "--require-hashes", "--disable-pip", "-r", "requirements.txt")
    if (ROOT / "dashboard" / "node_modules").is_dir():
        _run_if_there("npm", "audit", "--prefix", "dashboard", "--omit=dev", "--audit-level=high")
    else:
        print("npm audit did not run: the dashboard's packages are not installed.")
    found = secrets_in(tracked_files())
    if found:
        raise CheckFailed(f"These files look as if they had a secret in them: {', '.join(found)}.")
    print("No access key or private key is in the repository.")


def tests() -> None:
    _run("make", "--no-print-directory", "test")


def tracked_files() -> list[Path]:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / name for name in listed.stdout.splitlines()]


def secrets_in(files: Sequence[Path]) -> list[str]:
    """The files that have something of the form of an access key or a private key."""
    return [str(file) for file in files if file.is_file() and SECRETS.search(file.read_text(errors="ignore"))]


def _run_if_there(program: str, *arguments: str) -> None:
    if shutil.which(program) is None:
        print(f"{program} did not run: it is not installed here.")
        return
    _run(program, *arguments)


def _run(*command: str) -> None:
    if subprocess.run(command, cwd=ROOT, check=False).returncode:
        raise CheckFailed(f"`{' '.join(command)}` failed.")
