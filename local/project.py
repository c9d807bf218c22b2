"""Reads what the product declares for its deployment (.chalice/config.json); writes nothing."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parent.parent

# Chalice's name for the function behind all REST routes.
REST_FUNCTION = "api_handler"

# The aliases that the deployment points at each handler's newest version (scripts/deployment/aliases.py).
ALIASES: Mapping[str, frozenset[str]] = {
    "query-handler": frozenset({"live", "workflow"}),
    "execution-handler": frozenset({"live", "rest", "workflow"}),
    "data-management-handler": frozenset({"live", "rest", "workflow"}),
}

# Chalice's defaults.
_DEFAULT_TIMEOUT_SECONDS = 60
_DEFAULT_MEMORY_MB = 128

_ARN = re.compile(r"^(?:arn:aws[\w-]*:lambda:[\w-]+:)?(?:\d{12}:)?(?:function:)?(?P<name>[\w-]+)(?::[\w$-]+)?$")


@dataclass(frozen=True, kw_only=True)
class FunctionConfig:
    """One Lambda function of the deployment; `policy_file` is None when the configuration names none."""

    name: str
    timeout_seconds: int
    memory_mb: int
    environment: Mapping[str, str]
    policy_file: Path | None


@dataclass(frozen=True, kw_only=True)
class Project:
    """The deployment configuration of one stage."""

    app_name: str
    stage: str
    environment: Mapping[str, str]
    chalice_directory: Path
    raw: Mapping[str, Any] = field(repr=False)

    @classmethod
    def read(cls, directory: Path = REPOSITORY, *, stage: str = "local", app_name: str | None = None) -> "Project":
        """Read `.chalice/config.json` below `directory`; a missing file or stage counts as empty."""
        chalice_directory = directory / ".chalice"
        file = chalice_directory / "config.json"
        raw: dict[str, Any] = json.loads(file.read_text()) if file.exists() else {}
        stages = raw.get("stages", {})
        return cls(
            app_name=app_name or raw.get("app_name", "aws-drs-orchestration"),
            stage=stage,
            environment={
                **raw.get("environment_variables", {}),
                **stages.get(stage, {}).get("environment_variables", {}),
            },
            chalice_directory=chalice_directory,
            raw=raw,
        )

    def function(self, name: str) -> FunctionConfig:
        """The settings of a function, looked up as Chalice does: the most specific level first."""
        stage = self.raw.get("stages", {}).get(self.stage, {})
        levels = [
            stage.get("lambda_functions", {}).get(name, {}),
            stage,
            self.raw.get("lambda_functions", {}).get(name, {}),
            self.raw,
        ]
        policy = next((level["iam_policy_file"] for level in levels if "iam_policy_file" in level), None)
        return FunctionConfig(
            name=name,
            timeout_seconds=int(_first(levels, "lambda_timeout", _DEFAULT_TIMEOUT_SECONDS)),
            memory_mb=int(_first(levels, "lambda_memory_size", _DEFAULT_MEMORY_MB)),
            environment={**self.environment, **levels[0].get("environment_variables", {})},
            policy_file=self.chalice_directory / policy if policy else None,
        )

    def deployed_name(self, function: str) -> str:
        """The name of a function, of its role and of its rule in this stage."""
        return f"{self.app_name}-{function.replace('_', '-')}-{self.stage}"

    def function_named(self, name_or_arn: str, known: frozenset[str]) -> str | None:
        """The function of a name or ARN, with or without a qualifier; None when there is none of exactly this name."""
        match = _ARN.match(name_or_arn)
        names = {self.deployed_name(function): function for function in known}
        return names.get(match["name"]) if match else None


def _first(levels: list[Mapping[str, Any]], key: str, default: int) -> Any:
    return next((level[key] for level in levels if key in level), default)
