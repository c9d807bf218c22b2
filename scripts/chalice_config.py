"""Writes .chalice/config.json and one IAM policy per stage and identity from their sources.

The permissions are written by hand in .chalice/statements/. Chalice offers no substitution in them, and a policy
that names the tables of its own stage only must differ from stage to stage: this only fills in `<stage>`.

    python -m scripts.chalice_config            write the files
    python -m scripts.chalice_config --check    fail when a file differs from its source
"""

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
APP_NAME = "aws-drs-orchestration"
STAGES = ("local", "dev", "qa", "prod")

# How a stage syncs the inventory: by one FUNCTION, or by a state machine with a MAP over the account-Regions.
INVENTORY_SYNC = {"local": "FUNCTION", "dev": "FUNCTION", "qa": "FUNCTION", "prod": "FUNCTION"}

# Which statement files make an identity's policy. The REST function is a query-side function: the same reads, and the
# invocation of the two command functions.
IDENTITIES: dict[str, tuple[str, ...]] = {
    "api-handler": ("own-account", "query-side", "drs-read", "api-handler"),
    "query-handler": ("own-account", "query-side", "drs-read", "query-handler"),
    "execution-handler": ("own-account", "execution-handler", "drs-read", "drs-operate", "drs-templates"),
    "data-management-handler": (
        "own-account",
        "data-management-handler",
        "drs-read",
        "drs-templates",
        "drs-configure",
        "drs-tags",
        "drs-extend",
    ),
    "metrics": ("own-account", "metrics"),
    "evidence-writer": ("own-account", "evidence-writer"),
    "drs-events": ("own-account", "drs-events"),
}

# Chalice's function name → its settings. Everything that differs per function is under
# stages.<stage>.lambda_functions in the written file: Chalice silently drops it elsewhere.
FUNCTIONS: dict[str, dict[str, Any]] = {
    # API Gateway gives up after 29 seconds.
    "api_handler": {"identity": "api-handler", "lambda_timeout": 29, "log_retention_in_days": 90},
    "query-handler": {"identity": "query-handler", "lambda_timeout": 60, "log_retention_in_days": 90},
    # A start leases every server of a plan, and the jobs of a wave are started at the pace of DRS.
    "execution-handler": {"identity": "execution-handler", "lambda_timeout": 300, "log_retention_in_days": 90},
    # A sync that a person starts runs in this function.
    "data-management-handler": {
        "identity": "data-management-handler",
        "lambda_timeout": 290,
        "log_retention_in_days": 90,
    },
    # Each sync must end before the next one is due, and Lambda allows 15 minutes.
    "inventory-sync": {"identity": "data-management-handler", "lambda_timeout": 290, "log_retention_in_days": 90},
    "recovery-instance-sync": {
        "identity": "data-management-handler",
        "lambda_timeout": 590,
        "log_retention_in_days": 90,
    },
    "tag-sync": {"identity": "data-management-handler", "lambda_timeout": 890, "log_retention_in_days": 90},
    "staging-sync": {"identity": "data-management-handler", "lambda_timeout": 890, "log_retention_in_days": 90},
    "launch-settings-drift": {
        "identity": "data-management-handler",
        "lambda_timeout": 890,
        "log_retention_in_days": 90,
    },
    # Two runs at the same time do no harm. A scheduled start takes as long as any other start.
    "execution-watchdog": {"identity": "execution-handler", "lambda_timeout": 290, "log_retention_in_days": 90},
    "drill-cleanup": {"identity": "execution-handler", "lambda_timeout": 290, "log_retention_in_days": 90},
    "due-drills": {"identity": "execution-handler", "lambda_timeout": 290, "log_retention_in_days": 90},
    # A dozen reads of tables.
    "metrics": {"identity": "metrics", "lambda_timeout": 60, "log_retention_in_days": 90},
    # A batch of a stream, in as many objects as it has executions.
    "evidence-writer": {"identity": "evidence-writer", "lambda_timeout": 290, "log_retention_in_days": 90},
    # An event that is late is of no use.
    "drs-events": {"identity": "drs-events", "lambda_timeout": 20, "log_retention_in_days": 90},
}


def main(arguments: list[str]) -> int:
    """Writes or checks the files; returns 1 if `--check` finds one that differs."""
    parser = argparse.ArgumentParser(prog="python -m scripts.chalice_config", description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="change nothing; fail when a file is not up to date")
    check_only = parser.parse_args(arguments).check
    stale = [path for path, text in generated_files(ROOT).items() if not path.exists() or path.read_text() != text]
    for path in stale:
        if check_only:
            print(f"{path.relative_to(ROOT)} differs from its source. Run `make config` and commit the result.")
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(generated_files(ROOT)[path])
            print(f"wrote {path.relative_to(ROOT)}")
    return 1 if check_only and stale else 0


def generated_files(root: Path) -> dict[Path, str]:
    """Path → content of every generated file."""
    chalice = root / ".chalice"
    files = {chalice / "config.json": _as_json(chalice_config())}
    for stage in STAGES:
        for identity in IDENTITIES:
            files[chalice / _policy_file(stage, identity)] = _as_json(policy(root, stage, identity))
    return files


def policy(root: Path, stage: str, identity: str) -> dict[str, Any]:
    """The policy document of an identity in a stage."""
    statements: list[Any] = []
    for name in IDENTITIES[identity]:
        text = (root / ".chalice" / "statements" / f"{name}.json").read_text()
        statements += json.loads(text.replace("<stage>", stage))
    return {"Version": "2012-10-17", "Statement": statements}


def chalice_config() -> dict[str, Any]:
    """The content of .chalice/config.json."""
    return {
        "version": "2.0",
        "app_name": APP_NAME,
        "autogen_policy": False,
        "automatic_layer": True,
        "api_gateway_endpoint_type": "REGIONAL",
        "minimum_compression_size": 1400,
        "lambda_memory_size": 1024,
        "stages": {stage: _stage(stage) for stage in STAGES},
    }


def deployed_config(
    config: dict[str, Any], stage: str, variables: Mapping[str, str], tags: Mapping[str, str]
) -> dict[str, Any]:
    """The configuration with what only a deployment knows: variables of every function of the stage, and their tags."""
    settings = config["stages"][stage]
    known = {
        **settings,
        "environment_variables": {**settings["environment_variables"], **variables},
        "tags": dict(tags),
    }
    return {**config, "stages": {**config["stages"], stage: known}}


def _stage(stage: str) -> dict[str, Any]:
    return {
        "api_gateway_stage": "api",
        "environment_variables": {
            "STAGE": stage,
            "INVENTORY_SYNC": INVENTORY_SYNC[stage],
            "LOG_LEVEL": "DEBUG" if stage in {"local", "dev"} else "INFO",
        },
        "lambda_functions": {name: _function(stage, name) for name in FUNCTIONS},
    }


def _function(stage: str, name: str) -> dict[str, Any]:
    settings = dict(FUNCTIONS[name])
    identity = settings.pop("identity")
    return {
        **settings,
        "autogen_policy": False,
        "iam_policy_file": _policy_file(stage, identity),
    }


def _policy_file(stage: str, identity: str) -> str:
    return f"policies/{stage}/{identity}.json"


def _as_json(value: Any) -> str:
    return json.dumps(value, indent=2) + "\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
