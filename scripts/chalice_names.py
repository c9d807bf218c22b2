"""Gives functions, roles, log groups, rules, layer and API the names of the deployment guide.

Chalice has no setting for names. This module is loaded by app.py under Chalice's command line only, never in AWS, and
changes two methods there: the one that completes the graph of what is deployed, and the one that writes the template of
`chalice package`, which would leave names to CloudFormation. A name that Chalice did not make as this module expects
ends the command. See ADR 3 in docs/adr.
"""

from collections.abc import Callable
from typing import Any

from chalice.deploy import models
from chalice.deploy.appgraph import DependencyBuilder
from chalice.package import SAMTemplateGenerator
from chalice.utils import to_cfn_resource_name

from chalicelib.settings import APP_NAME, read_settings

REST_FUNCTION = "api_handler"


class UnexpectedName(Exception):
    """Chalice made a resource, or a name, that this module does not know; it must be adapted to this Chalice."""


def give_names() -> None:
    """Changes Chalice in this process; a second call changes nothing."""
    if not hasattr(DependencyBuilder.build_dependencies, "unnamed"):
        for kind, method, named in _CHANGES:
            setattr(kind, method, named(getattr(kind, method)))


def name_of(function: str, stage: str) -> str:
    """The name of a function, and of its role and its schedule's rule, by its name in the application."""
    return read_settings({"STAGE": stage}).function_name(function.replace("_", "-"))


def _named_graph(original: Callable[[Any, Any], list[Any]]) -> Callable[[Any, Any], list[Any]]:
    def build_dependencies(self: Any, graph: models.Application) -> list[Any]:
        resources = original(self, graph)
        for resource in resources:
            _name(resource, graph.stage)
        return resources

    build_dependencies.unnamed = original  # type: ignore[attr-defined]
    return build_dependencies


def _name(resource: Any, stage: str) -> None:
    """Names a resource of the graph. Chalice builds the graph twice, so a resource may have its name already."""
    chalices, prefix = (
        resource.resource_name if isinstance(resource, models.ManagedModel) else "",
        f"{APP_NAME}-{stage}",
    )
    match resource:
        case models.LambdaFunction():
            made = prefix if chalices == REST_FUNCTION else f"{prefix}-{chalices}"
            _rename(resource, "function_name", made, name_of(chalices, stage))
        case models.ManagedIAMRole():
            function = chalices.removesuffix("_role")
            _rename(resource, "role_name", f"{prefix}-{function}", name_of(function, stage))
        case models.LogGroup():
            function = chalices.removesuffix("-log-group")
            made, wanted = f"{prefix}-{function}", name_of(function, stage)
            _rename(resource, "log_group_name", f"/aws/lambda/{made}", f"/aws/lambda/{wanted}")
        case models.ScheduledEvent() | models.CloudWatchEvent():
            function = chalices.removesuffix("-event")
            _rename(resource, "rule_name", f"{prefix}-{chalices}", name_of(function, stage))
        case models.LambdaLayer():
            _rename(resource, "layer_name", f"{prefix}-{chalices}", name_of(chalices, stage))
        case models.RestAPI():
            if isinstance(resource.swagger_doc, dict):
                resource.swagger_doc["info"]["title"] = prefix
        case models.ManagedModel():
            raise UnexpectedName(f"{type(resource).__name__} {chalices}: give it a name in scripts/chalice_names.py.")


def _rename(resource: Any, field: str, made: str, wanted: str) -> None:
    found = getattr(resource, field)
    if found not in (made, wanted):
        raise UnexpectedName(f"Chalice calls a {type(resource).__name__} {found}, where {made} was expected.")
    setattr(resource, field, wanted)


def _named_template(original: Callable[[Any, Any], dict[str, Any]]) -> Callable[[Any, Any], dict[str, Any]]:
    def generate(self: Any, resources: list[Any]) -> dict[str, Any]:
        template = original(self, resources)
        for resource in resources:
            match resource:
                case models.LambdaFunction():
                    _properties(template, resource)["FunctionName"] = resource.function_name
                case models.ManagedIAMRole():
                    _properties(template, resource)["RoleName"] = resource.role_name
                case models.LogGroup():
                    _properties(template, resource)["LogGroupName"] = resource.log_group_name
                case models.ScheduledEvent():
                    (event,) = _properties(template, resource.lambda_function)["Events"].values()
                    event["Properties"]["Name"] = resource.rule_name
                case models.CloudWatchEvent():
                    (event,) = _properties(template, resource.lambda_function)["Events"].values()
                    # The type that Chalice writes has no property for the rule's name.
                    event["Type"] = "EventBridgeRule"
                    event["Properties"]["RuleName"] = resource.rule_name
        return template

    return generate


def _properties(template: dict[str, Any], resource: models.ManagedModel) -> dict[str, Any]:
    logical = "APIHandler" if resource.resource_name == REST_FUNCTION else to_cfn_resource_name(resource.resource_name)
    found: dict[str, Any] = template["Resources"][logical]["Properties"]
    return found


_CHANGES: tuple[tuple[type[Any], str, Callable[[Any], Any]], ...] = (
    (DependencyBuilder, "build_dependencies", _named_graph),
    (SAMTemplateGenerator, "generate", _named_template),
)
