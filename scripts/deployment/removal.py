"""What Chalice has made of a stage: finds it by the record and by the names, and removes it.

Each deletion can be repeated: what is gone already is passed over.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from chalicelib.settings import APP_NAME
from scripts.chalice_config import FUNCTIONS
from scripts.chalice_names import name_of
from scripts.deployment import record
from scripts.deployment.retained import there
from scripts.deployment.stage import Stage

STARTERS = ("execution-handler", "due-drills")
"""The functions that start executions; the state machine and the REST API call the first one."""

_RECORDED = ("function_name", "role_name", "rule_name", "name")


@dataclass(frozen=True)
class Made:
    """What exists of it, by name or id."""

    rules: list[str]
    apis: list[str]
    functions: list[str]
    layers: list[tuple[str, int]]
    roles: list[str]

    def __bool__(self) -> bool:
        return any((self.rules, self.apis, self.functions, self.layers, self.roles))

    def lines(self) -> Iterator[str]:
        """A line for each."""
        for kind, names in (
            ("rule", self.rules),
            ("REST API", self.apis),
            ("function", self.functions),
            ("layer", [f"{name}, version {version}" for name, version in self.layers]),
            ("role", self.roles),
        ):
            yield from (f"{kind:<10} {name}" for name in names)


def find(stage: Stage, *, recorded: dict[str, Any], roles: bool = True) -> Made:
    """What exists under the names of the functions, of this version and of the record. Without `roles`, none of them.

    A name that does not end with the stage is never taken from the record.
    """
    names = sorted({name_of(function, stage.name) for function in FUNCTIONS} | set(_recorded(stage, recorded)))
    functions, iam, events = stage.client("lambda"), stage.client("iam"), stage.client("events")
    layer = name_of(record.LAYER, stage.name)
    pages = functions.get_paginator("list_layer_versions").paginate(LayerName=layer)
    apis = stage.client("apigateway").get_paginator("get_rest_apis").paginate()
    rules = {rule["Name"] for page in events.get_paginator("list_rules").paginate() for rule in page["Rules"]}
    return Made(
        rules=[name for name in names if name in rules],
        apis=[api["id"] for page in apis for api in page["items"] if api["name"] == stage.rest_api_name],
        functions=[name for name in names if there(functions.get_function_configuration, FunctionName=name)],
        layers=[(layer, entry["Version"]) for page in pages for entry in page["LayerVersions"]],
        roles=[name for name in names if roles and there(iam.get_role, RoleName=name)],
    )


def remove(stage: Stage, made: Made) -> None:
    """Rules first, so that nothing runs any more; roles last, because the functions need them to the end."""
    functions, gateway = stage.client("lambda"), stage.client("apigateway")
    for name in made.rules:
        _remove_rule(stage, name)
    for api in made.apis:
        there(gateway.delete_rest_api, restApiId=api)
    for name in made.functions:
        there(functions.delete_function, FunctionName=name)
    for name, version in made.layers:
        functions.delete_layer_version(LayerName=name, VersionNumber=version)
    for name in made.roles:
        _remove_role(stage, name)


def prevent_starts(stage: Stage) -> None:
    """From now on Lambda refuses every call of the functions that start executions."""
    client = stage.client("lambda")
    for function in STARTERS:
        name = name_of(function, stage.name)
        there(client.put_function_concurrency, FunctionName=name, ReservedConcurrentExecutions=0)


def allow_starts(stage: Stage) -> None:
    client = stage.client("lambda")
    for function in STARTERS:
        there(client.delete_function_concurrency, FunctionName=name_of(function, stage.name))


def _remove_rule(stage: Stage, name: str) -> None:
    events = stage.client("events")
    targets = [target["Id"] for target in events.list_targets_by_rule(Rule=name)["Targets"]]
    if targets:
        events.remove_targets(Rule=name, Ids=targets)
    events.delete_rule(Name=name)


def _remove_role(stage: Stage, name: str) -> None:
    iam = stage.client("iam")
    for policy in _all(iam, "list_role_policies", "PolicyNames", name):
        iam.delete_role_policy(RoleName=name, PolicyName=policy)
    for policy in _all(iam, "list_attached_role_policies", "AttachedPolicies", name):
        iam.detach_role_policy(RoleName=name, PolicyArn=policy["PolicyArn"])
    iam.delete_role(RoleName=name)


def _all(iam: Any, operation: str, field: str, name: str) -> list[Any]:
    return [each for page in iam.get_paginator(operation).paginate(RoleName=name) for each in page[field]]


def _recorded(stage: Stage, recorded: dict[str, Any]) -> Iterable[str]:
    found = {entry[key] for entry in recorded["resources"] for key in _RECORDED if isinstance(entry.get(key), str)}
    arns = {entry["lambda_arn"].rpartition(":")[2] for entry in recorded["resources"] if "lambda_arn" in entry}
    return (name for name in found | arns if name.startswith(f"{APP_NAME}-") and name.endswith(f"-{stage.name}"))
