"""A threaded HTTP server for the WSGI application; listens on loopback unless allowed otherwise."""

from __future__ import annotations

import ipaddress
import socket
from typing import TYPE_CHECKING

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from drs_emulator.emulator import Emulator
from drs_emulator.wsgi import wsgi_app

if TYPE_CHECKING:
    from drs_emulator.identities import Identify


class _QuietHandler(WSGIRequestHandler):
    """Logs no requests. It treats `ConnectionDropped` as a vanished peer, because it is a ConnectionError."""

    protocol_version = "HTTP/1.1"

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """A poll every few seconds is not worth a line."""


def make_http_server(
    emulator: Emulator, *, host: str, port: int, identify: Identify, allow_remote: bool = False
) -> BaseWSGIServer:
    """A server ready for `serve_forever`; port 0 takes a free one. Raises `ValueError` for a host beyond loopback."""
    if not allow_remote and not _is_loopback(host):
        raise ValueError(
            f"{host} is not a loopback address; add --allow-remote if other machines may reach this emulator."
        )
    return make_server(host, port, wsgi_app(emulator, identify=identify), threaded=True, request_handler=_QuietHandler)


def _is_loopback(host: str) -> bool:
    try:
        found = {entry[4][0] for entry in socket.getaddrinfo(host, None)}
    except OSError:
        return False
    return all(ipaddress.ip_address(str(address).partition("%")[0]).is_loopback for address in found)
