"""Publishes versions of the handlers and moves their aliases."""

from collections.abc import Mapping

from botocore.exceptions import ClientError

from scripts.chalice_names import name_of
from scripts.deployment.stage import Stage

ALIASES: Mapping[str, tuple[str, ...]] = {
    "query-handler": ("live", "workflow"),
    "execution-handler": ("live", "rest", "workflow"),
    "data-management-handler": ("live", "rest", "workflow"),
}
"""The state machine calls `workflow` and the REST function `rest`, each alone; people and pipelines call `live`."""


def publish(stage: Stage) -> dict[str, str]:
    """A version of each handler, by its name; the version that is there when the code is the same."""
    client, versions = stage.client("lambda"), {}
    for handler in ALIASES:
        name = name_of(handler, stage.name)
        client.get_waiter("function_updated_v2").wait(FunctionName=name)
        versions[handler] = str(client.publish_version(FunctionName=name)["Version"])
    return versions


def move(stage: Stage, versions: Mapping[str, str]) -> list[str]:
    """Points every alias at the version of its handler, and returns a line for each handler."""
    client = stage.client("lambda")
    for handler, version in versions.items():
        for alias in ALIASES[handler]:
            target = {"FunctionName": name_of(handler, stage.name), "Name": alias, "FunctionVersion": version}
            try:
                client.update_alias(**target)
            except ClientError as error:
                if error.response["Error"]["Code"] != "ResourceNotFoundException":
                    raise
                client.create_alias(**target)
    return [f"{handler}: {', '.join(ALIASES[handler])} → version {version}" for handler, version in versions.items()]
