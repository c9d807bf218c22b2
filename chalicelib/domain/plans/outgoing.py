"""Where HTTP and TCP steps may go beside recovery instances: hosts and networks that an administrator has allowed."""

import ipaddress
from collections.abc import Iterator, Sequence
from typing import Annotated
from urllib.parse import urlsplit

import msgspec

from ..errors import FieldProblem
from .hosts import host_problems, is_never_reached
from .plans import WaveContent
from .steps import ADDRESS, HttpProbe, Step, TcpProbe, url_problems

OUTGOING = "outgoing-hosts"
"""The name of the setting."""

MAX_ENTRIES = 200
_ANY = "*."

Entries = Annotated[tuple[Annotated[str, msgspec.Meta(max_length=256)], ...], msgspec.Meta(max_length=MAX_ENTRIES)]


class OutgoingHosts(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True, kw_only=True):
    """The allowed hosts, as names or ``*.example.com`` for all below one, and networks, such as ``10.0.0.0/8``.

    None by default: then steps reach recovery instances (``{privateIp}``) only.
    """

    hosts: Entries = ()
    networks: Entries = ()


def outgoing_problems(content: OutgoingHosts) -> list[FieldProblem]:
    """What is wrong with the setting, each with its field."""
    problems: list[FieldProblem] = []
    for index, host in enumerate(content.hosts):
        field, name = f"hosts[{index}]", host.removeprefix(_ANY)
        if _is_address(name):
            problems.append(FieldProblem(field, "is an address; add it to networks"))
        elif "." not in name and host != name:
            problems.append(FieldProblem(field, "would allow a whole top-level domain; name a domain below it"))
        else:
            problems += host_problems(field, name) if name else [FieldProblem(field, "must not be empty")]
    for index, text in enumerate(content.networks):
        problems += _network_problems(f"networks[{index}]", text)
    return problems


def host_of(step: Step) -> str:
    """The host that a step goes to; empty for a recovery instance, and for a step that sends no request itself."""
    match step:
        case HttpProbe(url=url):
            host = urlsplit(url).hostname or ""
            return "" if host == ADDRESS.lower() else host
        case TcpProbe(host=host):
            return host
        case _:
            return ""


def why_not_allowed(host: str, allowed: OutgoingHosts) -> str:
    """Why a step may not go to a host; empty when it may. A name must be listed, an address be in a network."""
    if _is_address(host):
        address = ipaddress.ip_address(host)
        networks = (ipaddress.ip_network(text) for text in allowed.networks)
        inside = any(address.version == network.version and address in network for network in networks)
    else:
        inside = any(_matches(host.lower(), entry.lower()) for entry in allowed.hosts)
    if inside:
        return ""
    return (
        f"goes to '{host[:64]}', which is not allowed. Steps reach recovery instances ({ADDRESS}) and what an "
        "administrator has allowed: PUT /config/outgoing-hosts"
    )


def steps_that_leave(waves: Sequence[WaveContent]) -> Iterator[tuple[str, str]]:
    """The field and the host of each step that goes elsewhere than to recovery instances.

    A URL that cannot be read is passed over: it is a problem of its own.
    """
    for number, wave in enumerate(waves):
        phases = {"preActions": wave.pre_actions, "postActions": wave.post_actions, "validations": wave.validations}
        for phase, steps in phases.items():
            for index, step in enumerate(steps):
                is_readable = not isinstance(step, HttpProbe) or not url_problems("", step.url)
                if is_readable and (host := host_of(step)):
                    kind = "host" if isinstance(step, TcpProbe) else "url"
                    yield f"waves[{number}].{phase}[{index}].{kind}", host


def why_not_own(function: str, *, account_id: str, stage: str) -> str:
    """Why a function is not one of this account and stage; empty when it is."""
    parts = function.split(":")
    is_arn = parts[0] == "arn"
    if is_arn and parts[4] != account_id:
        return f"The function is in account {parts[4]}; steps invoke functions of account {account_id} only."
    name = parts[6] if is_arn else parts[0]
    if not name.endswith(f"-{stage}"):
        return f"The function '{name}' is not one of stage {stage}: its name must end in '-{stage}'."
    return ""


def _matches(host: str, entry: str) -> bool:
    return host.endswith(entry[1:]) if entry.startswith(_ANY) else host == entry


def _network_problems(field: str, text: str) -> list[FieldProblem]:
    try:
        network = ipaddress.ip_network(text)
    except ValueError:
        problem = "must be a network such as 10.0.0.0/8 without bits behind the prefix, or an address"
        return [FieldProblem(field, problem)]
    edges = (str(network.network_address), str(network.broadcast_address))
    if all(is_never_reached(edge, loopback_allowed=True) for edge in edges):
        return [FieldProblem(field, "is link-local, multicast, reserved or a metadata service; steps never reach it")]
    return []


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
