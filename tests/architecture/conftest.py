"""The packaged application of the qa stage, which several architecture tests examine."""

import fcntl
import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent


@dataclass(frozen=True)
class PackagedApplication:
    """What `chalice package --stage qa` wrote."""

    directory: Path

    @property
    def template_path(self) -> Path:
        return self.directory / "sam.json"

    @property
    def zip_path(self) -> Path:
        return self.directory / "deployment.zip"

    @property
    def layer_path(self) -> Path:
        return self.directory / "layer-deployment.zip"

    @property
    def template(self) -> dict[str, Any]:
        loaded: dict[str, Any] = json.loads(self.template_path.read_text())
        return loaded

    def functions(self) -> dict[str, dict[str, Any]]:
        """Chalice's function name → the function's properties."""
        found = self._properties("AWS::Serverless::Function")
        return {_function_name(properties["Handler"]): properties for properties in found}

    def statements(self, function: str) -> list[dict[str, Any]]:
        """Every statement that the function's role carries."""
        role_name = self.functions()[function]["Role"]["Fn::GetAtt"][0]
        role = self.template["Resources"][role_name]["Properties"]
        assert "ManagedPolicyArns" not in role, f"{role_name} carries a policy that is not ours"
        return [statement for policy in role["Policies"] for statement in policy["PolicyDocument"]["Statement"]]

    def zip_names(self) -> list[str]:
        with ZipFile(self.zip_path) as archive:
            return archive.namelist()

    def _properties(self, kind: str) -> list[dict[str, Any]]:
        return [entry["Properties"] for entry in self.template["Resources"].values() if entry["Type"] == kind]


def _function_name(handler: str) -> str:
    """The name that Chalice knows a function by; the template has only the handler."""
    return "api_handler" if handler == "app.app" else handler.rpartition(".")[2].replace("_", "-")


@pytest.fixture(scope="session")
def packaged(tmp_path_factory: pytest.TempPathFactory) -> PackagedApplication:
    """The application, packaged once for all test processes, by the one that comes first."""
    mine = tmp_path_factory.getbasetemp()
    shared = mine.parent if "PYTEST_XDIST_WORKER" in os.environ else mine
    application = PackagedApplication(shared / "package")
    with (shared / "package.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        if not application.directory.exists():
            package(application.directory)
    return application


def package(directory: Path) -> None:
    """Packages by the script that deployments use, without a network (only with the wheelhouse)."""
    no_network: Mapping[str, str] = dict.fromkeys(("http_proxy", "https_proxy", "all_proxy"), "http://127.0.0.1:9")
    written = directory.with_suffix(".tmp")
    done = subprocess.run(
        ["scripts/package.sh", "qa", str(written)],
        cwd=ROOT,
        env={**os.environ, **no_network},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    written.rename(directory)
