"""The steps of a wave: the kinds that a plan may contain, and their rules. This module runs none."""

import ipaddress
import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Annotated, Any, TypeAlias
from urllib.parse import urlsplit

import msgspec

from ..errors import FieldProblem
from ..limits import MAX_WAVE_STEPS, Long, Name, Short, from_to
from .hosts import host_problems

MAX_TIMEOUT_SECONDS = 14_400
MAX_LAMBDA_SECONDS = 60
"""The platform waits while the function runs; longer work belongs in an automation."""

MAX_STEP_BYTES = 8_192
MAX_LINES = 1_000
ADDRESS = "{privateIp}"
"""In a URL, replaced by the private address of each recovery instance of the wave."""

NAME_PREFIX = "dr-step-"
"""The platform's roles may only run documents and functions with this prefix (``docs/access.md``)."""

_NAME = re.compile(rf"{NAME_PREFIX}[A-Za-z0-9_.-]{{1,120}}")
_FUNCTION = re.compile(
    rf"(arn:aws[a-z-]*:lambda:[a-z0-9-]+:[0-9]{{12}}:function:)?{NAME_PREFIX}[A-Za-z0-9_-]{{1,55}}(:[A-Za-z0-9$_-]+)?"
)


Parameters: TypeAlias = Annotated[
    dict[Short, Annotated[tuple[Long, ...], msgspec.Meta(max_length=MAX_LINES)]], msgspec.Meta(max_length=MAX_LINES)
]


class Phase(StrEnum):
    """When a step runs: before the first launch, after the last one, or as proof that the wave works."""

    PRE_ACTION = "PRE_ACTION"
    POST_ACTION = "POST_ACTION"
    VALIDATION = "VALIDATION"


class HttpMethod(StrEnum):
    """GET and HEAD are repeated until the expected status is returned; POST is sent once."""

    GET = "GET"
    HEAD = "HEAD"
    POST = "POST"


class _Step(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True, kw_only=True, tag_field="type"):
    """What all steps have. A failed ``optional`` step is reported and does not fail the wave."""

    name: Name
    timeout_seconds: Annotated[int, from_to(1, MAX_TIMEOUT_SECONDS)] = 300
    optional: bool = False


class SsmAutomation(_Step, frozen=True, rename="camel", kw_only=True, tag="SSM_AUTOMATION"):
    """Runs an automation once in each account and Region of the wave."""

    document: Short
    parameters: Parameters = {}


class SsmCommand(_Step, frozen=True, rename="camel", kw_only=True, tag="SSM_COMMAND"):
    """Runs a document, or ``commands`` in the system's own shell, on each recovery instance of the wave."""

    document: Short = ""
    commands: Annotated[tuple[Long, ...], msgspec.Meta(max_length=MAX_LINES)] = ()
    parameters: Parameters = {}


class InvokeLambda(_Step, frozen=True, rename="camel", kw_only=True, tag="LAMBDA"):
    """Invokes a function in the platform's own account once and waits for its answer."""

    timeout_seconds: Annotated[int, from_to(1, MAX_LAMBDA_SECONDS)] = MAX_LAMBDA_SECONDS
    function: Short
    payload: dict[str, Any] = {}


class HttpProbe(_Step, frozen=True, rename="camel", kw_only=True, tag="HTTP"):
    """Expects a status from a URL; with ``{privateIp}`` in it, from each recovery instance of the wave.

    ``serverName`` is the name on the certificate of an https server, where the URL has another host or an address.
    """

    url: Long
    server_name: Annotated[str, msgspec.Meta(max_length=253)] = ""
    method: HttpMethod = HttpMethod.GET
    expected_status: Annotated[int, from_to(100, 599)] = 200


class TcpProbe(_Step, frozen=True, rename="camel", kw_only=True, tag="TCP"):
    """Expects a port to accept connections on ``host``, or else on each recovery instance of the wave."""

    port: Annotated[int, from_to(1, 65_535)]
    host: Short = ""


