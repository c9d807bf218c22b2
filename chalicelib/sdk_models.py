"""The SDK's session and its descriptions of services, once for all clients of a process, those of the tables included.

The SDK's own way of reading them takes a quarter of the time that loading it and making a first client take. See ADR
68 in docs/adr. A client that is made in a session of its own takes four times as long.
"""

import functools
import gzip
import os
import threading
from pathlib import Path
from typing import Any

import msgspec
from botocore.loaders import JSONFileLoader, Loader
from botocore.session import Session

_making_client = threading.RLock()


class SharedSession(Session):
    """A session of botocore in which several threads may make clients at once."""

    def create_client(self, *args: Any, **kwargs: Any) -> Any:
        """A client, as botocore makes it."""
        with _making_client:
            return super().create_client(*args, **kwargs)


def core_session() -> Session:
    """The session of this process. It has the function's own credentials; a client can be given others."""
    with _making_client:
        return _made()


@functools.cache
def _made() -> Session:
    session = SharedSession()
    session.register_component("data_loader", SharedDescriptions(file_loader=FastFiles()))
    return session


class FastFiles(JSONFileLoader):
    """Reads the SDK's JSON with msgspec, in a tenth of the time. The order of fields stays that of the file."""

    def load_file(self, file_path: str) -> Any:
        """The content of a file, which is named without its ending; None when there is none."""
        for ending, opened in ((".json", open), (".json.gz", gzip.open)):
            if Path(file_path + ending).is_file():
                with opened(file_path + ending, "rb") as file:
                    return msgspec.json.decode(file.read())
        return None


class SharedDescriptions(Loader):
    """A loader that lists services without looking into the directory of each."""

    def list_available_services(self, type_name: str) -> list[str]:  # noqa: ARG002 — the SDK's interface
        """The names of all services. The SDK would look into the directory of each whether it has this type.

        A service without the type is still refused, when the type's versions are listed.
        """
        return sorted({name for path in self.search_paths if Path(path).is_dir() for name in os.listdir(path)})  # noqa: PTH208 — Path.iterdir is slower
