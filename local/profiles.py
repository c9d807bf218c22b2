"""Profiles for the AWS CLI and other tools: one for the hub and one for each target account.

They are in the format of an AWS configuration file, with the endpoint in each: `AWS_CONFIG_FILE` alone is enough.
"""

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from local import guard

if TYPE_CHECKING:
    from local.cloud import LocalCloud

_FIRST_LINE = "# Profiles of a local cloud (python -m local). They work only while it runs."


@dataclass(frozen=True, kw_only=True)
class Profile:
    """An administrator of one account, at home in one Region."""

    name: str
    account: str
    region: str
    access_key: str


def profiles_of(cloud: "LocalCloud") -> list[Profile]:
    """The hub's profile, then one for each target account, in the order of the world."""
    targets = [(_name(account.name), account.account_id, account.regions[0]) for account in cloud.world.accounts]
    wanted = [("hub", cloud.hub_account, cloud.hub_region), *targets]
    return [
        Profile(name=name, account=account, region=region, access_key=cloud.administrator_key(account))
        for name, account, region in wanted
    ]


def to_text(profiles: Sequence[Profile], *, endpoint: str) -> str:
    """An AWS configuration file with these profiles."""
    blocks = [
        "\n".join(
            (
                f"[profile {profile.name}]",
                f"# account {profile.account}",
                f"aws_access_key_id = {profile.access_key}",
                f"aws_secret_access_key = {guard.LOCAL_SECRET}",
                f"region = {profile.region}",
                f"endpoint_url = {endpoint}",
            )
        )
        for profile in profiles
    ]
    return "\n\n".join([_FIRST_LINE, *blocks]) + "\n"


def check_file(file: Path) -> None:
    """Raises ValueError when the file exists and was not written here: it may be the user's own configuration."""
    try:
        with file.open(encoding="utf-8", errors="replace") as stream:
            first = stream.readline().rstrip("\n")
    except FileNotFoundError:
        if not file.parent.is_dir():
            raise ValueError(f"--profiles {file}: there is no directory {file.parent}.") from None
        return
    if first != _FIRST_LINE:
        raise ValueError(
            f"--profiles {file}: this file exists and is not a local cloud's. Name a file that is not there."
        )


def write(file: Path, text: str) -> None:
    """Write the file with mode 0600. Raises ValueError as `check_file` does."""
    check_file(file)
    file.unlink(missing_ok=True)
    # Created with its mode, so that no other user can read it in between.
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        stream.write(text)


def _name(account_name: str) -> str:
    """A name that needs no quotes in a shell."""
    return re.sub(r"[^a-z0-9]+", "-", account_name.lower()).strip("-")