class Ec2StatusCheck(_Step, frozen=True, rename="camel", kw_only=True, tag="EC2_STATUS"):
    """Expects EC2's instance and system checks of each recovery instance to be ok."""


Step: TypeAlias = SsmAutomation | SsmCommand | InvokeLambda | HttpProbe | TcpProbe | Ec2StatusCheck
WaveSteps: TypeAlias = Annotated[tuple[Step, ...], msgspec.Meta(max_length=MAX_WAVE_STEPS)]


def kind_of(step: Step) -> str:
    """The step's ``type`` as it is written in a plan."""
    return str(step.__struct_config__.tag)


def runs_on_instances(step: Step) -> bool:
    """Whether the step runs for each recovery instance, and not for the wave as a whole."""
    match step:
        case SsmCommand() | Ec2StatusCheck():
            return True
        case HttpProbe(url=url):
            return ADDRESS in url
        case TcpProbe(host=host):
            return not host
        case _:
            return False


def may_be_tried_again(step: Step) -> bool:
    """Whether the step changes nothing, so that it is repeated until it succeeds or times out."""
    match step:
        case HttpProbe(method=method):
            return method is not HttpMethod.POST
        case TcpProbe() | Ec2StatusCheck():
            return True
        case _:
            return False


def step_problems(path: str, phases: Mapping[Phase, Sequence[Step]]) -> list[FieldProblem]:
    """Everything wrong with the steps of one wave, each with its field."""
    fields = {Phase.PRE_ACTION: "preActions", Phase.POST_ACTION: "postActions", Phase.VALIDATION: "validations"}
    problems: list[FieldProblem] = []
    count = sum(len(steps) for steps in phases.values())
    if count > MAX_WAVE_STEPS:
        problems.append(FieldProblem(path, f"has {count} steps; a wave may have at most {MAX_WAVE_STEPS}"))
    for phase, steps in phases.items():
        field = f"{path}.{fields[phase]}"
        for index, step in enumerate(steps):
            where = f"{field}[{index}]"
            problems += _common_problems(where, step) + _own_problems(where, step)
            if phase is Phase.PRE_ACTION and runs_on_instances(step):
                problem = "runs on recovery instances, which do not exist before the wave launches"
                problems.append(FieldProblem(where, f"{problem}; make it a post-action or a validation"))
    return problems


def _common_problems(path: str, step: Step) -> list[FieldProblem]:
    problems = []
    if not 1 <= len(step.name.strip()) <= 64:
        problems.append(FieldProblem(f"{path}.name", "must have 1 to 64 characters"))
    most = MAX_LAMBDA_SECONDS if isinstance(step, InvokeLambda) else MAX_TIMEOUT_SECONDS
    if not 1 <= step.timeout_seconds <= most:
        problems.append(
            FieldProblem(f"{path}.timeoutSeconds", f"must be from 1 to {most}; it is {step.timeout_seconds}")
        )
    if len(msgspec.json.encode(step)) > MAX_STEP_BYTES:
        problems.append(FieldProblem(path, f"is larger than {MAX_STEP_BYTES:,} bytes"))
    return problems


def _own_problems(path: str, step: Step) -> list[FieldProblem]:
    match step:
        case SsmAutomation():
            return _document_problems(f"{path}.document", step.document) + _automation_problems(path, step.parameters)
        case SsmCommand():
            return _command_problems(path, step)
        case InvokeLambda():
            return _function_problems(f"{path}.function", step.function)
        case HttpProbe():
            problems = url_problems(f"{path}.url", step.url)
            problems += [] if problems else _server_name_problems(f"{path}.serverName", step)
            return problems + _range(f"{path}.expectedStatus", step.expected_status, 100, 599)
        case TcpProbe():
            return host_problems(f"{path}.host", step.host) + _range(f"{path}.port", step.port, 1, 65_535)
        case _:
            return []


