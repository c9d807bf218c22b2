"""The CloudFormation templates as they are written, for the tests of each subject."""

import json
from pathlib import Path
from typing import Any

from local import templates

ROOT = Path(__file__).resolve().parent.parent.parent


def template(name: str) -> dict[str, Any]:
    return templates.read(ROOT / "infrastructure" / name)


def resources(name: str, kind: str) -> dict[str, dict[str, Any]]:
    return {key: entry for key, entry in template(name)["Resources"].items() if entry["Type"] == kind}


def handwritten(*names: str) -> list[Any]:
    """The statements of policies that are written by hand."""
    return [
        statement for name in names for statement in json.loads((ROOT / f".chalice/statements/{name}.json").read_text())
    ]
