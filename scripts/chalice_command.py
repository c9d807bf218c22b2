"""What happens under Chalice's command line, beside Chalice's own work: names, and the preparation of a deployment.

Loaded by app.py when Chalice's command line has loaded the application; never in AWS, and not part of the package.
"""

import subprocess
import sys
from pathlib import Path
from typing import Any

import click

from scripts.chalice_names import give_names

PROJECT = Path(__file__).resolve().parent.parent


def under_chalice() -> None:
    """Gives names, and takes over `chalice deploy`: it needs what only the account knows, and a clean copy."""
    give_names()
    command = click.get_current_context(silent=True)
    if command is not None and command.info_name == "deploy" and not (PROJECT / ".chalice" / "prepared").exists():
        sys.exit(_deploy(command.params))


def _deploy(options: dict[str, Any]) -> int:
    # The copy that Chalice deploys does not have these.
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

    from scripts.deployment.functions import deploy_functions  # noqa: PLC0415
    from scripts.deployment.stage import Refused, Stage  # noqa: PLC0415

    try:
        if options["autogen_policy"] is not None or options["api_gateway_stage"] is not None:
            raise Refused("Policies are written by hand and the API's stage is `api`: give --stage and --profile only.")
        deploy_functions(Stage.of(options["stage"], profile=options["profile"]))
    except (Refused, BotoCoreError, ClientError) as refused:
        print(refused, file=sys.stderr)
        return 2
    except subprocess.CalledProcessError as failed:
        return failed.returncode
    return 0
