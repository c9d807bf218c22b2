"""DRS's operations as botocore's service model declares them: routes, shapes and errors.

The model is loaded from the installed botocore, never copied; nothing here knows what an operation does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache

from botocore.loaders import Loader
from botocore.model import OperationModel, ServiceModel, StructureShape

API_VERSION = "2020-02-26"


@dataclass(frozen=True, kw_only=True)
class Route:
    """Where a request goes: the operation's model and the values found in the path."""

    operation: OperationModel
    path_values: Mapping[str, str]


@lru_cache(maxsize=1)
def service() -> ServiceModel:
    """The DRS service model of the installed botocore."""
    return ServiceModel(Loader().load_service_model("drs", "service-2", API_VERSION), "drs")


def operation_names() -> list[str]:
    """All operations of the service, sorted."""
    return sorted(service().operation_names)


def operation_model(name: str) -> OperationModel:
    """The model of one operation; botocore raises `OperationNotFoundError` for an unknown name."""
    return service().operation_model(name)


def input_shape(operation: OperationModel) -> StructureShape | None:
    """The input structure, None for an operation without input."""
    return operation.input_shape if isinstance(operation.input_shape, StructureShape) else None


def error_codes(operation: OperationModel) -> frozenset[str]:
    """Names of the errors that the model declares for the operation."""
    return _error_codes(operation.name)


@cache
def _error_codes(name: str) -> frozenset[str]:
    return frozenset(shape.name for shape in operation_model(name).error_shapes)


def find_route(method: str, path: str) -> Route | None:
    """The operation behind an HTTP method and a decoded path, None where DRS has none."""
    exact, prefixed = _routes()
    name = exact.get((method, path))
    if name is not None:
        return Route(operation=operation_model(name), path_values={})
    for (known_method, prefix, label), prefixed_name in prefixed.items():
        if method == known_method and path.startswith(prefix) and len(path) > len(prefix):
            value = path[len(prefix) :]
            return Route(operation=operation_model(prefixed_name), path_values={label: value})
    return None


@lru_cache(maxsize=1)
def _routes() -> tuple[dict[tuple[str, str], str], dict[tuple[str, str, str], str]]:
    exact: dict[tuple[str, str], str] = {}
    prefixed: dict[tuple[str, str, str], str] = {}
    for name in operation_names():
        http = operation_model(name).http
        method, uri = str(http["method"]), str(http["requestUri"])
        if "{" in uri:
            prefix, label = uri.rstrip("}").split("{", 1)
            prefixed[method, prefix, label] = name
        else:
            exact[method, uri] = name
    return exact, prefixed
