"""A TypeScript client, typed by the API document: it compiles, mistakes do not, and it talks to the running API.

Needs Node 20 and the packages of the dashboard, which `make setup` fetches where there is npm.
"""

import json
import os
import shutil
import subprocess
import urllib.request
from pathlib import Path

import pytest

from tests.conftest import Clouds

SOURCES = Path(__file__).resolve().parent.parent / "typed_client"
TOOLS = SOURCES.parent.parent / "dashboard" / "node_modules"


def require_tools() -> None:
    if shutil.which("node") is None or not TOOLS.exists():
        message = "the typed client needs Node 20 and its tools: install Node and npm, then run `make setup`"
        assert os.environ.get("CI") != "true", message
        pytest.skip(message)


def run(directory: Path, *command: str) -> str:
    done = subprocess.run(command, cwd=directory, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.slow
def test_a_typed_client_compiles_and_works_with_the_running_api(clouds: Clouds, tmp_path: Path) -> None:
    """mistakes.ts has the lines that must not compile; a compiler that accepts one of them fails here."""
    require_tools()
    cloud = clouds.running()
    for source in [*SOURCES.glob("*.ts"), SOURCES / "package.json", SOURCES / "tsconfig.json"]:
        shutil.copy(source, tmp_path)
    (tmp_path / "node_modules").symlink_to(TOOLS)
    with urllib.request.urlopen(f"{cloud.api_url}/openapi.json") as served:
        (tmp_path / "openapi.json").write_bytes(served.read())
    typed = ("openapi.json", "-o", "api.ts", "--default-non-nullable", "false")
    run(tmp_path, str(TOOLS / ".bin/openapi-typescript"), *typed)
    run(tmp_path, "node", str(TOOLS / "typescript7/bin/tsc"))
    unknown = "plan-01J0000000000000000000000A"
    seen = json.loads(run(tmp_path, "node", "compiled/main.js", cloud.api_url, cloud.sign_in("DRSOperator"), unknown))
    assert isinstance(seen["planIds"], list)
    assert seen["refused"].endswith("Check the id.")
    assert len(seen["obstacles"]) == 1
    assert unknown in seen["obstacles"][0]
