"""What the SDK's sessions and clients of this process share, because it is the same for all of them.

A function's client is made with the credentials of its role, so a drill makes many of them, and a test's helpers open
sessions of their own. The SDK's descriptions of services, read and parsed anew by each session, were most of the time
that a client takes: 58 ms in a session of its own, now 14; another client of EC2 in the same session 13 ms, now 3.5.
"""

import functools
from typing import Any

import botocore.client
import botocore.session
from botocore.hooks import EventAliaser
from botocore.loaders import JSONFileLoader, Loader
from botocore.model import ServiceModel

from chalicelib.sdk_models import FastFiles, core_session

_SESSIONS_ADD_TO_IT = "s3"
"""boto3 gives this client's class methods of its own, which a session of botocore alone does not have."""

_create_loader = botocore.session.create_loader
_clients: Any = botocore.client.ClientCreator
_make_aliaser: Any = EventAliaser.__init__
_create_class = _clients._create_client_class  # noqa: SLF001 — botocore has no public way


def share() -> None:
    """Lets every session of this process share descriptions and the classes of its clients. Can be repeated."""
    files: Any = JSONFileLoader
    files.load_file = FastFiles.load_file
    sessions: Any = botocore.session
    sessions.create_loader = _shared_loader
    _clients._load_service_model = _shared_model  # noqa: SLF001
    _clients._create_client_class = _shared_class  # noqa: SLF001
    aliaser: Any = EventAliaser
    aliaser.__init__ = _init_aliaser


_aliases: dict[str, str] = {}


def _init_aliaser(self: Any, event_emitter: Any, event_aliases: Any = None) -> None:
    """The SDK's own, but the names of events that the built-in aliases give are found once."""
    _make_aliaser(self, event_emitter, event_aliases)
    if event_aliases is None:
        self._alias_name_cache = _aliases


class _Paths(list[str]):
    """Where a loader looks. Each session of boto3 adds its own place, which is always the same one."""

    def append(self, path: str) -> None:
        if path not in self:
            super().append(path)


@functools.cache
def _shared_loader(search_path: str | None = None) -> Loader:
    loader: Any = _create_loader(search_path) if search_path else core_session().get_component("data_loader")
    loader._search_paths = _Paths(loader.search_paths)  # noqa: SLF001
    return loader  # type: ignore[no-any-return]


_models: dict[int, tuple[Any, ServiceModel]] = {}
"""By the identity of the description, which is kept beside the model so that no other can have it."""


def _shared_model(creator: Any, service: str, api_version: str | None = None) -> ServiceModel:
    described = creator._loader.load_service_model(service, "service-2", api_version=api_version)  # noqa: SLF001
    if id(described) not in _models:
        _models[id(described)] = described, ServiceModel(described, service_name=service)
    return _models[id(described)][1]


_classes: dict[ServiceModel, type] = {}


def _shared_class(creator: Any, service: str, model: ServiceModel) -> type:
    if service == _SESSIONS_ADD_TO_IT:
        return _create_class(creator, service, model)  # type: ignore[no-any-return]
    if model not in _classes:
        _classes[model] = _create_class(creator, service, model)
    return _classes[model]