def _document_problems(field: str, document: str) -> list[FieldProblem]:
    if _NAME.fullmatch(document):
        return []
    problem = f"must be a document whose name begins with '{NAME_PREFIX}'; the platform may not run others"
    return [FieldProblem(field, problem)]


def _automation_problems(path: str, parameters: Mapping[str, Sequence[str]]) -> list[FieldProblem]:
    """What Systems Manager refuses only when the step starts (its API, StartAutomationExecution). In characters."""
    most, of_key, of_value, of_list = 200, 50, 512, 50
    problems = []
    if len(parameters) > most:
        problems.append(
            FieldProblem(f"{path}.parameters", f"can have at most {most} entries; it has {len(parameters)}")
        )
    for key, values in parameters.items():
        where = f"{path}.parameters.{key}"
        if not 1 <= len(key) <= of_key:
            problems.append(FieldProblem(where, f"the key must have 1 to {of_key} characters; it has {len(key)}"))
        if len(values) > of_list:
            problems.append(FieldProblem(where, f"can have at most {of_list} values; it has {len(values)}"))
        for index, value in enumerate(values):
            if not 1 <= len(value) <= of_value:
                problem = f"must have 1 to {of_value} characters; it has {len(value)}"
                problems.append(FieldProblem(f"{where}[{index}]", problem))
    return problems


def _command_problems(path: str, step: SsmCommand) -> list[FieldProblem]:
    if bool(step.document) == bool(step.commands):
        return [FieldProblem(path, "must have either document or commands")]
    if step.commands and step.parameters:
        return [FieldProblem(f"{path}.parameters", "can only be given with a document, not with commands")]
    return _document_problems(f"{path}.document", step.document) if step.document else []


def _function_problems(field: str, function: str) -> list[FieldProblem]:
    if _FUNCTION.fullmatch(function):
        return []
    problem = f"must be the name or ARN of a function whose name begins with '{NAME_PREFIX}'"
    return [FieldProblem(field, f"{problem}; the platform may not invoke others")]


def url_problems(field: str, url: str) -> list[FieldProblem]:
    """Problems of a URL that show without the network; resolved addresses are checked when it is used."""
    try:
        parts = urlsplit(url.replace(ADDRESS, "192.0.2.1"))
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        return [FieldProblem(field, f"is not a URL: {error}")]
    if parts.scheme not in {"http", "https"}:
        return [FieldProblem(field, "must begin with http:// or https://")]
    if parts.username is not None or parts.password is not None:
        return [
            FieldProblem(
                field, "must not contain a user name or password, because many people can read plans and timelines"
            )
        ]
    if not re.fullmatch(r"[\x21-\x7e]+", url):
        return [FieldProblem(field, "must be ASCII without spaces; percent-encode all other characters")]
    if "[" in parts.netloc and ":" not in host:
        return [FieldProblem(field, "must have brackets around an IPv6 address only")]
    if port == 0:
        return [FieldProblem(field, "must have a port from 1 to 65535, or none")]
    return host_problems(field, host) if host else [FieldProblem(field, "has no host")]


def _server_name_problems(field: str, step: HttpProbe) -> list[FieldProblem]:
    """Whether the certificate of the server can be checked. ``url`` must be valid."""
    parts = urlsplit(step.url)
    if step.server_name:
        if parts.scheme != "https":
            return [FieldProblem(field, "is for https only, because only there a certificate is checked; leave it out")]
        if _is_address(step.server_name):
            return [FieldProblem(field, "must be the host name on the server's certificate, not an address")]
        return host_problems(field, step.server_name)
    if parts.scheme == "https" and parts.hostname == ADDRESS.lower():
        problem = f"is required for https://{ADDRESS}, because certificates are issued for names, not for private"
        return [FieldProblem(field, f"{problem} addresses; give the host name on the servers' certificate")]
    return []


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _range(field: str, value: int, low: int, high: int) -> list[FieldProblem]:
    return [] if low <= value <= high else [FieldProblem(field, f"must be from {low} to {high}; it is {value}")]
