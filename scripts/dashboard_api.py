"""Writes what the dashboard is generated from: the API document, and who may call what, as TypeScript.

python -m scripts.dashboard_api DIRECTORY    writes openapi.json and permissions.ts into it
"""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import app  # noqa: F401 — declares the routes
from chalicelib.api.document import document
from chalicelib.domain.access.permissions import ROLE_PERMISSIONS, Permission

HEAD = "// Written by scripts/dashboard_api.py from the code of the API. Do not edit.\n"


def main(arguments: Sequence[str]) -> int:
    (target,) = arguments
    directory = Path(target)
    directory.mkdir(parents=True, exist_ok=True)
    described = document()
    write_if_changed(directory / "openapi.json", json.dumps(described, sort_keys=True))
    write_if_changed(directory / "permissions.ts", permissions_as_typescript(described))
    return 0


def permissions_as_typescript(described: dict[str, Any]) -> str:
    """Which permission each call needs, and which roles hold it."""
    needed = {
        f"{method.upper()} {path}": operation["x-permission"]
        for path, methods in described["paths"].items()
        for method, operation in methods.items()
    }
    holders = {
        permission.value: [role for role, held in ROLE_PERMISSIONS.items() if permission in held]
        for permission in Permission
    }
    return (
        f"{HEAD}export const PERMISSION_OF_CALL = {json.dumps(needed, indent=2, sort_keys=True)} as const;\n\n"
        f"export const ROLES_WITH = {json.dumps(holders, indent=2, sort_keys=True)} as const;\n"
    )


def write_if_changed(file: Path, text: str) -> None:
    """An unchanged file keeps its time, so that nothing that is made from it is made again."""
    if not file.exists() or file.read_text() != text:
        file.write_text(text)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
