"""Clients with short timeouts and one attempt, for calls that must not delay anything."""

import functools
from typing import Any

from botocore.config import Config

from .sessions import new_client

CONNECT_SECONDS, READ_SECONDS = 1.0, 2.0
_CONFIG = Config(connect_timeout=CONNECT_SECONDS, read_timeout=READ_SECONDS, retries={"total_max_attempts": 1})


@functools.cache
def prompt_client(service: str, region: str) -> Any:
    """A client in the platform's own account that answers or fails within three seconds."""
    return new_client(service, region, _CONFIG)
