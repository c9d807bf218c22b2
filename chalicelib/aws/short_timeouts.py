"""Clients for calls that nothing may wait long for: short timeouts, one attempt; whoever needs it tries again later."""

import functools
from typing import Any

from botocore.config import Config

from .sessions import new_session

CONNECT_SECONDS, READ_SECONDS = 1.0, 2.0
_CONFIG = Config(connect_timeout=CONNECT_SECONDS, read_timeout=READ_SECONDS, retries={"total_max_attempts": 1})


@functools.cache
def prompt_client(service: str, region: str) -> Any:
    """A client in the platform's own account that answers or fails within three seconds."""
    # A session of its own: clients are made in threads, and one session must not be used by several of them.
    return new_session().client(service, region_name=region, config=_CONFIG)
